"""Where the words of the lexicon come from; only ``python -m sayagain.guards.build`` needs these."""
