"""The link doctor at work: what it looks at, and which devices."""
