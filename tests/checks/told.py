"""Which cases of a rule have words that no test has told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from tui.engine.checkdata import TABLES

_SENTENCES = {"name", "limit"}


def untold(rule: str, cases: Iterable[str]) -> set[str]:
    """The cases of a rule that have words but are not among these; "fail L1" is the case "fail"."""
    words = tomllib.loads((TABLES / "words" / "en.toml").read_text("utf-8"))
    return set(words[rule]) - _SENTENCES - {case.split(" ")[0] for case in cases}
