"""The bundle: the directory that one run of learning publishes."""
