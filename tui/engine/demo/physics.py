"""Loads, solar panels, gas and water of the simulated house: pure functions of the second.

A flow's `at(second)` is in watts (or m3/h of gas, or litres per minute); seconds count from the start of the simulation
and are below 0 before it. Nothing here has state: all randomness comes from hashing a key with the second, so the same
house does the same thing however often, and in whatever order, it is polled.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

_MASK = (1 << 64) - 1


def key(*parts: object) -> int:
    """A random seed from its parts; the same in every process, unlike `hash`."""
    return zlib.crc32("/".join(map(str, parts)).encode())


def chance(key: int, index: int) -> float:
    """A reproducible random number in 0..1 (multiply-and-shift mixing, as in SplitMix)."""
    mixed = (key * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03) & _MASK
    mixed = ((mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93) & _MASK
    mixed = ((mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93) & _MASK
    return (mixed ^ (mixed >> 32)) / (_MASK + 1)


_level = lru_cache(4096)(chance)
"""Between two levels of a walk lie seconds that all ask for both."""


def wander(key: int, second: int, period: int) -> float:
    """A smooth random walk in -1..1 that takes about `period` seconds from one level to the next."""
    index, into = divmod(second, period)
    share = into / period
    share *= share * (3 - 2 * share)
    before = _level(key, index)
    return 2 * (before + (_level(key, index + 1) - before) * share) - 1


class Flow(Protocol):
    """Anything that flows: power, gas, water."""

    def at(self, second: int) -> float:
        """The flow during this second."""
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """A load that is always on, with small variations: lights, a router, a television."""

    key: int
    level: float
    swing: float

    def at(self, second: int) -> float:
        slow = wander(self.key, second, 210)
        return self.level + self.swing * (0.8 * slow + 0.2 * wander(self.key + 1, second, 7))


@dataclass(frozen=True, slots=True)
class Compressor:
    """A fridge or freezer: on for part of each cycle, with a starting current; otherwise only its electronics."""

    key: int
    watts: float
    cycle_s: int = 1500
    duty: float = 0.4

    def at(self, second: int) -> float:
        into = (second + int(self.cycle_s * chance(self.key, 0))) % self.cycle_s
        if into >= self.cycle_s * self.duty:
            return 1.6 + 0.3 * chance(self.key, second)
        starting = 1.5 if into == 0 else 0.0
        settling = 0.25 * math.exp(-into / 60)
        return self.watts * (1 + starting + settling + 0.02 * wander(self.key + 1, second, 5))


@dataclass(frozen=True, slots=True)
class HeatPump:
    """An inverter heat pump that modulates between about 400 and 900 W."""

    key: int

    def at(self, second: int) -> float:
        slow, quick = wander(self.key, second, 540), wander(self.key + 1, second, 11)
        return 645 + 205 * slow + 28 * quick


_WASH = (
    # seconds, what happens
    (100, "fill"),
    (170, "heat"),
    (50, "tumble"),
    (130, "heat"),
    (70, "tumble"),
    (110, "heat"),
    (1500, "tumble"),
    (120, "fill"),
    (500, "tumble"),
    (420, "spin"),
    (900, "done"),
)
_WASH_S = sum(seconds for seconds, _ in _WASH)


@dataclass(frozen=True, slots=True)
class WashingMachine:
    """A repeated washing programme: filling, bursts of heating at 2 kW, tumbling, a spin, standby."""

    key: int
    lead_s: int = 0
    """How far into the programme the simulation begins."""

    def at(self, second: int) -> float:
        into = (second + self.lead_s) % _WASH_S
        doing = "done"
        for seconds, doing in _WASH:  # noqa: B007 (used after the loop: the current step)
            if into < seconds:
                break
            into -= seconds
        noise = chance(self.key, second)
        if doing == "heat":
            return 2010 + 25 * noise
        if doing == "spin":
            return 120 + min(into, 240) * 1.4 + 30 * noise
        if doing == "tumble":
            return 150 + 70 * noise if into % 19 < 14 else 14 + 3 * noise
        return 24 + 4 * noise if doing == "fill" else 1.1 + 0.2 * noise


@dataclass(frozen=True, slots=True)
class Bursts:
    """At most one burst in each window of time: a kettle, an oven, a tap, a shower."""

    key: int
    window_s: int
    likelihood: float
    shortest_s: int
    longest_s: int
    least: float
    most: float

    def at(self, second: int) -> float:
        window, into = divmod(second, self.window_s)
        if chance(self.key, window) >= self.likelihood:
            return 0.0
        lasts = self.shortest_s + int((self.longest_s - self.shortest_s) * chance(self.key + 1, window))
        begins = int((self.window_s - lasts) * chance(self.key + 2, window))
        if not begins <= into < begins + lasts:
            return 0.0
        level = self.least + (self.most - self.least) * chance(self.key + 3, window)
        return level * (1 + 0.015 * wander(self.key + 4, second, 9))


@dataclass(frozen=True, slots=True)
class Cycle:
    """On and off in a fixed cycle at a varying level: a boiler that heats a house."""

    key: int
    cycle_s: int
    duty: float
    level: float

    def at(self, second: int) -> float:
        into = (second + int(self.cycle_s * chance(self.key, 0))) % self.cycle_s
        return self.level * (1 + 0.35 * wander(self.key + 1, second, 300)) if into < self.cycle_s * self.duty else 0.0


@dataclass(frozen=True, slots=True)
class Sun:
    """Solar panels: production is below 0. Their day has its own clock: 13:00 when the simulation begins.

    So there is sun whenever the demo starts; after eleven hours it is dark, and light again the next day.
    """

    key: int
    peak_w: float
    clouds: float = 1.4
    """How much they take; 0 is a clear day."""

    def at(self, second: int) -> float:
        hour = (13 + second / 3600) % 24
        height = math.sin(math.pi * (hour - 6) / 15) if 6 < hour < 21 else 0.0
        if height <= 0.01:
            return 2.0  # the inverter's own use at night
        cloud = 0.6 * wander(self.key, second, 200) + 0.4 * wander(self.key + 1, second, 55)
        clear = min(1.0, max(0.18, 1 - self.clouds * (cloud + 0.15)))
        return -self.peak_w * height * clear * (1 + 0.006 * wander(self.key + 2, second, 3))


@dataclass(frozen=True, slots=True)
class Sum:
    """Several flows on one wire."""

    flows: tuple[Flow, ...]

    def at(self, second: int) -> float:
        return sum(flow.at(second) for flow in self.flows)
