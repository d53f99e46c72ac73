"""What the link doctor knows of one device while it examines it: where it may be, and what each place showed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from enum import IntEnum

from tui.core.doctor.evidence import Examined, Reach, Said, Tried
from tui.core.doctor.label import Label, called
from tui.core.model import Endpoint, key_of
from tui.engine.doctor.examination import Look


class Origin(IntEnum):
    """Who said that it is there; the higher one is believed first."""

    GUESSED = 0  # HTTPS at an address that was named for HTTP
    REMEMBERED = 1
    NAMED = 2
    ANNOUNCED = 3


class Case:
    """One device under examination."""

    def __init__(self) -> None:
        self.serial: str | None = None
        """Whom to expect."""
        self.product_type: str | None = None
        self.is_named = False
        self.is_sought = False
        """It was named by its name alone: the hosts of the config file are asked for it."""
        self.label: Label | None = None
        """What it was called, where that leaves its serial open."""
        self.is_told = self.is_gone = False
        """It was told of; it turned out to be another, which goes on."""
        self.origins: dict[Endpoint, Origin] = {}
        self.looks: dict[Endpoint, Look] = {}
        self.more = asyncio.Event()
        """Set when another endpoint was added."""
        self.until = math.inf
        """When its examination has to be over, in the loop's time; known once it has begun."""

    @property
    def key(self) -> str | None:
        """Of the serial that is expected."""
        return key_of(self.serial) if self.serial else None

    @property
    def answered_key(self) -> str | None:
        """Of the serial that answered at its main place."""
        main = self.main
        serial = main.way.serial if main and main.way else None
        return key_of(serial) if serial else None

    @property
    def keys(self) -> set[str]:
        """Of the serial by which it may be announced: the expected one, else the one that answered."""
        return {key for key in (self.key or self.answered_key,) if key}

    @property
    def answers(self) -> bool:
        """Whether the device that is expected said who it is."""
        return any(self._is_right(look) for look in self.looks.values())

    @property
    def places(self) -> set[Endpoint]:
        """Its endpoints, as named and with their addresses."""
        return set(self.origins) | {look.way.endpoint for look in self.looks.values() if look.way}

    def known(self, serial: str, product_type: str | None = None) -> None:
        """What is known of who it is."""
        self.serial = self.serial or serial
        self.product_type = product_type or self.product_type

    def add(self, endpoint: Endpoint, origin: Origin) -> None:
        """A place where it may be."""
        self.origins[endpoint] = max(origin, self.origins.get(endpoint, origin))
        self.more.set()

    def absorb(self, other: Case) -> None:
        """Take over what is known of another, which is the same device."""
        if other.serial is not None:
            self.known(other.serial, other.product_type)
        self.is_named = self.is_named or other.is_named
        self.is_sought = self.is_sought or other.is_sought
        for place, look in other.looks.items():
            self.looks.setdefault(place, look)
        for place, origin in other.origins.items():
            self.add(place, origin)
        other.is_gone = True
        other.more.set()

    def todo(self, has_token: bool) -> list[Endpoint]:
        """Where to look next: over API v1 first, and over v2 only if that can tell more."""
        left = [place for place in self.origins if place not in self.looks]
        if plain := [place for place in left if place.api == "v1"]:
            return plain
        if self.answers and not has_token:
            return []
        if not any(place.api == "v2" for place in self.origins):
            for look in list(self.looks.values()):
                if (place := look.hidden) is not None:
                    self.origins[place] = Origin.GUESSED
                    left.append(place)
        return left

    @property
    def main(self) -> Look | None:
        """The place that tells most: where the right device answers, else where anything does, else the likeliest."""
        looks = [look for place, look in self.looks.items() if self._counts(place)]
        return max(looks, key=self._worth, default=None)

    def answering(self, key: str) -> Iterator[Look]:
        """The places where the device with this key said who it is."""
        for look in self.looks.values():
            if look.said is Said.WHO and look.way and look.way.serial and key_of(look.way.serial) == key:
                yield look

    def is_same_as(self, other: Case) -> bool:
        """Whether both are one device at one place."""
        mine, its = self.main, other.main
        if self.key is not None and other.key is not None and self.key != other.key:
            return False  # one of them has gone, and the other has its address
        return mine is not None and its is not None and mine.way is not None and mine.place == its.place

    def examined(
        self,
        name: str | None,
        *,
        announced: bool | None,
        says_off: bool,
        elsewhere: tuple[str, ...],
        tried: tuple[Tried, ...],
    ) -> Examined:
        """Its evidence; `name` is the user's."""
        main = self.main
        if main is None:
            return Examined(name or self._label(None), serial=self.serial, announced=announced, tried=tried)
        ways = [
            look.way
            for place, look in sorted(self.looks.items(), key=lambda item: item[0].api)
            if look.address == main.address and look.way is not None and self._counts(place)
        ]
        return Examined(
            name or self._label(main),
            main.asked_at.address,
            self.serial or (main.way.serial if main.way else None),
            main.address,
            main.route,
            main.interface,
            main.arp,
            main.mac,
            main.mac_is_shared,
            tuple(ways),
            announced,
            says_off,
            main.behind_s,
            main.clock_moved,
            elsewhere,
            self._before(main),
            tried=tried,
        )

    def _before(self, main: Look) -> str | None:
        """Where it was named or remembered, if it answers elsewhere and no longer there."""
        if not self._is_right(main):
            return None
        for place, look in self.looks.items():
            was_here = self.origins[place] in (Origin.NAMED, Origin.REMEMBERED) and not self._is_right(look)
            if was_here and look.asked_at.api == main.asked_at.api and look.place != main.place:
                return look.place
        return None

    def _is_right(self, look: Look) -> bool:
        if look.said is not Said.WHO or look.way is None or look.way.serial is None:
            return False
        return self.key is None or key_of(look.way.serial) == self.key

    def _counts(self, place: Endpoint) -> bool:
        """A guess counts only if a device is there; at a port that was named, also one whose certificate is wrong."""
        if self.origins[place] is not Origin.GUESSED:
            return True
        is_named = any(one.host == place.host and one.port == place.port for one in self.origins if one != place)
        said = self.looks[place].said
        return said in (Said.WHO, Said.NOT_PAIRED) or (is_named and said is Said.CERTIFICATE)

    def _worth(self, look: Look) -> tuple[bool, bool, bool, int]:
        reached = look.way is not None and look.way.reach is Reach.ACCEPTED
        return self._is_right(look), look.said.is_answer, reached, self.origins[look.asked_at]

    def _label(self, main: Look | None) -> str:
        identity = main.identity if main else None
        product_type = identity.product_type if identity else self.product_type
        serial = identity.serial if identity else self.serial
        if serial:
            return called(serial, product_type)
        if self.label:
            return self.label.text
        return main.asked_at.address if main else "device"
