"""What goes wrong with devices while a command runs, said once."""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.core.events import Alarmed, Event, Failed, Measured, Noted
from tui.core.link.spoken import without_key
from tui.core.model import Device, Fleet, key_of
from tui.engine.clockjump import without_graphs
from tui.engine.out.sink import OUT

_KINDS = 8
"""How many kinds of trouble are told of a device until it answers again (own choice)."""
_NUMBER = re.compile(r"\d+")


class Troubles:
    """What was said of whom, so that a device that fails every second is named once for each kind of trouble.

    Two sentences that differ only in a number (a byte, a status) are of one kind.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say_line = say
        self._said: dict[str, set[str]] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """Say what is new in `event`; a listener of the monitor."""
        match event:
            case Failed() if device := fleet.holder_of(event.endpoint):
                self._say(device, without_key(event.text))
            case Measured() if device := fleet.devices.get(key_of(event.serial)):
                if self._said.pop(device.key, None):
                    self._say_line(f"hwtui: {device.label}: answers again")
            case Alarmed(told=sentences):
                for sentence in sentences:
                    self._say_line(f"hwtui: {sentence}")
            case Noted(topic=topic, text=text) if text:
                self._say_line(f"hwtui: {without_graphs(topic, text)}")
            case Noted(topic=topic) if topic.startswith(OUT):
                self._say_line(f"hwtui: {topic.removeprefix(OUT)}: well again")

    def _say(self, device: Device, text: str) -> None:
        said, kind = self._said.setdefault(device.key, set()), _NUMBER.sub("", text)
        if kind not in said and len(said) < _KINDS:
            said.add(kind)
            self._say_line(f"hwtui: {device.label}: {text}")
