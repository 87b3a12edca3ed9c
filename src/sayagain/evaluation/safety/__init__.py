"""Safety evaluation (``sayagain evaluate safety``): harmful rewrites, useful ones, and whether complaints stop one."""
