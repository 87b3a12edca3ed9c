"""The sets of excerpts by which rephrase detection is trained and judged."""
