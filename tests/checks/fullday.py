"""A record of many devices and a whole day, made at once: what the rules have to cope with at most."""

from __future__ import annotations

import math
from array import array
from datetime import datetime, timedelta

from tests.checks.house import NOON
from tui.core.checks.hours import LATENCIES
from tui.core.checks.record import LOADS, RECORDED, WIFI, Installation, Observed, Polls, Quarter, Record, Stamps, Total
from tui.core.checks.recorder import TOTALS
from tui.core.checks.series import DAY_S, MINUTE_S, RECENT, WINDOW_S, Means, Series
from tui.core.fuse import Fuse
from tui.core.model import Device, Endpoint, Link, Read, Role
from tui.core.profiles import profile_of
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Measurement, System
from tui.engine.checkdata import load_limits

USUAL = {"power": 400.0, "voltage": 232.0, "current": 1.8, "load": 1.8, "frequency": 50.0, "wifi": 62.0}
PRODUCTS = ("HWE-P1", "HWE-KWH3", "HWE-KWH1", "HWE-SKT")


def full_day(devices: int, grid: str = "nl") -> Record:
    """A day of so many devices; the first is the P1."""
    now = NOON.plus(DAY_S)
    observed = tuple(_observed(at) for at in range(devices))
    return Record(now, NOON, Installation(load_limits(grid), profile_of(grid), Fuse(3, 25.0)), observed)


def _observed(at: int) -> Observed:
    now, product = NOON.plus(DAY_S), PRODUCTS[0] if at == 0 else PRODUCTS[1 + at % 3]
    stamps = tuple(datetime(2026, 6, 13, 13, 30) + timedelta(minutes=5 * step) for step in range(4))
    gas = External("gas_meter", "A", 12.5, "m3", stamps[-1])
    values = {name: _usual(name) for name in RECORDED} | dict.fromkeys(TOTALS, 12.5)
    serial = f"5c2faf00{at:04x}"
    device = Device(
        serial,
        serial=serial,
        product_type=product,
        firmware_version="6.0305",
        given_role=None if at == 0 else Role.SOLAR if at == 1 else Role.LOAD,
        endpoints=(Endpoint(f"192.168.1.{at + 1}"),),
        measurement=Read(Measurement(values, (gas,) if at == 0 else ()), now),
        system=Read(System("home", 62.0), now),
        link=Link(answered=int(DAY_S), last_answer=now),
    )
    times = array("d", (now.monotonic - RECENT + second for second in range(RECENT)))
    names = (*RECORDED, *(LOADS if at == 0 else ()), WIFI)
    return Observed(
        device,
        NOON,
        times,
        {name: _series(name, at) for name in names},
        {name: _total(name) for name in TOTALS},
        {("gas_meter", "A", 0): Stamps(gas, stamps)} if at == 0 else {},
        Polls(int(DAY_S), 12, tuple(0.03 + 0.01 * math.sin(step) for step in range(LATENCIES))),
        quarter=Quarter(now.utc, 100.0, 1.0),
        addresses=((f"192.168.1.{at + 1}", NOON.monotonic),),
    )


def _total(name: str) -> Total:
    return Total(2, 2) if QUANTITIES[name].kind is Kind.EVENT else Total(12.5, 13.5, 0.0, 0.001, 1.0)


def _usual(name: str) -> float:
    return USUAL[name.partition("_")[0]]


def _series(name: str, at: int) -> Series:
    usual = _usual(name)

    def means(span_s: float) -> Means:
        ends = array("d", (NOON.monotonic + span_s * (step + 1) for step in range(int(DAY_S / span_s))))
        return Means(span_s, ends, array("f", (usual + 0.01 * usual * math.sin(at + end) for end in ends)))

    recent = array("f", (usual + 0.01 * usual * math.sin(at + second) for second in range(RECENT)))
    return Series(recent, means(MINUTE_S), means(WINDOW_S))
