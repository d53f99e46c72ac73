"""`hwtui check --replay`: judges a recording as it would have judged the house, as fast as it can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from tui.core.checks.recorder import Recorder
from tui.core.doubt.dating import dated
from tui.core.doubt.invert import as_wired
from tui.core.events import Event, Measured
from tui.core.flaws import Flaws
from tui.core.fleet import reduce
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.past.replay import Recorded
from tui.core.profiles import Profile
from tui.engine.clock import SystemClock
from tui.engine.commands.checkover import hand_over
from tui.engine.commands.checkplan import Plan
from tui.engine.commands.checktalk import Talk
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.replay.recording import Recording

BITE = 500
"""Lines between two looks whether a signal has come: less than 0.2 s."""


async def check_replay(plan: Plan, recording: Recording, output: Output) -> int:
    """Judge a recording and write the report; the exit code of its worst verdict. Raises `RecordingError`.

    Cancelled by a signal, it writes the report of what it has read so far, and is cancelled all the same.
    """
    # Whether the clock of the computer that recorded was right is not known.
    plan = replace(plan, installation=replace(plan.installation, recorded=True, synchronised=None))
    house, talk = _House(plan.installation.profile), Talk(plan)
    count = 0

    def end(*, partial: bool) -> int:
        house.hear(house.now, recording.silent(house.now))
        for line in recording.flaws.lines:
            narrate(f"hwtui: {recording.name}: {line}")
        return hand_over(
            plan,
            house.recorder.record(house.now, plan.installation),
            talk,
            output,
            partial=partial,
            recorded=recorded(plan.words.phrases, count, recording.flaws),
            made_utc=SystemClock().now().utc,
        )

    try:
        for count, one in enumerate(_interruptible(recording.lines(), output), 1):
            at, events = recording.events(one)
            house.hear(at, events)
            if count % BITE == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)  # a pipe may end by the signal that ends this
    except (asyncio.CancelledError, KeyboardInterrupt):
        if output.is_over and count:
            end(partial=True)
        raise asyncio.CancelledError from None
    return end(partial=False)


def _interruptible(lines: Iterator[Recorded], output: Output) -> Iterator[Recorded]:
    """The same lines. While the next one is read, a signal raises `KeyboardInterrupt`."""
    while True:
        output.is_reading = True
        try:
            one = next(lines, None)
        finally:
            output.is_reading = False
        if one is None:
            return
        yield one


def recorded(phrases: Mapping[str, str], used: int, flaws: Flaws) -> str:
    """What the report says of a recording of which so many lines were used."""
    left, named = flaws.count, [str(number) for number in flaws.numbers]
    if not left:
        said = [phrases["recorded_all_one" if used == 1 else "recorded_all"].format(lines=used)]
    else:
        said = [phrases["recorded"].format(lines=used, read=used + left)]
    if left > len(named):
        said.append(phrases["recorded_without_more"].format(left=left, numbers=", ".join(named)))
    elif left:
        key = "recorded_without_one" if left == 1 else "recorded_without"
        said.append(phrases[key].format(numbers=", ".join(named[:-1]), last=named[-1]))
    if flaws.end:
        said.append(phrases["recorded_cut_off"])
    return " ".join(said)


class _House:
    """The house of the recording, as the monitor would have it."""

    def __init__(self, profile: Profile) -> None:
        self._profile, self._zone = profile, ZoneInfo(profile.zone)
        self._fleet = Fleet()
        self.now = Now(0.0, 0.0)
        self.recorder = Recorder(self.now, profile)
        self._has_begun = False

    def hear(self, at: Now, events: list[Event]) -> None:
        """The events of a line."""
        if not self._has_begun:
            self._has_begun = True
            self.recorder = Recorder(at, self._profile)
        self.now = at
        for event in events:
            self._apply(event)

    def _apply(self, event: Event) -> None:
        if isinstance(event, Measured):
            event = dated(as_wired(event, self._fleet), self._zone)
        self._fleet = reduce(self._fleet, event)
        self.recorder.heard(event, self._fleet)
