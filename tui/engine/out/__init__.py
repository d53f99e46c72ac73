"""What goes out of the program beside the screen, from the same events."""
