"""The limits of the rules: numbers with a source each, from the tables of a grid.

A table (TOML) has one table per rule, and one of sources. A rule's table names the source of its values; a value with
another one is written `{ value = 253.0, source = "netcode" }`. `checks.ownlimits` reads those of the user.
"""

from __future__ import annotations

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


class Limits:
    """Every limit by its name, "rule.name", and the text of every source by its key."""

    def __init__(self, tables: Iterable[Table]) -> None:
        """Later tables override single values of earlier ones.

        Raises `ValueError` for a value that is no number and for a source without a text.
        """
        self._limits: dict[str, Limit] = {}
        self.sources: dict[str, str] = {}
        for table in tables:
            self.sources |= table.get("sources", {})
            for name, value, source in _values(table):
                known = self._limits.get(name)
                self._limits[name] = Limit(value, source or (known.source if known else ""))
        for name, limit in self._limits.items():
            if limit.source not in self.sources:
                raise ValueError(f'the limit "{name}" names the source "{limit.source}", which has no text')

    def changed_by(self, own: Mapping[str, Limit], sources: Mapping[str, str]) -> Limits:
        """These limits with some of the user's over them, and with the texts of their sources."""
        changed = Limits(())
        changed._limits, changed.sources = {**self._limits, **own}, {**self.sources, **sources}
        return changed

    def __iter__(self) -> Iterator[str]:
        """The name of every limit."""
        return iter(self._limits)

    def __getitem__(self, name: str) -> float:
        return self._limits[name].value

    def limit(self, name: str) -> Limit:
        """The limit of that name with its source."""
        return self._limits[name]

    def of_rule(self, rule: str) -> dict[str, float]:
        """The limits of a rule by their names without it."""
        return {name.removeprefix(f"{rule}."): one.value for name, one in self._limits.items() if rule_of(name) == rule}

    def source_of(self, names: Iterable[str]) -> str:
        """The texts of the sources of these limits, each once."""
        return "; ".join(dict.fromkeys(self.sources[self._limits[name].source] for name in names))

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the limits that are the user's own."""
        return tuple(name for name, limit in self._limits.items() if limit.own)


def rule_of(name: str) -> str:
    """The rule of a limit, by the limit's name."""
    return name.rpartition(".")[0]


def _values(table: Table) -> Iterator[tuple[str, float, str]]:
    for rule, values in table.items():
        if rule == "sources":
            continue
        if not isinstance(values, Mapping):
            raise ValueError(f'"{rule}" must be a table of limits')
        for name, raw in values.items():
            if name == "source":
                continue
            value, source = (raw.get("value"), raw.get("source")) if isinstance(raw, Mapping) else (raw, None)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
                raise ValueError(f'"{rule}.{name}" must be a number')
            yield f"{rule}.{name}", float(value), str(source or values.get("source", ""))
