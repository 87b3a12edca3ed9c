"""Which later turn says again what an earlier turn meant."""
