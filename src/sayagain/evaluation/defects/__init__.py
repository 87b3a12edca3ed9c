"""Evaluation of defect detection."""
