"""How far experiments hold what they promise: intervals at every look, pairs in their stages, rounds of learning."""
