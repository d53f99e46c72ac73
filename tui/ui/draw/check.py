"""The view Check: how many findings there are of each verdict, and the list of them."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.checks.finding import WORST_FIRST, Finding, Verdict
from tui.core.checks.words import duration
from tui.core.fuse import Fuse
from tui.core.moment import Moment, Now
from tui.core.wording import clock, day_and_clock
from tui.ui.draw.box import FRAMED_FROM
from tui.ui.draw.devices import label_in
from tui.ui.draw.lines import Context, Line, Span, fit, fit_line, fit_words, line, spread, styled, width_of

VERDICTS = {
    Verdict.FAIL: ("FAIL", "fail"),
    Verdict.WARN: ("WARN", "warn"),
    Verdict.INFO: ("INFO", "key"),
    Verdict.PASS: ("ok", ""),
    Verdict.UNTESTABLE: ("?", "label"),
    Verdict.NA: ("-", "label"),
}
"""The word of a verdict in the list, and its style."""
VERDICT_WORDS = {Verdict.UNTESTABLE: "not testable", Verdict.NA: "does not apply"}
"""The words of those verdicts that have only a mark in the list."""
NOTHING_YET = "Nothing to check yet: no device has answered."
NO_FINDING = "No rule has anything to say of what was seen so far."
NONE_PASSES = "No finding matches the filter; b clears it."
DISCLAIMER = "An indication from the meters in this house, not a certified measurement."
SHORT_DISCLAIMER = "Indication, not a certified measurement"
WHOLE_HOUSE = "House"

_MARK, _VERDICT, _DEVICE, _NAME = 1, 5, 10, 14
_WIDEST_DEVICE = 24
_LEAST_LINE = 20
"""The least cells in which a line says anything."""
_LINE = 48
"""The cells that the longest line needs."""

_LEAST_WITH_DETAILS, _MOST_DETAILS = 10, 12
"""Rows inside the box."""

_COUNTED = {
    Verdict.FAIL: ("fail", "fail"),
    Verdict.WARN: ("warn", "warn"),
    Verdict.INFO: ("info", "info"),
    Verdict.PASS: ("ok", "ok"),
    Verdict.UNTESTABLE: ("not testable", "?"),
    Verdict.NA: ("do not apply", "n/a"),
}
"""How a count is told, in full and where there is little room."""


class Watch(NamedTuple):
    """What the findings rest on."""

    started: Moment
    at: Now
    """When the rules ran."""
    fuse: Fuse | None = None


class Entry(NamedTuple):
    """A finding as the list shows it: with the names of its device and its rule, and its sentence."""

    finding: Finding
    device: str
    name: str
    line: str


def head_line(watch: Watch, context: Context, width: int, *, frozen: bool = False) -> Line:
    """The grid and the fuse, since when the house is watched, and the clock; or when the picture was frozen."""
    zone = ZoneInfo(context.profile.zone)
    grid = context.profile.name.upper() if context.profile.name else "no grid set"
    fuse = f"fuse {watch.fuse} A" if watch.fuse else "fuse not set"
    title = Span("CHECK", "title")
    lefts = [line(title, Span(f"  {grid}, {fuse}", "label")), line(title, Span(f"  {fuse}", "label")), line(title)]
    time, since = clock(watch.at.utc, zone), context.when(watch.started)
    if frozen:
        style = "notice"
        rights = [f" frozen at {time}, space goes on ", f" frozen at {time} ", f" held {time} "]
    else:
        style = "label"
        watched = f"watched {duration(watch.at.age_of(watch.started))}, since {since}"
        rights = [f"{watched}   {day_and_clock(watch.at.utc, zone)}", f"since {since}   {time}", time]
    tries = [(left, right) for left in lefts for right in rights]
    if frozen:  # that must be visible at every width
        tries.sort(key=lambda one: rights.index(one[1]))
    fits = (one for one in tries if width_of(one[0]) + len(one[1]) + 3 <= width)
    left, right = next(fits, ((), rights[-1].strip()))
    if not left:
        return fit_line(line(Span(right, style)), width)
    return spread((Span(" "), *left), (Span(right, style), Span(" ")), width)


def counts_line(findings: tuple[Finding, ...], width: int) -> Line:
    """How many findings there are of each verdict; in short words where the long ones do not fit."""
    counts = Counter(finding.verdict for finding in findings)
    for place, gap in ((0, "   "), (1, " ")):
        parts = [f"{counts[verdict]} {_COUNTED[verdict][place]}" for verdict in WORST_FIRST]
        if sum(map(len, parts)) + len(gap) * (len(parts) - 1) + 2 <= width:
            break
    spans = [Span(" ")]
    for verdict, part in zip(WORST_FIRST, parts, strict=True):
        loud = verdict in (Verdict.FAIL, Verdict.WARN) and counts[verdict]
        spans += [Span(part, VERDICTS[verdict][1] if loud else "label"), Span(gap)]
    return fit_line(tuple(spans), width)


def device_name(finding: Finding, context: Context, width: int) -> str:
    """The device of a finding in exactly `width` cells, the whole house for none; a device that is gone by its key."""
    if finding.device is None:
        return fit(WHOLE_HOUSE, width, context.glyphs)
    device = context.fleet.devices.get(finding.device)
    return fit(finding.device, width, context.glyphs) if device is None else label_in(device, width, context.glyphs)


def device_cells(width: int) -> int:
    """The cells for the name of a device in a list of `width` cells: more where there is room to spare."""
    rest = width - _MARK - _VERDICT - _NAME
    if rest - _DEVICE < _LEAST_LINE:
        return max(0, min(_WIDEST_DEVICE, rest))
    return min(_WIDEST_DEVICE, max(_DEVICE, _DEVICE + (rest - _DEVICE - _LINE) // 2))


def line_start(width: int) -> int:
    """The cell at which what was seen begins, in a view of `width` cells."""
    framed = width >= FRAMED_FROM
    return framed + _MARK + _VERDICT + device_cells(width - 2 * framed) + _NAME


def entry_line(entry: Entry, context: Context, width: int, *, selected: bool = False) -> Line:
    """One finding in `width` cells: verdict, device and phase, what its rule is about, and what was seen."""
    word, style = VERDICTS[entry.finding.verdict]
    cells, phase = device_cells(width), entry.finding.phase
    name = device_name(entry.finding, context, cells - (4 if phase else 1))
    device = f"{name.rstrip()} L{phase}" if phase else name
    about = f"{fit(entry.name, _NAME - 1, context.glyphs)} " if len(entry.name) >= _NAME else f"{entry.name:<{_NAME}}"
    room = width - _MARK - _VERDICT - cells - _NAME
    row = line(
        Span(context.glyphs.pointer if selected else " ", "key"),
        Span(f"{word:<{_VERDICT}}", style),
        Span(fit(device, cells, context.glyphs)),
        Span(about, "label"),
        Span(fit_words(entry.line, room, context.glyphs) if room >= _LEAST_LINE else ""),
    )
    row = fit_line(row, width)
    return styled(row, "cursor") if selected else row


def detail_rows(height: int, findings: int) -> int:
    """How many of `height` rows inside the box are for the details: what the list leaves, and not too few for them."""
    return 0 if height < _LEAST_WITH_DETAILS else min(_MOST_DETAILS, max(5, height * 6 // 17, height - findings))
