"""Training turns of the dialogue reader: simulated homes with their truth, some of them as poorer logs."""
