"""Events in, one fleet out: who is polled where, what a crash leaves standing, and what commands may do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import pytest

from tui.core.devicejson import device_json
from tui.core.events import ClockStood, Event, Identified, Measured, Remembered, Seen, SwitchRead
from tui.core.link.settling import MOST_LOST
from tui.core.model import DeviceSetting, Endpoint, Fleet, Role, State
from tui.core.reading import External, Identity, Measurement, Switch, System, Value
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import VirtualClock
from tui.engine.clockjump import SHOWN_S
from tui.engine.command import CommandError
from tui.engine.lines.poller import Depth
from tui.engine.lines.pollers import PROOF_S
from tui.engine.monitor import Monitor
from tui.engine.source import Emit, Source
from tui.net.errors import ApiDisabled, Unreachable
from tui.net.scan import AskV2, Found, Progress

if TYPE_CHECKING:
    from tests.engine.conftest import FakeDevice, FakeNetwork

HOST = Endpoint("10.0.0.5")
ELSEWHERE = Endpoint("10.0.0.6")
QUIET = Settings(mdns=False)


@dataclass
class Script:
    """A source that emits what a test gives it."""

    emit: Emit | None = None
    crash: Exception | None = None
    runs: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, emit: Emit) -> None:
        self.emit = emit
        self.runs += 1
        self.wake.clear()
        await self.wake.wait()
        if self.crash:
            raise self.crash

    def tell(self, event: Event) -> None:
        assert self.emit is not None
        self.emit(event)


class MakeMonitor(Protocol):
    def __call__(
        self, settings: Settings = QUIET, *, depth: Depth = Depth.LIVE, source: Source | None = None
    ) -> Monitor: ...


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def make(clock: VirtualClock, network: FakeNetwork, luck: random.Random, heard: list[Event]) -> MakeMonitor:
    def make(settings: Settings = QUIET, *, depth: Depth = Depth.LIVE, source: Source | None = None) -> Monitor:
        return Monitor(
            settings,
            clock,
            depth=depth,
            sources=[source] if source else [],
            listeners=[lambda event, fleet: heard.append(event)],
            client_factory=network.connect,
            rng=luck,
        )

    return make


@asynccontextmanager
async def running(monitor: Monitor, clock: VirtualClock) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(monitor.run())
    await clock.advance(0.0)
    yield task
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
def socket(network: FakeNetwork) -> FakeDevice:
    return network.add(HOST.host, "aabbcc", "HWE-SKT")


@pytest.fixture
def by_hand() -> Settings:
    return replace(QUIET, hosts=(HOST,))


async def test_a_time_counts_only_if_it_can_be_one(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, by_hand: Settings
) -> None:
    """It is 15 January 2027, 9 o'clock in Amsterdam; an empty channel says 1970, and so did the meter's own clock."""
    p1 = network.add(HOST.host, "aabbcc", "HWE-P1")
    real = External("gas_meter", "A", 1234.567, "m3", datetime(2027, 1, 15, 8, 55))
    p1.external = (External("gas_meter", None, 1.0, "m3", datetime(2068, 10, 27)), real)
    p1.text = "/ISK5\\2M550T-1012\r\n\r\n0-0:1.0.0(260515090000S)\r\n!\r\n"
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(11.0)
        device = monitor.fleet.devices["aabbcc"]
        assert device.measurement
        assert device.measurement.value.external == (
            real,
            External("gas_meter", None, 1.0, "m3", None, misdated=True),
        )
        assert device.measurement.value.notes == (
            "time of gas_meter: 2068-10-27 00:00 is more than a day ahead of this computer's clock, ignored",
        )
        assert device.clock
        assert device.clock.value == datetime(2026, 5, 15, 9)
        assert state_of(device, clock.now()) is State.LIVE


# ------------------------------------------------------------------ who is polled


async def test_a_host_given_by_hand_becomes_the_row_of_its_serial_on_the_same_connection(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(2.0)
        assert list(monitor.fleet.devices) == ["aabbcc"]
        device = monitor.fleet.devices["aabbcc"]
        assert device.by_hand
        assert device.number("power_w") == 100.0
        assert state_of(device, clock.now()) is State.LIVE
        assert socket.opened == 1
    assert socket.closed == 1


async def test_words_from_the_settings_are_on_the_device_when_it_appears(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    monitor = make(replace(by_hand, devices={"aabbcc": DeviceSetting("Fridge", Role.LOAD)}))
    async with running(monitor, clock):
        await clock.advance(0.5)
        device = monitor.fleet.devices["aabbcc"]
        assert (device.label, device.role) == ("Fridge", Role.LOAD)
        await monitor.configure("AABBCC", DeviceSetting("Freezer"))
        assert monitor.fleet.devices["aabbcc"].label == "Freezer"


async def test_a_meter_upside_down_is_turned_before_anybody_hears_of_it_and_its_graph_never_has_both_signs(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, by_hand: Settings, heard: list[Event]
) -> None:
    meter = network.add(HOST.host, "aabbcc", "HWE-KWH1")
    meter.values = {"power_w": 700.0, "energy_import_kwh": 5.0, "energy_export_kwh": 0.5}
    monitor = make(replace(by_hand, devices={"aabbcc": DeviceSetting("Roof", inverted=True)}))

    def graph() -> set[float]:
        start = clock.now().utc - 30
        return {bucket.mean for bucket in monitor.trends.window("aabbcc", "power_w", start, start + 31, 31) if bucket}

    async with running(monitor, clock):
        await clock.advance(5.0)
        told = [event.measurement.values for event in heard if isinstance(event, Measured)]
        assert told[-1] == {"power_w": -700.0, "energy_import_kwh": 0.5, "energy_export_kwh": 5.0}
        assert graph() == {-700.0}
        await monitor.configure("AABBCC", DeviceSetting("Roof"))
        assert monitor.fleet.devices["aabbcc"].number("power_w") == 700
        await clock.advance(5.0)
        assert graph() == {700.0}
        await monitor.configure("aabbcc", DeviceSetting("Garage"))
        assert graph() == {700.0}, "a name changes no graph"


async def test_a_device_that_moves_is_polled_at_its_new_address_only(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, socket: FakeDevice, by_hand: Settings
) -> None:
    moved = network.add(ELSEWHERE.host, "aabbcc", "HWE-SKT")
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(2.5)
        monitor.apply(Seen(ELSEWHERE, "AABBCC", clock.now()))
        await clock.advance(5.0)
        assert socket.asked("data") == [0.0, 1.0, 2.0]
        assert socket.closed == 1
        assert moved.asked("data") == [2.5, 3.0, 4.0, 5.0, 6.0, 7.0]


async def test_a_claim_that_nobody_proves_leaves_a_host_by_hand_where_it_is(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, socket: FakeDevice, by_hand: Settings
) -> None:
    nobody = network.add(ELSEWHERE.host, "aabbcc", "HWE-SKT")
    nobody.faults["api"] = Unreachable("no answer")
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(2.5)
        monitor.apply(Seen(ELSEWHERE, "AABBCC", clock.now()))
        monitor.apply(Seen(ELSEWHERE, "AABBCC", clock.now()))
        await clock.advance(600.0)
        assert nobody.opened == nobody.closed == 1
        assert nobody.asked("api")[-1] <= 2.5 + PROOF_S
        assert socket.asked("data")[-1] > 600.0
        nobody.faults.clear()  # now it has moved
        monitor.apply(Seen(ELSEWHERE, "AABBCC", clock.now()))
        await clock.advance(2.0)
        assert nobody.asked("data")
        assert monitor.fleet.devices["aabbcc"].endpoints == (ELSEWHERE,)


async def test_trends_of_a_device_that_is_gone_for_good_are_dropped(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(10.0)
        assert monitor.trends.size_bytes("aabbcc") > 0
        for number in range(MOST_LOST + 1):
            monitor.apply(Identified(HOST, Identity(f"{number:012x}", "HWE-SKT"), clock.now()))
        assert "aabbcc" not in monitor.fleet.devices
        assert monitor.trends.size_bytes("aabbcc") == 0


async def test_two_names_for_one_device_end_in_one_poller(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, socket: FakeDevice
) -> None:
    twin = network.add(ELSEWHERE.host, "aabbcc", "HWE-SKT")
    twin.latency_s["api"] = 0.1
    monitor = make(replace(QUIET, hosts=(HOST, ELSEWHERE)))
    async with running(monitor, clock):
        await clock.advance(10.0)
        assert list(monitor.fleet.devices) == ["aabbcc"]
        assert socket.asked("data") == [0.0]
        assert twin.asked("data")[-1] > 9.0


async def test_two_devices_that_claim_one_address_are_one_poller(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice
) -> None:
    monitor = make()
    async with running(monitor, clock):
        monitor.apply(Seen(HOST, "ddeeff", clock.now()))
        monitor.apply(Seen(HOST, "aabbcc", clock.now()))
        await clock.advance(1.5)
        assert socket.opened == 1
        assert socket.asked("data") == [0.0, 1.0]
        assert monitor.fleet.devices["aabbcc"].number("power_w") == 100.0


async def test_ten_devices_beat_together_and_more_in_other_groups(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork
) -> None:
    devices = [network.add(f"10.0.1.{number}", f"{number:012x}", "HWE-KWH1") for number in range(25)]
    monitor = make(replace(QUIET, hosts=tuple(network.devices)))
    async with running(monitor, clock):
        await clock.advance(10.9)
        assert {device.asked("data")[0] for device in devices} == {0.0}
        beats = [device.asked("data")[-1] for device in devices]
        assert beats == [10.0] * 10 + [10.5] * 10 + [10.25] * 5


async def test_a_device_that_only_speaks_v2_is_not_polled(clock: VirtualClock, make: MakeMonitor) -> None:
    monitor = make()
    async with running(monitor, clock):
        monitor.apply(Seen(Endpoint("10.0.0.9", 443, "v2"), "ba77e2", clock.now(), "HWE-BAT"))
        await clock.advance(5.0)  # the network would raise KeyError on a connection
        assert state_of(monitor.fleet.devices["ba77e2"], clock.now()) is State.NOT_PAIRED
        with pytest.raises(CommandError, match="not being polled"):
            await monitor.identify("ba77e2")


async def test_a_remembered_device_is_asked_whether_it_is_still_there(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice
) -> None:
    monitor = make()
    async with running(monitor, clock):
        monitor.apply(Remembered(Identity("aabbcc", "HWE-SKT"), HOST, clock.now()))
        assert monitor.fleet.devices["aabbcc"].remembered
        await clock.advance(0.5)
        assert not monitor.fleet.devices["aabbcc"].remembered


async def test_a_device_announced_again_is_tried_at_once(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice
) -> None:
    socket.faults["api"] = Unreachable("no answer")
    monitor = make()
    async with running(monitor, clock):
        monitor.apply(Seen(HOST, "aabbcc", clock.now()))
        await clock.advance(40.0)
        tries = len(socket.requests)
        socket.faults.clear()
        monitor.apply(Seen(HOST, "aabbcc", clock.now()))
        await clock.advance(0.0)
        assert socket.requests[tries:][0] == (40.0, "api")


async def test_a_host_named_by_hand_once_more_is_tried_at_once(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    socket.faults["api"] = ApiDisabled("Local API is off")
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(3.0)
        await monitor.add(HOST)
        await clock.advance(0.0)
        assert socket.asked("api") == [0.0, 3.0]


# ------------------------------------------------------------------ depth


async def test_all_asked_waits_for_the_slowest_and_counts_failures(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, socket: FakeDevice
) -> None:
    slow = network.add(ELSEWHERE.host, "ddeeff", "HWE-P1")
    slow.latency_s["api"] = 3.0
    slow.faults["api"] = Unreachable("no answer")
    monitor = make(replace(QUIET, hosts=(HOST, ELSEWHERE)), depth=Depth.READING)
    waiting = asyncio.create_task(monitor.all_asked())
    async with running(monitor, clock):
        await clock.advance(2.9)
        assert not waiting.done()
        await clock.advance(0.1)
        assert waiting.done()
        assert socket.asked("data") == [0.0]
        assert monitor.fleet.devices["aabbcc"].switch is not None
        assert monitor.fleet.devices["10.0.0.6:80"].problem is not None


# ------------------------------------------------------------------ faults


async def test_a_source_that_crashes_is_noted_and_restarted_while_the_rest_lives_on(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    source = Script(crash=ZeroDivisionError("no"))
    monitor = make(by_hand, source=source)
    async with running(monitor, clock):
        source.wake.set()
        await clock.advance(30.5)
        assert [note.topic for note in monitor.fleet.notes] == ["Script"]
        assert "restarts" in monitor.fleet.notes[0].text
        assert "ZeroDivisionError" in caplog.text
        assert len(socket.asked("data")) == 31
        await clock.advance(30.0)
        assert source.runs == 2
        assert not monitor.fleet.notes


async def test_a_poller_that_crashes_is_noted_and_restarted(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    socket.faults["data"] = ZeroDivisionError("no")
    monitor = make(by_hand)
    async with running(monitor, clock):
        assert monitor.fleet.notes[0].text.startswith("reading 10.0.0.5 stopped")
        socket.faults.clear()
        await clock.advance(61.0)
        assert socket.asked("data") == [0.0, 60.0, 61.0]
        assert (socket.opened, socket.closed) == (2, 1)
        assert not monitor.fleet.notes


async def test_what_the_listener_raises_ends_the_monitor(
    clock: VirtualClock, network: FakeNetwork, socket: FakeDevice, by_hand: Settings
) -> None:
    def listener(event: Event, fleet: Fleet) -> None:
        if isinstance(event, Measured):
            raise BrokenPipeError

    monitor = Monitor(by_hand, clock, listeners=[listener], client_factory=network.connect)
    task = asyncio.create_task(monitor.run())
    await clock.advance(1.0)
    with pytest.raises(BrokenPipeError):
        await task
    assert socket.closed == 1


async def test_a_jump_of_the_wall_clock_starts_the_trends_anew_with_a_note(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    def kept() -> int:
        start = clock.now().utc - 60
        return sum(1 for bucket in monitor.trends.window("aabbcc", "power_w", start, start + 61, 61) if bucket)

    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(20.5)
        clock.jump(4.0)
        await clock.advance(1.0)
        assert kept() > 20
        assert not monitor.fleet.notes
        clock.jump(-3600.0)
        await clock.advance(1.0)
        assert 1 <= kept() <= 2
        (note,) = monitor.fleet.notes
        assert note.topic == "clock"
        assert note.text == "this computer's clock jumped back by 1 h: the graphs start again"


@pytest.mark.parametrize(
    ("jump_s", "words"),
    [
        (26 * 86_400.0, "ahead by 26 days"),
        (3650 * 86_400.0, "ahead by 3650 days"),
        (-3600.0, "back by 1 h"),
        (-3599.999_98, "back by 1 h"),
        (6.0, "ahead by 6 s"),
    ],
)
async def test_a_jump_is_noticed_while_nothing_answers(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings, jump_s: float, words: str
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(20.5)
        socket.faults["data"] = Unreachable("Connection refused", State.REFUSED)
        await clock.advance(12.0)
        clock.jump(jump_s)
        await clock.advance(60.0)
        start = clock.now().utc - 150
        for begin in (start, start - jump_s):
            assert not any(monitor.trends.window("aabbcc", "power_w", begin, begin + 150, 50))
        (note,) = monitor.fleet.notes
        assert note.text == f"this computer's clock jumped {words}: the graphs start again"
        problem = device_json(monitor.fleet.devices["aabbcc"], clock.now(), reading=True)["problem"]
        assert isinstance(problem, dict)
        began = datetime.fromisoformat(str(problem["since"])).timestamp()
        assert clock.now().utc - began == pytest.approx(72.0, abs=1.5)


@pytest.mark.parametrize("answers", [True, False])
async def test_the_note_on_a_jump_goes_when_the_graph_is_full_again(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings, answers: bool
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(20.5)
        clock.jump(-3600.0)
        await clock.advance(300.0)
        clock.jump(26 * 86_400.0)
        await clock.advance(1.0)
        if not answers:
            socket.faults["data"] = Unreachable("Connection refused", State.REFUSED)
        await clock.advance(SHOWN_S - 10.0)
        assert [note.text for note in monitor.fleet.notes] == [
            "this computer's clock jumped ahead by 26 days: the graphs start again"
        ]
        await clock.advance(80.0)
        assert not monitor.fleet.notes


async def test_a_clock_that_is_set_before_there_is_a_graph_needs_no_note(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    """A Pi without a clock starts in the past, and gets its time with its network."""
    socket.faults["api"] = Unreachable("Network is unreachable", State.SILENT)
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(5.0)
        clock.jump(26 * 86_400.0)
        del socket.faults["api"]
        await clock.advance(70.0)
        assert monitor.fleet.devices["aabbcc"].measurement
        assert not monitor.fleet.notes


@pytest.mark.parametrize("jump_s", [0.0, 3.0, -3600.0, 26 * 86_400.0])
async def test_what_a_frozen_meter_repeats_is_a_gap_though_the_clock_was_set_meanwhile(
    make: MakeMonitor, clock: VirtualClock, network: FakeNetwork, jump_s: float
) -> None:
    source = Script()
    network.add(HOST.host, "aa01", "HWE-P1")
    monitor = make(source=source)
    async with running(monitor, clock):
        source.tell(Identified(HOST, Identity("aa01", "HWE-P1"), clock.now()))
        await clock.advance(10.5)
        clock.jump(jump_s)
        await clock.advance(40.0)
        end = clock.now().utc
        assert any(monitor.trends.window("aa01", "power_w", end - 35, end, 35))
        source.tell(ClockStood("aa01", True, clock.now()))
        assert not any(monitor.trends.window("aa01", "power_w", end - 35, end, 35))


async def test_a_p1_that_repeats_its_meters_clock_is_frozen_without_a_look_at_a_telegram(
    make: MakeMonitor, clock: VirtualClock, heard: list[Event]
) -> None:
    source = Script()
    monitor = make(source=source)
    async with running(monitor, clock):
        source.tell(Identified(HOST, Identity("aa01", "HWE-P1"), clock.now()))
        for second in range(100):
            stamp = datetime.fromtimestamp(clock.now().utc - max(0, second - 30), ZoneInfo("Europe/Amsterdam"))
            values: dict[str, Value] = {"power_w": 100.0, "timestamp": stamp.replace(tzinfo=None)}
            source.tell(Measured("aa01", Measurement(values), System(), clock.now(), None, 1.0))
            await clock.advance(1.0)
        (stood,) = [event for event in heard if isinstance(event, ClockStood)]
        assert stood.still
        assert monitor.fleet.devices["aa01"].frozen is not None
        end = clock.now().utc
        assert not any(monitor.trends.window("aa01", "power_w", end - 65, end, 65))
        assert all(monitor.trends.window("aa01", "power_w", end - 95, end - 75, 20))


async def test_every_event_is_heard_with_the_fleet_it_made(
    clock: VirtualClock, network: FakeNetwork, socket: FakeDevice, by_hand: Settings
) -> None:
    heard: list[tuple[Event, Fleet]] = []
    monitor = Monitor(by_hand, clock, listeners=[lambda *told: heard.append(told)], client_factory=network.connect)
    async with running(monitor, clock):
        await clock.advance(0.5)
        kinds = [type(event).__name__ for event, _ in heard]
        assert kinds == ["Added", "Identified", "Spoke", "Measured", "SwitchRead", "SystemRead"]
        assert heard[-1][1] is monitor.fleet
        assert "aabbcc" not in heard[0][1].devices


# ------------------------------------------------------------------ commands


async def test_a_socket_is_switched_after_it_said_who_it_is_and_read_back(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings, heard: list[Event]
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(1.5)
        heard.clear()
        command = asyncio.create_task(monitor.set_switch("aabbcc", power_on=False))
        await clock.advance(0.0)
        assert (await command).power_on is False
        assert [kind for _, kind in socket.requests[-3:]] == ["api", "set", "state"]
        assert [event.switch.power_on for event in heard if isinstance(event, SwitchRead)] == [False, False]
        switch = monitor.fleet.devices["aabbcc"].switch
        assert switch is not None
        assert switch.value == Switch(power_on=False, switch_lock=False, brightness=255)


async def test_nothing_is_switched_at_an_address_that_has_a_new_owner(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(1.5)
        socket.identified = Identity("ddeeff", "HWE-SKT")
        command = asyncio.create_task(monitor.set_switch("aabbcc", power_on=False))
        await clock.advance(0.0)
        with pytest.raises(CommandError, match="nothing was switched"):
            await command
        assert socket.power_on


async def test_what_a_device_answers_to_a_command_reaches_the_caller(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    socket.faults["identify"] = Unreachable("no answer")
    monitor = make(by_hand)
    async with running(monitor, clock):
        await clock.advance(0.5)
        command = asyncio.create_task(monitor.identify("aabbcc"))
        await clock.advance(0.0)
        with pytest.raises(Unreachable, match="no answer"):
            await command


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (lambda monitor: monitor.identify("ffffff"), "ffffff is not here"),
        (lambda monitor: monitor.read_switch("ddeeff"), "has no switch"),
        (lambda monitor: monitor.set_switch("ddeeff", power_on=False), "has no switch"),
        (lambda monitor: monitor.identify("ddeeff"), "no LED"),
        (lambda monitor: monitor.identify("10.0.0.7:80"), "not identified itself yet"),
    ],
)
async def test_wrong_use_of_a_command_is_told_in_words(
    clock: VirtualClock,
    make: MakeMonitor,
    network: FakeNetwork,
    command: Callable[[Monitor], asyncio.Future[None]],
    words: str,
) -> None:
    network.add(HOST.host, "ddeeff", "HWE-KWH1")
    network.add("10.0.0.7", "112233", "HWE-SKT").faults["api"] = Unreachable("no answer")
    monitor = make(replace(QUIET, hosts=(HOST, Endpoint("10.0.0.7"))))
    async with running(monitor, clock):
        await clock.advance(0.5)
        with pytest.raises(CommandError, match=words):
            await command(monitor)


async def test_a_scan_counts_what_it_finds_and_each_becomes_a_row(
    clock: VirtualClock, make: MakeMonitor, network: FakeNetwork, socket: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scan(
        networks: list[IPv4Network], found: Found, *, ask_v2: AskV2, progress: Progress | None = None
    ) -> None:
        assert progress is not None
        progress(1, 2)
        found(HOST, Identity("aabbcc", "HWE-SKT"))
        found(ELSEWHERE, ApiDisabled())

    monkeypatch.setattr("tui.engine.scanning.scan", scan)
    network.add(ELSEWHERE.host, "ddeeff", "HWE-P1").faults["api"] = ApiDisabled()
    told: list[tuple[int, int]] = []
    monitor = make()
    async with running(monitor, clock):
        assert await monitor.scan([IPv4Network("10.0.0.0/24")], lambda *done: told.append(done)) == 2
        assert told == [(1, 2)]
        await clock.advance(0.5)
        states = {key: state_of(device, clock.now()) for key, device in monitor.fleet.devices.items()}
        assert states == {"aabbcc": State.LIVE, "10.0.0.6:80": State.API_DISABLED}


async def test_a_scan_of_too_many_addresses_is_refused_in_words(make: MakeMonitor) -> None:
    with pytest.raises(CommandError, match="too many"):
        await make().scan([IPv4Network("10.0.0.0/8")])


async def test_read_only_neither_switches_nor_blinks(
    clock: VirtualClock, make: MakeMonitor, socket: FakeDevice, by_hand: Settings
) -> None:
    monitor = make(replace(by_hand, read_only=True))
    async with running(monitor, clock):
        await clock.advance(0.5)
        with pytest.raises(CommandError, match="read-only"):
            await monitor.set_switch("aabbcc", power_on=False)
        with pytest.raises(CommandError, match="read-only"):
            await monitor.identify("aabbcc")
        assert socket.asked("set", "identify") == []


async def test_the_trend_of_a_frozen_meter_is_a_gap_from_the_moment_it_stood_still(
    make: MakeMonitor, clock: VirtualClock, network: FakeNetwork
) -> None:
    """Its answers go on, and the look at its clock comes a minute late: neither is a measurement."""
    source = Script()
    network.add(HOST.host, "aa01", "HWE-P1")
    monitor = make(source=source)
    async with running(monitor, clock):
        start = clock.now().utc
        source.tell(Identified(HOST, Identity("aa01", "HWE-P1"), clock.now()))

        def poll(second: int, power: float) -> None:
            now = clock.now().plus(second)
            source.tell(Measured("aa01", Measurement({"power_w": power}), System(), now, 0.01, 1.0))

        def told(first: int, last: int) -> list[bool]:
            columns = monitor.trends.window("aa01", "power_w", start + first, start + last, last - first)
            return [column is not None for column in columns]

        for second in range(100):
            poll(second, float(min(second, 20)))
        assert all(told(0, 100))
        source.tell(ClockStood("aa01", True, clock.now()))
        poll(100, 20.0)
        assert all(told(0, 21))
        assert not any(told(22, 101))
        poll(101, 500.0)
        assert told(100, 102) == [False, True]
