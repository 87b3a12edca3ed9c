"""The command line: one file a command group, one console, one place that renders tables."""
