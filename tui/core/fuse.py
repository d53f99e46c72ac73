"""The main fuse of a house: its phases and its rated current."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

NOMINAL_V = 230.0
USUAL_FUSES = ("1x25", "1x35", "1x40", "3x25", "3x32", "3x35", "3x40", "3x50", "3x63", "3x80")
"""The sizes to pick from. Sources: stedin.net, engie.nl, energiekennisbank.nl."""
LEAST_A, MOST_A = 6.0, 250.0
"""What a main fuse of a home can be rated at (own choice)."""

_WRITTEN = r"([13])\s*[xX\N{MULTIPLICATION SIGN}*]\s*(\d{1,3}(?:\.\d)?)\s*[aA]?"
"""Compiled when a fuse is read: the first picture does not wait for it."""


class Fuse(NamedTuple):
    """A main fuse, "3x25": 1 or 3 phases, and its rated current in ampere."""

    phases: int
    ampere: float

    def __str__(self) -> str:
        return f"{self.phases}x{self.ampere:g}"

    def power_w(self, *, has_neutral: bool = True) -> float:
        """The power it carries in all at 230 V; in VA for 3x230 V without a neutral (sqrt(3) x 230 x I)."""
        lines = self.phases if has_neutral or self.phases == 1 else math.sqrt(3)
        return lines * NOMINAL_V * self.ampere


def parse_fuse(text: str) -> Fuse:
    """A fuse as written, "3x25" or "3 x 25 A". Raises `ValueError`, which says how to write it."""
    written = re.fullmatch(_WRITTEN, text.strip(), re.ASCII)
    if written is None:
        raise ValueError('a main fuse is written like "3x25" or "1x35": the phases, an x, and its ampere')
    fuse = Fuse(int(written[1]), float(written[2]))
    if not LEAST_A <= fuse.ampere <= MOST_A:
        raise ValueError(f"a main fuse of {fuse.ampere:g} A is out of range: use {LEAST_A:g} to {MOST_A:g} A")
    return fuse
