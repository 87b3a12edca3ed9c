"""Evaluation of defects in other languages."""
