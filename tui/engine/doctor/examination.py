"""Looks at one endpoint of a device for the link doctor: its name, the way there, ARP, TCP, `/api` several times, and
its values once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.api.metertime import ahead_of
from tui.core.doctor.cause import spell_s
from tui.core.doctor.evidence import Arp, Interface, Reach, Route, Said, Tried, Way
from tui.core.doctor.meterclock import MeterClock
from tui.core.doctor.rules import BEHIND_S, LOST
from tui.core.model import Endpoint
from tui.core.products import product_of
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.engine.clock import Clock
from tui.net.errors import NoAddress
from tui.net.ownside import OwnSide
from tui.net.probe import Probe, Reply, connect
from tui.net.resolve import AddressOf

if TYPE_CHECKING:
    from tui.net.tls import Peer

ASKS = 5
"""Requests for the latency of one endpoint (own choice): enough to see a loss, few enough for a device to bear."""

_V1_PORT, _V2_PORT = 80, 443
"""A host with a port of its own names one service: it is not looked for at another."""
_MAY_BE_TLS = (Said.RESET, Said.NOT_HTTP)
"""What a small server of TLS does with plain HTTP: it hangs up, or sends an alert."""
LEAST_S = 0.1
"""For a step that begins when the time is up: one more of these is no loss."""
LEAST_VALUES_S = 1.0
"""With less time left a device is not asked for its values: who does not answer then may only be slow (own choice)."""
GRACE_S = 0.3
"""After its time a step ends by itself; what does not is cut short."""

_LASTING = (Said.WHO, Said.API_OFF, Said.NOT_PAIRED)
"""What a device says that is there: it is asked on, for its latency."""
_WAYS = {Route.LINK: "same network", Route.ROUTER: "through the router", Route.TUNNEL: "into a VPN", Route.NONE: "none"}

MakePeer = Callable[[str | None, bool], "Peer"]
"""Whom to expect over TLS: a serial, if it is known, and whether a token goes there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much time it takes. Tests have less of it."""

    patience_s: float = 2.0
    """For a name, a connection, an answer; one lost SYN is sent again after 1 s."""
    pause_s: float = 0.5
    """Between the beginnings of two requests: the vendor advises against more (API documentation, getting started)."""
    begin_within_s: float = 2.5
    """No request begins later than this after the first, or than that and the patience where one was lost: a slow
    device must not hold up the others (own choice)."""
    still_s: float = 3.0
    """Between two looks at a clock that should move every second."""
    listen_s: float = 2.5
    """For mDNS: all is asked three times in the first second, and one that has just answered somebody else may wait a
    second before it does again (RFC 6762, section 6)."""
    all_s: float = 6.0
    """For one device, whatever it does, so that all of it ends within 8 s of the command: loading takes some of these
    (issue 15)."""


@dataclass
class Look:
    """What one endpoint showed."""

    asked_at: Endpoint
    """As it was named."""
    address: str | None = None
    route: Route = Route.UNKNOWN
    interface: str = ""
    arp: Arp = Arp.UNKNOWN
    mac: str | None = None
    mac_is_shared: bool = False
    way: Way | None = None
    identity: Identity | None = None
    behind_s: float | None = None
    clock_moved: bool | None = None
    tried: list[Tried] = field(default_factory=list)

    @property
    def said(self) -> Said:
        """The best it said."""
        return self.way.said if self.way else Said.NOTHING

    @property
    def hidden(self) -> Endpoint | None:
        """Where else a device may be that speaks API v2 alone: at its usual port, or over TLS at the same one, if that
        was named. None if this one is not of that kind."""
        host, port = self.asked_at.host, self.asked_at.port
        if self.way is None or self.asked_at.api != "v1":
            return None
        if port == _V1_PORT:
            is_closed = self.way.reach is Reach.REFUSED or self.said is Said.NOT_HOMEWIZARD
            return Endpoint(host, _V2_PORT, "v2") if is_closed else None
        return Endpoint(host, port, "v2") if self.said in _MAY_BE_TLS else None

    @property
    def place(self) -> str:
        """Address and port that were asked."""
        return self.way.endpoint.address if self.way else self.asked_at.address


class Examiner:
    """Looks at endpoints; each look is on its own, so many may run at once."""

    def __init__(
        self,
        clock: Clock,
        side: OwnSide,
        interfaces: tuple[Interface, ...],
        address_of: AddressOf,
        zone: ZoneInfo,
        peer: MakePeer,
        pace: Pace,
    ) -> None:
        self._clock, self._side, self._interfaces = clock, side, interfaces
        self._address_of, self._zone, self._peer = address_of, zone, peer
        self._patience_s, self._pace = pace.patience_s, pace

    async def look(
        self,
        endpoint: Endpoint,
        serial: str | None,
        token: Secret | None = None,
        until: float = math.inf,
        asks: int = ASKS,
    ) -> Look:
        """Everything about one endpoint, as far as it comes `until` then (the loop's time); with one of `asks` only who
        is there. Never raises for what the network does."""
        look = Look(endpoint)
        try:
            async with asyncio.timeout_at(until + GRACE_S if until < math.inf else None):
                await self._look(look, serial, token, until, asks)
        except TimeoutError:  # each step has its own limit, and no step may hold up the others in some other way
            self._note(look, "stopped", "out of time")
        return look

    async def _look(self, look: Look, serial: str | None, token: Secret | None, until: float, asks: int) -> None:
        endpoint = look.asked_at
        try:
            async with asyncio.timeout(self._patience(until)):
                look.address = await self._address_of(endpoint.host)
        except (NoAddress, TimeoutError):
            self._note(look, f"name {endpoint.host}", "no address")
            return
        if look.address != endpoint.host:
            self._note(look, f"name {endpoint.host}", look.address)
        look.route, look.interface = self._side.way_to(look.address, self._interfaces)
        if way := _WAYS.get(look.route):
            self._note(look, "route", f"{look.interface}, {way}" if look.interface else way)
        there = Endpoint(look.address, endpoint.port, endpoint.api)
        within_s, had_token = self._patience(until), token is not None
        look.way = Way(there, Reach.TIMEOUT, within_s=within_s, had_token=had_token)  # until it is known better
        connected = await connect(there.host, there.port, within_s)
        took = f" in {spell_s(connected.seconds)}" if connected.reach is Reach.ACCEPTED else ""
        self._note(look, f"TCP {there.port}", f"{connected.words}{took}")
        self._meet(look)
        look.way = replace(look.way, reach=connected.reach)
        if connected.reach is Reach.ACCEPTED:
            peer = self._peer(serial, had_token) if there.api == "v2" else None
            probe = Probe(there, peer, token)
            try:
                await self._ask(look, probe, until, asks)
            finally:
                await probe.aclose()

    def _patience(self, until: float) -> float:
        """Seconds for a step that begins now."""
        return max(LEAST_S, min(self._patience_s, until - asyncio.get_running_loop().time()))

    def _has_time(self, until: float, wait_s: float = 0.0) -> bool:
        """Whether there is time for one more step, after a wait."""
        return asyncio.get_running_loop().time() + wait_s + self._patience_s <= until

    def _meet(self, look: Look) -> None:
        """Whether its address is known on the wire, after something was sent there."""
        if look.address is None or look.route is not Route.LINK or look.interface == "lo":
            return
        table = self._side.neighbours()
        look.arp, look.mac = table.arp(look.address), table.mac(look.address)
        look.mac_is_shared = table.is_shared(look.address)
        if look.arp is not Arp.UNKNOWN:
            self._note(look, "ARP", look.mac or "no answer")

    async def _ask(self, look: Look, probe: Probe, until: float, asks: int) -> None:
        assert look.way is not None  # noqa: S101  (set by `_look`)
        loop = asyncio.get_running_loop()
        began, replies = loop.time(), list[Reply]()
        clock: tuple[MeterClock, float] | None = None
        begin_s, within_s = self._pace.begin_within_s, self._patience(until)
        look.way = replace(look.way, said=Said.TIMEOUT, asked=1, lost=1, within_s=within_s)  # until it is known better
        while len(replies) < asks and loop.time() - began < begin_s:
            if replies:
                pause_s = max(0.0, self._pace.pause_s - replies[-1].seconds)
                if not self._has_time(until, pause_s):
                    break
                await asyncio.sleep(pause_s)
            replies.append(await probe.ask(within_s))
            if not replies[-1].said.is_answer:  # one more, at least: it may answer now and then
                begin_s = self._pace.begin_within_s + self._patience_s
            if look.identity is None and (identity := replies[-1].identity) is not None:
                look.identity = identity
                clock = await self._read_clock(look, probe, identity) if asks > 1 and self._has_time(until) else None
            if _is_hopeless(replies):
                break
        best = _best(replies)
        timed = replies[1:] or replies  # the first makes the connection, which no later one does
        look.way = Way(
            probe.endpoint,
            look.way.reach,
            best.said,
            best.detail,
            look.identity.serial if look.identity else probe.certified,
            len(replies),
            sum(not one.said.is_answer for one in replies),
            tuple(one.seconds for one in timed if one.said.is_answer and one.is_whole),
            within_s,
            look.way.had_token,
        )
        self._note(
            look, "/api once" if len(replies) == 1 else f"/api {len(replies)} times", best.detail + _losses(replies)
        )
        if asks > 1 and look.identity is not None and look.way.lost < LOST:  # else it is slow, whatever came of these
            await self._ask_values(look, probe, look.identity, until)
        if clock is not None and self._has_time(until, clock[1] + self._pace.still_s - loop.time()):
            await self._look_again(look, probe, *clock)

    async def _ask_values(self, look: Look, probe: Probe, identity: Identity, until: float) -> None:
        """Whether it tells its values, too. Asked once; a second time, as far as there is time, if no answer came: one
        may be lost anywhere."""
        assert look.way is not None  # noqa: S101  (set by `_look`)
        product, asked = product_of(identity.product_type), 0
        if not (product.measures_electricity or product.measures_water):
            return  # a display has none to tell
        while asked < 2 and until - asyncio.get_running_loop().time() >= LEAST_VALUES_S:
            reply = await probe.values(identity, self._patience(until))
            asked += 1
            if reply.said.is_answer:
                break
        if asked:
            look.way = replace(look.way, values=reply.said, values_detail=reply.detail)
            self._note(look, "values" if asked == 1 else "values twice", reply.detail)

    async def _read_clock(self, look: Look, probe: Probe, identity: Identity) -> tuple[MeterClock, float] | None:
        """Its smart meter's clock, if it is a P1; what to compare with later, if that is old."""
        if not product_of(identity.product_type).is_grid_meter:
            return None
        read = await probe.meter_clock(self._patience_s)
        if read is None:
            return None
        look.behind_s = -ahead_of(read.time, self._clock.now().utc, self._zone)
        self._note(look, "telegram", f"of {read.time:%Y-%m-%d %H:%M:%S}")
        return (read, asyncio.get_running_loop().time()) if look.behind_s > BEHIND_S and read.every_second else None

    async def _look_again(self, look: Look, probe: Probe, first: MeterClock, at: float) -> None:
        await asyncio.sleep(at + self._pace.still_s - asyncio.get_running_loop().time())
        if (second := await probe.meter_clock(self._patience_s)) is not None:
            look.clock_moved = second.time != first.time
            self._note(look, "telegram again", "its clock moves" if look.clock_moved else "its clock stands still")

    def _note(self, look: Look, what: str, result: str) -> None:
        look.tried.append(Tried(self._clock.now().utc, what, result))


def _is_hopeless(replies: Sequence[Reply]) -> bool:
    """Whether asking on would tell nothing new: a second time is for the accident. One that does not answer may do so
    at the next."""
    if replies[-1].said is Said.CERTIFICATE:
        return True
    return len(replies) > 1 and all(one.said.is_answer and one.said not in _LASTING for one in replies)


def _losses(replies: Sequence[Reply]) -> str:
    """How many were lost beside what was answered, and how the last of them ended."""
    lost = [one for one in replies if not one.said.is_answer]
    return f"; {len(lost)} lost: {lost[-1].detail}" if 0 < len(lost) < len(replies) else ""


def _best(replies: Sequence[Reply]) -> Reply:
    """The one that tells most of who is there; of equal ones the last."""

    def worth(reply: Reply) -> int:
        return 10 - _LASTING.index(reply.said) if reply.said in _LASTING else int(reply.said.is_answer)

    return max(reversed(replies), key=worth)
