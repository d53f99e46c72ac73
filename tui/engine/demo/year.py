"""A house that lives through days and seasons, by the clock and the calendar: for a demo with a past.

The flows of `physics` never tire: a house that washes every hour looks lively for two minutes, and absurd over a year.
Here the sun follows the day and the season, the boiler the cold, and people get up, cook, go to work and on holiday.
Like `physics` all of it is a pure function of the second, so the past and the live house are one, without a seam.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from tui.engine.demo.battery import PlugIn
from tui.engine.demo.homes import Home
from tui.engine.demo.house import ZONE, Circuit
from tui.engine.demo.pastbattery import charge_at_start
from tui.engine.demo.physics import (
    Bursts,
    Flow,
    HeatPump,
    Steady,
    Sum,
    Sun,
    WashingMachine,
    chance,
    wander,
)

DAY_S = 86400
LATITUDE = math.radians(52.1)
"""Utrecht."""
TILT_LOSS = 0.82
"""What the panels make of the sun when it stands highest (own choice)."""
AWAY_LASTS = 2
"""Days of the absence."""
AWAY_BEGAN = 9
"""It began so many days before the demo."""
DARKEST_DAY = 355
COLDEST_DAY = 20


class Moment(NamedTuple):
    """A second by the calendar of the house."""

    day: int
    """Days since 1970."""
    hour: float
    """0 to 24, local."""
    of_year: int
    """1 to 366."""
    weekday: int
    """Monday is 0."""


@lru_cache(maxsize=4096)
def _quarter(number: int) -> tuple[int, float, int, int]:
    """The calendar at the start of a quarter-hour (counted since 1970): offsets change only there."""
    clock = datetime.fromtimestamp(number * 900, UTC).astimezone(ZONE)
    day = clock.date().toordinal() - datetime(1970, 1, 1).toordinal()
    return day, clock.hour + clock.minute / 60, clock.timetuple().tm_yday, clock.weekday()


@lru_cache(maxsize=16)  # all flows of a house ask for the same one
def moment_of(utc: int) -> Moment:
    """The calendar at a UTC second."""
    number, into = divmod(utc, 900)
    day, hour, of_year, weekday = _quarter(number)
    return Moment(day, hour + into / 3600, of_year, weekday)


@lru_cache(maxsize=1024)
def _sun_of(of_year: int) -> tuple[float, float, float]:
    """Of a day: the sine of latitude and declination, the cosine, and how high the sun comes."""
    tilt = math.radians(-23.44) * math.cos(2 * math.pi * (of_year + 365 - DARKEST_DAY) / 365.25)
    low, high = math.sin(LATITUDE) * math.sin(tilt), math.cos(LATITUDE) * math.cos(tilt)
    return low, high, low + high


def height_of_sun(at: Moment) -> float:
    """The sine of its height; below 0 at night. Solar noon is at 13:40 in summer and 12:40 in winter."""
    summer = 1.0 if 86 <= at.of_year <= 300 else 0.0
    low, high, _ = _sun_of(at.of_year)
    return low + high * math.cos(math.pi * (at.hour - 12.65 - summer) / 12)


def cold(at: Moment) -> float:
    """How cold it is: 1 in the depth of winter, 0 in summer, and a day is not like the next."""
    return _cold(at.day * 24 + int(at.hour), at.of_year)


@lru_cache(maxsize=256)
def _cold(hour: int, of_year: int) -> float:
    season = 0.5 + 0.5 * math.cos(2 * math.pi * (of_year - COLDEST_DAY) / 365.25)
    return min(1.0, max(0.0, season * 1.15 - 0.12 + 0.12 * wander(7, hour, 70)))


@dataclass(frozen=True, slots=True)
class Life:
    """When somebody is at home. `away` are the days since 1970 on which nobody is."""

    seed: int
    away: tuple[int, ...]

    def is_away(self, at: Moment) -> bool:
        """On holiday."""
        return at.day in self.away

    def busy(self, at: Moment) -> float:
        """0 (asleep, or nobody there) to 1 (all at home and cooking)."""
        if self.is_away(at):
            return 0.0
        shift = 0.8 * chance(self.seed, at.day) - 0.4
        hour, weekend = at.hour + shift, at.weekday >= 5
        morning = 0.7 if (8.0 if weekend else 6.7) < hour < (11.5 if weekend else 8.6) else 0.0
        noon = 0.5 if 11.5 <= hour < 17.0 and (weekend or at.weekday == 2) else 0.15 if 8.6 <= hour < 17 else 0.0
        evening = 1.0 if 17.2 < hour < 19.6 else 0.75 if 19.6 <= hour < 22.8 else 0.0
        return max(morning, noon, evening, 0.04)


@dataclass(frozen=True, slots=True)
class Lived:
    """A flow of `physics` as it is used in a house: `share` says how much of it at a moment, 0 for nothing."""

    flow: Flow
    start: int
    """UTC of second 0."""
    share: Callable[[Moment], float]
    rest: float = 0.0
    """What flows while it is not used."""

    def at(self, second: int) -> float:
        """The flow during this second."""
        share = self.share(moment_of(self.start + second))
        return self.rest + share * self.flow.at(second) if share > 0 else self.rest


@dataclass(frozen=True, slots=True)
class Rare:
    """A flow that comes now and then: in each window of `flow` if the house is busy enough for it."""

    flow: Bursts
    start: int
    life: Life

    def at(self, second: int) -> float:
        """The flow during this second."""
        window = second // self.flow.window_s
        begins = moment_of(self.start + window * self.flow.window_s)
        if chance(self.flow.key + 50, window) >= self.life.busy(begins):
            return 0.0
        return self.flow.at(second)


@dataclass(frozen=True, slots=True)
class Wash:
    """A washing machine: one programme in the morning of some days."""

    flow: WashingMachine
    start: int
    life: Life

    def at(self, second: int) -> float:
        """The flow during this second."""
        now = moment_of(self.start + second)
        begins = 9.0 + 3.0 * chance(self.flow.key + 60, now.day)
        into = int((now.hour - begins) * 3600)
        runs = chance(self.flow.key + 61, now.day) < 0.6 and 0 <= into < 3170 and not self.life.is_away(now)
        return self.flow.at(into - self.flow.lead_s) if runs else 1.1


@dataclass(frozen=True, slots=True)
class LocalSun:
    """Solar panels by the real height of the sun; production is below 0."""

    flow: Sun
    start: int

    def at(self, second: int) -> float:
        """The power during this second."""
        now = moment_of(self.start + second)
        height = height_of_sun(now)
        if height <= 0.01:
            return 2.0
        dull = chance(self.flow.key + 70, now.day)
        clouds = self.flow.clouds * (0.3 + 1.1 * dull)
        cloud = 0.6 * wander(self.flow.key, second, 900) + 0.4 * wander(self.flow.key + 1, second, 210)
        clear = min(1.0, max(0.12, 1 - clouds * (cloud + 0.25 * dull)))
        return -self.flow.peak_w * TILT_LOSS * math.pow(height, 1.15) * clear


@dataclass(frozen=True, slots=True)
class Car:
    """A car that charges in the evening, since the demo began: what beats the peak of a month in Flanders."""

    start: int

    def at(self, second: int) -> float:
        """The power during this second: three phases, 8 A each."""
        return 5520.0 if second >= 0 and 18.1 <= moment_of(self.start + second).hour < 19.6 else 0.0


def lived(home: Home, start: int, seed: int) -> Home:
    """The same home with flows that follow the calendar. `start` is the UTC of second 0."""
    life = life_of(start, seed)
    circuits = [replace(one, flow=_lived(one.flow, start, life)) for one in home.circuits]
    if home.grid == "be-vlg":
        circuits.append(Circuit("Car", Car(start), 0))
    if any(isinstance(one.flow, PlugIn) for one in circuits):
        charge = charge_at_start(tuple(circuits), start, home.supply.key)
        circuits = [replace(one, flow=PlugIn(charge)) if isinstance(one.flow, PlugIn) else one for one in circuits]
    return replace(home, circuits=tuple(circuits))


def life_of(start: int, seed: int) -> Life:
    """The life of the people of a house whose live part begins at a UTC second."""
    first = moment_of(start).day - AWAY_BEGAN
    return Life(seed, tuple(range(first, first + AWAY_LASTS)))


def _lived(flow: Flow, start: int, life: Life) -> Flow:
    match flow:
        case Sum():
            return Sum(tuple(_lived(one, start, life) for one in flow.flows))
        case Sun():
            return LocalSun(flow, start)
        case WashingMachine():
            return Wash(flow, start, life)
        case HeatPump():
            return Lived(flow, start, lambda at: 0.0 if cold(at) < 0.08 else 0.25 + 1.2 * cold(at), 6.0)
        case Bursts():
            return Rare(flow, start, life)
        case Steady() if flow.level >= 60:  # lights and what people leave on, and not a router or a pump
            return Lived(flow, start, lambda at: 0.35 + 0.75 * life.busy(at))
        case _:
            return flow


def lived_gas(flow: Flow, start: int, seed: int) -> Flow:
    """The boiler: it heats in the cold, less at night and when nobody is there, and gives warm water in summer."""
    life = life_of(start, seed)

    def share(at: Moment) -> float:
        heating = math.pow(cold(at), 1.3) * (0.3 if life.is_away(at) or at.hour < 6.2 or at.hour > 22.8 else 1.0)
        return 1.6 * heating + 0.35 * (life.busy(at) if life.busy(at) > 0.6 else 0.0)

    return Lived(flow, start, share)


def lived_water(flow: Flow, start: int, seed: int) -> Flow:
    """Taps, when somebody is there to open them."""
    return _lived(flow, start, life_of(start, seed))
