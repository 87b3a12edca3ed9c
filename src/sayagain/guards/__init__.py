"""What no rewrite may do, offline and online alike."""
