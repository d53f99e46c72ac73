"""Takes a telegram apart into its lines, and each line into its OBIS code and what stands between its brackets.

The one place that reads the text of a telegram. It never raises, and takes linear time: the text is hostile until it
has been here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from tui.core.telegram.checksum import is_right

LONGEST = 16384
"""Characters of a telegram that are read; real ones have up to some 2000 (own choice)."""
MOST_LINES = 500
"""Real ones have up to some 60 (own choice)."""
LONGEST_LINE = 4096
"""Characters. The longest allowed is a text message of 1024 characters, two digits each (DSMR 5.0.2 P1, 6.12)."""

_LINE = re.compile(r"[^\r\n]+")
_CODE = re.compile(r"(?:\d{1,3}-\d{1,3}:)?\d{1,3}[.:]\d{1,3}[.:]\d{1,3}(?:[*&]\d{1,3})?(?=\()", re.ASCII)
"""Medium and channel may be left out, as IEC 62056-21 allows; DSMR 4.0 itself spells one code 1-0:99:97.0. No part of
it can match in two ways, so matching takes linear time."""
_GROUPS = re.compile(r"(?:\([^()]*\))+\s*")
_GROUP = re.compile(r"\(([^()]*)\)")


class Part(Enum):
    """What a line is in its telegram."""

    HEADER = auto()  # begins with `/`: who made the meter, and its model
    DATA = auto()
    END = auto()  # begins with `!`; the checksum follows
    OUTSIDE = auto()  # before the first or after the last: of another telegram, or noise


class Line(NamedTuple):
    """One line of a telegram; one that goes on on the next is one (gas in DSMR 2.2 and 3)."""

    part: Part
    raw: str
    """As it came, without its end: not cleaned."""
    code: str = ""
    """Its OBIS code as sent, 1-0:1.8.1; empty if it has none, and outside of the telegram."""
    values: tuple[str, ...] = ()
    """What stands between its brackets; none if that cannot be told."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A telegram, line by line."""

    lines: tuple[Line, ...]
    """All that are not blank, in their order, within the limits."""
    checksum: bool | None
    """Whether its checksum is right; None without one, and where the text is longer than allowed."""
    left_out: int
    """Characters beyond the limits."""

    @property
    def header(self) -> str:
        """The first line without its slash: not cleaned; empty if there is none."""
        return next((line.raw[1:] for line in self.lines if line.part is Part.HEADER), "")

    def coded(self, code: str) -> Iterator[Line]:
        """The lines with an OBIS code."""
        return (line for line in self.lines if line.code == code)


def tokenize(text: str) -> Tokens:
    """The lines of a telegram as it came, one character a byte, with any line ends."""
    read, left_out = text[:LONGEST], max(0, len(text) - LONGEST)
    found = [one for one in _LINE.finditer(read) if not one[0].isspace()]
    left_out += sum(len(one[0]) for one in found[MOST_LINES:])
    found = found[:MOST_LINES]
    first = next((at for at, one in enumerate(found) if one[0].startswith("/")), None)
    last = next((at for at, one in enumerate(found) if at > (first or 0) and one[0].startswith("!")), len(found))
    if first is None and found and found[0][0].startswith("!"):
        last = 0
    lines: list[Line] = []
    for at, one in enumerate(found):
        raw = one[0]
        if len(raw) > LONGEST_LINE:
            left_out += len(raw) - LONGEST_LINE
            lines.append(Line(_part(at, first, last), raw[:LONGEST_LINE]))
            continue
        line = _line(raw, _part(at, first, last))
        if _goes_on(lines, line):
            lines[-1] = _joined(lines[-1], line)
        else:
            lines.append(line)
    checksum = None
    if first is not None and last < len(found) and not left_out:
        end = found[last]
        checksum = is_right(text[found[first].start() : end.start() + 1], end[0][1:])
    return Tokens(tuple(lines), checksum, left_out)


def _part(at: int, first: int | None, last: int) -> Part:
    if at == last:
        return Part.END
    if at == first:
        return Part.HEADER
    return Part.DATA if (first or 0) <= at < last else Part.OUTSIDE


def _line(raw: str, part: Part) -> Line:
    if part is not Part.DATA:
        return Line(part, raw)
    code = _CODE.match(raw)
    if code is None:
        return Line(part, raw)
    return Line(part, raw, code[0], _values(raw[code.end() :]))


def _values(text: str) -> tuple[str, ...]:
    return tuple(_GROUP.findall(text)) if _GROUPS.fullmatch(text) else ()


def _goes_on(lines: list[Line], line: Line) -> bool:
    """Whether a line belongs to the one before it: brackets alone, after a line with a code."""
    if not line.raw.startswith("(") or line.part is not Part.DATA or not lines:
        return False
    before = lines[-1]
    return bool(before.values) and len(before.raw) + len(line.raw) <= LONGEST_LINE and bool(_values(line.raw))


def _joined(line: Line, more: Line) -> Line:
    return line._replace(raw=line.raw + more.raw, values=line.values + _values(more.raw))
