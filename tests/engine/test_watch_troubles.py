"""What `watch` says beside the readings, from the events that its monitor hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tui.core.events import Added, Event, Failed, Identified, Measured
from tui.core.fleet import reduce
from tui.core.link.spoken import NOT_PAIRED
from tui.core.model import Endpoint, Fleet, State
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import Settings
from tui.engine.commands import watch as module
from tui.engine.commands.run import Output

HOST = Endpoint("192.0.2.20")
AT = Now(1_764_000_000.0, 100.0)


def narrated(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *heard: Event) -> list[str]:
    """The lines on stderr of a watch whose monitor hears these, of one device that has identified itself."""

    class Monitor:
        def __init__(
            self, *_: Any, sources: object, listeners: list[Callable[[Event, Fleet], None]], together: bool
        ) -> None:
            assert not together, "each value is wanted at once"
            (self.listener,) = listeners
            added = reduce(Fleet(), Added(HOST, AT))
            self.fleet = reduce(added, Identified(HOST, Identity("aabbcc", "HWE-P1"), AT))

        async def run(self) -> None:
            for event in heard:
                self.fleet = reduce(self.fleet, event)
                self.listener(event, self.fleet)

    class Silent(Output):
        def line(self, text: str) -> None:
            pass

    monkeypatch.setattr(module, "Monitor", Monitor)
    asyncio.run(module.watch(Settings(hosts=(HOST,), mdns=False), Silent(), as_json=False))
    return [line.partition(": ")[2].partition(": ")[2] for line in capsys.readouterr().err.splitlines()]


def failed(text: str, kind: State = State.BAD_ANSWER) -> Failed:
    return Failed(HOST, kind, text, AT)


ANSWERED = Measured("aabbcc", Measurement({"power_w": 5}), System(), AT, 0.01, 1.0)
RESET = "Connection reset: does another program read this device?"
CLOSED = "Connection closed without an answer: does another program read this device?"


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (["cut short after 62 bytes", "cut short after 64 bytes"] * 9, ["cut short after 62 bytes"]),
        ([RESET, CLOSED] * 9, [RESET, CLOSED]),
        ([RESET, None, RESET, RESET, None, None], [RESET, "answers again", RESET, "answers again"]),
        ([RESET, "not JSON", RESET, None], [RESET, "not JSON", "answers again"]),
        ([f"word {'x' * number}" for number in range(99)], [f"word {'x' * number}".strip() for number in range(8)]),
        ([NOT_PAIRED], ["not paired: hwtui pair"]),
    ],
    ids=["a number", "in turns", "again", "two kinds", "never the same", "a key"],
)
def test_a_trouble_is_told_once_until_the_device_answers_again(
    heard: list[str | None],
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = [ANSWERED if text is None else failed(text) for text in heard]
    assert [line.strip() for line in narrated(monkeypatch, capsys, *events)] == said
