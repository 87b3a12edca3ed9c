"""Erasing a person: one operation over a registry of all places that may hold what somebody said."""
