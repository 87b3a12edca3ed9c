"""Every claim the project makes is one command here: metrics, replays, reports."""
