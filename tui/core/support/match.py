"""Who is who in two support files: which placeholder of the older is which of the newer. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tui.core.support.opened import MOST, Row, name_of, place_of, rows_of, texts_of
from tui.core.text import clean

_PLACEHOLDER = re.compile(r"(?<![\w-])[a-z]{2,10}-\d{1,4}(?!\w)")

DEEPEST = 20
"""Lists and objects in a setting that are looked into (own choice); ours nest three."""


class Same:
    """What a placeholder of the old file is called in the new one.

    Files of one computer have marks, which tell. Else devices of one product are matched in their order, and of
    addresses nothing can be told.
    """

    def __init__(self, old: Row, new: Row) -> None:
        mine = {mark: name for name, mark in texts_of(new, "marks").items()}
        its = texts_of(old, "marks")
        self.tells = bool(set(its.values()) & set(mine))
        self._now = {name: mine[mark] for name, mark in its.items() if mark in mine}
        self._gone = {name for name, mark in its.items() if mark not in mine}
        if not self.tells:
            self._now, self._gone = _in_order(old, new), set()

    def called(self, name: str) -> str:
        """Its name in the new file; one that is not there any more is called "the former" one."""
        return f"the former {name}" if self.tells and name in self._gone else self.text(name)

    def text(self, text: str) -> str:
        """A text of the old file with the placeholders of the new one."""
        return _PLACEHOLDER.sub(lambda found: self._now.get(found[0], found[0]), text)

    def compared(self, value: Any) -> Any:
        """A value of the new file, or one that `renamed` gives, such that it is equal if it may be the same."""

        def blurred(text: str) -> str:
            return text if self.tells else _PLACEHOLDER.sub(lambda found: found[0].rpartition("-")[0], text)

        return _each(value, blurred)

    def renamed(self, value: Any) -> Any:
        """A value of the old file with the placeholders of the new one."""
        return _each(value, self.text)


def _each(value: Any, change: Callable[[str], str], depth: int = DEEPEST) -> Any:
    """The value with each text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | dict) and not depth:
        return None
    if isinstance(value, list):
        return [_each(one, change, depth - 1) for one in value[:MOST]]
    if isinstance(value, dict):
        return {key: _each(one, change, depth - 1) for key, one in list(value.items())[:MOST]}
    return value


def _in_order(old: Row, new: Row) -> dict[str, str]:
    names = dict[str, str]()
    left = list(rows_of(new, "fleet"))
    for row in rows_of(old, "fleet"):
        twin = next((one for one in left if one.get("product_type") == row.get("product_type")), None)
        if twin is not None:
            left.remove(twin)
            names[name_of(row)] = name_of(twin)
    return names


class Paired(NamedTuple):
    """The rows of one device in both files, by what it is called now, and those in one file alone."""

    pairs: list[tuple[str, Row, Row]]
    fresh: list[tuple[str, Row]]
    gone: list[tuple[str, Row]]


def paired(old: list[Row], new: list[Row], same: Same) -> Paired:
    """A device that does not say who it is, now or before, is the one at the same place."""
    left = {same.called(name_of(row)): row for row in old}
    here = {same.text(place_of(row)): name for name, row in reversed(left.items())}
    found = Paired([], [], [])
    for row in new:
        name, twin = name_of(row), here.get(place_of(row))
        if name in left:
            found.pairs.append((name, left.pop(name), row))
        elif twin in left and None in (left[twin].get("serial"), row.get("serial")):
            was = left.pop(twin)
            kind = was.get("product_type")
            found.pairs.append((f"{name}, {clean(kind)} before" if isinstance(kind, str) else name, was, row))
        else:
            found.fresh.append((name, row))
    found.gone.extend(left.items())
    return found


def what_of(row: Row, same: Same | None = None) -> str:
    """Its product and, of one that does not say who it is, its place."""
    place = place_of(row) if row.get("serial") is None and isinstance(row.get("host"), str) else None
    kind = row.get("product_type")
    words = [clean(kind)] if isinstance(kind, str) else []
    if place is not None and place != name_of(row):
        words.append(same.text(place) if same else place)
    return f" ({', '.join(words)})" if words else ""
