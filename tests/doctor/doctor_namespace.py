"""The doctor on wires of its own, to be run inside a network namespace.

`unshare -n python doctor_namespace.py` says nothing and ends with 0 if each device was called what it should be, with
a traceback if not, and with 77 where the kernel refuses what it needs. The far ends of the wires are in one other
namespace (`far_ends.py`). All is one run, since to start it is what takes the time.
"""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.doctor.far_ends import NOT_POSSIBLE, End, as_argument, ip, up
from tests.doctor.slow_gateway import slow_gateway
from tui.core.doctor.evidence import Layer, Port
from tui.core.doctor.network import remarks
from tui.core.events import Remembered
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.doctor.examination import Pace
from tui.net.ownside import OwnSide, share

PACE = Pace(patience_s=0.5, pause_s=0.01, begin_within_s=0.4, listen_s=0.6)
DEAF = replace(PACE, listen_s=0.1)


@contextmanager
def wired(*ends: End) -> Iterator[Callable[[], None]]:
    """Wires to these ends; the near ends, `nearN`, have their addresses. What it gives makes those announce."""
    command = ["unshare", "-n", sys.executable, str(Path(__file__).with_name("far_ends.py")), as_argument(list(ends))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as neighbour:
        assert neighbour.stdin
        assert neighbour.stdout
        if neighbour.stdout.readline() != "READY\n":
            sys.exit(NOT_POSSIBLE)
        for end in ends:
            far = ("peer", "name", f"far{end.wire}", "address", end.mac, "netns", str(neighbour.pid))
            ip("link", "add", f"near{end.wire}", "type", "veth", *far)
            up(f"near{end.wire}", end.near)
        to_them = neighbour.stdin

        def write() -> None:
            to_them.write("\n")
            to_them.flush()

        write()
        assert neighbour.stdout.readline() == "READY\n"
        try:
            yield write
        finally:
            neighbour.kill()  # goodbyes take their time


async def examine(
    *hosts: str, remembered: tuple[Remembered, ...] = (), mdns: bool = True, pace: Pace = PACE
) -> Outcome:
    settings = Settings(tuple(map(Endpoint, hosts)), mdns, False)
    return await Doctor(settings, SystemClock(), remembered=remembered, pace=pace).run(lambda patient: None)


def layers(outcome: Outcome) -> dict[str, Layer]:
    return {one.evidence.device.host: one.diagnosis.layer for one in outcome.patients}


def notes(outcome: Outcome) -> str:
    return "; ".join(remark.text for remark in remarks(outcome.computer))


async def alone(address: str) -> None:
    """A computer without an address, then with IPv6 alone."""
    assert layers(await examine(address, mdns=False)) == {address: Layer.NO_ADDRESS}
    ip("link", "set", "lo", "up")
    ip("link", "add", "near9", "type", "veth", "peer", "name", "there9")
    ip("link", "set", "near9", "up")
    ip("-6", "address", "add", "2001:db8::2/64", "dev", "near9", "nodad")
    outcome = await examine(address, pace=DEAF)
    assert layers(outcome) == {address: Layer.NO_ADDRESS}
    assert "IPv6 alone" in outcome.patients[0].diagnosis.text
    assert "IPv6 alone" in notes(outcome)


@contextmanager
def mdns_program(*, shares: bool) -> Iterator[int]:
    """Another program that has the port of mDNS."""
    program = "import socket, sys; from tui.net.ownside import share; it = socket.socket(type=socket.SOCK_DGRAM);"
    program += f"{'share(it);' if shares else ''} it.bind(('', 5353)); print('READY', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "READY\n"
        yield other.pid
        other.kill()


async def deaf(address: str) -> None:
    """Where mDNS is blocked and no name server answers, and where another program has the port of mDNS."""
    outcome = await examine(address, pace=DEAF)
    assert layers(outcome) == {address: Layer.NOT_ANNOUNCED}
    assert "nothing at all is heard" in outcome.patients[0].diagnosis.text
    assert "nothing is heard on mDNS" in notes(outcome)
    assert outcome.computer.port_5353 is Port.FREE
    assert layers(await examine("p1.lan", mdns=False)) == {"p1.lan": Layer.NO_NAME}
    with mdns_program(shares=True) as pid:
        assert OwnSide().port_5353() is Port.SHARED
        assert [one.pid for one in OwnSide().holders_5353()] == [pid]
    with mdns_program(shares=False) as pid:
        outcome = await examine(address, pace=DEAF)
        assert outcome.computer.port_5353 is Port.HELD
        assert re.search(rf"kept for itself by python\S* \(pid {pid}\)", notes(outcome)), notes(outcome)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:  # the screen has it, too
        share(own)
        own.bind(("", 5353))
        assert OwnSide().port_5353() is Port.FREE


async def wires(well: End, other: End, isolated: End, hidden: End) -> None:
    """A whole network of faults: each is named, and who is well is well."""
    nobody, beyond, nowhere = "10.77.0.77", "198.51.100.9", "192.0.2.9"
    ip("route", "add", "198.51.100.0/24", "via", well.address)
    before = tuple(
        Remembered(Identity(serial, "HWE-SKT"), Endpoint(end.address), Now(0.0, 0.0))
        for serial, end in (("5c2faf000099", other), (isolated.serial, isolated))
    )
    hosts = [end.address for end in (well, other, isolated, hidden)]
    outcome = await examine(*hosts, nobody, beyond, nowhere, remembered=before)
    assert layers(outcome) == {
        well.address: Layer.WELL,
        other.address: Layer.WRONG_MAC,
        isolated.address: Layer.ISOLATED,
        hidden.address: Layer.NOT_ANNOUNCED,
        nobody: Layer.NO_ARP,
        beyond: Layer.OFF_LINK,
        nowhere: Layer.NO_ROUTE,
    }, layers(outcome)
    assert other.serial in outcome.patients[1].diagnosis.text  # its MAC
    assert outcome.computer.heard >= 1
    assert outcome.computer.multicast_route is False


async def yardstick(gateway: str) -> None:
    """The gateway's answer is measured, also where it refuses."""
    ip("route", "add", "default", "via", gateway)
    computer = (await examine(gateway, mdns=False)).computer
    assert computer.gateway == gateway
    assert computer.gateway_s is not None
    assert computer.multicast_route is True


async def late_yardstick(device: str) -> None:
    """A gateway that answers late says that this computer's own link is slow."""
    with slow_gateway("near7", "10.79.0.1", "10.79.0.2", 0.22):
        ip("route", "replace", "default", "via", "10.79.0.2")
        outcome = await examine(device, mdns=False)
        assert 0.2 < (outcome.computer.gateway_s or 0.0) < 1.0
        assert "own link is slow" in notes(outcome)
        ip("route", "delete", "default")


async def unplugged() -> None:
    """Our own wire is out, and its address stays: that is named, and not the device that nobody answers for."""
    ip("link", "add", "near8", "type", "veth", "peer", "name", "there8")
    up("near8", "10.78.0.1")
    outcome = await examine("10.78.0.2", mdns=False)
    assert layers(outcome) == {"10.78.0.2": Layer.NO_ROUTE}, layers(outcome)
    assert outcome.patients[0].diagnosis.text == "this computer's own connection is down (near8)"
    assert "no network connection of this computer is up (near8)" in notes(outcome)
    ip("link", "set", "there8", "up")
    assert not any(one.is_down for one in OwnSide().interfaces())
    ip("link", "delete", "near8")


async def tunnel() -> None:
    """A VPN that takes the way to an address."""
    ip("tuntap", "add", "dev", "tun0", "mode", "tun")
    up("tun0", "10.88.0.2")
    outcome = await examine("10.88.0.9", mdns=False)
    assert layers(outcome) == {"10.88.0.9": Layer.OFF_LINK}
    assert "leads into a VPN (tun0)" in outcome.patients[0].diagnosis.text
    assert "a VPN is up (tun0)" in notes(outcome)


async def main() -> None:
    ends = (End(0, announces=True), End(1, answers=False), End(2, announces=True, is_alone=True), End(3))
    await alone(ends[0].address)
    await unplugged()
    with wired(*ends) as announce:
        await deaf(ends[3].address)
        announce()
        await wires(*ends)
        await yardstick(ends[1].address)
        await late_yardstick(ends[0].address)
    await tunnel()


if __name__ == "__main__":
    asyncio.run(main())
