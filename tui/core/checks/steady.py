"""Keeps alarms from flickering in a view that goes on: one is over when its figure is clearly on the right side.

Most rules tell the worst of a day, which cannot flicker. Those of `BANDS` tell a figure that goes up and down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tui.core.checks.finding import WORST_FIRST, Finding, Verdict

BANDS: Mapping[str, float] = {"link": 0.1, "wifi": 0.1, "meter.clock": 0.1, "capacity.peak": 0.05}
"""How far beyond the limit a figure must be for its alarm to be over, as a part of the limit (own choice)."""

_Place = tuple[str, str | None, int | None]


class Steady:
    """Remembers the findings before."""

    def __init__(self) -> None:
        self._before: dict[_Place, Finding] = {}

    def settled(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, worst first, with alarms that are not clearly over in the place of milder ones."""
        new = tuple(findings)
        told = [self._settled(one) for one in new]
        # `link` leaves weak Wi-Fi to `wifi`: as long as that alarm is kept, it still does.
        weak = {kept.device for one, kept in zip(new, told, strict=True) if kept is not one and kept.rule == "wifi"}
        told = [self._left_to_wifi(one) if one.rule == "link" and one.device in weak else one for one in told]
        self._before = {_place(one): one for one in told if one.rule in BANDS}
        return tuple(sorted(told, key=lambda one: WORST_FIRST.index(one.verdict)))

    def _settled(self, finding: Finding) -> Finding:
        before = self._before.get(_place(finding)) if finding.rule in BANDS else None
        return before if before is not None and _hovers(before, finding) else finding

    def _left_to_wifi(self, finding: Finding) -> Finding:
        before = self._before.get(_place(finding))
        return before if before is not None and before.variant == "wifi" else finding


def _place(finding: Finding) -> _Place:
    return finding.rule, finding.device, finding.phase


def _hovers(before: Finding, now: Finding) -> bool:
    """Whether a milder finding is still close to the limit of the alarm before it."""
    if before.verdict not in (Verdict.WARN, Verdict.FAIL):
        return False
    is_milder = WORST_FIRST.index(now.verdict) > WORST_FIRST.index(before.verdict)
    if not is_milder or before.unit != now.unit or before.figure is None or before.limit is None or now.figure is None:
        return False
    over = now.figure - before.limit if before.figure > before.limit else before.limit - now.figure
    return -BANDS[now.rule] * before.limit < over <= 0
