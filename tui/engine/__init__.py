"""Floor 2: asyncio and time. Sources of events, the fleet they make, trends, settings on disk, the demo."""
