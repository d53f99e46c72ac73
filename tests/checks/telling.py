"""Findings in words, for the tests of rules."""

from __future__ import annotations

from tests.checks.house import House
from tui.core.settings import LANGUAGES
from tui.engine.checkdata import load_words

LONGEST_LINE = 48
"""What is left in a list of 80 columns."""


def told(house: House, rule: str) -> list[str]:
    """The English lines of what a rule finds. Its sentences fill in, and its lines fit, in every language."""
    record, lines = house.record, {}
    for language in LANGUAGES:
        words = load_words(language)
        worded = [words.of(finding, record) for finding in house.findings(rule)]
        for one in worded:
            assert len(one.line) <= LONGEST_LINE, one.line
            assert one.source or not one.finding.limits
        lines[language] = [one.line for one in worded]
    return lines["en"]
