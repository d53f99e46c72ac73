"""Discovery where networks come and go: scenarios to run inside a network namespace of their own.

`unshare -n python mdns_namespace.py SCENARIO` says nothing and ends with 0 if all went as it should, with a traceback
if not, and with 77 where the kernel refuses what the scenario needs. Each wire from here leads to one device, which
runs in a namespace of its own (`... device NUMBER`).
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from tui.core.events import Event, Noted, Seen
from tui.engine.clock import SystemClock
from tui.net.discovery import Discovery
from tui.net.resolve import Names

NOT_POSSIBLE = 77
SERVICE = "_hwenergy._tcp.local."


def here(wire: int) -> str:
    return f"10.77.{wire}.1"


def there(wire: int) -> str:
    return f"10.77.{wire}.2"


def ip(*words: str) -> None:
    if subprocess.run(["ip", *words], capture_output=True, check=False).returncode:
        sys.exit(NOT_POSSIBLE)


def up(interface: str, address: str) -> None:
    ip("address", "add", f"{address}/24", "dev", interface)
    ip("link", "set", interface, "up")


async def device(wire: int) -> None:
    """Once the wire is plugged in, announce a device on its far end until stdin ends."""
    print("READY", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    up("far", there(wire))
    async with AsyncZeroconf(interfaces=[there(wire)], ip_version=IPVersion.V4Only) as zeroconf:
        server, properties = f"p1meter-{wire}.local.", {"serial": f"3c39e7{wire:06}"}
        name = f"p1meter-{wire}.{SERVICE}"
        info = ServiceInfo(SERVICE, name, 80, properties=properties, server=server, parsed_addresses=[there(wire)])
        await (await zeroconf.async_register_service(info, cooperating_responders=True))
        print("READY", flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextmanager
def device_on_wire(wire: int) -> Iterator[None]:
    """A device on the far end of a wire; the near end, `nearN`, is plugged in but has no address."""
    command = ["unshare", "-n", sys.executable, __file__, "device", str(wire)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as neighbour:
        assert neighbour.stdin
        assert neighbour.stdout
        if neighbour.stdout.readline() != "READY\n":
            sys.exit(NOT_POSSIBLE)
        ip("link", "add", f"near{wire}", "type", "veth", "peer", "name", "far", "netns", str(neighbour.pid))
        ip("link", "set", f"near{wire}", "up")
        neighbour.stdin.write("plugged in\n")
        neighbour.stdin.flush()
        assert neighbour.stdout.readline() == "READY\n"
        yield


class Told:
    """What a running discovery told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self._more.clear()
                await self._more.wait()

    async def seen(self, host: str) -> None:
        await self.until(lambda: any(isinstance(it, Seen) and it.endpoint.host == host for it in self.events))

    def notes(self) -> list[str]:
        return [it.text for it in self.events if isinstance(it, Noted) and it.topic == "mdns"]

    async def notes_are(self, *words: str) -> None:
        await self.until(lambda: len(self.notes()) >= len(words))
        assert all(word in note for word, note in zip(words, self.notes(), strict=True)), self.notes()


@asynccontextmanager
async def discovery() -> AsyncIterator[Told]:
    told = Told()
    task = asyncio.create_task(Discovery(SystemClock().now, check_s=0.1).run(told.emit))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def later() -> None:
    """Wi-Fi that comes up after the start is used, and the note about its lack is taken back."""
    with device_on_wire(0):
        async with discovery() as told:
            await told.notes_are("no network address yet")
            up("near0", here(0))
            await told.seen(there(0))
            await told.notes_are("no network address yet", "")


async def second() -> None:
    """A second network that comes up while the first is in use is used too."""
    with device_on_wire(0), device_on_wire(1):
        up("near0", here(0))
        async with discovery() as told:
            await told.seen(there(0))
            up("near1", here(1))
            await told.seen(there(1))
            assert told.notes() == []


async def held() -> None:
    """Where another program keeps port 5353 to itself devices are found all the same, and a note says what is wrong."""
    with device_on_wire(0), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        up("near0", here(0))
        holder.bind(("", 5353))
        async with discovery() as told:
            await told.seen(there(0))
            await told.notes_are("another program keeps UDP port 5353 to itself")


async def name() -> None:
    """A name under .local is found by asking the wire it is on, also where port 5353 is held, and on no other."""
    with device_on_wire(0), device_on_wire(1), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        up("near0", here(0))
        up("near1", here(1))
        holder.bind(("", 5353))
        everywhere, elsewhere = Names(mdns=True), Names(mdns=True, interfaces=[here(1)])
        assert await everywhere.missing(["p1meter-0.local", "p1meter-1.local"], 20) == []
        assert await everywhere.address_of("p1meter-0.local") == there(0)
        assert await elsewhere.address_of("p1meter-1.local") == there(1)
        assert await elsewhere.missing(["p1meter-0.local"], 1) == ["p1meter-0.local"]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["device", wire]:
            asyncio.run(device(int(wire)))
        case [scenario]:
            asyncio.run({"later": later, "second": second, "held": held, "name": name}[scenario]())
