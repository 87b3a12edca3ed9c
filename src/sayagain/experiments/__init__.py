"""Experiments: units are drawn into arms, and what came of it is judged in a way that may be looked at any time."""
