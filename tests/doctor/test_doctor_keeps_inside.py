"""With an interface named nothing leaves it: no gateway is asked beyond it, and no unknown word is looked up."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path

import pytest

from tests.doctor.test_doctor_command import QUICK
from tui.cli import main
from tui.core.doctor.evidence import Interface
from tui.core.model import Endpoint
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands import doctor as command
from tui.engine.doctor import doctor as examining
from tui.engine.doctor.doctor import Doctor
from tui.net.ownside import OwnSide


class Side(OwnSide):
    """A computer in two networks, with the gateway in one of them."""

    def interfaces(self) -> tuple[Interface, ...]:
        return (
            Interface("eth0", "192.0.2.2", "192.0.2.0/24"),
            Interface("wlan0", "198.51.100.2", "198.51.100.0/24"),
        )

    def gateway(self) -> str | None:
        return "192.0.2.1"


@pytest.mark.parametrize(
    ("interfaces", "host", "is_asked"),
    [
        ((), "127.0.0.1", False),
        ((), "p1.lan", True),
        (("127.0.0.1",), "p1.lan", False),
        (("198.51.100.2",), "p1.lan", False),
        (("198.51.100.2", "192.0.2.2"), "p1.lan", True),
    ],
)
async def test_the_gateway_is_asked_only_on_an_interface_that_is_named(
    monkeypatch: pytest.MonkeyPatch, interfaces: tuple[str, ...], host: str, is_asked: bool
) -> None:
    asked = list[str]()

    async def gateway_s(gateway: str) -> float | None:
        asked.append(gateway)
        return 0.001

    def nobody(*_: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(examining, "gateway_s", gateway_s)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    settings = Settings((Endpoint(host, 1),), mdns=False, discover=False, interfaces=interfaces)
    outcome = await Doctor(settings, SystemClock(), side=Side(), pace=QUICK).run(lambda patient: None)
    assert bool(asked) is outcome.computer.gateway_asked is is_asked


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Which names the system was asked for; it knows none. The home is empty."""
    asked = list[str]()

    def nobody(host: str, *_: object) -> None:
        asked.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return asked


@pytest.mark.parametrize("name", ["doctor", "read", "watch"])
def test_a_word_that_is_no_device_is_not_looked_up_where_only_this_computer_is_named(
    looked_up: list[str], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([name, "Grid", "--interface", "127.0.0.1", "--no-mdns"]) == 3
    assert 'no device of the name "Grid" is known: hwtui devices lists' in capsys.readouterr().err
    assert not looked_up


def test_a_word_is_told_as_it_was_typed(
    monkeypatch: pytest.MonkeyPatch, looked_up: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def gateway_s(gateway: str) -> float | None:
        return None

    monkeypatch.setattr(examining, "gateway_s", gateway_s)
    monkeypatch.setattr(command, "Doctor", partial(Doctor, pace=QUICK))
    assert main(["doctor", "Grid", "--no-mdns"]) == 2
    assert looked_up == ["Grid"]
    told = " ".join(capsys.readouterr().out.split())
    assert "Grid no name Grid is neither a device that is known nor a name with an address" in told
