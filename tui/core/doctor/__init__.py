"""Which layer of the way to a device fails: evidence in, a diagnosis out. Pure."""
