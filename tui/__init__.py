"""hwtui: a house's HomeWizard Energy meters, live in a terminal.

Four floors, imports go down only: `core` (pure) < `net` (sockets) < `engine` (asyncio and time) < `ui` (the screen).
"""

__version__ = "0.1.0"
