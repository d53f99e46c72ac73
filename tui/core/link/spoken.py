"""Which way a device is read now: pushed over API v2, polled over it, or polled over v1; and why not a better way.

Pure: what happened so far and the time are arguments. A way that fails three times in a row gives way to the next one.
Five minutes later it may be tried again, once, beside the one that works, so that values never pause for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tui.core.model import State
from tui.core.moment import Now

TRIES = 3
"""Failures in a row after which a way gives way to the next one."""
AGAIN_S = 300.0
"""How long a better way that failed is left alone."""
_ROUNDING_S = 0.001
NOT_PAIRED = "not paired: press p, or run hwtui pair"
FORCED = 'api = "v1" in the config file'
_KEYED = re.compile("press p(?: to pair it again)?, or run (?=hwtui pair)")


def without_key(text: str) -> str:
    """What is wrong, for a command line, where there is no key to press."""
    return _KEYED.sub("", text)


class Way(StrEnum):
    """How a device is read, best first."""

    PUSH = "push"  # API v2, over a WebSocket
    POLL = "poll"  # API v2, asked again and again
    V1 = "v1"

    @property
    def api(self) -> str:
        """As that of an endpoint."""
        return "v1" if self is Way.V1 else "v2"


@dataclass(frozen=True, slots=True)
class Tried:
    """How the last attempts over one way went."""

    failures: int = 0
    """In a row."""
    at: float = -math.inf
    """Of the last failure, on the monotonic clock."""
    kind: State = State.UNKNOWN
    text: str = ""
    """Of the last failure: a sentence."""
    untrusted: bool = False
    """The last failure was a certificate: who answers there is not this device."""
    beside: bool = False
    """The last attempt was one beside a way that works."""

    def is_out(self, now: Now, tries: int = TRIES) -> bool:
        """Whether this way is to be left alone for now. One attempt is enough beside another way, and where the API
        says itself that it is off."""
        enough = 1 if self.beside or self.kind is State.API_DISABLED else tries
        return self.failures >= enough and self.wait_s(now) > 0

    def wait_s(self, now: Now) -> float:
        """Seconds for which it is left alone after its last failure; 0 for what rounding leaves of them."""
        wait = self.at + AGAIN_S - now.monotonic
        return wait if wait > _ROUNDING_S else 0.0


_UNTRIED = Tried()


@dataclass(frozen=True, slots=True)
class Options:
    """What is known of a device when its way is chosen."""

    apis: Collection[str] = ()
    """Of its endpoints."""
    paired: bool = False
    """There is a token that it has not refused."""
    forced: bool = False
    """The user wants API v1 only."""
    can_push: bool = True
    """False where it is read once: a socket would cost more than it gives."""
    tries: int = TRIES
    looked: bool = False
    """It was asked whether it speaks API v2, too, and did not answer."""
    tried: Mapping[Way, Tried] = field(default_factory=dict)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Those that are possible at all, best first."""
        over_v2 = "v2" in self.apis and self.paired and not self.forced
        v2 = ((Way.PUSH, Way.POLL) if self.can_push else (Way.POLL,)) if over_v2 else ()
        return (*v2, Way.V1) if "v1" in self.apis else v2

    def of(self, way: Way) -> Tried:
        """How it went over one way."""
        return self.tried.get(way, _UNTRIED)

    def failed(
        self,
        way: Way,
        now: Now,
        kind: State,
        text: str,
        *,
        in_a_row: int = 1,
        untrusted: bool = False,
        beside: bool = False,
    ) -> Options:
        """After one more failure; `in_a_row` by the count of who tried, which may take one value for no success."""
        failures = max(self.of(way).failures + 1, in_a_row)
        tried = Tried(failures, now.monotonic, kind, text, untrusted, beside)
        return replace(self, tried={**self.tried, way: tried})

    def answered(self, way: Way) -> Options:
        """After values came that way."""
        return replace(self, tried={**self.tried, way: _UNTRIED}) if self.of(way) is not _UNTRIED else self


def choose(options: Options, using: Way | None, now: Now, proven: Collection[str] = ()) -> Way | None:
    """The way to read a device from now on; `using` is the present one. None if there is none at all.

    `proven` are the APIs over which it has ever said who it is: the others may be there in announcements alone.

    Where the certificate at its address is not its own, it does not fall back on v1, which proves nothing; a device
    that is read over v1 goes on.
    """
    ways = options.ways
    if using is not Way.V1 and any(options.of(way).untrusted for way in ways):
        ways = tuple(way for way in ways if way is not Way.V1)
    for way in ways:
        if not options.of(way).is_out(now, options.tries):
            return way
    # None works: the last one is asked on, but an API that is off is not what the user waits for.
    asked = [way for way in ways if options.of(way).kind is not State.API_DISABLED]
    known = [way for way in asked if way.api in proven]
    return (known or asked or ways or (None,))[-1]


def is_upgrade(way: Way | None, using: Way | None, options: Options, now: Now) -> bool:
    """Whether `way` is better than the present one, which goes on until the better one has given values.

    One that is only the last that is left is no better: there is nothing to keep.
    """
    ways = options.ways
    if way not in ways or using not in ways or options.of(way).is_out(now, options.tries):
        return False
    return ways.index(way) < ways.index(using)


def again_s(options: Options, using: Way | None, now: Now) -> float | None:
    """Seconds until a better way than the present one may be tried; None if there is no better one."""
    ways = options.ways
    better = ways[: ways.index(using)] if using in ways else ()
    return min((options.of(way).wait_s(now) for way in better), default=None)


def why_not_better(options: Options, using: Way | None) -> str | None:
    """A sentence on why a better way is not used; None where the present one is the best, as far as is known."""
    has_v2 = "v2" in options.apis
    if using in (Way.V1, None) and (options.forced or not options.paired):
        return (FORCED if options.forced else NOT_PAIRED) if has_v2 else None
    if using is Way.V1 and not has_v2:
        return "paired, but it does not answer over API v2" if options.looked else None
    if using not in options.ways or using is options.ways[0]:
        return None
    if using is Way.POLL:
        push = options.of(Way.PUSH)
        times = f" {TRIES} times" if push.failures >= TRIES else ""
        return f"its socket failed{times}: {push.text}" if push.failures else "its socket is being tried"
    text = options.of(Way.POLL).text or options.of(Way.PUSH).text
    return f"API v2 failed: {text}" if text else "API v2 is being tried"
