"""How a device is reached: over which API, how often, and what an announcement is worth."""
