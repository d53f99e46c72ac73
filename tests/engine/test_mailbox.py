"""What crosses the border to the screen, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

from tui.core.events import Identified, Measured, Noted
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System
from tui.engine.clock import VirtualClock
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.publisher import PROMPT_PICTURES, Publisher

HERE = Endpoint("192.168.1.20")
P1 = Identity("5c2faf000001", "HWE-P1")
EVENT = Noted("test", "something", Now(0.0, 0.0))


def snapshot(second: float) -> Snapshot:
    return Snapshot(Fleet(), Now(second, second))


def measured(at: Now, power: float) -> Measured:
    return Measured(P1.serial, Measurement({"power_w": power}), System(), at, 0.01, 1.0)


class Reader:
    """Counts how often it was woken."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


def test_a_stalled_reader_is_woken_once_and_finds_the_newest_only() -> None:
    mailbox, reader = Mailbox(), Reader()
    mailbox.connect(reader.wake)
    for second in range(1000):
        mailbox.put(snapshot(second))
    assert reader.woken == 1
    assert mailbox.take() == snapshot(999)
    assert mailbox.take() is None


def test_a_reader_that_takes_is_woken_each_time() -> None:
    mailbox, reader = Mailbox(), Reader()
    mailbox.connect(reader.wake)
    for second in range(5):
        mailbox.put(snapshot(second))
        assert mailbox.take() == snapshot(second)
    assert reader.woken == 5


def test_a_reader_that_connects_late_is_woken_for_what_is_there() -> None:
    mailbox, reader = Mailbox(), Reader()
    mailbox.put(snapshot(1))
    mailbox.connect(reader.wake)
    assert reader.woken == 1


def test_nobody_is_woken_after_disconnecting() -> None:
    mailbox, reader = Mailbox(), Reader()
    mailbox.connect(reader.wake)
    mailbox.disconnect()
    mailbox.put(snapshot(1))
    assert reader.woken == 0
    assert mailbox.take() == snapshot(1)


class Diary(Mailbox):
    """A mailbox that writes down when something was put in."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.moments: list[float] = []
        self._clock = clock

    def put(self, snapshot: Snapshot) -> None:
        super().put(snapshot)
        self.moments.append(round(self._clock.now().monotonic, 6))


@asynccontextmanager
async def publishing(clock: VirtualClock, mailbox: Mailbox, fleet: Fleet | None = None) -> AsyncIterator[Publisher]:
    publisher = Publisher(mailbox, clock.now, clock, fleet)
    task = asyncio.create_task(publisher.run())
    await clock.advance(0.0)
    yield publisher
    task.cancel()
    await asyncio.wait([task])


async def test_a_quiet_house_is_published_every_second(clock: VirtualClock) -> None:
    diary = Diary(clock)
    async with publishing(clock, diary):
        await clock.advance(3.0)
    assert diary.moments == [0.0, 1.0, 2.0, 3.0]


async def test_a_change_after_a_quiet_while_is_published_at_once(clock: VirtualClock) -> None:
    diary = Diary(clock)
    fleet = Fleet()
    async with publishing(clock, diary) as publisher:
        await clock.advance(0.6)
        publisher.heard(EVENT, fleet)
        await clock.advance(0.0)
    assert diary.moments == [0.0, 0.6]
    taken = diary.take()
    assert taken is not None
    assert taken.fleet is fleet


async def test_a_change_soon_after_another_waits_for_what_comes_with_it(clock: VirtualClock) -> None:
    diary = Diary(clock)
    async with publishing(clock, diary) as publisher:
        await clock.advance(1.01)
        publisher.heard(EVENT, Fleet())
        await clock.advance(0.01)
        publisher.heard(EVENT, Fleet())
        await clock.advance(0.2)
    assert diary.moments == [0.0, 1.0, 1.04]


async def test_a_slow_device_at_the_start_shows_its_row_and_then_its_value_when_they_are_there(
    clock: VirtualClock,
) -> None:
    """The value came 250 ms late when it fell into the pause after its row."""
    diary = Diary(clock)
    async with publishing(clock, diary) as publisher:
        await clock.advance(0.1)
        named = Identified(HERE, P1, clock.now())
        fleet = reduce(Fleet(), named)
        publisher.heard(named, fleet)
        await clock.advance(0.05)
        first = measured(clock.now(), 500.0)
        publisher.heard(first, reduce(fleet, first))
        await clock.advance(0.0)
    assert diary.moments == [0.0, 0.1, 0.15]


async def test_a_first_value_is_news_and_the_next_ones_wait_until_they_are_worth_a_picture(clock: VirtualClock) -> None:
    diary = Diary(clock)
    fleet = reduce(Fleet(), Identified(HERE, P1, Now(0.0, 0.0)))
    async with publishing(clock, diary) as publisher:
        await clock.advance(0.3)
        for power in range(5):  # at 0.3, 0.6, 0.9, 1.2 and 1.5
            event = measured(Now(0.0, 0.0), power)
            fleet = reduce(fleet, event)
            publisher.heard(event, fleet)
            await clock.advance(0.3)
    assert diary.moments == [0.0, 0.3, 1.3]


async def test_a_picture_is_made_right_after_a_group_has_answered(clock: VirtualClock) -> None:
    diary = Diary(clock)
    fleet = reduce(Fleet(), Identified(HERE, P1, Now(0.0, 0.0)))
    fleet = reduce(fleet, measured(Now(0.0, 0.0), 0))
    async with publishing(clock, diary, fleet) as publisher:
        await clock.advance(0.9)
        for power in (1, 2, 3):
            event = measured(Now(0.0, 0.0), power)
            fleet = reduce(fleet, event)
            publisher.heard(event, fleet)
            await clock.advance(0.01)
        await clock.advance(0.5)
    assert diary.moments == [0.0, 1.0]
    taken = diary.take()
    assert taken is not None
    assert taken.fleet is fleet


async def test_news_does_not_wait_for_the_values_that_are_being_gathered(clock: VirtualClock) -> None:
    diary = Diary(clock)
    fleet = reduce(Fleet(), Identified(HERE, P1, Now(0.0, 0.0)))
    fleet = reduce(fleet, measured(Now(0.0, 0.0), 0))
    async with publishing(clock, diary, fleet) as publisher:
        await clock.advance(0.9)
        event = measured(clock.now(), 1)
        fleet = reduce(fleet, event)
        publisher.heard(event, fleet)
        await clock.advance(0.03)
        noted = Noted("test", "something", clock.now())
        publisher.heard(noted, reduce(fleet, noted))
        await clock.advance(0.0)
    assert diary.moments == [0.0, 0.93]


async def test_what_changes_nothing_wakes_nobody(clock: VirtualClock) -> None:
    diary, fleet = Diary(clock), Fleet()
    async with publishing(clock, diary) as publisher:
        publisher.heard(EVENT, fleet)
        await clock.advance(0.5)
        publisher.heard(EVENT, fleet)
        await clock.advance(0.0)
    assert diary.moments == [0.0, 0.04]


async def test_a_flood_of_news_is_published_four_times_a_second(clock: VirtualClock) -> None:
    diary = Diary(clock)
    async with publishing(clock, diary) as publisher:
        for _ in range(400):
            publisher.heard(EVENT, Fleet())
            await clock.advance(0.01)
        after = [moment for moment in diary.moments if moment > 1.0]
        gaps = [round(later - earlier, 3) for earlier, later in pairwise(after)]
        assert 0.25 in gaps
        assert sum(gap < 0.25 for gap in gaps) <= 4  # one prompt picture a second is earned back
        assert len(diary.moments) <= PROMPT_PICTURES + 4 * 4 + 4
