"""What a rule says: a verdict on one device or phase, with its figure, its limit and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.core.moment import Moment


class Verdict(StrEnum):
    """The verdict of a finding; JSON uses the same words."""

    PASS = "pass"  # noqa: S105  (no password)
    INFO = "info"
    WARN = "warn"
    FAIL = "fail"
    UNTESTABLE = "untestable"  # it would apply, but data is lacking
    NA = "na"  # it does not apply to this house


WORST_FIRST = (Verdict.FAIL, Verdict.WARN, Verdict.INFO, Verdict.PASS, Verdict.UNTESTABLE, Verdict.NA)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that each language has its own for; a key of the table `terms` of its words."""

    key: str


@dataclass(frozen=True, slots=True)
class Seconds:
    """A duration, told as "45 s", "14 min", "2 h 10 min" or "3 d"."""

    seconds: float


Word = str | float | Term | Seconds | Moment
"""What a sentence may hold. A moment is told as a clock time of the grid profile's zone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict. Its sentences are in the tables of words, under the rule and the `case`."""

    rule: str
    verdict: Verdict
    device: str | None = None
    """The key of the device; None for the whole house."""
    phase: int | None = None
    """1, 2 or 3; None for all together."""
    figure: float | None = None
    unit: str = ""
    limit: float | None = None
    """What the figure was compared with; None where there is no one number."""
    limits: tuple[str, ...] = ()
    """The names of the limits it rests on, "rule.name": they have the sources."""
    window_s: float | None = None
    """How many seconds of observation it rests on."""
    quantity: str | None = None
    """The recorded quantity behind it, for its graph."""
    variant: str = ""
    """Which of several sentences for one verdict; "" where there is one."""
    values: Mapping[str, Word] = field(default_factory=dict)
    """What its sentences hold besides `figure`, `limit` and the limits."""

    @property
    def case(self) -> str:
        """The key of its sentences: the verdict, with its variant: "untestable-no-voltage"."""
        return f"{self.verdict}-{self.variant}" if self.variant else str(self.verdict)
