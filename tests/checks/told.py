"""What a rule finds, told in both languages: a sentence that cannot be filled, or is too long for the list, fails."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from tests.checks.house import House
from tui.core.settings import LANGUAGES
from tui.engine.checkdata import TABLES, load_words

LINE = 48
"""The cells that a list of 80 columns leaves for what was seen."""
_SENTENCES = {"name", "limit"}


def told(house: House, rule: str) -> list[str]:
    """The cases that a rule finds, as `House.verdicts`, after each was told in both languages."""
    record = house.record
    for finding in house.findings(rule):
        for language in LANGUAGES:
            worded = load_words(language).of(finding, record)
            assert len(worded.line) <= LINE, (language, worded.line)
            assert len(worded.name) <= 14
            assert worded.line
            assert worded.text
            assert worded.limit
    return house.verdicts(rule)


def untold(rule: str, cases: Iterable[str]) -> set[str]:
    """The cases of a rule that have words but are not among these; "fail L1" is the case "fail"."""
    words = tomllib.loads((TABLES / "words" / "en.toml").read_text("utf-8"))
    return set(words[rule]) - _SENTENCES - {case.split(" ")[0] for case in cases}
