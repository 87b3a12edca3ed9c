"""The sentence encoder: pairs that it learns from, and how well it finds the wording that works."""
