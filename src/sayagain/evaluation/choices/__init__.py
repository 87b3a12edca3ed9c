"""Evaluation of choosing in context."""
