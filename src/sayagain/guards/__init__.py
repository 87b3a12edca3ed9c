"""Guards: the rules that no rewrite may break, offline and online alike."""
