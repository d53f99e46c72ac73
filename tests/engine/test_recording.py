"""Recordings as files: whole, packed, cut off, of another program; and as a source of events, on their own clock."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest

from tui.core.battery.batteries import Mode, Wanted
from tui.core.devicejson import device_json, iso_time
from tui.core.events import Event, Measured, Noted
from tui.core.flaws import Flaws
from tui.core.fleet import MOST_DEVICES, reduce
from tui.core.model import Endpoint, Fleet, State
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.checkdata import load_words
from tui.engine.clock import VirtualClock
from tui.engine.command import CommandError
from tui.engine.commands.checkreplay import recorded
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.history.memory import MemoryHistory
from tui.engine.keeping.keeper import Keeper
from tui.engine.monitor import Monitor
from tui.engine.replay.playing import ReplayClock, ReplaySource
from tui.engine.replay.recording import Recording, RecordingError
from tui.engine.replay.replayer import REFUSAL, Replayer
from tui.engine.trends import Trends

UTC = DEFAULT_START.utc


def line(at: float, serial: str = "5c2faf000001", kind: str = "HWE-SKT", **changed: Any) -> str:
    row = {"time": iso_time(UTC + at), "serial": serial, "product_type": kind, "measurement": {"power_w": at}}
    return json.dumps(row | {"host": "192.0.2.7"} | changed)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write(*lines: str, pack: bool = False, cut: int = 0) -> str:
        data = "".join(f"{one}\n" for one in lines).encode()
        data = gzip.compress(data) if pack else data
        path = tmp_path / "house.jsonl"
        path.write_bytes(data[: len(data) - cut])
        return str(path)

    return write


def read(name: str) -> tuple[list[float], list[str]]:
    """The seconds of the lines, and what is said of the others."""
    with Recording(name, {}) as recording:
        return [one.utc - UTC for one in recording.lines()], recording.flaws.lines


# ------------------------------------------------------------------ files


def test_whole_and_packed(write: Callable[..., str]) -> None:
    lines = [line(at) for at in range(20)]
    assert read(write(*lines)) == ([*range(20)], [])
    assert read(write(*lines, pack=True)) == ([*range(20)], [])
    assert read(write("\ufeff" + lines[0], "", lines[1])) == ([0, 1], [])


def test_cut_off(write: Callable[..., str]) -> None:
    lines = [line(at) for at in range(20)]
    assert read(write(*lines, cut=9)) == ([*range(19)], ["line 20: the file ends in the middle of it"])
    seconds, said = read(write(*(line(at, name=f"{hash(at * 0.1):x}") for at in range(400)), pack=True, cut=200))
    assert seconds == [*range(len(seconds))]
    assert said[-1].endswith(": the file is cut off")


def test_edited_by_hand(write: Callable[..., str]) -> None:
    name = write(line(0), "{oops", "x" * 300_000, line(10), line(-60), line(11))
    assert read(name) == (
        [0, 10, 11],
        [
            "line 2: it is not JSON",
            "line 3: it is longer than 256 KiB",
            "line 5: it is earlier than lines before it; sort FILE puts a recording in order",
        ],
    )


def test_a_flood_of_devices_stops(write: Callable[..., str]) -> None:
    lines = [line(at, serial=f"{at:012x}") for at in range(MOST_DEVICES + 1)]
    assert read(write(*lines, line(300))) == (
        [*range(MOST_DEVICES)],
        [f"line {at}: there are more than {MOST_DEVICES} devices before it" for at in (257, 258)],
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"\x7fELF\x00\x01\xfe\xff\n" * 5000, "line 1: it is not text in UTF-8"),
        (b'{"power_w": 5}\n', 'line 1: it has no "time"'),
        (b'\xff\xfe{\x00"\x00', "is text in UTF-16"),
        (b"\x1f\x8bnot packed", "after line 0: the file is cut off"),
    ],
)
def test_a_file_of_another_program_is_told_from_a_recording(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as wrong:
        read(str(path))
    assert str(wrong.value).startswith("other is ")
    assert why in str(wrong.value)


@pytest.mark.parametrize(("name", "why"), [("none.jsonl", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(RecordingError, match=why):
        read(str(tmp_path / name))


@pytest.mark.parametrize(
    ("flawed", "end", "en", "nl"),
    [
        ([], "", "of 512 lines.", "van 512 regels."),
        ([401], "", "512 of 513 lines used. Line 401 was left out.", "Regel 401 is weggelaten."),
        ([8, 9, 12], "", "Lines 8, 9 and 12 were left out.", "De regels 8, 9 en 12 zijn weggelaten."),
        (
            range(1, 900),
            "after line 1411: the file is cut off",
            "899 lines were left out, among them 1, 2, 3, 4, 5. It could not be read to its end.",
            "899 regels, waaronder 1, 2, 3, 4, 5. De opname kon niet tot het einde worden gelezen.",
        ),
    ],
)
def test_the_report_says_which_lines_were_left_out(flawed: Iterable[int], end: str, en: str, nl: str) -> None:
    flaws = Flaws()
    for number in flawed:
        flaws.add(number, "it is not JSON")
    flaws.end = end
    for language, says in (("en", en), ("nl", nl)):
        assert recorded(load_words(language).phrases, 512, flaws).endswith(says)
    assert recorded(load_words("en").phrases, 1, Flaws()) == "Made from a recording of one line."


# ------------------------------------------------------------------ on the screen


class Player:
    """A recording being played by the real monitor."""

    def __init__(self, name: str, speed: float, is_kept: Callable[[], bool] = lambda: True) -> None:
        self.pace = VirtualClock()
        self.recording = Recording(name, {})
        self.recording.__enter__()
        lines = self.recording.lines()
        first = next(lines)
        self.clock = ReplayClock(first.utc, speed, self.pace)
        self.heard: list[tuple[float, Event]] = []
        source = ReplaySource(self.recording, first, lines, self.clock, self.pace, "Europe/Amsterdam", is_kept)

        def unasked(endpoint: Endpoint) -> NoReturn:
            raise AssertionError(f"{endpoint} was asked")

        self.monitor: Monitor = Replayer(
            Settings(mdns=False),
            self.clock,
            sources=[source],
            listeners=[lambda event, fleet: self.heard.append((self.clock.now().utc - UTC, event))],
            client_factory=unasked,
        )

    async def until(self, done: Callable[[], bool], step_s: float = 0.05) -> None:
        """Let the user's time pass until that is so."""
        for _ in range(20_000):
            if done():
                return
            await self.pace.advance(step_s)
            await asyncio.to_thread(lambda: None)  # the thread that reads has its turn
        raise AssertionError("it never came")

    @property
    def measured(self) -> list[tuple[float, float]]:
        """When each line was applied by the recording's clock, and its own time."""
        return [(now, event.at.utc - UTC) for now, event in self.heard if isinstance(event, Measured)]

    @property
    def notes(self) -> list[str]:
        return [note.text for note in self.monitor.fleet.notes]


