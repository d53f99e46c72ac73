"""The meters of a house as a guided test sees them, and the test of one of them.

It listens from the start, so that a test begins with what is usual in this house.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice

from tui.core.checks.earlier import POWERS
from tui.core.checks.record import Observed
from tui.core.events import Event, Measured
from tui.core.fuse import Fuse
from tui.core.guided.cued import LATEST_S
from tui.core.guided.judging import Wiring
from tui.core.guided.trial import Meter, Trial
from tui.core.model import Device, Fleet, Role, key_of
from tui.core.moment import Now
from tui.core.profiles import Profile
from tui.core.quantities import DSMR_5, PHASES
from tui.core.reading import Measurement

NAMES = dict(enumerate(POWERS))
"""The powers of a meter by phase; 0: all together."""
ROUNDED_S = 0.001
"""The record's earlier times are in single precision: two that differ by less are one."""
LEAST_SOURCE_W = 300.0
"""What an inverter must make to be tested: as much as a load to test with takes at least (own choice)."""
OLD_S = 10.0
"""How often a smart meter before DSMR 5 has a new power (DSMR 4.2.2 P1, 5.2)."""


class Guide:
    """Collects powers from the events of the monitor, and makes a test of them."""

    def __init__(self, profile: Profile, fuse: Fuse | None = None) -> None:
        self._profile, self._fuse = profile, fuse
        self._meters: dict[str, Meter] = {}
        self._inverted: dict[str, bool] = {}
        self._before: Trial | None = None
        """The test before."""

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        if not isinstance(event, Measured):
            return
        device = fleet.devices.get(key_of(event.serial))
        if device is None or device.frozen is not None or not device.product.measures_electricity:
            return
        meter = self._meter_of(device, event.measurement, event.interval_s)
        meter.take(event.at.monotonic, powers(event.measurement))

    def _meter_of(self, device: Device, measurement: Measurement, interval_s: float) -> Meter:
        meter = self._meters.get(device.key)
        if meter is None or self._inverted[device.key] is not device.is_inverted:  # never both signs in one channel
            meter = self._meters[device.key] = _meter(device, measurement, interval_s)
            self._inverted[device.key] = device.is_inverted
        return meter

    @property
    def meters(self) -> Mapping[str, Meter]:
        """The meters by the key of their device."""
        return self._meters

    def look(self, observed: Observed, most: int | None = None) -> int:
        """Take up what the record of the check has of a device: its last hour, and each time what is new.

        At most so many answers; how many there were.
        """
        device = observed.device
        if device.measurement is None or not device.product.measures_electricity:
            return 0
        meter = self._meter_of(device, device.measurement.value, device.interval_s)
        newest, taken = max(channel.newest for channel in meter.channels.values()), 0
        for at, watts in islice(samples(observed, newest), most):
            meter.take(at, watts)
            taken += 1
        return taken

    def watched_s(self, device: Device) -> float:
        """How long a device's power was watched."""
        meter = self._meters.get(device.key)
        return max((channel.watched_s for channel in meter.channels.values()), default=0.0) if meter else 0.0

    def subjects(self, fleet: Fleet) -> list[Device]:
        """The devices that can be tested: all that measure electricity, but not the connection."""
        return [
            device
            for device in fleet.devices.values()
            if device.key in self._meters and not device.product.is_grid_meter and device.role is not Role.GRID
        ]

    def testable(self, fleet: Fleet) -> list[Device]:
        """Those of them that a person can test. A battery takes and gives as it likes, and has no load behind it."""
        return [one for one in self.subjects(fleet) if one.role is not Role.BATTERY]

    def too_dark(self, subject: Device) -> float | None:
        """The power in watt of an inverter that makes too little to be tested; None for all others."""
        meter = self._meters[subject.key]
        made_w = abs(sum(channel.power_w for channel in meter.channels.values()))
        return made_w if is_source(subject) and made_w < LEAST_SOURCE_W else None

    def connection(self, fleet: Fleet) -> Device | None:
        """The meter of the connection; None without one."""
        for device in fleet.devices.values():
            if device.key in self._meters and device.role is Role.GRID and device.same_meter_as is None:
                return device
        return None

    def begin(self, subject: Device | None, fleet: Fleet, now: Now) -> Trial:
        """Begin the test of a device; None: that of a load which none measures."""
        device = self.connection(fleet)
        connection, wiring = None, Wiring.TOTAL_ONLY
        if device is not None and device.measurement is not None:
            connection = self._meters[device.key]
            wiring = wiring_of(device.measurement.value, self._profile, self._fuse)
            if wiring is Wiring.THREE and set(PHASES) - set(connection.channels):
                wiring = Wiring.TOTAL_ONLY  # it sent less at first
        others = [self._meters[one.key] for one in self.subjects(fleet) if subject is None or one.key != subject.key]
        mine = self._meters[subject.key] if subject else None
        trial = Trial(mine, connection, wiring, others, is_source=is_source(subject), since=self._since())
        trial.start(now.monotonic)
        self._before = trial
        return trial

    def _since(self) -> float:
        cues = self._before.cues if self._before else ()
        return cues[-1].at + LATEST_S if cues else -math.inf


def is_source(device: Device | None) -> bool:
    """Whether it measures an inverter: there a person cannot switch a load, but the inverter itself."""
    return device is not None and device.role is Role.SOLAR


def samples(observed: Observed, after: float) -> Iterator[tuple[float, Mapping[int, float]]]:
    """The powers that the record has of a device after a moment (monotonic), by phase, oldest first.

    NaN, where an answer lacked it, is no sample for a channel.
    """
    for chunk in observed.earlier:
        if chunk.start + chunk.after_s[-1] <= after:
            continue
        yield from ((at, watts) for at, watts in chunk.samples() if at > after + ROUNDED_S)
    times = observed.times
    last = observed.earlier[-1] if observed.earlier else None
    if last is not None:
        after = max(after, last.start + last.after_s[-1] + ROUNDED_S)
    series = {phase: observed.series[name].recent for phase, name in NAMES.items() if name in observed.series}
    for place in range(bisect_right(times, after), len(times)):
        yield times[place], {phase: values[place] for phase, values in series.items()}


def powers(measurement: Measurement) -> Mapping[int, float | None]:
    """The powers of an answer in watt, by phase; 0: all together."""
    return {phase: measurement.number(name) for phase, name in NAMES.items()}


def wiring_of(measurement: Measurement, profile: Profile, fuse: Fuse | None) -> Wiring:
    """What the connection's meter can tell of phases, by what it sends, the grid and the main fuse."""
    sent = {phase for phase in PHASES if measurement.number(f"power_l{phase}_w") is not None}
    seen = {phase for phase in PHASES if measurement.number(f"voltage_l{phase}_v") is not None}
    if not profile.has_neutral:
        return Wiring.NO_NEUTRAL
    if len(sent) == len(PHASES):
        return Wiring.THREE
    if (fuse is not None and fuse.phases == 1) or (sent | seen) == {1}:
        return Wiring.ONE
    return Wiring.TOTAL_ONLY


def _meter(device: Device, measurement: Measurement, interval_s: float) -> Meter:
    sent = powers(measurement)
    three = all(sent[phase] is not None for phase in PHASES)
    phases = (0, *PHASES) if device.role is Role.GRID and three else PHASES if three else (0,)
    version = measurement.number("protocol_version")
    is_old = device.product.is_grid_meter and version is not None and version < DSMR_5
    meter = Meter(
        device.key, phases, max(1.0, interval_s), OLD_S if is_old else 1.0, can_turn=device.product.can_be_inverted
    )
    return meter.of_source() if is_source(device) else meter
