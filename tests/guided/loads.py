"""What is switched on in a simulated house, second by second. Powers are typical of such appliances, not measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

Power = Callable[[int], float]
"""Watts in the mean of a second, counted from the start of the simulation; asked for once a second, in order."""


def cycling(random: Random, watts: float, on_s: tuple[float, float], off_s: tuple[float, float]) -> Power:
    """On and off by turns. The second in which it switches is shared."""
    is_on, left = random.random() < 0.5, random.uniform(*on_s) * random.random()

    def power(second: int) -> float:
        nonlocal is_on, left
        if left >= 1.0:
            left -= 1.0
            return watts if is_on else 0.0
        part = left if is_on else 1.0 - left
        is_on = not is_on
        left = max(1.0, random.uniform(*(on_s if is_on else off_s)) - 1.0 + left)
        return watts * part

    return power


def fridge(random: Random) -> Power:
    """A compressor, with its start."""
    watts = random.uniform(50, 150)
    runs = cycling(random, 1.0, (240, 900), (400, 1800))
    before = 1.0

    def power(second: int) -> float:
        nonlocal before
        share = runs(second)
        starts, before = share > 0 and before == 0, share
        return watts * share * (random.uniform(2, 6) if starts else 1.0)

    return power


def oven(random: Random) -> Power:
    """A thermostat."""
    return cycling(random, random.uniform(1800, 2900), (10, 60), (15, 120))


def hob(random: Random) -> Power:
    """One ring, by turns on and off; on induction every few seconds."""
    period = random.choice((4, 8, 20))
    part = random.uniform(0.3, 0.8)
    return cycling(random, random.uniform(500, 2000), (period * part,) * 2, (period * (1 - part),) * 2)


def washing(random: Random) -> Power:
    """A drum that turns, and a heater that is on for minutes."""
    drum = cycling(random, random.uniform(80, 350), (8, 14), (3, 8))
    heater = cycling(random, random.uniform(1800, 2200), (200, 700), (60, 900))
    return lambda second: drum(second) + heater(second)


def lamps(random: Random) -> Power:
    """Small things that people switch, one a minute."""
    watts = random.uniform(0, 200)

    def power(second: int) -> float:
        nonlocal watts
        if random.random() < 1 / 60:
            watts = max(0.0, watts + random.choice((-1, 1)) * random.choice((8, 15, 40, 90)))
        return watts

    return power


def kettle(random: Random) -> Power:
    """Somebody else makes tea."""
    start, watts = random.uniform(0, 300), random.uniform(1700, 2400)
    end = start + random.uniform(90, 240)
    return lambda second: watts * max(0.0, min(second + 1, end) - max(second, start, 0)) if start < second + 1 else 0.0


def vacuum(random: Random) -> Power:
    """Restless."""
    watts = random.uniform(500, 900)
    runs = cycling(random, 1.0, (20, 120), (5, 60))
    return lambda second: runs(second) * watts * random.gauss(1, 0.06)


def heat_pump(random: Random) -> Power:
    """An inverter: ramps, never a step."""
    watts, goal = random.uniform(400, 2200), random.uniform(400, 2200)

    def power(second: int) -> float:
        nonlocal watts, goal
        if random.random() < 1 / 90:
            goal = random.choice((0.0, random.uniform(400, 2500)))
        watts += max(-60.0, min(40.0, goal - watts))
        return watts + random.gauss(0, 8)

    return power


def car(random: Random) -> Power:
    """A charger; it may follow the sun in steps of whole amperes."""
    amps, follows = random.choice((6, 10, 16, 16)), random.random() < 0.3
    every = random.choice((5, 10, 15, 30))

    def power(second: int) -> float:
        nonlocal amps
        if follows and second % every == 0:
            amps = min(16, max(6, amps + random.choice((-3, -1, -1, 0, 1, 1, 3))))
        return amps * 230.0 + random.gauss(0, 6)

    return power


def sun(random: Random) -> Power:
    """Solar panels under a clear sky, or clouds."""
    peak, light = random.uniform(600, 4500), random.uniform(0.1, 1.0)
    cloudy, slope, goal = random.random() < 0.5, 0.0, light

    def power(second: int) -> float:
        nonlocal light, slope, goal
        if cloudy and random.random() < 1 / 25:
            goal = random.uniform(0.08, 1.1)
            slope = abs(goal - light) / random.uniform(2, 30)
        step = max(-slope, min(slope, goal - light))
        light += step
        return -peak * light * random.gauss(1, 0.004)

    return power


def base(random: Random) -> Power:
    """What is always on, with noise and a slow wave."""
    watts, noise = random.uniform(5, 300), random.choice((1, 3, 8, 20)) * random.uniform(0.7, 1.3)
    wave, length = random.uniform(0, 30), random.uniform(60, 600)
    return lambda second: watts + random.gauss(0, noise) + wave * math.sin(second / length)


OTHERS: tuple[tuple[Callable[[Random], Power], float, bool], ...] = (
    (fridge, 0.9, False),
    (lamps, 0.9, False),
    (oven, 0.25, False),
    (hob, 0.1, False),
    (washing, 0.15, False),
    (kettle, 0.08, False),
    (vacuum, 0.05, False),
    (heat_pump, 0.2, True),
    (car, 0.1, True),
    (sun, 0.5, True),
)
"""What a house has, how often it is on during a test, and whether it may draw from all three phases."""
