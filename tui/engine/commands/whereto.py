"""Where a command without a screen hands values on: said on stderr when it begins."""

from __future__ import annotations

from collections.abc import Iterable

from tui.engine.commands.streams import narrate
from tui.engine.out.here import SINK
from tui.engine.out.sink import SinkState


def say_where(states: Iterable[SinkState]) -> None:
    """A line for each; not for the socket in the state directory, of which nobody has to be told."""
    for state in states:
        if state.name != SINK:
            narrate(f"hwtui: {state.name} at {state.target}")
