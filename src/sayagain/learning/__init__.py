"""The offline composition: from a log to a bundle."""
