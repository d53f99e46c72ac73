"""One finding in words: beside the list as much as fits, and in full in a view of its own."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.checks.finding import Finding
from tui.core.checks.limits import Limits
from tui.core.checks.words import Worded, duration
from tui.ui.draw.check import VERDICTS
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, fit_words, line, plain, wrapped

GONE = "This finding is gone: its device is, or the rule no longer has anything to say. b goes back."
_HEAD = 8


class Section(NamedTuple):
    """A paragraph with its head."""

    head: str
    text: str
    style: str = ""


def sections(worded: Worded, limits: Limits, *, full: bool = False) -> list[Section]:
    """What was seen, what it means, what to do, and the limit with its source; `full` with its figures, too."""
    finding = worded.finding
    limit = worded.limit if full or not worded.source else f"{worded.limit} ({worded.source})".strip()
    own = [f"{name.rpartition('.')[2]} {limits[name]:g}" for name in finding.limits if limits.limit(name).own]
    found = [Section("Seen", seen(worded), VERDICTS[finding.verdict][1] if full else "")]
    if full:
        found.append(Section("Figure", figures(finding)))
    found += [Section("Means", worded.text), Section("Do", worded.advice), Section("Limit", limit)]
    if full:
        found += [Section("Source", worded.source), Section("Rule", finding.rule, "label")]
    found.append(Section("Own", f"your own limits: {', '.join(own)}" if own else "", "warn"))
    return [one for one in found if one.text]


def seen(worded: Worded) -> str:
    """What was seen, and over how long."""
    window = worded.finding.window_s
    return worded.line if window is None else f"{worded.line}; seen over {duration(window)}"


def figures(finding: Finding) -> str:
    """The figure beside the limit that it was compared with."""
    unit = f" {finding.unit}" if finding.unit else ""
    parts = [("", finding.figure), ("limit ", finding.limit)]
    words = [_digits(value) for _, value in parts if value is not None]
    if finding.figure != finding.limit and len(set(words)) < len(words):  # just above it
        words = [f"{value:.6g}" for _, value in parts if value is not None]
    names = [name for name, value in parts if value is not None]
    return ", ".join(f"{name}{value}{unit}" for name, value in zip(names, words, strict=True))


def _digits(value: float) -> str:
    """Four digits: no meter of a house is more exact."""
    return f"{value:.4g}" if abs(value) < 9999.5 else f"{value:.0f}"


def detail_lines(parts: list[Section], context: Context, width: int, height: int | None = None) -> Lines:
    """The paragraphs, their heads beside them. What is too much for `height` rows is cut where most is left.

    Of equal ones the last is cut: what it means and what to do says more than the sources of its limit.
    """
    blocks = [wrapped(part.text, width - _HEAD - 1, part.style) for part in parts]
    kept = [len(block) for block in blocks]
    while height is not None and sum(kept) > height:
        if max(kept) > 1:
            kept[max(range(len(kept)), key=lambda at: (kept[at], at))] -= 1
        else:
            kept.pop()
    rows: Lines = []
    for part, block, count in zip(parts, blocks, kept, strict=False):
        shown = block[:count]
        if count < len(block):
            shown = [*shown[:-1], wrapped_off(plain(shown[-1]), part.style, context, width - _HEAD - 1)]
        for number, row in enumerate(shown):
            rows.append((Span(f" {'' if number else part.head:<{_HEAD - 1}}", "label"), *row))
    return rows


def wrapped_off(text: str, style: str, context: Context, width: int) -> Line:
    """A row after which something is left out, and says so."""
    return line(Span(fit_words(f"{text} {context.glyphs.ellipsis}", width, context.glyphs).rstrip(), style))


def full_lines(parts: list[Section], context: Context, width: int) -> Lines:
    """The paragraphs in full, with a blank row before what to read next."""
    rows: Lines = []
    for part in parts:
        if rows and part.head in ("Means", "Limit"):
            rows.append(BLANK)
        rows += detail_lines([part], context, width)
    return rows
