"""Evaluation of online rewrites."""
