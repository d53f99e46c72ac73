"""The report as Markdown, for a ticket or a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from tui.core.checks.finding import Verdict
from tui.engine.report.arranged import above, details, groups, head, not_applicable, summary
from tui.engine.report.report import Report

_MARKS = re.compile(r"([\\`*_{}\[\]|~$])")
"""What has a meaning anywhere in a line: emphasis, code, links, cells of a table, formulas."""
_AT_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)](?:\s|$)))")
"""What has one at the start of a line: a heading, an item of a list."""
_LINKS = (("://", "&#58;//"), ("www.", "www&#46;"), ("@", "&#64;"), ("#", "&#35;"))
"""What becomes a link of its own accord on the pages that show Markdown, also to a person or an issue."""


def write(report: Report) -> str:
    """The text; it ends with a line break."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def escaped(text: str) -> str:
    """`text` as Markdown that shows it as it is, in one line, also within a table."""
    shown = _MARKS.sub(r"\\\1", escape(" ".join(text.splitlines()), quote=False))
    shown = _AT_START.sub(_first_escaped, shown)
    for mark, entity in _LINKS:
        shown = re.sub(f"(?<!&){re.escape(mark)}", entity, shown, flags=re.IGNORECASE)
    return shown


def _first_escaped(found: re.Match[str]) -> str:
    return f"{found[1]}&#{ord(found[2][0])};{found[2][1:]}"


def _lines(report: Report) -> Iterator[str]:
    words = report.phrases
    yield from (f"# {escaped(words['title'])}", "", f"**{escaped(summary(report))}**", "")
    for text in above(report):
        yield from (f"*{escaped(text)}*", "")
    if report.note:
        yield from (
            f"{escaped(words['note'])}:",
            "",
            *(f"> {escaped(line)}  " for line in report.note.splitlines()),
            "",
        )
    yield from _table(("", ""), head(report))
    yield from ("", f"## {escaped(words['findings'])}", "")
    heads = (words["verdict"], words["device"], words["rule"], words["found"])
    rows = [
        (words[verdict], entry.where, entry.item.worded.name, entry.item.worded.line)
        for verdict, entries in groups(report)
        for entry in entries
    ]
    if rows:
        yield from _table(heads, rows, bold=True)
    else:
        yield escaped(words["no_findings"])
    if left_out := not_applicable(report):
        yield from ("", escaped(left_out))
    for verdict, entries in groups(report):
        if verdict is Verdict.PASS:
            continue
        yield from ("", f"### {escaped(words[f'group_{verdict}'])}", "")
        for item, place in entries:
            yield f"* **{escaped(place)}, {escaped(item.worded.name)}**: {escaped(item.worded.line)}"
            yield from (f"    * {escaped(name)}: {escaped(value)}" for name, value in details(item, report))
    if report.own_limits:
        yield from ("", f"## {escaped(words['own_limits'])}", "", escaped(words["own_limits_say"]), "")
        yield from (f"* {escaped(f'{one.name} = {one.value:g} ({one.source})')}" for one in report.own_limits)
    yield from ("", f"## {escaped(words['devices'])}")
    for device in report.devices:
        yield from ("", f"### {escaped(device.name)}: {escaped(device.state)}", "")
        problem = [(words["problem"], device.problem)] if device.problem else []
        yield from _table((words["fact"], words["value"]), [*device.facts, *problem])
    yield from ("", "---", "", f"{escaped(words['disclaimer'])} {escaped(words['license'])}")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, bold: bool = False) -> Iterator[str]:
    yield f"| {' | '.join(map(escaped, heads))} |"
    yield f"|{'---|' * len(heads)}"
    for first, *rest in rows:
        shown = f"**{escaped(first)}**" if bold else escaped(first)
        yield f"| {shown} | {' | '.join(map(escaped, rest))} |"
