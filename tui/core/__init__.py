"""Floor 0: the model and everything that can be thought without a socket, a clock or a screen."""
