"""Where turns live: the Parquet log, its readers, and the tables that learning reads."""
