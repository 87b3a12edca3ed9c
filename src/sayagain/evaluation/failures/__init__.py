"""Evaluation of failure points: which stage of a turn failed, on real requests whose outcome is known."""
