"""The model: a house's devices as immutable values.

A device has an identity, endpoints, and three parts that each have their own age: `measurement`, `system` and
`switch`. Import is positive and export negative in all data. A missing value is absent, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tui.core.battery.batteries import Batteries
from tui.core.doubt.likeness import Likeness
from tui.core.link.allowance import Allowance
from tui.core.moment import Moment
from tui.core.products import Product, product_of
from tui.core.reading import Earlier, Measurement, MeterKey, Switch, System

if TYPE_CHECKING:  # only who has some loads them
    from tui.core.alarms.state import Alarm


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to reach a device. `api` is "v1" or "v2"; a device may have one of each."""

    host: str
    port: int = 80
    api: str = "v1"

    @property
    def address(self) -> str:
        """`host:port`, without the port where it is the default one."""
        usual = 443 if self.api == "v2" else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


class Role(StrEnum):
    """What a device measures in this house; it decides the words on screen and what is added up in the balance."""

    GRID = "grid"
    SOLAR = "solar"
    LOAD = "load"
    BATTERY = "battery"
    NONE = "none"  # for a P1 or a battery that is not the house's


def natural_role(product: Product) -> Role | None:
    """The role of a product by itself: `grid` for a P1, `battery` for a battery, none for the others."""
    return Role.GRID if product.is_grid_meter else Role.BATTERY if product.is_battery else None


@dataclass(frozen=True, slots=True)
class DeviceSetting:
    """The user's settings for one device, from the config file or the screen. None clears a setting."""

    name: str | None = None
    role: Role | None = None
    behind: str | None = None
    """The serial of the meter that it is wired behind."""
    inverted: bool = False
    """It is mounted upside down."""
    api: str | None = None
    """"v1" forces that API; None leaves the choice to the program."""
    capacity_kwh: float | None = None
    """How much a battery can hold; it does not tell."""


HEED = Allowance(6, 15.0)
"""How many announcements change a device's address, or wake it, at once (own choice). A real move is two, one for each
API; what is not heeded at once is asked beside what goes on."""


