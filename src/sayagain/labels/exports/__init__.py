"""Labels in the formats of other tools: one file a format, each a function of finished parts and a place to write."""
