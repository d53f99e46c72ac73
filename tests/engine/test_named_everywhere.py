"""`telegram`, `check`, `record`, `serve` and `support` take a name or a serial as `read` does, and ask nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.core.telegrams import DSMR_5
from tests.engine.test_named import FREEZER, LAMP, SETTINGS, a_socket, last_at
from tests.engine.test_support_command import QUICK
from tests.net.conftest import Served, Servers, Visit
from tui.cli import main
from tui.core.events import Remembered
from tui.core.out.listening import Listening
from tui.core.settings import Settings
from tui.engine.commands import named as module
from tui.engine.commands.check import check
from tui.engine.commands.checkplan import make_plan
from tui.engine.commands.exits import CRITICAL, OK
from tui.engine.commands.record import record
from tui.engine.commands.run import Output
from tui.engine.commands.serve import serve
from tui.engine.commands.support import Plan, support
from tui.engine.commands.telegram import Form, telegram
from tui.engine.doctor.doctor import Doctor
from tui.engine.support import doctoring

GRID = "5c2faf00000a"
NOT_THERE = "hwtui: Device 00000a: Not found without mDNS: is it on"


@pytest.fixture
async def house(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> tuple[Served, Served]:
    """The lamp, and a freezer that nobody names: this program knows where both were last."""
    rows: list[Remembered] = []

    async def remembered(*_: object) -> list[Remembered]:
        return rows

    monkeypatch.setattr(module, "_remembered", remembered)
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    rows += [last_at(LAMP, lamp.endpoint), last_at(FREEZER, freezer.endpoint)]
    return lamp, freezer


async def test_the_telegram_of_a_p1_by_its_serial(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = DSMR_5

    async def p1(visit: Visit) -> None:
        while True:
            path = (await visit.request()).split()[1]
            await visit.answer(
                text.encode()
                if path == "/api/v1/telegram"
                else b'{"product_type":"HWE-P1","serial":"%b"}' % GRID.encode()
            )

    there = await servers.start(p1)

    async def remembered(*_: object) -> list[Remembered]:
        return [last_at(GRID, there.endpoint)]

    monkeypatch.setattr(module, "_remembered", remembered)
    assert await telegram(SETTINGS, Output(), Form.RAW, [GRID.upper()]) == OK
    assert capfdbinary.readouterr().out == text.encode()


async def test_a_p1_that_is_named_and_nowhere_is_told_of(
    house: tuple[Served, Served], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await telegram(replace(SETTINGS, timeout_s=0.2), Output(), Form.RAW, [GRID]) == CRITICAL
    assert NOT_THERE in capsys.readouterr().err


async def test_a_check_of_one_device(house: tuple[Served, Served], capsys: pytest.CaptureFixture[str]) -> None:
    plan = make_plan(SETTINGS, {"duration": "1", "format": "json"}, ["lamp", GRID])
    await check(replace(plan, duration_s=0.3), Output())
    told = capsys.readouterr()
    assert [one["serial"] for one in json.loads(told.out)["devices"]] == [LAMP]
    assert told.err.count(NOT_THERE) == 1
    assert house[1].connections == 0


async def test_a_support_file_of_one_device(
    house: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctoring, "Doctor", partial(Doctor, pace=QUICK))
    plan = Plan(SETTINGS, 0.2, None, lambda field: None, words=["Lamp", GRID])
    assert await support(plan, Output()) == OK
    told = capsys.readouterr()
    made = json.loads(told.out)
    assert len(made["fleet"]) == 1
    assert sorted(one["layer"] for one in made["doctor"]["devices"]) == ["no-name", "well"]
    assert NOT_THERE in told.err
    assert house[1].connections == 0


@pytest.mark.parametrize("command", [record, serve])
async def test_a_history_or_the_sinks_of_one_device(
    command: Callable[[Settings, list[str]], Coroutine[Any, Any, int]],
    house: tuple[Served, Served],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lamp, freezer = house
    settings = replace(SETTINGS, state_dir=tmp_path, timeout_s=0.1, api=Listening("127.0.0.1", 0))
    keeping = asyncio.create_task(command(settings, ["Lamp", GRID]))
    told = ""
    async with asyncio.timeout(10):
        while not lamp.requests.count("GET /api/v1/data") or NOT_THERE not in told:
            await asyncio.sleep(0.01)
            assert not keeping.done()
            told += capsys.readouterr().err
    keeping.cancel()
    await asyncio.wait((keeping,))
    assert "Still listening" in told
    assert freezer.connections == 0


@pytest.mark.parametrize("command", ["telegram", "check", "record", "support", "serve --api 9926"])
def test_a_name_that_nobody_has_is_told_in_the_same_words(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert main([*command.split(), "Living room", "--no-mdns", "--interface", "127.0.0.1"]) == 3
    assert 'hwtui: no device of the name "Living room" is known: hwtui devices lists' in capsys.readouterr().err
