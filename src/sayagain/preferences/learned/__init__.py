"""The learned reader of statements: a small tagger, and what makes a lesson of its tags."""
