"""Which programs are started for some alarms, and with which words. Pure.

A program that is told nothing but the sentence is started once for all that come together. One that asks for more, such
as the serial, is started for each. And an alarm that is over is told only to a program that can see it: the same words
would else close the valve once more when the water has stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from tui.core.alarms.rules import BRACES, Rule
from tui.core.alarms.state import Cleared, Told, alarm_of
from tui.core.alarms.words import filled, together
from tui.core.moment import Now

_SHARED = frozenset({"text", "state"})
"""What several alarms may have in common."""


def tells(rule: Rule, event: Told) -> bool:
    """Whether the program of a rule is started for this."""
    return bool(rule.run) and (not isinstance(event, Cleared) or bool(_asked(rule.run) & _SHARED))


def calls(events: Sequence[Told], now: Now, zone: tzinfo) -> list[tuple[str, ...]]:
    """The programs and their arguments, in the order in which the events came."""
    groups: dict[object, list[Told]] = {}
    for number, event in enumerate(events):
        run = alarm_of(event).rule.run
        is_shared = _asked(run) <= _SHARED
        groups.setdefault((run, isinstance(event, Cleared)) if is_shared else number, []).append(event)
    return [_call(group, now, zone) for group in groups.values()]


def _call(group: Sequence[Told], now: Now, zone: tzinfo) -> tuple[str, ...]:
    text = together(group, now, zone)
    return tuple(filled(word, group[0], now, zone, text) for word in alarm_of(group[0]).rule.run)


def _asked(run: Sequence[str]) -> set[str]:
    """What stands in braces in some words."""
    return {name for word in run for name in BRACES.findall(word)}
