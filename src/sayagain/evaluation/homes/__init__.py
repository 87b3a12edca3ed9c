"""Evaluation in simulated homes: everything that reads simulated truth."""
