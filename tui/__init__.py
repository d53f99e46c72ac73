"""hwtui: a house's HomeWizard Energy meters, live in a terminal.

Four floors, imports go down only: `core` (pure) < `net` (sockets) < `engine` (asyncio and time) < `ui` (the screen).
"""

from time import monotonic

__version__ = "0.1.0"

STARTED = monotonic()
"""When the program began to load, which is part of the time that a command may take."""
