"""The support file, read: what is wrong by it, and what two of them differ in. Pure."""
