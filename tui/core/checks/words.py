"""The sentences of the check: each finding in words of one language. The tables are TOML, one file a language.

A table has one table per rule: its `name`, how its `limit` reads, and for each case a `line` (short, for a list), a
`text` that explains and an `advice` that says what to do next; a case may have a `limit` of its own. Sentences hold
names in braces: those of the finding's `values`, its `figure`, `limit`, `unit` and `phase`, and the rule's limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tui.core.checks.finding import Finding, Seconds, Term, Word
from tui.core.checks.limits import Limits
from tui.core.checks.record import Record
from tui.core.wording import clock


class Worded(NamedTuple):
    """A finding in words."""

    finding: Finding
    name: str
    """What the rule is about: "Main fuse"."""
    line: str
    """What was seen, in half a line."""
    text: str
    """What it means."""
    advice: str
    """What to do next; empty where there is nothing to do."""
    limit: str
    """How the limit reads, with its figures."""
    source: str


class Words:
    """The sentences of one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def term(self, key: str) -> str:
        """A word of the table `terms`; the key itself where there is none: an unknown kind of meter."""
        return str(self._table["terms"].get(key, key))

    @property
    def phrases(self) -> Mapping[str, str]:
        """What a report says around the findings: the table `report`."""
        phrases: Mapping[str, str] = self._table["report"]
        return phrases

    def guided(self, key: str, **values: object) -> str:
        """A sentence of a guided test: of the table `guided`."""
        return str(self._table["guided"][key]).format_map(values)

    def of(self, finding: Finding, record: Record) -> Worded:
        """A finding in words."""
        rule = self._table[finding.rule]
        limits = record.limits
        values: dict[str, str | float] = {name: f"{value:g}" for name, value in limits.of_rule(finding.rule).items()}
        values |= {"unit": finding.unit, "phase": f"L{finding.phase}" if finding.phase else ""}
        values |= {name: value for name in ("figure", "limit") if (value := getattr(finding, name)) is not None}
        values |= {name: self._word(value, record) for name, value in finding.values.items()}
        case = rule.get(finding.case) or self._table["any"][finding.case]
        line, text, advice = (str(case.get(part, "")).format_map(values) for part in ("line", "text", "advice"))
        return Worded(
            finding,
            str(rule["name"]),
            line,
            text,
            advice,
            str(case.get("limit", rule.get("limit", ""))).format_map(values),
            self.source(limits, finding.limits),
        )

    def source(self, limits: Limits, names: Iterable[str]) -> str:
        """The sources of these limits, each once. A citation reads the same in every language, what we say does not:
        "rule of thumb", "own choice".
        """
        keys = dict.fromkeys(limits.limit(name).source for name in names)
        return "; ".join(self._table["terms"].get(f"source_{key}", limits.sources[key]) for key in keys)

    def name(self, rule: str) -> str:
        """What a rule is about: "Main fuse"."""
        return str(self._table[rule]["name"])

    def _word(self, word: Word, record: Record) -> str | float:
        if isinstance(word, Term):
            return self.term(word.key)
        if isinstance(word, Seconds):
            return duration(word.seconds)
        if isinstance(word, (str, float, int)):
            return word
        return clock(record.now.utc_of(word), record.zone)


def duration(seconds: float) -> str:
    """ "45 s", "14 min", "2 h 10 min", "3 d": the same in every language."""
    minutes = int(seconds // 60)
    if seconds < 120:
        return f"{int(seconds)} s"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // 1440} d"
