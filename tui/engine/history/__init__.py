"""History on disk: one SQLite database in the state directory, one thread that writes, any that read."""
