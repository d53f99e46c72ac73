"""What is not to be believed as it was sent: zeros that are no values, clocks, one meter behind two dongles."""
