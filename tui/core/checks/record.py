"""What was observed of a house: immutable, and all that a rule sees. `checks.recorder` builds it from events."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.checks.before import Before
from tui.core.checks.earlier import Chunk
from tui.core.checks.limits import Limits
from tui.core.checks.load import LoadSource
from tui.core.checks.series import DAY_S, Series
from tui.core.fuse import Fuse
from tui.core.guided.proof import Proof
from tui.core.model import Device, Role
from tui.core.moment import Moment, Now
from tui.core.profiles import NO_PROFILE, Profile
from tui.core.quantities import PHASES
from tui.core.reading import External, MeterKey

RECORDED = (
    *("power_w", "power_l1_w", "power_l2_w", "power_l3_w"),
    *("voltage_v", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v"),
    *("current_a", "current_l1_a", "current_l2_a", "current_l3_a"),
    "frequency_hz",
)
"""The measured quantities that have a series."""
LOADS = tuple(f"load_l{phase}_a" for phase in PHASES)
"""Series of a meter of the connection that are reckoned: the signed current through the main fuse (`checks.load`)."""
WIFI = "wifi_strength_pct"
"""The series of its signal in percent, also of a device that sends it in dBm."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is known of the house besides its measurements."""

    limits: Limits
    profile: Profile = NO_PROFILE
    fuse: Fuse | None = None
    at_inverter: Mapping[str, int] = field(default_factory=dict)
    """Keys of kWh meters at an inverter, each with the phase of the grid that it is on."""
    synchronised: bool | None = None
    """Whether this computer's clock is synchronised; None: not known."""
    recorded: bool = False
    """Whether it comes from a recording, which holds answers only: no losses, no delays, no telegrams."""
    before: Mapping[str, Before] = field(default_factory=dict)
    """What the history on disk knows of the last week, by key."""
    proofs: tuple[Proof, ...] = ()
    """What guided tests proved of its meters, and what their steps make likely."""


NO_ROWS: array[float] = array("d")
RESTARTS = 16
"""Most that are kept of a device."""
RISE_SLACK_S = 60.0
"""A counter may be passed on late, and in steps (own choice)."""


class Total(NamedTuple):
    """A counter in the last day: its first and last value, and its largest fall and rise between two answers."""

    first: float
    last: float
    fall: float = 0.0
    """How far it fell at most, as a positive number."""
    rise: float = 0.0
    """The rise between two answers with the highest rate, if each had taken `RISE_SLACK_S` longer."""
    rise_s: float = 0.0
    """The seconds between these two."""

    @property
    def growth(self) -> float:
        """How much it grew since the start, or in the last day."""
        return self.last - self.first


class Stamps(NamedTuple):
    """An external meter: as last read, and the last of its times that differ, oldest first."""

    last: External
    stamps: tuple[datetime, ...] = ()


class PollSpan(NamedTuple):
    """The polls of a minute, or of a longer time without any answer."""

    starts: float
    ends: float
    """Both monotonic; the last poll came before `ends`."""
    answered: float
    lost: float
    p50_s: float
    p95_s: float
    """Of its answers; NaN where none was timed: what is pushed is not."""


class Polls(NamedTuple):
    """The polls of the last day at most."""

    answered: int = 0
    lost: int = 0
    latencies_s: tuple[float, ...] = ()
    """Of the last answers, oldest first."""
    rows: array[float] = NO_ROWS
    """`spans`, one after the other: most who ask for a record want none of them."""

    @property
    def spans(self) -> list[PollSpan]:
        """The last hour in which it was heard, and what came after, oldest first."""
        size = len(PollSpan._fields)
        return [PollSpan(*self.rows[at : at + size]) for at in range(0, len(self.rows), size)]


class Step(NamedTuple):
    """A fast change of a phase's voltage: the means of 3 s before and after it, and those of its own current."""

    at: Moment
    phase: int
    before_v: float
    after_v: float
    before_a: float | None
    after_a: float | None


class Apart(NamedTuple):
    """One phase was high while another was low, as with a broken neutral."""

    at: Moment
    lasted_s: float
    high: int
    high_v: float
    low: int
    low_v: float


