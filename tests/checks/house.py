"""A house for the tests of rules: meters answer once a second on a clock of their own, through the real fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.checks.sound import WORDS, assert_told
from tui.core.checks.finding import Finding
from tui.core.checks.record import Installation, Record
from tui.core.checks.recorder import Recorder
from tui.core.checks.registry import RULES
from tui.core.doubt.dating import dated
from tui.core.doubt.invert import as_wired
from tui.core.events import Configured, Event, Failed, Identified, Measured
from tui.core.fleet import reduce
from tui.core.fuse import parse_fuse
from tui.core.model import DeviceSetting, Endpoint, Fleet, Role, State, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import External, Identity, Measurement, System, Value
from tui.engine.checkdata import load_limits

REDUCED_S = 20
"""So often the fleet is made from an answer that is the one before again: the record needs no more."""

NOON = Now(1_781_265_600.0, 1000.0)
"""Friday 12 June 2026, 14:00:00 Dutch time: the start of a 10-minute window, a quarter-hour and a minute."""

Values = Mapping[str, Value | None]
"""What a meter measures; None is left out."""


@dataclass
class Meter:
    """A device: what it answers at a second, `None` for no answer."""

    serial: str
    answers: Callable[[int], Values | None]
    external: Callable[[int], tuple[External, ...]]
    product_type: str = "HWE-P1"
    wifi_pct: float | None = 70.0
    firmware: str = "6.0305"
    latency_s: float = 0.03
    interval_s: float = 1.0
    host: str = "192.168.1.10"
    told: tuple[object, ...] = ()
    """What it answered last."""
    waits: Measured | None = None
    """Its last answer, if the fleet has not been made from it."""


@dataclass
class House:
    """The meters of a house. `run` lets time pass; `findings` says what a rule makes of it."""

    grid: str | None = "nl"
    fuse: str | None = "3x25"
    start: Now = NOON
    at_inverter: dict[str, int] = field(default_factory=dict)
    synchronised: bool | None = True
    meters: list[Meter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.profile = profile_of(self.grid)
        self.zone = ZoneInfo(self.profile.zone)
        self.limits = load_limits(self.grid)
        self.now, self.fleet = self.start, Fleet()
        self.recorder = Recorder(self.start, self.profile)
        self._named: set[str] = set()
        self._same: Event | None = None
        """What only the record has to hear of."""

    def meter(
        self,
        values: Values | Callable[[int], Values | None],
        product_type: str = "HWE-P1",
        role: Role | None = None,
        external: Callable[[int], tuple[External, ...]] = lambda second: (),
        **more: object,
    ) -> Meter:
        """Add a device that measures fixed values, or what a function of the second says."""
        at = len(self.meters)
        answers = values if callable(values) else lambda second: values
        meter = Meter(f"5c2faf0000{at:02x}", answers, external, product_type, host=f"192.168.1.{10 + at}")
        for name, value in more.items():
            setattr(meter, name, value)
        if role is not None:
            self.tell(Configured(meter.serial, DeviceSetting(role=role)))
        self.meters.append(meter)
        return meter

    def tell(self, event: Event) -> None:
        """Let an event happen."""
        is_new = event is not self._same
        if isinstance(event, Measured):
            event = dated(as_wired(event, self.fleet), self.zone)
        if is_new:
            self.fleet = reduce(self.fleet, event)
        self.recorder.heard(event, self.fleet)

    def run(self, seconds: int) -> House:
        """Let time pass; each device answers once a second."""
        for left in reversed(range(seconds)):
            second = round(self.now.monotonic - self.start.monotonic)
            for meter in self.meters:
                self._poll(meter, second, last=not left)
            self.now = self.now.plus(1)
        return self

    def _poll(self, meter: Meter, second: int, *, last: bool = True) -> None:
        endpoint = Endpoint(meter.host)
        values = meter.answers(second)
        if values is None:
            if meter.waits:  # it is the last one that is known of it now
                self.fleet, meter.waits = reduce(self.fleet, meter.waits), None
            meter.told = ()
            self.tell(Failed(endpoint, State.SILENT, "connection timed out", self.now))
            return
        if meter.serial not in self._named:
            self._named.add(meter.serial)
            identity = Identity(meter.serial, meter.product_type, None, meter.firmware, "v1")
            self.tell(Identified(endpoint, identity, self.now))
        sent = {name: value for name, value in values.items() if value is not None}
        measurement = Measurement(sent, meter.external(second))
        system = System("home", meter.wifi_pct)
        told = (measurement, meter.wifi_pct)
        reduced = last or not second % REDUCED_S or told != meter.told
        meter.told = told
        event = Measured(meter.serial, measurement, system, self.now, meter.latency_s, meter.interval_s)
        meter.waits = self._same = None if reduced else event
        self.tell(event)

    @property
    def installation(self) -> Installation:
        """What is known of the house besides its measurements."""
        fuse = parse_fuse(self.fuse) if self.fuse else None
        at_inverter = {key_of(serial): phase for serial, phase in self.at_inverter.items()}
        return Installation(self.limits, self.profile, fuse, at_inverter, self.synchronised)

    @property
    def record(self) -> Record:
        """The record so far."""
        return self.recorder.record(self.now, self.installation)

    def findings(self, rule: str) -> list[Finding]:
        """What one rule finds. It can be told in each language, in a line that fits."""
        record = self.record
        findings = list(RULES[rule](record))
        for finding in findings:
            assert_told(finding, record)
        return findings

    def verdicts(self, rule: str) -> list[str]:
        """The cases that one rule finds, "fail-high L1"."""
        return [f"{one.case} L{one.phase}" if one.phase else one.case for one in self.findings(rule)]

    def lines(self, rule: str) -> list[str]:
        """The English lines of what one rule finds."""
        record = self.record
        return [WORDS["en"].of(one, record).line for one in self.findings(rule)]


def volts(*phases: float | None) -> dict[str, Value | None]:
    """The voltages of L1, L2 and L3."""
    return {f"voltage_l{phase}_v": value for phase, value in enumerate(phases, 1)}
