"""One mDNS instance that queries for HomeWizard devices and reports the answers.

Two of these run side by side (see `net.discovery`): one on port 5353, which hears announcements and goodbyes, and one
on a port of its own ("unicast"), whose questions are answered straight away and to it alone (RFC 6762 section 6.7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Protocol, Self

# Classes that zeroconf exports and its users use, though its __all__ does not list them.
from zeroconf import (  # type: ignore[attr-defined]
    BadTypeInNameException,
    DNSAddress,
    DNSOutgoing,
    DNSPointer,
    DNSQuestion,
    DNSService,
    DNSText,
    IPVersion,
    NotRunningException,
    RecordUpdate,
    RecordUpdateListener,
    ServiceInfo,
    ServiceStateChange,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from tui.net.announcement import SERVICES, service_of

PAUSES_BEFORE_QUESTIONS_S = (0.0, 0.3, 0.7, 2.0)
"""Questions go out at once and after 0.3, 1 and 3 s: one lost packet costs 0.3 s, not the 3 s of a plain browser."""

GOODBYE_S = 0.1
"""A goodbye counts if no announcement follows in this time; avahi says goodbye and hello again when it reloads."""

SETTLE_S = 1.5
"""After this time an address that was replaced is out of the cache (1 s, RFC 6762 section 10.2)."""

RESOLVE_MS = 3000
PAUSES_BEFORE_RESOLVING_S = (0.0, 2.0, 10.0, 60.0)
"""A name whose records did not come is asked for this often; then its next announcement is waited for."""

MOST_REQUESTS = 16
"""Services whose missing records are asked for at once."""

MOST_RESOLVING = 256
MOST_TIMERS = 1024
"""Bounds of what a flood can set going; what is beyond them waits for its next announcement."""

_PTR, _IN = 12, 1  # RFC 1035 section 3.2


class Audience(Protocol):
    """The callback."""

    def wants(self, name: str) -> bool:
        """Whether to look further at the service of this name."""
        ...

    def announced(self, info: ServiceInfo) -> None:
        """A service was announced, for the first time, again or with other facts. Its records are complete."""
        ...

    def departed(self, name: str) -> None:
        """A service said goodbye, or was not heard of until its records ran out."""
        ...

    def malformed(self, name: str) -> None:
        """A name that is not one of a service."""
        ...

    def overrun(self) -> None:
        """Something was passed over because too much was announced at once."""
        ...


class Browser:
    """`async with Browser(addresses, audience) as browser:` listens on these addresses of this machine until left.

    Making one raises OSError or RuntimeError if mDNS cannot start there (port 5353 held by another program, no such
    address). zeroconf writes to the logger "zeroconf", which has a NullHandler of its own: nothing reaches the screen
    unless the program gives the root logger a handler that does.
    """

    def __init__(self, addresses: Sequence[str], audience: Audience, unicast: bool = False) -> None:
        self._audience = audience
        self._zeroconf = AsyncZeroconf(interfaces=list(addresses), unicast=unicast, ip_version=IPVersion.V4Only)
        self._refresher: AsyncServiceBrowser | None = None
        self._ear = _Ear(self._heard)
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._resolving: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MOST_REQUESTS)

    async def __aenter__(self) -> Self:
        zeroconf = self._zeroconf.zeroconf
        try:
            await _to_the_end(zeroconf.async_wait_for_start())
        except BaseException as error:
            await _to_the_end(self._zeroconf.async_close())
            if isinstance(error, NotRunningException):
                raise RuntimeError("its sockets did not open in time") from error
            raise
        zeroconf.async_add_listener(self._ear, None)
        if not zeroconf.unicast:
            self._refresher = AsyncServiceBrowser(zeroconf, list(SERVICES), handlers=[_ignore])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._zeroconf.zeroconf.async_remove_listener(self._ear)
        if self._refresher:
            await self._refresher.async_cancel()
        for timer in self._timers.values():
            timer.cancel()
        tasks = list(self._resolving.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _to_the_end(self._zeroconf.async_close())

    async def ask(self) -> None:
        """Ask for all services, several times in the first three seconds, then return."""
        for pause in PAUSES_BEFORE_QUESTIONS_S:
            await asyncio.sleep(pause)
            if not pause:
                self._send_question(unicast=True)
            self._send_question(unicast=False)

    def _send_question(self, unicast: bool) -> None:
        """One packet with a question for each service. `unicast` asks for an answer to us alone (the "QU" bit).

        A unicast answer comes at once, but where several programs share port 5353 it may go to another one's socket;
        hence both kinds are asked.
        """
        out = DNSOutgoing(0, multicast=True)
        for service in SERVICES:
            question = DNSQuestion(service, _PTR, _IN)
            question.unicast = unicast
            out.add_question(question)
        self._zeroconf.zeroconf.async_send(out)

    def _heard(self, name: str, present: bool) -> None:
        """A service was announced or changed (`present`), or said goodbye."""
        goodbye = self._timers.pop(("goodbye", name.lower()), None)
        if goodbye:
            goodbye.cancel()
        if present:
            self._look(name)
        else:
            self._later("goodbye", name, GOODBYE_S, self._depart)

    def _look(self, name: str) -> None:
        """Tell what the cache knows of a service; ask for what is missing.

        The info is a new one each time: an old one is a snapshot that later records do not reach.
        """
        if not self._audience.wants(name):
            return
        try:
            info = AsyncServiceInfo(service_of(name) or "", name)
        except BadTypeInNameException:
            self._audience.malformed(name)
            return
        if info.load_from_cache(self._zeroconf.zeroconf):
            self._announce(info)
        elif name.lower() in self._resolving:
            return
        elif len(self._resolving) < MOST_RESOLVING:
            self._resolving[name.lower()] = asyncio.get_running_loop().create_task(self._resolve(name))
        else:
            self._audience.overrun()

    def _announce(self, info: AsyncServiceInfo) -> None:
        if task := self._resolving.pop(info.key, None):
            task.cancel()
        self._audience.announced(info)
        if len(info.parsed_addresses(IPVersion.V4Only)) > 1:  # one of them may be on its way out
            self._later("settle", info.name, SETTLE_S, self._look)

    def _depart(self, name: str) -> None:
        if task := self._resolving.pop(name.lower(), None):
            task.cancel()
        self._audience.departed(name)

    async def _resolve(self, name: str) -> None:
        """Ask for the records of a service until they are complete.

        zeroconf gives up after one request, and its later questions tell the device that its name is known already,
        so that it keeps silent; hence the repetition.
        """
        for pause in PAUSES_BEFORE_RESOLVING_S:
            await asyncio.sleep(pause)
            info = AsyncServiceInfo(service_of(name) or "", name)
            async with self._turns:
                complete = await info.async_request(self._zeroconf.zeroconf, RESOLVE_MS)
            if complete:
                del self._resolving[info.key]
                self._announce(info)
                return
        del self._resolving[name.lower()]

    def _later(self, what: str, name: str, delay_s: float, action: Callable[[str], None]) -> None:
        """Do something about a service once, after `delay_s`; if that is planned already, leave it so."""
        key = (what, name.lower())
        if key in self._timers or len(self._timers) >= MOST_TIMERS:
            return

        def act() -> None:
            del self._timers[key]
            action(name)

        self._timers[key] = asyncio.get_running_loop().call_later(delay_s, act)


class _Ear(RecordUpdateListener):
    """Finds out of the records of each packet which of our services it is about.

    zeroconf's own browser would not tell an announcement that repeats what is known, but that is the sign of life
    that wakes a waiting device; and it takes a service type in capitals for another type.
    """

    def __init__(self, tell: Callable[[str, bool], None]) -> None:
        self._tell = tell
        self._present: dict[str, bool] = {}

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        for update in records:
            record = update.new
            if isinstance(record, DNSPointer):
                if record.name.lower() in SERVICES and service_of(record.alias):
                    self._present[record.alias] = not record.is_expired(now)
            elif update.old is not None or record.is_expired(now):
                continue  # nothing new; whether a service is there at all, its pointer tells
            elif isinstance(record, DNSAddress):
                for service in zc.cache.async_entries_with_server(record.name):
                    self._changed(service.name)
            elif isinstance(record, DNSService | DNSText):
                self._changed(record.name)

    def _changed(self, name: str) -> None:
        if service_of(name):
            self._present.setdefault(name, True)

    def async_update_records_complete(self) -> None:
        """The records are in the cache now."""
        present, self._present = self._present, {}
        for name, is_present in present.items():
            self._tell(name, is_present)


async def _to_the_end(work: Coroutine[object, object, None]) -> None:
    """Await `work`, to its end even when cancelled: zeroconf, cut short in starting or stopping, leaks its sockets."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _ignore(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
    """The refresher is there for its questions, which keep the cache from running out; `_Ear` hears the answers."""
