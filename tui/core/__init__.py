"""Floor 0: the model, and all logic that needs no socket, clock or screen."""
