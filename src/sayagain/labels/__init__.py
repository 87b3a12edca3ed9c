"""Labels without annotators: a reader of whole dialogues that tells whether goals were reached (docs/reader.md)."""
