"""Evaluation of teaching: statements read as records, and which standing instruction bears on a request."""
