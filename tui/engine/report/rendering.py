"""Writes a report in one of its formats."""

from __future__ import annotations

from tui.engine.report.report import Report


def render(report: Report, fmt: str) -> str:
    """The report in one of `FORMATS`; it ends with a line break. A format is loaded when it is asked for."""
    if fmt == "text":
        from tui.engine.report.text import write
    elif fmt == "markdown":
        from tui.engine.report.markdown import write
    elif fmt == "json":
        from tui.engine.report.jsonform import write
    else:
        from tui.engine.report.html import write
    return write(report)