class Telegrams(NamedTuple):
    """What the telegrams of a P1 told in the last day.

    `steps_s` are seconds between the clocks of telegrams that follow each other.
    """

    read: int = 0
    checked: int = 0
    """Those with a checksum."""
    wrong: int = 0
    """Those whose checksum is wrong."""
    steps_s: tuple[float, ...] = ()


class Quarter(NamedTuple):
    """The quarter-hour under way, by the clock: its mean so far as we integrated it, of import only."""

    starts: float
    """Seconds since 1970."""
    mean_w: float
    covered_s: float


NO_POLLS, NO_TELEGRAMS = Polls(), Telegrams()


@dataclass(frozen=True, slots=True)
class Observed:
    """One device, and what was seen of it."""

    device: Device
    since: Moment
    """When it was first heard of."""
    times: array[float] = field(default_factory=lambda: array("d"))
    """When it gave its last answers (monotonic), oldest first: those of each `Series.recent`."""
    series: Mapping[str, Series] = field(default_factory=dict)
    """By quantity: those of `RECORDED`, `LOADS` and `WIFI` that were ever seen."""
    totals: Mapping[str, Total] = field(default_factory=dict)
    """Counters and events by quantity."""
    external: Mapping[MeterKey, Stamps] = field(default_factory=dict)
    polls: Polls = NO_POLLS
    steps: tuple[Step, ...] = ()
    """The largest ones, with and without an own load that moved."""
    apart: Apart | None = None
    """The longest."""
    telegrams: Telegrams = NO_TELEGRAMS
    quarter: Quarter | None = None
    load_source: LoadSource | None = None
    """How `LOADS` were found last."""
    whole_ampere: bool = False
    """Every current that it sent was a whole number, though its power was not."""
    restarts: tuple[Moment, ...] = ()
    """When it was seen to start anew in the last day: the last of them, oldest first."""
    earlier: tuple[Chunk, ...] = ()
    """Its powers before `times`, oldest first: with these about an hour at one answer a second."""
    addresses: tuple[tuple[str, float], ...] = ()
    """Where it identified itself: the last addresses with the moment (monotonic) of each change, oldest first."""

    @property
    def key(self) -> str:
        """The key of the device."""
        return self.device.key

    @property
    def role(self) -> Role | None:
        """What it measures in this house."""
        return self.device.role

    @property
    def phases(self) -> tuple[int, ...]:
        """The phases of which it ever sent a voltage, a current or a power."""
        stems = (("voltage", "v"), ("current", "a"), ("power", "w"))
        return tuple(phase for phase in PHASES if any(f"{stem}_l{phase}_{unit}" in self.series for stem, unit in stems))

    def voltage(self, phase: int) -> Series | None:
        """The voltage of a phase; that of the whole connection is phase 1 of a meter without others."""
        series = self.series.get(f"voltage_l{phase}_v")
        return self.series.get("voltage_v") if series is None and phase == 1 else series


@dataclass(frozen=True, slots=True)
class Record:
    """What was observed of a house up to `now`."""

    now: Now
    started: Moment
    installation: Installation
    observed: tuple[Observed, ...] = ()
    """In the order in which they were first seen, without those only remembered."""

    @property
    def watched_s(self) -> float:
        """How long the house has been observed, in seconds."""
        return self.now.age_of(self.started)

    @property
    def remembered_s(self) -> float:
        """How far back the record goes, in seconds: a day at most."""
        return min(self.watched_s, DAY_S)

    @property
    def limits(self) -> Limits:
        """The limits of this installation."""
        return self.installation.limits

    @property
    def zone(self) -> tzinfo:
        """The zone of the meters' clocks."""
        return ZoneInfo(self.installation.profile.zone)

    @property
    def grid_meters(self) -> Iterator[Observed]:
        """The house's own smart meters, each once."""
        return (
            one
            for one in self.observed
            if one.device.product.is_grid_meter and one.role is Role.GRID and one.device.same_meter_as is None
        )

    def with_role(self, role: Role) -> Iterator[Observed]:
        """The devices of a role."""
        return (one for one in self.observed if one.role is role)
