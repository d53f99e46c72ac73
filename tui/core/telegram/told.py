"""What the lines of a telegram say: each with its name, its value and its unit. What is not known stays as it came.

Pure, and never raises. All text that leaves here is clean (`core.text`): one line, no control characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tui.core.api.metertime import parse_meter_time
from tui.core.telegram.obis import M_BUS_KIND, METER_KINDS, SWITCH_WORDS, Kind, name_of
from tui.core.telegram.summary import CLOCK, PEAKS_OF
from tui.core.telegram.tokens import LONGEST_LINE, Line, Part, tokenize
from tui.core.text import clean, readable_id

HEADER, END = "make and model", "checksum"
"""The names of the two lines that have no OBIS code."""
MOST_ENTRIES = 100
"""Entries of a log that are told; the log of power cuts has at most 10 (DSMR 5.0.2 P1, 6.12)."""
MONTHS_END = "values at the month's end"
"""What other countries than Belgium list under the code of past peaks."""

_NUMBER = re.compile(r"(-?)0*(\d{1,15}(?:\.\d{1,9})?)(?:\*([A-Za-z0-9%]{1,8}))?", re.ASCII)
_STAMP = re.compile(r"(\d{12})([SW]?)", re.ASCII)
_UNIT = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)


class Stamp(NamedTuple):
    """A time that the meter tells: local, without a zone."""

    time: datetime
    summer: bool | None
    """Whether it says that this is summer time; None where it does not say (DSMR 2.2)."""


class Measured(NamedTuple):
    """A number with the meter's own decimals and without the zeros in front, and its unit."""

    digits: str
    unit: str = ""


class Entry(NamedTuple):
    """One of a log: a power cut with the time of its end and how long it lasted, or a month's peak."""

    at: Stamp | None
    measured: Measured
    closed: Stamp | None = None
    """When its month was over."""


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line. Of what a value can be only one is there; without any, it is empty, or `raw` is all there is."""

    code: str
    """OBIS code as sent; empty for the header, the checksum, and what is no line of a telegram."""
    name: str | None
    """In words; None if it is not known."""
    raw: str
    """The whole line as it came, clean."""
    text: str | None = None
    measured: Measured | None = None
    at: Stamp | None = None
    """The line's own time, or that of what was measured."""
    entries: tuple[Entry, ...] | None = None
    is_timed: bool = False
    """Whether what was measured has a time; without `at` that is none: the meter has no reading yet."""

    @property
    def rest(self) -> str:
        """What follows the code."""
        return self.raw[len(self.code) :]

    @property
    def is_read(self) -> bool:
        """Whether its value was understood."""
        return any(one is not None for one in (self.text, self.measured, self.at, self.entries))


@dataclass(frozen=True, slots=True)
class Told:
    """A whole telegram."""

    meter: str
    """The header without its slash; empty if there is none."""
    version: str | None
    """Of DSMR: "5.0", "4.2", "5.0.2"; None where the telegram has none (DSMR 2.2 and 3, Sweden)."""
    clock: Stamp | None
    checksum: bool | None
    """As in `tokens.Tokens`."""
    lines: tuple[ToldLine, ...]
    left_out: int
    """Characters beyond the limits of `tokens`."""


def tell(text: str) -> Told:
    """What a telegram says, as it came, one character a byte."""
    tokens = tokenize(text)
    kinds = _kinds(tokens.lines)
    lines = tuple(_told(line, kinds) for line in tokens.lines)
    clock = next((one.at for one in lines if one.code == CLOCK and one.at), None)
    version = next((found for line in tokens.lines if (found := _version(line))), None)
    return Told(clean(tokens.header, 80), version, clock, tokens.checksum, lines, tokens.left_out)


def _kinds(lines: tuple[Line, ...]) -> dict[int, int]:
    """The kind of meter on each channel of the M-Bus."""
    kinds: dict[int, int] = {}
    for line in lines:
        found = M_BUS_KIND.fullmatch(line.code)
        if found and len(line.values) == 1 and re.fullmatch(r"\d{1,3}", line.values[0], re.ASCII):
            kinds.setdefault(int(found[1]), int(line.values[0]))
    return kinds


def _told(line: Line, kinds: dict[int, int]) -> ToldLine:
    raw = clean(line.raw, LONGEST_LINE)
    if line.part is Part.HEADER:
        return ToldLine("", HEADER, raw, text=raw[1:])
    if line.part is Part.END:
        return ToldLine("", END, raw, text=raw[1:])
    name = name_of(line.code, kinds) if line.code else None
    if name is None:
        return ToldLine(line.code, None, raw)
    told = ToldLine(line.code, name.words, raw)
    if name.kind is Kind.PEAKS and line.values[1:3] != PEAKS_OF:
        told = replace(told, name=MONTHS_END)
    return _with_value(told, name.kind, line.values)


