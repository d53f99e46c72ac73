"""`hwtui doctor NAME`: a device is found by what it is called, however that is known, and nobody else is examined."""

from __future__ import annotations

import json
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest

from tests.doctor.test_doctor_command import QUICK, REMEMBERED
from tests.doctor.test_doctor_on_loopback import OURS, announced, identity
from tests.net.conftest import Servers
from tests.v2.certificates import authority
from tests.v2.server import V2Server
from tui.core.doctor.label import Label, label_in
from tui.core.model import DeviceSetting, Endpoint
from tui.core.settings import Settings, SettingsError
from tui.core.targets import Targets, targets_of
from tui.engine.commands import doctor as command
from tui.engine.commands.run import Output
from tui.engine.doctor.doctor import Doctor

NAMED = Settings(mdns=False, devices={"5c2faf000001": DeviceSetting(name="Heat pump")})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Doctor", partial(Doctor, pace=QUICK))


async def examined(
    hosts: tuple[Endpoint, ...],
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    *,
    mdns: bool = False,
    ca: Path | None = None,
) -> tuple[dict[str, str], str]:
    """The layer of each device by its name, and what was said on stderr."""
    settings = Settings(hosts, mdns, interfaces=("127.0.0.1",), devices=NAMED.devices, ca=ca)
    await command.doctor(settings, words, Output(), in_json=True)
    out, err = capsys.readouterr()
    return {one["name"]: one["layer"] for one in json.loads(out)["devices"]}, err


async def test_the_hosts_of_the_config_file_are_asked_for_a_name_and_the_others_no_more_than_once(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    other, pump = [await servers.answering(identity(serial)) for serial in ("5c2faf000009", "5C2FAF000001")]
    hosts = (Endpoint("127.0.0.1", 1), other.endpoint, pump.endpoint)
    assert await examined(hosts, ["heat pump"], capsys) == ({"Heat pump": "well"}, "")
    assert (len(other.requests), len(pump.requests)) == (1, 7)


async def test_where_none_of_them_is_it_that_is_told(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    other = await servers.answering(identity("5c2faf000009"))
    settings = Settings((Endpoint("127.0.0.1", 1), other.endpoint), mdns=False, devices=NAMED.devices)
    assert await command.doctor(settings, ["Heat pump"], Output(), in_json=False) == 2
    told = " ".join(capsys.readouterr().out.split())
    assert "Heat pump no name no address of it is known" in told
    assert "host 127.0.0.1:1 " in told
    assert f"host {other.endpoint.address} " in told
    assert "5c2faf000009" in told


async def test_what_the_doctor_called_a_device_may_be_typed(
    servers: Servers, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Also that of a battery which only shows its certificate, and one that mDNS alone knows."""
    socket, heard = [await servers.answering(identity(serial)) for serial in ("5C2FAF123ABC", OURS[0])]
    async with V2Server(serial="5c2fafbbbbbb") as battery:
        hosts, words = (socket.endpoint, battery.endpoint), ["socket 123ABC", "Battery bbbbbb", "kwh meter 00FACE"]
        found, _ = await examined(hosts, words, capsys, ca=authority().file(tmp_path))
        assert found == {"Socket 123ABC": "well", "5c2fafbbbbbb": "not-paired", "kWh meter 00face": "no-name"}
    async with announced((OURS[0], heard.endpoint)):
        found, _ = await examined((), [f"Socket {OURS[0][-6:]}"], capsys, mdns=True)
        assert found == {f"Socket {OURS[0][-6:]}": "well"}


async def test_two_devices_that_are_called_the_same_are_both_examined_and_told(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    two = [await servers.answering(identity(serial)) for serial in ("5c2faf123abc", "5c2fae123abc")]
    _, err = await examined(tuple(one.endpoint for one in two), ["Socket 123abc"], capsys)
    told = '"Socket 123abc" is what 2 devices are called, {} and {}: name one of them by its serial'
    assert any(told.format(*serials) in err for serials in permutations(("5c2faf123abc", "5c2fae123abc")))
    assert [len(one.requests) for one in two] == [7, 7]


@pytest.mark.parametrize(
    ("word", "targets"),
    [
        ("Socket 0000aa", Targets(keys=("5c2faf0000aa",))),  # remembered
        ("kWh meter 0000aa", Targets(labels=(Label("kwh meter", "0000aa"),))),  # that one is a socket
        ("P1 meter 000001", Targets(keys=("5c2faf000001",))),  # in the config file
        (" Device  ABCDEF ", Targets(labels=(Label("device", "abcdef"),))),
    ],
)
def test_a_label_is_that_of_a_known_device_else_it_is_looked_for(word: str, targets: Targets) -> None:
    assert targets_of([word], NAMED, REMEMBERED) == targets


def test_a_name_that_several_known_devices_have_is_refused_with_their_serials() -> None:
    devices = {serial: DeviceSetting(name="Shed") for serial in ("5c2faf00000a", "5c2faf00000b")}
    with pytest.raises(SettingsError, match='"shed" is what 2 devices are called, 5c2faf00000a and 5c2faf00000b'):
        targets_of(["shed"], Settings(devices=devices), ())
    assert targets_of(["5c2faf00000a"], Settings(devices=devices), ()).keys == ("5c2faf00000a",)


@pytest.mark.parametrize("word", ["Heat pump", "Socket", "Socket 12345", "Toaster 123abc", "192.168.1.9 192.168.1.10"])
def test_nothing_else_is_a_label(word: str) -> None:
    assert label_in(word) is None
