"""One line per device: the feeds that it is read by, over either API."""
