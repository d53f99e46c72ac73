"""What must hold of a finding so that people can be told of it."""

from __future__ import annotations

from tui.core.checks.finding import Finding
from tui.core.checks.record import Record
from tui.core.options import LANGUAGES
from tui.engine.checkdata import load_words

WORDS = {language: load_words(language) for language in LANGUAGES}
USUAL_LINE = 48
"""Cells of a list of 80 columns that are left after verdict, device and rule."""
LONGEST_NAME = 14
LONGEST_LINE = 60
"""With odd figures a line may be cut there."""


def assert_told(finding: Finding, record: Record, longest: int | None = USUAL_LINE) -> None:
    """Its limits exist, and its sentences can be filled in each language; `longest` bounds its line."""
    for name in finding.limits:
        assert record.limits.limit(name), name
    for language, words in WORDS.items():
        told = words.of(finding, record)
        case = f"{language}: {finding.rule} {finding.case}"
        assert told.line, case
        assert told.limit or finding.verdict in ("na", "untestable"), case
        assert told.text or finding.verdict == "na", case
        assert len(told.name) <= LONGEST_NAME, case
        assert told.source or not finding.limits, case
        assert longest is None or len(told.line) <= longest, f"{case}: {told.line}"
