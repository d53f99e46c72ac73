"""The user's own limits: a file like the tables of limits that come with the program, which changes single values.

Every mistake becomes a sentence with the file, the line, what is wrong and what is allowed. A table is that of a rule,
written `["voltage.mean10"]` or, as TOML also reads it, `[voltage.mean10]`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tui.core.checks.limits import Limit, Limits, rule_of
from tui.core.settings import ConfigFile, SettingsError, unknown
from tui.core.text import clean

OWN, OWN_TEXT = "own-limit", "own limit"
LONGEST_SOURCE = 120
"""Characters of a source's text: it stands in a line of a report (own choice)."""
_SOURCES = "sources"
_EXAMPLE = 'like ["voltage.mean10"]'

Path = tuple[str, ...]


def with_own(limits: Limits, file: ConfigFile, everywhere: Limits) -> Limits:
    """The limits of a grid with those of the user's file over them. Raises `SettingsError`.

    `everywhere` are those of all grids: one that only another grid has is checked, and then does nothing.
    """
    sources = dict(_sources(file))
    own: dict[str, Limit] = {}
    tables = {key: value for key, value in file.values.items() if key != _SOURCES}
    for path, name, value, source in _values(file, everywhere, tables, ()):
        if name in own:
            raise _wrong(file, path, "given twice")
        own[name] = Limit(
            _checked(file, path, value, everywhere[name]), _source(file, everywhere, path, source), own=True
        )
    texts = {f"{OWN} {key}": text for key, text in sources.items()}
    here = {name: limit for name, limit in own.items() if name in limits}
    return limits.changed_by(here, {**everywhere.sources, **limits.sources, OWN: OWN_TEXT, **texts}) if here else limits


def _sources(file: ConfigFile) -> Iterator[tuple[str, str]]:
    table = file.values.get(_SOURCES, {})
    if not isinstance(table, dict):
        raise _wrong(file, (_SOURCES,), 'it must be a table of texts: [sources], then mine = "what it rests on"')
    for key, text in table.items():
        if not isinstance(text, str) or not clean(text):
            raise _wrong(file, (_SOURCES, key), 'a source must be text in quotes, like "the installer\'s handbook"')
        yield key, clean(text, LONGEST_SOURCE)


def _values(
    file: ConfigFile, limits: Limits, table: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, str, Any, Any]]:
    """The limits in a table and in those below it: path, name, value, and source or None."""
    here = ".".join(path)
    rules = sorted({rule_of(name) for name in limits})
    names = sorted(limits.of_rule(here))
    for key, value in table.items():
        place, name = (*path, key), f"{here}.{key}" if path else key
        if key == "source" and names:
            continue  # of the values beside it
        if key in names:
            yield (place, name, *_value_and_source(file, place, value, table.get("source")))
        elif any(rule == name or rule.startswith(f"{name}.") for rule in rules):
            if not isinstance(value, dict):
                raise _wrong(file, place, "it must be a table of limits")
            yield from _values(file, limits, value, place)
        elif isinstance(value, dict) or not (names or path):
            if not isinstance(value, dict):
                raise _wrong(file, place, f"a limit stands below the name of its rule, {_EXAMPLE}")
            raise _wrong(file, place, unknown(name, rules, "rule"))
        else:
            raise _wrong(file, place, unknown(key, names, "limit") if names else unknown(name, rules, "rule"))


def _value_and_source(file: ConfigFile, path: Path, value: Any, source: Any) -> tuple[Any, Any]:
    if not isinstance(value, dict):
        return value, source
    for key in value:
        if key not in ("value", "source"):
            raise _wrong(file, (*path, key), unknown(key, ["value", "source"]))
    if "value" not in value:
        raise _wrong(file, path, 'its value is missing: { value = 253.0, source = "mine" }')
    return value["value"], value.get("source", source)


def _checked(file: ConfigFile, path: Path, value: Any, usual: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(file, path, f"wrong type: it must be a number, like {usual:g}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _wrong(file, path, f"it must be a finite number, like {usual:g}")
    if number < 0 <= usual:
        raise _wrong(file, path, f"{number:g} is below 0: use 0 or more, like {usual:g}")
    return number


def _source(file: ConfigFile, limits: Limits, path: Path, source: Any) -> str:
    """The key of a source: of the user's own, or of those that come with the program."""
    if source is None:
        return OWN
    if not isinstance(source, str):
        raise _wrong(file, path, "its source must be text in quotes: a name that has its text under [sources]")
    if source in file.values.get(_SOURCES, {}):
        return f"{OWN} {source}"
    if source in limits.sources:
        return source
    raise _wrong(file, path, f'its source "{clean(source)}" has no text: add it under [sources]')


def _wrong(file: ConfigFile, path: Path, text: str) -> SettingsError:
    return SettingsError(f"{file.where(*path)}: {text}")
