"""The names of OBIS codes, and what stands in the brackets after them.

Facts: DSMR 5.0.2 P1 companion standard, 6.12, and those before it (2.2, 3.0, 4.2); e-MUCS P1 1.7.1 (Belgium); the P1
specifications of Luxembourg (Smarty) and of Sweden (SEI); IEC 62056-61 for the meaning of the numbers; telegrams of
real meters.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """How the brackets after a code are read."""

    NUMBER = auto()  # (00.244*kW), (00015)
    CLOCK = auto()  # (170102192002W)
    TIMED = auto()  # (200509134558S)(02.589*kW), a time and what was measured then
    TIMED_OLD = auto()  # (161107190000)(00)(60)(1)(0-1:24.2.1)(m3)(00001.001), DSMR 2.2 and 3
    TEXT = auto()  # (4869), a text in hexadecimal
    NUMBER_OF_METER = auto()  # the same, or plain
    CUTS = auto()  # (1)(0-0:96.7.19)(190326095015W)(0000002014*s), the log of power cuts
    PEAKS = auto()  # (3)(1-0:1.6.0)(1-0:1.6.0)(200501000000S)(200423192538S)(03.695*kW)...
    VERSION = auto()  # (50), (50217)
    SWITCH = auto()  # (1), a breaker, relay or valve
    METER_KIND = auto()  # (003), what is on a channel of the M-Bus


class Name(NamedTuple):
    """What a code means."""

    words: str
    kind: Kind = Kind.NUMBER


SWITCH_WORDS = {"0": "off", "1": "on", "2": "ready to be switched on"}
"""Of breakers and valves (DSMR 4.2, 6.4)."""

METER_KINDS = {
    2: "electricity",
    3: "gas",
    4: "heat",
    6: "warm water",
    7: "water",
    8: "heat costs",
    10: "cooling",
    11: "inlet cooling",
    12: "inlet heat",
    13: "heat/cooling",
}
"""Device types of the M-Bus (EN 13757-3) that may be behind a smart meter."""

_NAMES = {
    "1-3:0.2.8": Name("version of the P1 port", Kind.VERSION),
    "0-0:96.1.4": Name("version of the P1 port", Kind.VERSION),
    "0-0:1.0.0": Name("meter's clock", Kind.CLOCK),
    "0-0:42.0.0": Name("meter's name on the network", Kind.NUMBER_OF_METER),
    "0-0:96.1.0": Name("meter's number", Kind.NUMBER_OF_METER),
    "0-0:96.1.1": Name("meter's number", Kind.NUMBER_OF_METER),
    "0-0:96.1.2": Name("connection's number (EAN)", Kind.NUMBER_OF_METER),
    "0-0:96.1.255": Name("meter's number", Kind.NUMBER_OF_METER),
    "1-0:0.0.0": Name("meter's number", Kind.NUMBER_OF_METER),
    "1-0:96.5.5": Name("status of the meter", Kind.NUMBER_OF_METER),
    "0-0:96.14.0": Name("tariff now"),
    "0-0:96.3.10": Name("breaker", Kind.SWITCH),
    "0-0:17.0.0": Name("most power allowed"),
    "0-0:96.7.9": Name("long power cuts"),
    "0-0:96.7.21": Name("power cuts"),
    "1-0:99.97.0": Name("power cuts, log", Kind.CUTS),
    "1-0:99:97.0": Name("power cuts, log", Kind.CUTS),
    "0-0:98.1.0": Name("peaks of past months", Kind.PEAKS),
    "1-0:1.4.0": Name("average this quarter-hour"),
    "1-0:2.4.0": Name("average to grid, quarter-hour"),
    "1-0:1.6.0": Name("peak this month", Kind.TIMED),
    "1-0:2.6.0": Name("peak to grid this month", Kind.TIMED),
    "1-0:15.8.0": Name("import and export together"),
    "1-0:16.8.0": Name("import less export"),
    "1-0:16.7.0": Name("power, import less export"),
    "1-0:14.7.0": Name("frequency"),
    "1-0:12.7.0": Name("voltage"),
    "1-0:11.7.0": Name("current"),
    "1-0:90.7.0": Name("currents of all phases"),
    "1-0:91.7.0": Name("current in the neutral"),
}

_RATES = {
    1: "power from the grid",
    2: "power to the grid",
    3: "reactive power, import",
    4: "reactive power, export",
    5: "reactive power Q1",
    6: "reactive power Q2",
    7: "reactive power Q3",
    8: "reactive power Q4",
    9: "apparent power, import",
    10: "apparent power, export",
    11: "current",
    12: "voltage",
    13: "power factor",
}
"""By value group C below 20, Q1 to Q4 its quadrants; L1, L2 and L3 are the same plus 20, 40 and 60 (IEC 62056-61)."""

_COUNTERS = {
    1: "import",
    2: "export",
    3: "reactive import",
    4: "reactive export",
    5: "reactive Q1",
    6: "reactive Q2",
    7: "reactive Q3",
    8: "reactive Q4",
    9: "apparent import",
    10: "apparent export",
}

_ON_M_BUS = {
    "24.1.0": Name("kind of meter", Kind.METER_KIND),
    "24.2.1": Name("", Kind.TIMED),
    "24.2.3": Name("", Kind.TIMED),
    "24.3.0": Name("", Kind.TIMED_OLD),
    "24.4.0": Name("valve", Kind.SWITCH),
    "96.1.0": Name("number", Kind.NUMBER_OF_METER),
    "96.1.1": Name("number", Kind.NUMBER_OF_METER),
    "96.1.2": Name("EAN", Kind.NUMBER_OF_METER),
    "96.3.10": Name("relay", Kind.SWITCH),
}

_PARTS = re.compile(r"(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_NOT_GIVEN = re.compile(r"[*&]\d{1,3}$", re.ASCII)
"""Value group F, a billing period: German meters send *255, which is none."""
M_BUS_KIND = re.compile(r"0-(\d):24\.1\.0", re.ASCII)
"""What says which kind of meter is on a channel."""


def name_of(code: str, kinds: dict[int, int]) -> Name | None:
    """What a code as sent means; None if that is not known. `kinds` has the kind of meter on each channel of the
    M-Bus."""
    code = _NOT_GIVEN.sub("", code)
    if ":" not in code:
        code = f"1-0:{code}"
    if code in _NAMES:
        return _NAMES[code]
    found = _PARTS.fullmatch(code)
    if found is None:
        return None
    medium, channel, c, d, e = map(int, found.groups())
    if medium == 0 and 1 <= channel <= 9:
        return _on_m_bus(channel, f"{c}.{d}.{e}", kinds)
    if medium == 0 and channel == 0 and (c, d) == (96, 13):
        return Name({0: "text message", 1: "message code"}.get(e, f"text message {e}"), Kind.TEXT)
    return _electric(c, d, e) if medium == 1 and channel == 0 else None


def _on_m_bus(channel: int, code: str, kinds: dict[int, int]) -> Name | None:
    name = _ON_M_BUS.get(code)
    if name is None:
        return None
    kind = METER_KINDS.get(kinds.get(channel, 0), "")
    if name.kind in (Kind.TIMED, Kind.TIMED_OLD):
        return Name(f"{kind or 'reading'}, channel {channel}", name.kind)
    if name.kind is Kind.METER_KIND or not kind:
        return Name(f"{name.words}, channel {channel}", name.kind)
    return Name(f"{kind} {name.words}, channel {channel}", name.kind)


def _electric(c: int, d: int, e: int) -> Name | None:
    phase, rate = divmod(c, 20)
    on = f", L{phase}" if 1 <= phase <= 3 else ""
    if e == 0 and phase <= 3:
        if d == 7 and rate in _RATES:
            return Name(f"{_RATES[rate]}{on}")
        if (d, rate) == (4, 11) and on:
            return Name(f"most current allowed{on}")
        if (d, rate) in ((32, 12), (36, 12)) and on:
            return Name(f"voltage {'sags' if d == 32 else 'swells'}{on}")
    if d == 8 and c in _COUNTERS:
        return Name(f"{_COUNTERS[c]}, {f'tariff {e}' if e else 'all tariffs'}")
    return None
