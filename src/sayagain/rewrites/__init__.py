"""Rewrites computed offline: the absorbing Markov chain over rephrases that recur across people."""