class State(StrEnum):
    """The state of a device; JSON uses the same words."""

    LIVE = "live"
    STALE = "stale"  # answers are late
    FROZEN = "frozen"  # a P1 that answers although its telegram's clock stands still
    SILENT = "silent"
    API_DISABLED = "api-disabled"
    REFUSED = "refused"
    BAD_ANSWER = "bad-answer"
    NOT_PAIRED = "not-paired"  # it speaks only API v2, which needs a token of the device
    UNKNOWN = "unknown"  # not polled yet, or no answer yet


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a device now. A failure is data, not a toast.

    `kind` is the state it puts the device in, `text` says what the user can do next, `since` is when it began.
    """

    kind: State
    text: str
    since: Moment


class Spoken(NamedTuple):
    """Which API a device is read over now, and why not a better one."""

    api: str
    """"v1" or "v2"."""
    push: bool = False
    """It sends by itself over a WebSocket (v2); else it is polled."""
    why_not: str | None = None
    """A sentence on why the better way is not used; None where this is the best that it has."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """Something read from a device, and when."""

    value: T
    at: Moment


@dataclass(frozen=True, slots=True)
class Link:
    """The quality of the connection to a device, from its polls since the program started."""

    answered: int = 0
    lost: int = 0
    lost_in_a_row: int = 0
    latencies_s: tuple[float, ...] = ()
    """Of the last answers, oldest first, at most `answers.LATENCIES_KEPT`."""
    last_answer: Moment | None = None
    crowded: bool = False
    """Another program polls this device, too: it resets or refuses connections, so it is polled less often."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device, merged from everything that is known about it."""

    key: str
    """Its serial in lower case; "host:port" for a host given by hand that has not answered yet, for API v2 with
    "https://" before it."""
    serial: str | None = None
    product_type: str | None = None
    product_name: str | None = None
    kind: str | None = None
    """What its certificate calls its product: that much is known before it is paired."""
    firmware_version: str | None = None
    api_version: str | None = None
    identity_notes: tuple[str, ...] = ()
    name: str | None = None
    """Given by the user."""
    given_role: Role | None = None
    """Given by the user; `Role.NONE` is a choice, too."""
    behind: str | None = None
    """The serial of the meter that this one is wired behind, which includes its power. Given by the user."""
    said_inverted: bool = False
    """The user says that it is mounted upside down; see `is_inverted`."""
    capacity_kwh: float | None = None
    """How much it can hold. Given by the user: the API does not tell it."""
    same_meter_as: str | None = None
    """The serial of another dongle on the same smart meter: that one is added up, this one is not."""
    endpoints: tuple[Endpoint, ...] = ()
    """Best first: v1 before v2, newest before older."""
    answered_over: frozenset[str] = frozenset()
    """The APIs over which it has said who it is: by `/api`, or over v2 by its certificate."""
    homes: tuple[Endpoint, ...] = ()
    """Where it did so last, also in an earlier run: at most one for each API. An announcement may lead elsewhere, but
    there it is looked for, too, until it answers."""
    heed: Allowance = HEED
    """For announcements that change its address."""
    by_hand: bool = False
    remembered: bool = False
    """Known only from an earlier run: not counted or reported until `/api` confirms its serial."""
    api_enabled: bool | None = None
    interval_s: float = 1.0
    measurement: Read[Measurement] | None = None
    doubts: Mapping[str, int] = field(default_factory=dict)
    """How far each quantity that may be unmeasured is doubted (`core.doubt.unmeasured.steady`)."""
    earlier: Mapping[MeterKey, Earlier] = field(default_factory=dict)
    """The earlier values of its external meters."""
    changed: Moment | None = None
    """When the measured values last changed."""
    frozen: Moment | None = None
    """Since when the telegram's clock has been known to stand still."""
    clock: Read[datetime] | None = None
    """The time in its smart meter's last telegram, as that meter tells it: naive, and perhaps wrong; and when it was
    first seen to say so."""
    clock_ran: bool = False
    """That clock was seen to move."""
    clock_repeats: int = 0
    """How many readings in a row have told that time before (API v2)."""
    system: Read[System] | None = None
    started: Moment | None = None
    """When it last started, by the uptime that it told."""
    restarts: int = 0
    """How often it was seen to start anew since the program began; the last time was `started`."""
    switch: Read[Switch] | None = None
    batteries: Read[Batteries] | None = None
    """Of a P1 or a kWh meter: the group of batteries that it controls."""
    astray: Moment | None = None
    """Since when these have not done what they are told (`core.battery.following`)."""
    paired: bool = False
    """This program has a token of it that it has not refused."""
    spoken: Spoken | None = None
    """Over which API it is read; None while it is not."""
    forced_api: str | None = None
    """Given by the user; see `DeviceSetting.api`."""
    problem: Problem | None = None
    last_problem: Problem | None = None
    """The latest problem, kept after it is over."""
    link: Link = Link()

    @property
    def product(self) -> Product:
        """The capabilities of its product, by its type or, while that is not known, by its certificate."""
        return product_of(self.product_type, self.kind)

    @property
    def role(self) -> Role | None:
        """What it measures in this house: as given, else what its product is there for. Never `Role.NONE`."""
        if self.given_role is None:
            return natural_role(self.product)
        return None if self.given_role is Role.NONE else self.given_role

    @property
    def is_inverted(self) -> bool:
        """Whether its values are inverted: the user said so, and the meter can be mounted upside down."""
        return self.said_inverted and self.product.can_be_inverted

    @property
    def endpoint(self) -> Endpoint | None:
        """The endpoint in use, or the one to try first."""
        used = self.endpoint_of(self.spoken.api) if self.spoken else None
        return used or next(iter(self.endpoints), None)

    @property
    def v1_endpoint(self) -> Endpoint | None:
        """The newest endpoint that speaks API v1."""
        return self.endpoint_of("v1")

    def endpoint_of(self, api: str) -> Endpoint | None:
        """The newest endpoint that speaks an API."""
        for endpoint in self.endpoints:
            if endpoint.api == api:
                return endpoint
        return None

    @property
    def label(self) -> str:
        """The user's name for it, else product and the end of the serial, else its address."""
        if self.name:
            return self.name
        if self.serial:
            return f"{self.product.label} {self.serial[-6:]}"
        return self.endpoint.address if self.endpoint else self.key

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be read of its last answers, and why: sentences."""
        parts = (self.measurement, self.system, self.switch, self.batteries)
        return (*self.identity_notes, *(note for part in parts if part for note in part.value.notes))

    def number(self, quantity: str) -> float | None:
        """A number of its last measurement, however old."""
        return self.measurement.value.number(quantity) if self.measurement else None


def key_of(serial: str) -> str:
    """The key of a serial: serials are case-insensitive."""
    return serial.casefold()


class Note(NamedTuple):
    """One line about the program itself (mDNS could not start, the clock jumped). There is one per `topic`."""

    topic: str
    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything known at one moment. Only `core.fleet.reduce` makes a new one."""

    devices: Mapping[str, Device] = field(default_factory=dict)
    """By key, in the order in which they were first seen."""
    words: Mapping[str, DeviceSetting] = field(default_factory=dict)
    """The user's settings by key, also for devices that have not been seen yet."""
    notes: tuple[Note, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    """Those that are raised, in the order of devices."""
    likeness: Likeness = field(default_factory=Likeness)
    """Which smart meters without an id may be one (`core.doubt.samemeter`)."""
    paired: frozenset[str] = frozenset()
    """The keys of devices that this program has a token of, also of those not seen yet."""

    def holder_of(self, endpoint: Endpoint) -> Device | None:
        """The device that is assumed to be at an endpoint."""
        return next((device for device in self.devices.values() if endpoint in device.endpoints), None)
