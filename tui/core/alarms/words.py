"""The sentences of alarms: what is so, of which device, beyond which limit, and since when.

Figures keep their sign here, unlike on the rest of the screen: the limit beside them is as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from tui.core.alarms.condition import OPERATORS, Clause, Compared, Fails, plain
from tui.core.alarms.rules import BRACES
from tui.core.alarms.state import Alarm, Cleared, Told, alarm_of
from tui.core.alarms.subjects import FROZEN, NEW_PEAK, SILENT, SUBJECTS, told_name
from tui.core.moment import Moment, Now
from tui.core.reading import Json
from tui.core.wording import number, stamp_words

MOST_TOGETHER = 5
"""Sentences in one text (own choice): a notification holds no more."""

_BEYOND = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "==": "equal to", "!=": "not"}
_FLAGS = {
    SILENT: "no reading",
    FROZEN: "frozen, its meter stands still",
    NEW_PEAK: "this quarter-hour is becoming the month's peak",
}


def raised_text(alarm: Alarm, now: Now, zone: tzinfo, *, limits: bool = True) -> str:
    """ "Fuse box: power is 5321 W, above 5000 W since 14:32", with clock times in `zone`; shorter without `limits`."""
    pairs = zip(alarm.rule.when.clauses, alarm.figures, strict=True)
    parts = [_told(clause, figure, limits=limits) for clause, figure in pairs]
    return f"{who(alarm)}: {', and '.join(parts)} since {_clock(alarm.since, now, zone)}"


def cleared_text(cleared: Cleared, now: Now, zone: tzinfo) -> str:
    """ "Fuse box: over at 14:45: power above 5000 W since 14:32"."""
    alarm = cleared.alarm
    parts = [_asked(clause) for clause in alarm.rule.when.clauses]
    over = "no longer watched" if cleared.is_gone else f"over at {_clock(cleared.at, now, zone)}"
    return f"{who(alarm)}: {over}: {' and '.join(parts)} since {_clock(alarm.since, now, zone)}"


def told_text(event: Told, now: Now, zone: tzinfo) -> str:
    """The sentence of an alarm that was raised, or of one that is over."""
    return cleared_text(event, now, zone) if isinstance(event, Cleared) else raised_text(event, now, zone)


def together(events: Sequence[Told], now: Now, zone: tzinfo) -> str:
    """Several of these in one line: how many, and the sentence of each; that of a single one alone."""
    if len(events) == 1:
        return told_text(events[0], now, zone)
    texts = [told_text(event, now, zone) for event in events[:MOST_TOGETHER]]
    left = len(events) - len(texts)
    return f"{len(events)} alarms: {'; '.join(texts)}{f'; and {left} more' if left else ''}"


def who(alarm: Alarm) -> str:
    """What the alarm is called, and of which device it is: "Leak, Water meter", "Fuse box", "Cheap", "House"."""
    return ", ".join(part for part in (alarm.rule.name, alarm.label) if part) or "House"


def filled(word: str, event: Told, now: Now, zone: tzinfo, text: str | None = None) -> str:
    """A word of `Rule.run` with what stands in its braces; what they hold is never read as braces again.

    `text` is what {text} stands for; None: the sentence of this one. None of the names begins with a "-": a device in
    the network may call itself "--help", which the program would take for an option.
    """
    alarm = alarm_of(event)
    figure, limit = _first_figure(alarm)
    known = {
        "text": (told_text(event, now, zone) if text is None else text).lstrip("-"),
        "name": _name(alarm).lstrip("-"),
        "device": alarm.label.lstrip("-"),
        "serial": alarm.key.lstrip("-"),
        "value": figure,
        "limit": limit,
        "since": _stamp(alarm.since, now, zone),
        "state": _state(event),
    }
    return BRACES.sub(lambda found: known[found[1]], word)


def message(event: Told, now: Now, zone: tzinfo) -> dict[str, Json]:
    """What a webhook and a broker are sent; `value` is null for a condition without a number."""
    alarm = alarm_of(event)
    figures = zip(alarm.rule.when.clauses, alarm.figures, strict=True)
    return {
        "alarm": _name(alarm),
        "text": told_text(event, now, zone),
        "device": alarm.label,
        "serial": alarm.key,
        "since": _stamp(alarm.since, now, zone),
        "value": next((one for clause, one in figures if isinstance(clause, Compared) and one is not None), None),
        "state": _state(event),
    }


def _name(alarm: Alarm) -> str:
    return alarm.rule.name or str(alarm.rule.when)


def _stamp(moment: Moment, now: Now, zone: tzinfo) -> str:
    return datetime.fromtimestamp(now.utc_of(moment), zone).isoformat(timespec="seconds")


def _state(event: Told) -> str:
    return "cleared" if isinstance(event, Cleared) else "raised"


def _first_figure(alarm: Alarm) -> tuple[str, str]:
    """The first figure and its limit, without units; "" for a condition without one."""
    for clause, figure in zip(alarm.rule.when.clauses, alarm.figures, strict=True):
        if isinstance(clause, Compared) and figure is not None:
            return _figure(clause, figure), plain(clause.limit)
    return "", ""


def _told(clause: Clause, figure: float | None, *, limits: bool) -> str:
    """A clause as it is: "power is 5321 W, above 5000 W"."""
    if isinstance(clause, Compared) and figure is not None:
        limit = f", {_limit(clause)}" if limits else ""
        return f"{told_name(clause.subject)} is {_figure(clause, figure)}{_unit(clause)}{limit}"
    if figure is not None:
        return f"{_asked(clause)}, at {number(figure, 0)} W"
    return _asked(clause)


def _asked(clause: Clause) -> str:
    """A clause as it was asked for: "power above 5000 W"."""
    match clause:
        case Compared():
            return f"{told_name(clause.subject)} {_limit(clause)}"
        case Fails():
            return f"the check fails ({clause.rule})" if clause.rule else "the check fails"
    return _FLAGS[clause.name]


def _limit(clause: Compared) -> str:
    return f"{_BEYOND[clause.op]} {plain(clause.limit)}{_unit(clause)}"


def _unit(clause: Compared) -> str:
    unit = SUBJECTS[clause.subject].unit
    return f" {unit}" if unit else ""


def _figure(clause: Compared, figure: float) -> str:
    """The figure with the decimals of its quantity, and as many more as it takes to be seen beyond the limit."""
    decimals = SUBJECTS[clause.subject].decimals
    texts = [number(figure, places) for places in range(decimals, 10)]
    return next((text for text in texts if OPERATORS[clause.op](float(text), clause.limit)), texts[-1])


def _clock(moment: Moment, now: Now, zone: tzinfo) -> str:
    """ "14:32" today, else with the day."""
    local = [datetime.fromtimestamp(utc, zone).replace(tzinfo=None) for utc in (now.utc_of(moment), now.utc)]
    return stamp_words(*local)
