"""Devices named for one call: by address, name or serial; where they were last, else where mDNS finds them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.net.conftest import Behaviour, Servers, Visit
from tui.cli.given import Given
from tui.cli.parser import parse
from tui.core.events import Remembered, Seen
from tui.core.model import DeviceSetting, Endpoint, State
from tui.core.moment import Now
from tui.core.oneline import field, parse_template
from tui.core.reading import Identity
from tui.core.settings import Settings, SettingsError
from tui.engine.clock import SystemClock
from tui.engine.commands import named as module
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.named import Named, named
from tui.engine.commands.newest import newest
from tui.engine.commands.once import Asked, ask_once
from tui.engine.commands.read import read, read_values
from tui.engine.commands.run import Output
from tui.engine.commands.watch import watch
from tui.engine.lines.poller import Depth
from tui.engine.source import Emit
from tui.net import discovery

LAMP, FREEZER = "5c2faf000001", "5c2faf000002"
SETTINGS = Settings(
    mdns=False, timeout_s=2.0, devices={LAMP: DeviceSetting(name="Lamp"), FREEZER: DeviceSetting(name="Freezer")}
)


def a_socket(serial: str, power_w: float = 61.5) -> Behaviour:
    async def behave(visit: Visit) -> None:
        while True:
            path = (await visit.request()).split()[1]
            answers = {
                "/api": {"product_type": "HWE-SKT", "serial": serial},
                "/api/v1/data": {"active_power_w": power_w},
                "/api/v1/state": {"power_on": True, "switch_lock": False, "brightness": 255},
            }
            await visit.answer(json.dumps(answers.get(path, {})).encode())

    return behave


async def silent(visit: Visit) -> None:
    await visit.until_left()


def last_at(serial: str, endpoint: Endpoint) -> Remembered:
    return Remembered(Identity(serial, "HWE-SKT"), endpoint, Now(0.0, 0.0))


@pytest.fixture
def remember(monkeypatch: pytest.MonkeyPatch) -> list[Remembered]:
    """What the file of known devices holds; it takes no address on loopback."""
    rows: list[Remembered] = []

    async def remembered(*_: object) -> list[Remembered]:
        return rows

    monkeypatch.setattr(module, "_remembered", remembered)
    return rows


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Endpoint]]:
    """What mDNS hears."""
    rows: list[tuple[str, Endpoint]] = []

    class Announced:
        def __init__(self, *_: object) -> None:
            pass

        async def run(self, emit: Emit) -> None:
            for serial, endpoint in rows:
                emit(Seen(endpoint, serial, SystemClock().now()))
            await asyncio.Event().wait()

    monkeypatch.setattr(discovery, "Discovery", Announced)
    return rows


async def ask(*words: str, settings: Settings = SETTINGS) -> Asked:
    return await newest(settings, words)


async def test_a_name_is_asked_where_it_was_last_and_nobody_else_is(
    servers: Servers, remember: list[Remembered]
) -> None:
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    remember += [last_at(LAMP, lamp.endpoint), last_at(FREEZER, freezer.endpoint)]
    asked = await ask("lamp")
    assert [(one.label, one.number("power_w")) for one in asked.devices] == [("Lamp", 61.5)]
    assert asked.exit_code == OK
    assert freezer.connections == 0


async def test_they_come_in_the_order_in_which_they_were_named_each_once(
    servers: Servers, remember: list[Remembered]
) -> None:
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    remember.append(last_at(FREEZER, freezer.endpoint))
    asked = await ask("Freezer", lamp.endpoint.address, FREEZER.upper())
    assert [one.label for one in asked.devices] == ["Freezer", "Lamp"]


async def test_one_that_moved_is_found_by_mdns_and_only_that_one(
    servers: Servers, remember: list[Remembered], announced: list[tuple[str, Endpoint]]
) -> None:
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    remember.append(last_at(LAMP, freezer.endpoint))  # which has its address by now
    announced += [(FREEZER, freezer.endpoint), (LAMP, lamp.endpoint)]
    asked = await ask("Lamp", settings=replace(SETTINGS, mdns=True))
    assert [(one.key, one.number("power_w")) for one in asked.devices] == [(LAMP, 61.5)]
    assert asked.exit_code == OK


async def test_one_that_hangs_where_it_was_is_looked_for_meanwhile(
    servers: Servers, remember: list[Remembered], announced: list[tuple[str, Endpoint]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEAD_START_S", 0.05)
    lamp, hung = await servers.start(a_socket(LAMP)), await servers.start(silent)
    remember.append(last_at(LAMP, hung.endpoint))
    announced.append((LAMP, lamp.endpoint))
    asked = await ask("Lamp", settings=replace(SETTINGS, mdns=True))
    assert [one.number("power_w") for one in asked.devices] == [61.5]


async def test_one_whose_api_is_off_is_not_looked_for_any_longer(
    servers: Servers, announced: list[tuple[str, Endpoint]], remember: list[Remembered]
) -> None:
    off = await servers.answering(b'{"error":{"id":202,"description":"API not enabled"}}', "403 Forbidden")
    announced.append((LAMP, off.endpoint))
    async with asyncio.timeout(5):
        asked = await ask("Lamp", settings=replace(SETTINGS, mdns=True, timeout_s=60.0))
    assert [one.problem and one.problem.kind for one in asked.devices] == [State.API_DISABLED]


async def test_one_that_is_nowhere_has_a_row_that_says_so(servers: Servers, remember: list[Remembered]) -> None:
    lamp = await servers.start(a_socket(LAMP))
    remember.append(last_at(LAMP, lamp.endpoint))
    asked = await ask("Lamp", "Freezer")
    lost = asked.devices[1]
    assert (lost.label, lost.serial, lost.problem and lost.problem.kind) == ("Freezer", FREEZER, State.SILENT)
    assert lost.problem
    assert lost.problem.text.startswith("Not found without mDNS")
    assert asked.exit_code == WARNING


async def test_another_device_at_its_old_address_is_not_taken_for_it(
    servers: Servers, remember: list[Remembered]
) -> None:
    freezer = await servers.start(a_socket(FREEZER))
    remember.append(last_at(LAMP, freezer.endpoint))
    asked = await ask("Lamp")
    assert [(one.key, one.measurement) for one in asked.devices] == [(LAMP, None)]
    assert asked.exit_code == CRITICAL


@pytest.mark.parametrize("discover", [True, False])
async def test_hosts_of_the_file_or_a_variable_are_not_asked_too(remember: list[Remembered], discover: bool) -> None:
    remember.append(last_at(LAMP, Endpoint("192.168.1.8")))
    settings = replace(SETTINGS, hosts=(Endpoint("192.168.1.9"),), discover=discover)
    found = await named(settings, ["Lamp"], SystemClock())
    assert (found.settings.hosts, found.each) == ((), (LAMP,))


async def test_one_never_met_is_at_a_host_of_the_file_where_mdns_may_not_look(
    servers: Servers, remember: list[Remembered]
) -> None:
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    hung = await servers.start(silent)
    settings = replace(SETTINGS, hosts=(hung.endpoint, freezer.endpoint, lamp.endpoint))
    async with asyncio.timeout(5):
        asked = await ask("Lamp", settings=replace(settings, timeout_s=60.0))
    assert [(one.label, one.number("power_w")) for one in asked.devices] == [("Lamp", 61.5)]
    assert asked.exit_code == OK
    asked = await ask("5c2faf000003", settings=replace(settings, hosts=(freezer.endpoint,)))
    assert [one.problem and one.problem.kind for one in asked.devices] == [State.SILENT]


async def test_a_host_of_the_option_is_never_a_name(remember: list[Remembered]) -> None:
    given = parse(["--host", "lamp", "read", "Lamp", "--host", "http://freezer"])
    assert isinstance(given, Given)
    found = await named(SETTINGS, given.named, SystemClock())
    assert found.each == (Endpoint("lamp"), LAMP, Endpoint("freezer"))


async def test_addresses_alone_need_no_file_of_known_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_remembered", None)
    found = await named(SETTINGS, ["192.168.1.9", "192.168.1.9:81"], SystemClock())
    assert found.settings.hosts == (Endpoint("192.168.1.9"), Endpoint("192.168.1.9", 81))


async def test_a_name_that_is_none_is_a_sentence(remember: list[Remembered]) -> None:
    with pytest.raises(SettingsError, match='did you mean "freezer"'):
        await ask("free zer")


# ------------------------------------------------------------------ watched


async def test_one_that_is_watched_by_its_name_is_read_and_nobody_else_is_told_of(
    servers: Servers,
    remember: list[Remembered],
    announced: list[tuple[str, Endpoint]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    lamp, freezer = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER))
    remember.append(last_at(LAMP, freezer.endpoint))  # which has its address by now
    announced += [(FREEZER, freezer.endpoint), (LAMP, lamp.endpoint)]
    settings = replace(SETTINGS, mdns=True, interval_s=0.5)
    watching = asyncio.create_task(watch(settings, Output(), as_json=True, words=["Lamp"]))
    lines: list[str] = []
    async with asyncio.timeout(10):
        while len(lines) < 2:
            lines += capsys.readouterr().out.splitlines()
            await asyncio.sleep(0.02)
    watching.cancel()
    assert {json.loads(line)["serial"] for line in lines} == {LAMP}


async def test_one_that_is_not_there_is_named_and_waited_for(
    remember: list[Remembered], announced: list[tuple[str, Endpoint]], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(SETTINGS, mdns=True, timeout_s=0.05)
    watching = asyncio.create_task(watch(settings, Output(), as_json=False, words=["Lamp"]))
    said = ""
    async with asyncio.timeout(10):
        while "Still listening" not in said:
            said += capsys.readouterr().err
            await asyncio.sleep(0.02)
    watching.cancel()
    assert said.startswith("hwtui: Lamp: Not found within 0.05 s")
    assert await watch(replace(settings, mdns=False), Output(), as_json=False, words=["Lamp"]) == UNKNOWN
    assert capsys.readouterr().err.startswith("hwtui: Lamp: Not found without mDNS")


# ------------------------------------------------------------------ one value a line


async def test_values_are_printed_a_line_each_device_by_device(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = await servers.start(a_socket(LAMP)), await servers.start(a_socket(FREEZER, -7))
    words = [first.endpoint.address, second.endpoint.address]
    forms = [(field("power_w"),), (field("voltage_v"),)]
    assert await read_values(SETTINGS, Output(), words, forms, "?") == OK
    assert capsys.readouterr() == ("61.5\n?\n-7\n?\n", "")


async def test_a_template_is_filled_for_one_that_is_silent_too(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    lamp = await servers.start(a_socket(LAMP))
    words = [lamp.endpoint.address, "127.0.0.1:9"]
    forms = [parse_template("{name} {power_w:.0f} W {state}")]
    assert await read_values(SETTINGS, Output(), words, forms, "-") == WARNING
    out, err = capsys.readouterr()
    assert out == "Lamp 62 W live\n127.0.0.1:9 - W refused\n"
    assert err == "hwtui: 127.0.0.1:9: Connection refused at port 9: is this the right address?\n"


async def test_what_was_said_of_a_host_is_not_said_twice(
    capsys: pytest.CaptureFixture[str], remember: list[Remembered]
) -> None:
    assert await read_values(SETTINGS, Output(), ["nosuch.invalid"], [(field("power_w"),)], "-") == UNKNOWN
    out, err = capsys.readouterr()
    assert out == "-\n"
    assert [line for line in err.splitlines() if "there is no address" in line] == err.splitlines()


async def test_json_of_a_named_device_is_what_it_is_of_an_address(
    servers: Servers, remember: list[Remembered], capsys: pytest.CaptureFixture[str]
) -> None:
    lamp = await servers.start(a_socket(LAMP))
    remember.append(last_at(LAMP, lamp.endpoint))
    assert await read(SETTINGS, Output(), ["Lamp"], as_json=True) == OK
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["serial"], row["state"], row["measurement"]) == (LAMP, "live", {"power_w": 61.5})


async def test_nobody_is_looked_for_where_all_are_named_by_address() -> None:
    wanted = Named(
        SystemClock(), replace(SETTINGS, hosts=(Endpoint("127.0.0.1", 9),), mdns=True), (Endpoint("127.0.0.1", 9),)
    )
    asked = await ask_once(SETTINGS, Depth.READING, wanted=wanted)
    assert [one.problem and one.problem.kind for one in asked.devices] == [State.REFUSED]


async def test_one_device_at_two_hosts_is_one_row(servers: Servers) -> None:
    first, second = await servers.start(a_socket(LAMP)), await servers.start(a_socket(LAMP))
    asked = await ask(first.endpoint.address, second.endpoint.address)
    assert [one.key for one in asked.devices] == [LAMP]
    assert asked.exit_code == OK
