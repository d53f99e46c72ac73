"""Devices found by mDNS: a source of `Seen`, `Lost` and `Noted`.

It does not rely on a single way of asking. One instance on port 5353 hears announcements; a second one on its own port
queries at once. Its answers arrive within a millisecond instead of a tenth of a second, and they arrive even when
another program holds port 5353 exclusively.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Network

from zeroconf import ServiceInfo

from tui.core.events import Event, Lost, Noted, Seen
from tui.core.fleet import MOST_DEVICES
from tui.core.moment import Now
from tui.core.text import clean
from tui.net.announcement import Ignored, read
from tui.net.browser import Browser
from tui.net.interfaces import addresses_of, near_subnets
from tui.net.roster import Roster

CHECK_S = 5.0
"""How often the addresses of this machine are looked at; a Wi-Fi that comes up late is used within two of these."""

RETRY_S = 7.0
"""After this time it is tried again to listen."""

DEAF_ROUND_S = 30.0
"""While port 5353 cannot be had, devices are asked for this often."""

ANSWER_S = 1.0
"""How long the instance that only asks waits after its last question."""

_ADVICE = "devices are not found by themselves; add an address with --host"


class Discovery:
    """`await Discovery(now).run(emit)` emits events until it is cancelled, and then closes all its sockets.

    `interfaces` are addresses of this machine; mDNS is used on those alone, else on all local networks. Addresses in
    127/8 are believed only if one of them is. `most_devices` and `check_s` are there to be tried with small values.
    """

    def __init__(
        self,
        now: Callable[[], Now],
        interfaces: Sequence[str] = (),
        *,
        most_devices: int = MOST_DEVICES,
        check_s: float = CHECK_S,
    ) -> None:
        self._now = now
        self._interfaces = tuple(interfaces)
        self._most_devices = most_devices
        self._check_s = check_s

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Tell `emit` of devices as they come and go. Never returns, raises nothing of its own."""
        notes = _Notes(self._now, emit)
        reception = _Reception(
            self._now, emit, notes, Roster(self._most_devices), any(map(_is_loopback, self._interfaces))
        )
        while True:
            addresses = addresses_of(self._interfaces)
            if addresses:
                reception.near = near_subnets(self._interfaces)
                await self._serve(addresses, reception, notes)
            else:
                missing = ", ".join(clean(name, 40) for name in self._interfaces[:3])
                reason = f"has no address {missing}" if missing else "has no network address yet"
                notes.say("mdns", f"mDNS could not start (this computer {reason}): {_ADVICE}")
                await asyncio.sleep(self._check_s)

    async def _serve(self, addresses: tuple[str, ...], reception: _Reception, notes: _Notes) -> None:
        """Ask and listen until this machine's addresses are others.

        Then everything starts anew: new sockets, an empty cache, all questions again. zeroconf never notices a new
        interface by itself, and one that went and came back has lost its place in the multicast group.
        """
        hearing = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = (
                tasks.create_task(self._keep_asking(addresses, reception, hearing)),
                tasks.create_task(self._keep_listening(addresses, reception, hearing, notes)),
            )
            while True:
                await asyncio.sleep(self._check_s)
                if addresses_of(self._interfaces) != addresses:
                    break
            for task in running:
                task.cancel()

    async def _keep_listening(
        self, addresses: tuple[str, ...], reception: _Reception, hearing: asyncio.Event, notes: _Notes
    ) -> None:
        """Hear announcements on port 5353; where that cannot be, say so and try again."""
        while True:
            try:
                async with Browser(addresses, reception) as browser:
                    hearing.set()
                    notes.say("mdns", "")
                    await browser.ask()
                    await asyncio.Event().wait()  # until cancelled
            except (OSError, RuntimeError) as error:
                notes.say("mdns", _why_deaf(error))
            await asyncio.sleep(RETRY_S)

    async def _keep_asking(self, addresses: tuple[str, ...], reception: _Reception, hearing: asyncio.Event) -> None:
        """Ask once from a port of our own, and again and again while nothing can be heard on 5353."""
        while True:
            with suppress(OSError, RuntimeError):  # what is wrong, the instance that listens says in words
                async with Browser(addresses, reception, unicast=True) as browser:
                    await browser.ask()
                    await asyncio.sleep(ANSWER_S)
            if hearing.is_set():
                return
            await asyncio.sleep(DEAF_ROUND_S)


class _Notes:
    """Says a thing about a topic once, and takes it back only if it was said."""

    def __init__(self, now: Callable[[], Now], emit: Callable[[Event], None]) -> None:
        self._now = now
        self._emit = emit
        self._said: dict[str, str] = {}

    def say(self, topic: str, text: str) -> None:
        if self._said.get(topic, "") != text:
            self._said[topic] = text
            self._emit(Noted(topic, text, self._now()))

    def say_once(self, topic: str, text: str) -> None:
        if topic not in self._said:
            self.say(topic, text)


class _Reception:
    """Where announcements arrive from both instances, are judged, and become events."""

    def __init__(
        self, now: Callable[[], Now], emit: Callable[[Event], None], notes: _Notes, roster: Roster, loopback: bool
    ) -> None:
        self._now = now
        self._emit = emit
        self._notes = notes
        self._roster = roster
        self._loopback = loopback
        self.near: Sequence[IPv4Network] = ()

    def wants(self, name: str) -> bool:
        if self._roster.has_room_for(name):
            return True
        self.overrun()
        return False

    def announced(self, info: ServiceInfo) -> None:
        seen = read(info, self._now(), self.near, self._loopback)
        if isinstance(seen, Ignored):
            self._notes.say_once("mdns-odd", seen.reason)
        elif not self._roster.has_room_for(info.name, seen.serial):
            self.overrun()
        elif self._roster.take(info.name, seen):
            self._emit(seen)

    def departed(self, name: str) -> None:
        seen: Seen | None = self._roster.drop(name)
        if seen:
            self._emit(Lost(seen.serial, seen.endpoint.api, self._now()))

    def malformed(self, name: str) -> None:
        self._notes.say_once("mdns-odd", f"an announcement under a malformed name was ignored ({clean(name, 48)})")

    def overrun(self) -> None:
        self._notes.say_once(
            "mdns-cap",
            "too many devices are announced on this network: the others are left out; "
            "if yours is missing, add its address with --host",
        )


def _is_loopback(address: str) -> bool:
    return address.startswith("127.")


def _why_deaf(error: OSError | RuntimeError) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            "mDNS announcements cannot be heard (another program keeps UDP port 5353 to itself): devices are asked "
            f"for every {DEAF_ROUND_S:.0f} s instead; if yours is missing, add its address with --host"
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"mDNS could not start ({clean(reason, 80)}): {_ADVICE}"
