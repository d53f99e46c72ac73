"""Makes the feeds of a device: who asks it, over which API, and with what."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import NamedTuple, NoReturn

from tui.core.link.spoken import NOT_PAIRED, Way
from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.lines.poller import Depth, Poller
from tui.engine.lines.sign import Sign
from tui.engine.paired.v2clients import trust_of
from tui.engine.source import ClientFactory, Feed, PairedClient
from tui.net.device import DeviceClient
from tui.net.received import CAN_WAIT
from tui.net.resolve import Names

PairedFactory = Callable[[Endpoint, Secret | None, str | None], PairedClient]
"""Makes a client for a v2 endpoint, a token and the serial that its certificate has to name; None: not known."""

PusherFactory = Callable[[Endpoint, Secret, str | None, float | None], Feed]
"""Makes a feed over a WebSocket, of the same and the moment from which beats are counted; None: there is no beat."""


class Speakers(NamedTuple):
    """Who speaks API v2."""

    client: PairedFactory
    pusher: PusherFactory


def unspoken(endpoint: Endpoint, token: Secret | None, serial: str | None, beats: float | None = None) -> NoReturn:
    """The factory of those who do not speak API v2."""
    raise RuntimeError(f"API v2 is not spoken here: {endpoint.address}")


@dataclass(frozen=True, slots=True)
class Feeds:
    """What all feeds of a monitor have in common."""

    clock: Clock
    interval_s: float
    depth: Depth
    rng: random.Random
    zone: tzinfo
    client: ClientFactory
    paired_client: PairedFactory = unspoken
    pusher: PusherFactory = unspoken
    together: bool = True
    """Whether what devices push in the same second is taken together, for less CPU, or each value at once."""

    @property
    def speaks_v2(self) -> bool:
        """Whether anything is asked over API v2."""
        return self.paired_client is not unspoken

    @property
    def can_push(self) -> bool:
        """Whether a socket is worth it: not for one answer, and the check looks at polls and telegrams."""
        return self.pusher is not unspoken and self.depth is Depth.LIVE

    def poller(self, endpoint: Endpoint, origin: float, token: Secret | None = None, serial: str | None = None) -> Feed:
        """Polls an endpoint over its API; the planned moments count from `origin` on the monotonic clock."""
        return self._poller(endpoint, self.depth, token, serial, origin)

    def push(self, endpoint: Endpoint, origin: float, token: Secret, serial: str | None) -> Feed:
        """Listens to an endpoint over a WebSocket; `origin` as above, for what is taken together."""
        return self.pusher(endpoint, token, serial, origin if self.together and CAN_WAIT else None)

    def sign(
        self,
        endpoint: Endpoint,
        serial: str | None,
        *,
        once: bool = False,
        of: Endpoint | None = None,
        text: str = NOT_PAIRED,
    ) -> Feed:
        """Asks a v2 endpoint without a token."""
        return Sign(
            endpoint,
            self.clock,
            self.interval_s,
            lambda: self.paired_client(endpoint, None, serial),
            self.rng,
            once=once,
            of=of,
            text=text,
        )

    def by(
        self, way: Way | None, endpoint: Endpoint, token: Secret | None, serial: str | None, origin: float, text: str
    ) -> Feed:
        """Reads an endpoint that way; without one it only asks who is there, and tells `text`."""
        if way is None:
            return self.sign(endpoint, serial, text=text)
        if way is Way.PUSH and token is not None:
            return self.push(endpoint, origin, token, serial)
        return self.poller(endpoint, origin, None if way is Way.V1 else token, serial)

    def proof(self, endpoint: Endpoint, token: Secret | None, serial: str | None) -> Feed | None:
        """Asks only who is there; None where that cannot be asked."""
        if endpoint.api == "v1" or (token is not None and self.speaks_v2):
            return self._poller(endpoint, Depth.IDENTITY, token, serial, 0.0)
        return self.sign(endpoint, serial) if self.speaks_v2 else None

    def _poller(
        self, endpoint: Endpoint, depth: Depth, token: Secret | None, serial: str | None, origin: float
    ) -> Poller:
        def over_v2(at: Endpoint) -> PairedClient:
            return self.paired_client(at, token, serial)

        factory = self.client if endpoint.api == "v1" else over_v2
        return Poller(endpoint, self.clock, self.interval_s, depth, factory, self.rng, origin=origin, zone=self.zone)


def feeds_for(
    settings: Settings,
    clock: Clock,
    depth: Depth,
    rng: random.Random,
    zone: tzinfo,
    names: Names,
    client: ClientFactory | None = None,
    v2: Speakers | None = None,
    *,
    together: bool = True,
) -> Feeds:
    """The feeds of a monitor. With a `client` but no `v2`, API v2 is not spoken."""
    nobody = Speakers(unspoken, unspoken)
    v2 = v2 or (real_v2(settings, names, clock, rng) if client is None else nobody)
    hands_on = settings.metrics is not None or settings.api is not None
    client = client or partial(DeviceClient, address_of=names.address_of, keeps=hands_on)
    return Feeds(clock, settings.interval_s, depth, rng, zone, client, v2.client, v2.pusher, together)


def real_v2(settings: Settings, names: Names, clock: Clock, rng: random.Random) -> Speakers:
    """Who speaks API v2 over TLS. Nothing of it is loaded before a device is asked."""

    def client(endpoint: Endpoint, token: Secret | None, serial: str | None) -> PairedClient:
        from tui.net.v2 import V2Client

        return V2Client(endpoint, token, serial, trust_of(settings), names.address_of)

    def pusher(endpoint: Endpoint, token: Secret, serial: str | None, beats: float | None) -> Feed:
        from tui.engine.lines.pushers import Pushers

        return Pushers(clock, trust_of(settings), names.address_of, client, rng)(endpoint, token, serial, beats)

    return Speakers(client, pusher)


def polled_v2(settings: Settings, clock: Clock) -> Speakers:
    """The same without sockets: for a house whose time is so fast that what it pushes comes too seldom."""
    names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
    return real_v2(settings, names, clock, random.Random())._replace(pusher=unspoken)
