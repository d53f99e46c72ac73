"""The report as plain text, 80 columns wide. Its first line is that of a monitoring plugin, with performance data."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tui.core.checks.finding import Verdict
from tui.core.table import cells, columns
from tui.engine.report.arranged import Entry, above, details, groups, head, not_applicable, summary
from tui.engine.report.report import STATES, Item, Report

WIDTH = 80
PLUGIN_BYTES = 1000
"""The length of the first line: NRPE passes on 1024 bytes."""
INDENT = "  "
_NO_LABEL = str.maketrans("", "", "='|;\"")


def write(report: Report) -> str:
    """The text; it ends with a line break."""
    return "\n".join([plugin_line(report), "", *_body(report)]).rstrip() + "\n"


# ------------------------------------------------------------------ the first line


def plugin_line(report: Report) -> str:
    """ "HWTUI OK - 7 devices, 12 ok | 'voltage.mean10 Grid L1 V'=241.3;;;;": one line, bounded.

    Format: the guidelines for monitoring plugins. They know no volt and no ampere, so the unit is part of the label.
    """
    line = f"HWTUI {STATES[report.exit_code]} - {summary(report)}"
    separator, labels = " | ", set[str]()
    for item in report.listed:
        label, datum = _label(item), _datum(item)
        longer = f"{line}{separator}'{label}'={datum}"
        if datum and label not in labels and len(longer.encode()) <= PLUGIN_BYTES:
            line, separator = longer, " "
            labels.add(label)
    return line


def _label(item: Item) -> str:
    """ "voltage.mean10 Grid L1 V", without what has a meaning of its own there."""
    words = " ".join(filter(None, (item.finding.rule, item.device, item.phase, item.finding.unit)))
    return " ".join(words.translate(_NO_LABEL).split())


def _datum(item: Item) -> str:
    """One figure as value;warn;crit;min;max; empty where there is none."""
    finding = item.finding
    if finding.figure is None or not math.isfinite(finding.figure):
        return ""
    warn, critical = (_beyond(item) if item.verdict is verdict else "" for verdict in (Verdict.WARN, Verdict.FAIL))
    return f"{_number(finding.figure)};{warn};{critical};;"


def _beyond(item: Item) -> str:
    """The limit that was passed, as a range: "253" if from below, "207:" if from above.

    Only a warn or a fail tells on which side of its limit a figure may not be.
    """
    figure, limit = item.finding.figure, item.finding.limit
    if figure is None or limit is None or not math.isfinite(limit):
        return ""
    return f"{_number(limit)}:" if figure < limit else _number(limit)


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


# ------------------------------------------------------------------ the rest


def _body(report: Report) -> Iterator[str]:
    words = report.phrases
    yield from _heading(words["title"], "=")
    yield from _paragraphs([*above(report), *([f"{words['note']}: {report.note}"] if report.note else [])])
    yield from _pairs(head(report))
    for verdict, entries in groups(report):
        yield ""
        yield from _heading(f"{words[f'group_{verdict}']} ({report.counts[verdict]})", "-")
        for entry in entries:
            yield from _entry(entry, report)
    if left_out := not_applicable(report):
        yield from ("", left_out)
    if not report.listed:
        yield from ("", words["no_findings"])
    if report.own_limits:
        yield ""
        yield from _heading(words["own_limits"], "-")
        yield from wrap(words["own_limits_say"], WIDTH)
        for one in report.own_limits:
            yield from wrap(f"{one.name} = {one.value:g} ({one.source})", WIDTH, indent=INDENT, later=INDENT)
    yield ""
    yield from _heading(words["devices"], "-")
    for device in report.devices:
        yield from wrap(f"{device.name}: {device.state}", WIDTH)
        problem = [(words["problem"], device.problem)] if device.problem else []
        yield from _pairs([*device.facts, *problem], INDENT)
        yield ""
    yield from _paragraphs([f"{words['disclaimer']} {words['license']}"])


def _heading(text: str, mark: str) -> list[str]:
    return [text, mark * cells(text)]


def _paragraphs(texts: list[str]) -> Iterator[str]:
    for text in texts:
        for line in text.splitlines():
            yield from wrap(line, WIDTH)
        yield ""


def _entry(entry: Entry, report: Report) -> Iterator[str]:
    """A finding: its verdict, where and what in a line, and what it means below it."""
    item = entry.item
    verdict = report.phrases[item.verdict].upper()
    title = f"{entry.where}, {item.worded.name}: {item.worded.line}"
    yield from wrap(title, WIDTH, indent=f"{verdict}  ", later=INDENT)
    if item.verdict is not Verdict.PASS:
        yield from _pairs(list(details(item, report)), INDENT)


def _pairs(pairs: list[tuple[str, str]], indent: str = "") -> Iterator[str]:
    """Pairs in two columns, the second one wrapped."""
    if not pairs:
        return
    width = max(cells(name) for name, _ in pairs)
    for name, value in pairs:
        first, *rest = wrap(value, WIDTH - len(indent) - width - 2) or [""]
        yield from columns([(indent + name + " " * (width - cells(name)), first)])
        yield from (" " * (len(indent) + width + 2) + line for line in rest)


def wrap(text: str, width: int, *, indent: str = "", later: str = "") -> list[str]:
    """`text` in lines of at most `width` cells, which a wide character takes two of; a word too long is broken.

    `indent` begins the first line, `later` the others.
    """
    lines, line, begin = list[str](), indent, indent
    for word in text.split():
        gap = " " if line != begin else ""
        if gap and cells(line + gap + word) > width:
            lines.append(line)
            line = begin = later
            gap = ""
        for char in gap + word:
            if cells(line + char) > width:
                lines.append(line)
                line = begin = later
            line += char
    return [*lines, line] if line != begin else lines
