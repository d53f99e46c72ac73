"""Sinks: a slow one loses the oldest, a broken one harms nobody, and what hinders one is a note."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from tui.core.events import Event, Lost, Noted
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.engine.clock import VirtualClock
from tui.engine.commands.troubles import Troubles
from tui.engine.out.outlets import RESTART_S, Outlets
from tui.engine.out.sink import Queue, SinkState, Tell

EVENT = Lost("5c2f", "v1", Now(0, 0))


class Scripted:
    """A sink that does what it is told to, one step for each run."""

    def __init__(self, name: str, *steps: str, deaf: bool = False) -> None:
        self.state = SinkState(name, "nowhere")
        self.steps = list(steps)
        self.deaf = deaf
        self.heard_of: list[Event] = []
        self.runs = 0

    def heard(self, event: Event, fleet: Fleet) -> None:
        if self.deaf:
            raise RuntimeError("deaf")
        self.heard_of.append(event)

    async def run(self, tell: Tell) -> None:
        self.runs += 1
        for step in self.steps:
            if step == "crash":
                self.steps.remove(step)
                raise RuntimeError("crash")
            tell(replace(self.state, fault=step))
        await asyncio.Event().wait()


def notes(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.topic, event.text) for event in events if isinstance(event, Noted)]


async def test_the_oldest_go_when_there_is_no_room() -> None:
    queue = Queue[int](3)
    for number in range(5):
        queue.put(number)
    assert (len(queue), queue.dropped) == (3, 2)
    assert await queue.take(2) == [2, 3]
    assert await queue.take(9) == [4]
    waiting = asyncio.create_task(queue.take(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.put(7)
    assert await waiting == [7]


async def test_one_that_fails_on_an_event_is_alone_with_it(caplog: pytest.LogCaptureFixture) -> None:
    deaf, hears = Scripted("deaf", deaf=True), Scripted("hears")
    outlets = Outlets([deaf, hears], VirtualClock())
    with caplog.at_level(logging.ERROR):
        outlets.heard(EVENT, Fleet())
    assert hears.heard_of == [EVENT]
    assert "deaf: an event is lost" in caplog.text


async def test_what_hinders_one_is_noted_once_and_withdrawn() -> None:
    sink, told = Scripted("mqtt", "refused: look at it", "refused: look at it", ""), list[Event]()
    outlets = Outlets([Scripted("metrics"), sink], VirtualClock())
    running = asyncio.create_task(outlets.run(told.append))
    while not sink.runs:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert notes(told) == [("out mqtt", "mqtt: refused: look at it"), ("out mqtt", "")]
    assert [(state.name, state.fault) for state in outlets.states] == [("metrics", ""), ("mqtt", "")]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_crashes_begins_anew_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    clock, told = VirtualClock(), list[Event]()
    crashes, lives = Scripted("mqtt", "crash", ""), Scripted("metrics")
    outlets = Outlets([crashes, lives], clock)
    with caplog.at_level(logging.CRITICAL):
        running = asyncio.create_task(outlets.run(told.append))
        await clock.advance(RESTART_S / 2)
        assert (crashes.runs, lives.runs) == (1, 1)
        assert "a bug in this program" in outlets.states[0].fault
        await clock.advance(RESTART_S)
    assert (crashes.runs, lives.runs) == (2, 1)
    assert outlets.states[0].fault == ""
    assert "a bug in this program" in outlets.states[0].last_fault
    assert [text for _, text in notes(told)][-1] == ""
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_command_says_when_it_is_over() -> None:
    said = list[str]()
    outlets = Outlets([Scripted("mqtt", "refused: look at it", "")], VirtualClock())
    troubles = Troubles(said.append)
    running = asyncio.create_task(outlets.run(lambda event: troubles.heard(event, Fleet())))
    while len(said) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert said == ["hwtui: mqtt: refused: look at it", "hwtui: mqtt: well again"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