async def test_lines_come_at_their_time_on_a_clock_that_ends_with_the_last(write: Callable[..., str]) -> None:
    player = Player(write(*(line(at) for at in range(30)), "oops"), 10.0)
    assert player.clock.label == "replay 10x"
    begun = player.pace.now()
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: player.clock.is_over)
    assert [time for _, time in player.measured] == [*range(30)]
    assert all(time <= now <= time + 1.0 for now, time in player.measured)
    assert 2.8 <= player.pace.now().age_of(begun) <= 4.5
    assert player.clock.label == "replay ended"
    await player.pace.advance(60.0)
    assert player.clock.now().utc == UTC + 29
    assert player.notes == ["1 line left out: line 31: it is not JSON"]
    (device,) = player.monitor.fleet.devices.values()
    assert state_of(device, player.clock.now()) is State.LIVE
    window = player.monitor.trends.window(device.key, "power_w", UTC, UTC + 30, 30)
    assert [bucket.mean for bucket in window if bucket] == [*range(30)]
    running.cancel()


async def test_nothing_passes_before_it_is_kept(write: Callable[..., str]) -> None:
    """At full speed half an hour would pass while that is loaded."""
    kept = asyncio.Event()
    player = Player(write(*(line(at) for at in range(0, 7200, 10))), 3600.0, kept.is_set)
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: player.pace.now().monotonic > 0.6)
    assert [time for _, time in player.measured] == [0]
    assert player.clock.now().utc == UTC
    kept.set()
    await player.until(lambda: player.clock.is_over)
    assert all(time <= now <= time + 360.0 for now, time in player.measured)
    running.cancel()


async def test_a_long_gap_is_jumped_over_and_said(write: Callable[..., str]) -> None:
    player = Player(write(line(0), line(1), line(7200), line(7201)), 60.0)
    running = asyncio.create_task(player.monitor.run())
    seen: set[State] = set()

    def over() -> bool:
        seen.update(state_of(device, player.clock.now()) for device in player.monitor.fleet.devices.values())
        return player.clock.is_over

    await player.until(over)
    assert player.pace.now().monotonic < 5.0
    assert player.notes == ["nothing was recorded from 14:17 to 16:17: skipped"]
    assert {State.STALE, State.SILENT} <= seen
    running.cancel()


@pytest.mark.parametrize("host", ["192.0.2.8", "192.0.2.7"])
async def test_who_is_in_no_line_at_the_end_did_not_answer(write: Callable[..., str], host: str) -> None:
    """As `check --replay` judges it; whoever has the address of another by then is not mistaken for it."""
    late = [line(at, "5c2faf000002", host=host) for at in (900, 901)]
    player = Player(write(line(0), line(1), *late), 600.0)
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: player.clock.is_over)
    problems = [device.problem and device.problem.kind for device in player.monitor.fleet.devices.values()]
    assert problems == [State.SILENT, None]
    running.cancel()