def _with_value(told: ToldLine, kind: Kind, values: tuple[str, ...]) -> ToldLine:
    """The line with what its brackets say; as it is if they say nothing of that kind."""
    match kind, values:
        case _, ("",):
            return replace(told, text="")
        case Kind.NUMBER, (value,):
            return replace(told, measured=measured(value))
        case Kind.CLOCK, (value,):
            return replace(told, at=stamp(value))
        case Kind.TIMED, (at, value):
            return _timed(told, at, value)
        case Kind.TIMED_OLD, (at, _, _, "1", _, unit, value):
            return _timed(told, at, f"{value}*{unit}" if _UNIT.fullmatch(unit) else value)
        case Kind.TEXT, (value,):
            return replace(told, text=_decoded(value))
        case Kind.NUMBER_OF_METER, (value,):
            return replace(told, text=clean(readable_id(value), 80))
        case Kind.VERSION, (value,):
            return replace(told, text=_version_words(value) or clean(value, 80))
        case Kind.SWITCH, (value,):
            return replace(told, text=SWITCH_WORDS.get(value))
        case Kind.METER_KIND, (value,):
            return replace(told, text=METER_KINDS.get(int(value)) if value.isdecimal() and len(value) < 4 else None)
        case Kind.CUTS, (count, _, *rest) if count.isdecimal() and len(rest) % 2 == 0:
            return _log(told, [_cut(*pair) for pair in zip(rest[::2], rest[1::2], strict=True)])
        case Kind.PEAKS, (count, *_) if count.isdecimal() and values[1:3] == PEAKS_OF and len(values) % 3 == 0:
            return _log(told, [_peak(*values[at : at + 3]) for at in range(3, len(values), 3)])
    return told


def _timed(told: ToldLine, at: str, value: str) -> ToldLine:
    read = measured(value)
    if read is None or not _STAMP.fullmatch(at):
        return told
    return replace(told, measured=read, at=stamp(at), is_timed=True)


def _log(told: ToldLine, entries: list[Entry | None]) -> ToldLine:
    """With its entries, unless one of them makes no sense: then all of it stays as it came."""
    good = [one for one in entries if one is not None]
    return replace(told, entries=tuple(good)) if len(good) == len(entries) <= MOST_ENTRIES else told


def _cut(at: str, lasted: str) -> Entry | None:
    ended, length = stamp(at), measured(lasted)
    return Entry(ended, length) if ended is not None and length is not None and length.unit == "s" else None


def _peak(closed: str, at: str, power: str) -> Entry | None:
    """The peak of a month that was over at `closed`. Its own time is no time in a month before the meter was there."""
    over, height = stamp(closed), measured(power)
    return Entry(stamp(at), height, over) if over is not None and height is not None else None


def measured(value: str) -> Measured | None:
    """The number between two brackets: "00.244*kW" is 0.244 kW; None if it is none."""
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    sign, digits, unit = found.groups()
    return Measured(sign + (digits if digits[0] != "." else f"0{digits}"), unit or "")


def stamp(value: str) -> Stamp | None:
    """The time between two brackets; None if it is none, as is 632525252525W."""
    found = _STAMP.fullmatch(value)
    time = parse_meter_time(found[1]) if found else None
    if found is None or time is None:
        return None
    return Stamp(time.replace(fold=int(found[2] == "W")), {"S": True, "W": False}.get(found[2]))


def _decoded(value: str) -> str:
    """A text message: hexadecimal, of ASCII or whatever the meter's maker took."""
    try:
        text = bytes.fromhex(value) if value.isalnum() else value.encode("latin-1", "replace")
    except ValueError:
        return clean(value, LONGEST_LINE)
    try:
        return clean(text.decode(), LONGEST_LINE)
    except ValueError:
        return clean(text.decode("latin-1"), LONGEST_LINE)


def _version(line: Line) -> str | None:
    if line.code not in ("1-3:0.2.8", "0-0:96.1.4") or len(line.values) != 1:
        return None
    return _version_words(line.values[0]).partition(",")[0] or None


def _version_words(value: str) -> str:
    """ "5.0" for 50, "4" for 4; Belgium's 50217 is DSMR 5.0.2 with the additions of e-MUCS 1.7; empty if it is none."""
    if not re.fullmatch(r"\d{1,2}|\d{5}", value, re.ASCII):
        return ""
    version = ".".join(value[:3])
    return f"{version}, e-MUCS {value[3]}.{value[4]}" if len(value) == 5 else version
