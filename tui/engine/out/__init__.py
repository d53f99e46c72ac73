"""What hands the values on to other programs, each beside the screen and the history, and none in their way."""