async def test_it_waits_while_the_screen_is_frozen(write: Callable[..., str]) -> None:
    player = Player(write(*(line(at) for at in range(30))), 1.0)
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: len(player.measured) == 5)
    player.clock.hold(True)
    held = player.clock.now()
    await player.pace.advance(100.0)
    assert player.clock.now() == held
    assert len(player.measured) == 5
    player.clock.hold(False)
    await player.until(lambda: len(player.measured) == 7)
    assert player.clock.now().utc - held.utc < 3.5
    running.cancel()


async def test_nobody_is_asked(write: Callable[..., str]) -> None:
    player = Player(write(line(0), line(1)), 100.0)
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: player.clock.is_over)
    (key,) = player.monitor.fleet.devices
    monitor = player.monitor
    for command in (
        lambda: monitor.identify(key),
        lambda: monitor.set_switch(key, True),
        lambda: monitor.read_switch(key),
        lambda: monitor.read_batteries(key),
        lambda: monitor.set_batteries(key, Wanted(Mode.STANDBY)),
        lambda: monitor.add(Endpoint("192.0.2.9")),
        lambda: monitor.scan([]),
    ):
        with pytest.raises(CommandError, match=REFUSAL):
            await command()
    assert not running.done()
    running.cancel()


async def test_a_speed_that_cannot_be_reached_makes_nothing_look_old(write: Callable[..., str]) -> None:
    player = Player(write(*(line(at / 10) for at in range(2000))), 3600.0)
    running = asyncio.create_task(player.monitor.run())
    await player.until(lambda: player.clock.is_over)
    assert max(now - time for now, time in player.measured) < 80.0
    assert len(player.measured) == 2000
    running.cancel()


async def test_a_pipe_that_falls_silent_holds_nothing_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    go_on, may_end = threading.Event(), threading.Event()

    def feed() -> None:
        with pipe.open("w") as file:
            for at in range(8):
                print(line(at * 2), file=file, flush=True)
            go_on.set()
            may_end.wait(20)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    player = Player(str(pipe), 100.0)
    running = asyncio.create_task(player.monitor.run())
    go_on.wait(20)
    await player.pace.advance(0.5)
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])
    may_end.set()
    feeder.join(20)


# ------------------------------------------------------------------ a whole house


def test_a_recorded_house_has_the_fleet_of_the_live_one(write: Callable[..., str]) -> None:
    house = Still(Household("nl"), DEFAULT_START)
    zone, lines = ZoneInfo("Europe/Amsterdam"), []
    for _ in range(12):
        house.run(1)
        for device in house.fleet.devices.values():
            row = device_json(device, house.now, reading=True, time=iso_time(house.now.utc), zone=zone)
            lines.append(json.dumps(row))
    fleet = Fleet()
    with Recording(write(*lines), {}) as recording:
        for event in itertools.chain.from_iterable(recording.events(one)[1] for one in recording.lines()):
            fleet = reduce(fleet, event)
            assert not isinstance(event, Noted)
    live = {
        key: (one.label, one.role, one.measurement and one.measurement.value.values)
        for key, one in house.fleet.devices.items()
    }
    again = {
        key: (one.label, one.role, one.measurement and one.measurement.value.values)
        for key, one in fleet.devices.items()
    }
    assert again == live


async def test_a_recording_of_days_is_walked_to_where_it_begins(write: Callable[..., str]) -> None:
    """Memory holds 24 hours of it; and where nobody can write, a history on no disk holds the rest."""
    hours, counted = 48, 0.5  # handed over at once: 576 minutes, fewer than may wait to be stored
    lines = [
        line(at, measurement={"power_w": 500.0, "energy_import_kwh": 70.0 + counted * at / 3600})
        for at in range(0, hours * 3600, 300)
    ]
    zone = ZoneInfo("Europe/Amsterdam")
    history, fleet = MemoryHistory(zone), Fleet()
    keeper = Keeper(Settings(history=False), VirtualClock(), Trends(), None, history)
    keeping = asyncio.create_task(keeper.run(lambda event: None))
    async with asyncio.timeout(20):
        await asyncio.sleep(0.05)
        with Recording(write(*lines), {}) as recording:
            for event in itertools.chain.from_iterable(recording.events(one)[1] for one in recording.lines()):
                fleet = reduce(fleet, event)
                keeper.heard(event, fleet)
        while (there := history.reader.bounds()) is None or there.newest < UTC + (hours - 1) * 3600:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    (key,) = fleet.devices
    assert [one and one.mean for one in history.reader.window(key, "power_w", UTC, UTC + 86400, 24)] == [500.0] * 24
    hour = UTC // 3600 * 3600 + 3600
    (bar,) = history.reader.amounts(key, "energy_import_kwh", (hour, hour + 86400))
    assert bar is not None
    assert (round(bar.value, 3), bar.covered_s) == (24 * counted, 86400)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    history.close()
