"""Which turns went wrong, from signals that nobody labelled."""
