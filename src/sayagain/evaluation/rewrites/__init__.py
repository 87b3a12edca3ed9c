"""Evaluation of precomputed rewrites."""
