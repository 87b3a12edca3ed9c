"""Experiments judged: intervals that hold at every look, pairs that are withdrawn in time, rounds without echo."""
