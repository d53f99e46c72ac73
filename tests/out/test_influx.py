"""Readings as line protocol: they arrive, whatever the server, the disk or hwtui itself do meanwhile."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from tests.out.lineservers import scripted
from tests.out.posting import House, powers, running
from tui.core.secret import Secret
from tui.engine.out import influx as sinks
from tui.engine.out.sink import SinkState
from tui.engine.out.spool import Batch, Spool
from tui.net import lineserver


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
    if trouble == "hangs":
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
