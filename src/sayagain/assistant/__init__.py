"""The reference assistant: a voice chain one can talk to, and simulated homes in which the truth is known."""
