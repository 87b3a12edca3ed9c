"""Failure points: which stage failed first, in totals and in words (docs/failures.md)."""
