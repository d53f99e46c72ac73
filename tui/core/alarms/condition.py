"""A condition of an alarm, taken apart: what is compared with which number, and for how long it must be so."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.core.alarms.subjects import SUBJECTS, Scope

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
TIMES = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds by unit."""
ENOUGH_DECIMALS = 9
"""Of a number, also after its unit was converted: what is beyond comes from the conversion."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure against a number in the unit of its subject."""

    subject: str
    op: str
    limit: float

    @property
    def scope(self) -> Scope:
        """Where its figure comes from."""
        return SUBJECTS[self.subject].scope

    def __str__(self) -> str:
        unit = SUBJECTS[self.subject].unit
        return f"{self.subject} {self.op} {plain(self.limit)}{unit and f' {unit}'}"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that is so or is not: one of `subjects.FLAGS`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Fails:
    """The check finds something that has to be put right; `rule` names one of its rules."""

    rule: str | None = None

    def __str__(self) -> str:
        return f"check fails {self.rule}" if self.rule else "check fails"


Clause = Compared | Flag | Fails


@dataclass(frozen=True, slots=True)
class Condition:
    """All of the clauses at once, without a break for `for_s` seconds."""

    clauses: tuple[Clause, ...]
    for_s: float = 0.0
    is_of_house: bool = field(init=False, compare=False, repr=False)
    """It asks about no device at all."""
    is_measured: bool = field(init=False, compare=False, repr=False)
    """It asks about values as a device sends them, and about nothing else."""

    def __post_init__(self) -> None:
        scopes = {one.scope if isinstance(one, Compared) else Scope.DEVICE for one in self.clauses}
        object.__setattr__(self, "is_of_house", scopes == {Scope.HOUSE})  # asked with every value
        object.__setattr__(self, "is_measured", scopes == {Scope.MEASURED})

    @property
    def names(self) -> frozenset[str]:
        """The quantities and words that it asks about; "check" for the check."""
        return frozenset(
            one.subject if isinstance(one, Compared) else one.name if isinstance(one, Flag) else "check"
            for one in self.clauses
        )

    def __str__(self) -> str:
        """The condition as it can be written: parsing it gives the same again."""
        clauses = " and ".join(map(str, self.clauses))
        return f"{clauses} for {duration_text(self.for_s)}" if self.for_s else clauses


def plain(number: float) -> str:
    """A number with all its decimals and without an exponent."""
    text = f"{number:.{ENOUGH_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def duration_text(seconds: float) -> str:
    """A time as it can be written: "90s", "5m", "2h"."""
    for unit in ("d", "h", "m"):
        if seconds >= TIMES[unit] and seconds % TIMES[unit] == 0:
            return f"{plain(seconds / TIMES[unit])}{unit}"
    return f"{plain(seconds)}s"
