"""The widgets: each gets the part it draws, and sends only the cells that changed."""
