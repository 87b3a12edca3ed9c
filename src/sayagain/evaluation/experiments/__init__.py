"""How far the statistics of experiments hold what they promise."""
