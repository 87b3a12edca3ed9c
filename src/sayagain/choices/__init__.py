"""Choosing in context: which of several candidates is meant at this moment."""
