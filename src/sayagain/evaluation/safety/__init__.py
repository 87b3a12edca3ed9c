"""What a layer must never do, what it should still do, and whether it listens: ``sayagain evaluate safety``."""
