"""Labels in the formats of other tools: one file a format, each a function of a file of labels and a place to write."""
