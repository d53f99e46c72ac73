"""The limits of the rules: numbers with a source each, from tables of a grid and from the user's own.

A table (TOML) has one table per rule, and one of sources. A rule's table names the source of its values; a value with
another one is written `{ value = 253.0, source = "netcode" }`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: its number, the key of its source, and whether it is the user's own."""

    value: float
    source: str
    own: bool = False


class LimitsError(ValueError):
    """What is wrong with a table, and the keys that lead to the place."""

    def __init__(self, text: str, *keys: str) -> None:
        super().__init__(text)
        self.keys = keys


class Limits:
    """Every limit by its name, "rule.name", and the text of every source by its key."""

    def __init__(self, tables: Iterable[Table], own: Table | None = None) -> None:
        """Later tables override single values of earlier ones. `own` is the user's and may only override.

        Raises `LimitsError` for a value that is no number, for a source without a text and, in `own`, for a limit that
        there is not.
        """
        self._limits: dict[str, Limit] = {}
        self.sources: dict[str, str] = {}
        for table in tables:
            self.sources |= table.get("sources", {})
            for name, value, source in _values(table):
                known = self._limits.get(name)
                self._limits[name] = Limit(value, source or (known.source if known else ""))
        for name, value, source in _values(own or {}):
            if name not in self._limits:
                raise LimitsError(_unknown(name, list(self._limits)), *_keys(name))
            self._limits[name] = Limit(value, source or OWN, own=True)
        self.sources |= {OWN: "own limit"} | _sources(own or {})
        for name, limit in self._limits.items():
            if limit.source not in self.sources:
                raise LimitsError(
                    f'it names the source "{limit.source}", which has no text under [sources]', *_keys(name)
                )

    def __getitem__(self, name: str) -> float:
        return self._limits[name].value

    def limit(self, name: str) -> Limit:
        """The limit of that name with its source."""
        return self._limits[name]

    def of_rule(self, rule: str) -> dict[str, float]:
        """The limits of a rule by their names without it."""
        return {name.removeprefix(f"{rule}."): one.value for name, one in self._limits.items() if _rule(name) == rule}

    def source_of(self, names: Iterable[str]) -> str:
        """The texts of the sources of these limits, each once."""
        return "; ".join(dict.fromkeys(self.sources[self._limits[name].source] for name in names))

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the limits that are the user's own."""
        return tuple(name for name, limit in self._limits.items() if limit.own)


OWN = "own-limit"


def _rule(name: str) -> str:
    return name.rpartition(".")[0]


def _keys(name: str) -> tuple[str, str]:
    rule, _, limit = name.rpartition(".")
    return rule, limit


def _unknown(name: str, known: list[str]) -> str:
    import difflib  # only needed for a mistake

    rules = sorted({_rule(one) for one in known})
    of_rule = [one.rpartition(".")[2] for one in known if _rule(one) == _rule(name)]
    near = difflib.get_close_matches(name, known, n=1) or difflib.get_close_matches(_rule(name), rules, n=1)
    if of_rule:
        return f"there is no such limit: this rule has {', '.join(of_rule)}"
    return "there is no such rule" + (f': did you mean "{near[0]}"?' if near else f": known are {', '.join(rules)}")


def _sources(table: Table) -> dict[str, str]:
    sources = table.get("sources", {})
    if not isinstance(sources, Mapping):
        raise LimitsError("it must be a table of texts", "sources")
    for key, text in sources.items():
        if not isinstance(text, str) or not text.strip():
            raise LimitsError('it must be text in quotes, like "this"', "sources", key)
    return dict(sources)


def _values(table: Table) -> Iterator[tuple[str, float, str]]:
    for rule, values in table.items():
        if rule == "sources":
            continue
        if not isinstance(values, Mapping):
            raise LimitsError("it must be a table of limits", rule)
        for name, raw in values.items():
            if name == "source":
                continue
            value, source = (raw.get("value"), raw.get("source")) if isinstance(raw, Mapping) else (raw, None)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise LimitsError("it must be a number", rule, name)
            yield f"{rule}.{name}", float(value), str(source or values.get("source", ""))
