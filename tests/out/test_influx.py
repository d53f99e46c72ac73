"""Readings as line protocol: they arrive, whatever the server, the disk or hwtui itself do meanwhile."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.out.houses import a_house, listening
from tests.out.lineservers import WITHIN_S, certified, real_server, scripted, victoria
from tui.cli.commands import demo
from tui.cli.given import Given
from tui.core.events import Measured
from tui.core.model import Fleet
from tui.core.out.influxplace import parse_influx
from tui.core.reading import Measurement, System
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError
from tui.engine.clock import FastClock
from tui.engine.out import influx as sinks
from tui.engine.out.influx import InfluxSink
from tui.engine.out.making import check_sinks
from tui.engine.out.sink import SinkState
from tui.engine.out.spool import Batch, Spool
from tui.net import lineserver
from tui.ui import launch

SPEED = 400.0
"""Batches come every 25 ms."""


class House:
    """One device of a fleet, whose power counts its readings."""

    def __init__(self) -> None:
        self.clock = FastClock(SPEED)
        still, _ = a_house(devices=2)
        listening(still, [], 1)
        self.fleet: Fleet = still.fleet
        self.serial = next(one.serial for one in self.fleet.devices.values() if one.product.is_grid_meter) or ""
        self.told = 0
        self.times: list[int] = []

    def read(self, sink: InfluxSink, times: int = 1) -> None:
        for _ in range(times):
            self.told += 1
            now = self.clock.now()
            self.times.append(round(now.utc * 1000))
            measurement = Measurement({"power_w": float(self.told)})
            sink.heard(Measured(self.serial, measurement, System(), now, 0.01, 1.0), self.fleet)

    async def live(self, sink: InfluxSink, until: Callable[[], bool]) -> None:
        """It is read again and again, until something holds."""
        async with asyncio.timeout(WITHIN_S):
            while not until():
                self.read(sink)
                await asyncio.sleep(0.005)


class Running:
    """A sink that runs, and what it has told."""

    def __init__(self, house: House, where: int | str, path: str = "/write", **given: Any) -> None:
        target = parse_influx(f"http://127.0.0.1:{where}{path}" if isinstance(where, int) else f"{where}{path}")
        self.sink = InfluxSink(target, Settings(influx=target, **given), house.clock)
        self.states: list[SinkState] = []
        self._changed = asyncio.Event()

    @property
    def faults(self) -> list[str]:
        """Each that came, and "" where it was over."""
        faults = [""]
        for state in self.states:
            if state.fault != faults[-1]:
                faults.append(state.fault)
        return faults[1:]

    def tell(self, state: SinkState) -> None:
        self.sink.state = state
        self.states.append(state)
        self._changed.set()

    async def until(self, holds: Callable[[SinkState], bool]) -> SinkState:
        async with asyncio.timeout(WITHIN_S):
            while not self.states or not holds(self.states[-1]):
                self._changed.clear()
                await self._changed.wait()
        return self.states[-1]


@asynccontextmanager
async def running(house: House, where: int | str, path: str = "/write", **given: Any) -> AsyncIterator[Running]:
    """`where` is a port of this computer, or more of an address."""
    one = Running(house, where, path, **given)
    task = asyncio.create_task(one.sink.run(one.tell))
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def powers(lines: list[str]) -> list[int]:
    return [round(float(line.split(" power_w=")[1].split(" ")[0])) for line in lines if line.startswith("hwtui,")]


async def test_readings_arrive_in_batches_with_the_token_and_nothing_touches_the_disk(tmp_path: Path) -> None:
    house = House()
    given = {"state_dir": tmp_path, "influx_token": Secret("t0k3n")}
    async with scripted() as server, running(house, server.port, "/api/v2/write?org=o&bucket=b", **given) as one:
        house.read(one.sink, 5)
        await server.until(lambda: len(server.lines) == 5)
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 6)
        await one.until(lambda state: state.handed_on == 2)
    assert powers(server.lines) == [1, 2, 3, 4, 5, 6]
    assert [int(line.rsplit(" ", 1)[1]) for line in server.lines] == house.times
    assert all(f"serial={house.serial}" in line for line in server.lines)
    assert [head.splitlines()[0] for head in server.heads] == [
        "POST /api/v2/write?org=o&bucket=b&precision=ms HTTP/1.1"
    ] * 2
    assert all("Authorization: Token t0k3n\r\n" in head for head in server.heads)
    assert one.sink.state == SinkState("influx", f"http://127.0.0.1:{server.port}/api/v2/write", handed_on=2)
    assert [file.name for file in (tmp_path / "influx").iterdir()] == ["lock"]


async def test_so_many_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "BATCH_READINGS", 3)
    monkeypatch.setattr(sinks, "BATCH_S", 1e6)
    house = House()
    async with scripted() as server, running(house, server.port) as one:
        house.read(one.sink, 2)
        await asyncio.sleep(0)
        assert not server.heads
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 3)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("closed", "refuses the connection: is the server running?; the values wait on disk"),
        ("503", "cannot take it now (503: busy): see how it is doing; the values wait on disk"),
        ("429", "cannot take it now (429): see how it is doing; the values wait on disk"),
        ("401", "lets nobody write without a right to (401): give a token with --influx-token-file"),
        ("404", "knows no such place (404): check path, database and bucket"),
        ("hangs", "did not answer within 0.1 s"),
        ("breaks off", "broke off: see how it is doing"),
        ("garbage", "broke off: see how it is doing"),
    ],
)
async def test_in_an_outage_they_wait_and_arrive_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, words: str
) -> None:
    monkeypatch.setattr(lineserver, "ANSWER_S", 0.1)
    monkeypatch.setattr(sinks, "LONGEST_WAIT_S", 20.0)
    house = House()
    async with scripted() as server, running(house, server.port, state_dir=tmp_path) as one:
        well = server.answer
        house.read(one.sink, 2)
        await server.until(lambda: len(server.lines) == 2)
        await one.until(lambda state: state.handed_on == 1)
        match trouble:
            case "closed":
                await server.close()
            case "503":
                server.answers(503, b"busy")
            case "hangs":
                server.answer = b""
            case "breaks off":
                server.answer, server.hangs_up = b"HTTP/1.1 503 No", True
            case "garbage":
                server.answer, server.hangs_up = b"\0\1\2\r\n\r\n", True
            case status:
                server.answers(int(status))
        spool = tmp_path / "influx"
        await house.live(one.sink, lambda: len(list(spool.glob("*.gz"))) >= 3)
        assert words in one.faults[0]
        server.answer, server.hangs_up = well, False
        if trouble == "closed":
            await server.open()
        await one.until(lambda state: not state.fault and not list(spool.glob("*.gz")))
        house.read(one.sink)
        await server.until(lambda: powers(server.lines)[-1] == house.told)
    assert powers(server.lines) == list(range(1, house.told + 1))
    assert one.faults == [one.faults[0], ""]
    assert one.sink.state.dropped == 0


async def test_what_would_be_refused_again_is_lost_and_counted_and_holds_up_nothing(tmp_path: Path) -> None:
    house = House()
    async with scripted() as server, running(house, server.port, state_dir=tmp_path) as one:
        well = server.answer
        server.answers(400, b'{"error":"field type conflict"}')
        house.read(one.sink, 4)
        state = await one.until(lambda state: state.dropped == 4)
        assert state.fault.endswith("refused a batch (400: field type conflict), and it is lost")
        server.answer = well
        house.read(one.sink)
        state = await one.until(lambda state: not state.fault)
    assert (powers(server.lines), state.dropped, state.handed_on) == ([5], 4, 1)
    assert "field type conflict" in state.last_fault


async def test_a_server_that_asks_for_patience_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    async with scripted() as server, running(house, server.port) as one:
        well = server.answer
        server.answers(503, b"", "Retry-After: 50")
        house.read(one.sink)
        await one.until(lambda state: bool(state.fault))
        asked = house.clock.now()
        server.answer = well
        await server.until(lambda: len(server.lines) == 1)
        assert house.clock.now().age_of(asked) >= 45
    assert "in memory (there is no folder for it: set HOME, or use --state-dir)" in one.faults[0]


async def test_what_has_waited_goes_out_at_a_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "PACE_S", 20.0)
    house, spool = House(), Spool(tmp_path / "influx")
    spool.open()
    for number in range(4):
        spool.put(Batch(gzip.compress(f"hwtui power_w={number} 1\n".encode()), 1))
    spool.close()
    async with scripted() as server, running(house, server.port, state_dir=tmp_path) as one:
        await server.until(lambda: len(server.heads) == 1)
        first = house.clock.now()
        await one.until(lambda state: state.handed_on == 4)
        assert house.clock.now().age_of(first) >= 3 * 19.9
    assert server.lines == [f"hwtui power_w={number} 1" for number in range(4)]


async def test_what_waits_when_hwtui_ends_is_sent_by_the_next(tmp_path: Path) -> None:
    house = House()
    async with scripted() as server:
        await server.close()
        async with running(house, server.port, state_dir=tmp_path) as one:
            house.read(one.sink, 3)
            await one.until(lambda state: bool(state.fault))
            house.read(one.sink, 2)
        await server.open()
        async with running(house, server.port, state_dir=tmp_path) as one:
            await one.until(lambda state: state.handed_on == 2)
    assert powers(server.lines) == [1, 2, 3, 4, 5]
    assert [file.name for file in (tmp_path / "influx").iterdir()] == ["lock"]


async def test_a_batch_that_is_under_way_when_hwtui_ends_is_sent_by_the_next(tmp_path: Path) -> None:
    house = House()
    async with scripted() as server:
        well, server.answer = server.answer, b""
        async with running(house, server.port, state_dir=tmp_path) as one:
            house.read(one.sink, 3)
            await server.until(lambda: len(server.heads) == 1)
            house.read(one.sink)
        server.answer = well
        async with running(house, server.port, state_dir=tmp_path):
            await server.until(lambda: len(server.lines) == 4)
    assert powers(server.lines) == [1, 2, 3, 4]


async def test_a_token_that_was_changed_is_used_at_once(tmp_path: Path) -> None:
    house, path = House(), tmp_path / "token"
    path.write_text("old\n")
    path.chmod(0o600)
    async with scripted() as server, running(house, server.port, influx_token_file=path) as one:
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 1)
        path.write_text("new\n")
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 2)
        path.chmod(0o644)
        house.read(one.sink)
        state = await one.until(lambda state: bool(state.fault))
    assert ["Token old" in server.heads[0], "Token new" in server.heads[1]] == [True, True]
    assert f"--influx-token-file: {path}: others can read it: chmod 600" in state.fault


async def test_while_a_server_hangs_only_so_much_is_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "MOST_WAITING", 50)
    monkeypatch.setattr(lineserver, "ANSWER_S", 0.1)
    house = House()
    async with scripted() as server:
        server.answer = b""
        async with running(house, server.port) as one:
            house.read(one.sink)
            await server.until(lambda: len(server.heads) == 1)
            house.read(one.sink, 200)
            state = await one.until(lambda state: bool(state.fault))
    assert state.dropped == 150


async def test_over_tls_only_a_server_that_this_computer_trusts_gets_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, (context, authority) = House(), certified(tmp_path)
    async with scripted(context) as server:
        place = f"https://127.0.0.1:{server.port}"
        async with running(house, place, influx_token=Secret("t0k3n")) as one:
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
            assert f"the certificate of {place}/write is not one that this computer trusts" in state.fault
            assert server.heads == []
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            await one.until(lambda state: not state.fault)
        assert "Token t0k3n" in server.heads[0]
        async with running(house, server.port) as one:
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
            assert "broke off" in state.fault


@pytest.mark.parametrize(("greeting", "words"), [(b"HTTP/1.1 400 X\r\n\r\n", "no TLS with"), (b"", "did not answer")])
async def test_a_server_that_speaks_no_tls_is_said(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes, words: str
) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    monkeypatch.setattr(lineserver, "ANSWER_S", 0.3)
    house = House()
    async with (
        await asyncio.start_server(plain, "127.0.0.1", 0) as server,
        running(house, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as one,
    ):
        house.read(one.sink)
        state = await one.until(lambda state: bool(state.fault))
    assert words in state.fault


async def test_a_name_without_an_address_is_said_and_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    house = House()
    async with scripted() as server, running(house, f"http://localhost:{server.port}") as one:
        with monkeypatch.context() as without:
            without.setattr(socket, "getaddrinfo", none)
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
        assert f"there is no address for http://localhost:{server.port}/write: check the name" in state.fault
        await one.until(lambda state: not state.fault)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"influx_token_file": Path("/no/such")}, "--influx-token-file: /no/such: there is no such file"),
        ({"influx_token": Secret("t0k 3n")}, "HWTUI_INFLUX_TOKEN: a token has only letters"),
        ({"influx_token": Secret("t0k\u00e9n")}, "HWTUI_INFLUX_TOKEN: a token has only letters"),
    ],
)
def test_what_cannot_work_is_said_at_the_start(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_sinks(Settings(influx=parse_influx("http://h/write"), **given))
    assert str(caught.value).startswith(sentence)
    assert "t0k" not in str(caught.value)


@pytest.mark.parametrize(("flags", "goes"), [({}, False), ({"influx": "http://h/write"}, True)])
def test_a_simulated_house_is_posted_only_if_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, flags: dict[str, str], goes: bool
) -> None:
    started: list[Settings] = []
    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setattr(demo, "need_terminal", lambda instead: None)
    monkeypatch.setattr(launch, "run_demo", lambda settings, *rest, **more: started.append(settings))
    monkeypatch.setattr(Given, "settings", lambda given: Settings(influx=parse_influx("http://h/write")))
    demo.run(Given("demo", flags, {}, {}))
    assert [settings.influx is not None for settings in started] == [goes]


@real_server
@pytest.mark.parametrize(
    ("path", "labels"), [("/write?extra_label=house=12", ',house="12"'), ("/api/v2/write?org=o&bucket=b", "")]
)
async def test_a_real_server_has_every_value_also_those_of_its_outage(tmp_path: Path, path: str, labels: str) -> None:
    house, state = House(), tmp_path / "state"
    async with victoria(tmp_path / "data") as server, running(house, server.port, path, state_dir=state) as one:
        await house.live(one.sink, lambda: one.sink.state.handed_on >= 2)
        server.end()
        await house.live(one.sink, lambda: len(list((state / "influx").glob("*.gz"))) >= 3)
        await server.start()
        await one.until(lambda state: not state.fault)
        house.read(one.sink)
        last = house.told
        async with asyncio.timeout(WITHIN_S):
            series = f'hwtui_power_w{{serial="{house.serial}",device="Grid",role="grid"{labels}}}'
            while not (found := await server.values(series)) or found[-1][1] < last:  # noqa: ASYNC110 - another program
                await asyncio.sleep(0.05)
    assert [round(value) for _, value in found] == list(range(1, last + 1))
    assert [at for at, _ in found] == house.times
    assert "refuses the connection" in one.faults[0]


@real_server
async def test_a_real_server_understands_every_point_of_a_house(tmp_path: Path) -> None:
    house = House()
    async with victoria(tmp_path / "data") as server, running(house, server.port) as one:
        still, _ = a_house()
        still.listeners.append(one.sink.heard)
        still.run(2)
        await one.until(lambda state: state.handed_on >= 1)
        async with asyncio.timeout(WITHIN_S):
            while not (names := await _names(server.client.get("/api/v1/label/__name__/values"))):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    numbers = {
        name
        for device in still.fleet.devices.values()
        if device.measurement
        for name, value in device.measurement.value.values.items()
        if isinstance(value, (int, float))
    }
    assert names == {f"hwtui_{name}" for name in numbers} | {"hwtui_external_total_m3"}


async def _names(asking: Awaitable[Any]) -> set[str]:
    answer = await asking
    return set(answer.json()["data"])
