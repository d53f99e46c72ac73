"""When an alarm is raised, and when it is over: one step from all that is known now. Pure.

How long a condition has held is counted by when its values were measured, and by the clock that never jumps:

* Between two values that are further apart than three intervals (the program calls a value late then) nothing is known,
  and the counting begins anew. A condition that must hold for long may lack a tenth of that time at once, and a minute
  at most: then the device is called silent (`judging.evidence`).
* A value that is late is neither for nor against. A raised alarm stays until something is known; silence is a
  condition of its own.
* An alarm is over once its condition is not, by a margin, for as long as it had to hold, and a minute at most. Where
  the user says when it is over, that counts instead.
* Alarms that hold since the program began wait `GROUP_S` for each other, and are raised in one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tui.core.alarms.condition import Compared
from tui.core.alarms.judging import Evidence, Facts, evidence
from tui.core.alarms.rules import Rule
from tui.core.model import Device
from tui.core.moment import Moment, Now

HOUSE = ""
"""The key of the house, where a rule is about no device."""
START_S = 60.0
"""What began so soon after the program did may be from before: most devices have answered by then (own choice)."""
GROUP_S = 10.0
"""How long the first alarm from the start waits for the others (own choice)."""
LONGEST_CALM_S = 60.0
"""How long an alarm's condition must be over before it is, at most (own choice)."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that was raised."""

    rule: Rule
    key: str
    """Of the device; `HOUSE` for the house."""
    label: str
    """What the device is called; "" for the house."""
    figures: tuple[float | None, ...]
    """One for each clause of the condition, when it was raised; None for a clause without one."""
    since: Moment
    """When its condition began to hold."""
    at: Now
    """When it was raised."""
    from_start: bool = False
    """It may have held before the program began."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """An alarm that is over."""

    alarm: Alarm
    at: Now
    is_gone: bool = False
    """Its device is no longer there, or no longer meant: nothing is known of the condition."""


Told = Alarm | Cleared
"""What there is to tell."""


def alarm_of(event: Told) -> Alarm:
    """The alarm that it is about."""
    return event.alarm if isinstance(event, Cleared) else event


@dataclass(frozen=True, slots=True)
class Run:
    """How long something has been so without a break."""

    since: Moment | None = None
    """None: it is not so."""
    seen: Moment | None = None
    """The newest that is known of it."""

    def after(self, known: Evidence) -> Run:
        """The run with one more piece of evidence; the same where that tells nothing new."""
        if known.holds is None or (self.seen is not None and known.at.monotonic <= self.seen.monotonic):
            return self
        if not known.holds:
            return Run(None, known.at)
        goes_on = (
            self.since is not None and self.seen is not None and known.at.monotonic - self.seen.monotonic <= known.gap_s
        )
        return Run(self.since if goes_on else known.began or known.at, known.at)

    def lasted(self, seconds: float) -> bool:
        """Whether it has been so for that long, by the evidence."""
        return (
            self.since is not None and self.seen is not None and self.seen.monotonic - self.since.monotonic >= seconds
        )


@dataclass(frozen=True, slots=True)
class Track:
    """What is kept of one rule and one device."""

    holds: Run = Run()
    over: Run = Run()
    """While it is raised."""
    alarm: Alarm | None = None
    """While it is raised."""
    waiting: Alarm | None = None
    """It is due, and waits for the others that hold from the start."""
    last_raised: Now | None = None


Tracks = Mapping[str, Mapping[int, Track]]


@dataclass(frozen=True, slots=True)
class AlarmState:
    """What is kept between two steps."""

    started: Now
    tracks: Tracks = field(default_factory=dict)
    """By key and number of the rule; only where something was known."""
    group_s: float = GROUP_S
    waits_since: Now | None = None
    """Since when the first alarm from the start waits for the others."""

    def raised(self) -> Iterator[Alarm]:
        """The alarms that are raised now."""
        return (track.alarm for row in self.tracks.values() for track in row.values() if track.alarm is not None)


class Stepped(NamedTuple):
    """What a step leads to."""

    state: AlarmState
    raised: tuple[Alarm, ...] = ()
    cleared: tuple[Cleared, ...] = ()


def step(state: AlarmState, rules: Sequence[Rule], facts: Facts, *, only: str | None = None) -> Stepped:
    """The state after a look at all that is known now; with `only`, at the device of that key.

    `rules` are the same in each step. It never raises.
    """
    raised: list[Alarm] = []
    cleared: list[Cleared] = []
    tracks = dict(state.tracks)
    for key in [only] if only is not None else [HOUSE, *facts.fleet.devices]:
        row = _row(tracks.get(key, {}), rules, key, facts, state, raised, cleared)
        if row:
            tracks[key] = row
        else:
            tracks.pop(key, None)
    if only is None:
        for key in tracks.keys() - facts.fleet.devices.keys() - {HOUSE}:
            cleared += _ended(tracks.pop(key), facts.now)
    waits_since = state.waits_since
    if only is None or waits_since is not None or any(track.waiting for track in tracks.get(only, {}).values()):
        waits_since = _release(tracks, state, facts.now, raised)
    return Stepped(replace(state, tracks=tracks, waits_since=waits_since), tuple(raised), tuple(cleared))


def applies(rule: Rule, key: str, device: Device | None) -> bool:
    """Whether a rule is about the device of that key; None: about the house."""
    if device is None:
        no_device = rule.device is None and rule.role is None
        return key == HOUSE and no_device and (rule.when.is_of_house or "check" in rule.when.names)
    if rule.when.is_of_house or not rule.is_about(device):
        return False
    # two dongles on one smart meter measure one house
    return not device.same_meter_as or rule.device is not None or not _compares(rule)


def _row(
    row: Mapping[int, Track],
    rules: Sequence[Rule],
    key: str,
    facts: Facts,
    state: AlarmState,
    raised: list[Alarm],
    cleared: list[Cleared],
) -> dict[int, Track]:
    """What is kept of one device after a step."""
    device, after = facts.fleet.devices.get(key), dict[int, Track]()
    for number, rule in enumerate(rules):
        before = row.get(number)
        if not applies(rule, key, device):
            if before is not None:
                cleared += _ended({number: before}, facts.now)
            continue
        track = before or Track()
        if track.alarm is not None:
            track = _until_over(track, track.alarm, rule, device, facts, cleared)
        else:
            track = _until_due(track, rule, key, device, facts, state, raised)
        if track is not before and track.holds.seen is not None:
            after[number] = track
        elif before is not None:
            after[number] = before
    return after


def _until_due(
    track: Track, rule: Rule, key: str, device: Device | None, facts: Facts, state: AlarmState, raised: list[Alarm]
) -> Track:
    when, now = rule.when, facts.now
    if when.is_measured and not _has_news(device, track.holds):
        return track
    known = evidence(when.clauses, when.for_s, device, facts)
    holds = track.holds.after(known)
    if holds is track.holds:
        return track
    if holds.since is None or not holds.lasted(when.for_s) or _is_cooling(track, rule, now):
        return Track(holds, last_raised=track.last_raised)
    from_start = holds.since.monotonic - state.started.monotonic <= START_S
    alarm = Alarm(rule, key, device.label if device else "", known.figures, holds.since, now, from_start)
    if from_start and state.group_s:
        return Track(holds, waiting=alarm, last_raised=track.last_raised)
    raised.append(alarm)
    return Track(holds, alarm=alarm, last_raised=now)


def _until_over(
    track: Track, alarm: Alarm, rule: Rule, device: Device | None, facts: Facts, cleared: list[Cleared]
) -> Track:
    if (rule.clear or rule.when).is_measured and not _has_news(device, track.over):
        return track
    if rule.clear is not None:
        calm_s = rule.clear.for_s
        known = evidence(rule.clear.clauses, calm_s, device, facts)
    else:
        calm_s = min(rule.when.for_s, LONGEST_CALM_S) if _compares(rule) else 0.0
        known = evidence(rule.when.clauses, rule.when.for_s, device, facts, with_margin=True)
        known = known._replace(holds=None if known.holds is None else not known.holds, began=None)
    over = track.over.after(known)
    if not over.lasted(calm_s):
        return track if over is track.over else replace(track, over=over)
    cleared.append(Cleared(alarm, facts.now))
    return Track(Run(None, over.seen), last_raised=track.last_raised)


def _release(tracks: dict[str, Mapping[int, Track]], state: AlarmState, now: Now, raised: list[Alarm]) -> Now | None:
    """Raise the alarms that waited for each other, if it is time; since when the first of the others waits."""
    waiting = [
        (key, number, track.waiting)
        for key, row in tracks.items()
        for number, track in row.items()
        if track.waiting is not None
    ]
    if not waiting:
        return None
    since = state.waits_since or now
    if now.age_of(since) < state.group_s:
        return since
    for key, number, alarm in waiting:
        alarm = replace(alarm, at=now)
        raised.append(alarm)
        tracks[key] = {**tracks[key], number: Track(tracks[key][number].holds, alarm=alarm, last_raised=now)}
    return None


def _ended(row: Mapping[int, Track], now: Now) -> Iterator[Cleared]:
    return (Cleared(track.alarm, now, is_gone=True) for track in row.values() if track.alarm is not None)


def _has_news(device: Device | None, run: Run) -> bool:
    """Whether the device has measured since the newest that is known."""
    if device is None or device.measurement is None:
        return False
    return run.seen is None or device.measurement.at.monotonic > run.seen.monotonic


def _is_cooling(track: Track, rule: Rule, now: Now) -> bool:
    return track.last_raised is not None and now.age_of(track.last_raised) < rule.cooldown_s


def _compares(rule: Rule) -> bool:
    return any(isinstance(one, Compared) for one in rule.when.clauses)
