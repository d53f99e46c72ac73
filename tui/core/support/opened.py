"""A support file as somebody sent it: whatever may be in it is read without a fault, and bounded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.core.text import clean

SCHEMA = 1
MOST = 1000
"""Rows that are looked at of any list (own choice)."""

Row = Mapping[str, Any]


class NotSupportError(Exception):
    """It is no support file that this version reads; the sentence says why."""


def read_support(data: object) -> dict[str, object]:
    """A support file as parsed from JSON. Raises `NotSupportError`."""
    if not isinstance(data, dict) or "schema" not in data or "fleet" not in data:
        raise NotSupportError("it is no support file: name one that hwtui support has written")
    if data["schema"] != SCHEMA:
        raise NotSupportError(f"its schema is {clean(str(data['schema']), 20)}, and this version reads {SCHEMA}")
    return data


def table_of(data: Row, key: str) -> Row:
    """An object in it; an empty one where there is none."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def rows_of(data: Row, key: str) -> list[Row]:
    """The objects of a list in it, at most `MOST`."""
    found = data.get(key)
    return [row for row in found[:MOST] if isinstance(row, dict)] if isinstance(found, list) else []


def texts_of(data: Row, key: str) -> dict[str, str]:
    """The texts of an object in it, by their cleaned keys."""
    pairs = list(table_of(data, key).items())[:MOST]
    return {clean(name): mark for name, mark in pairs if isinstance(mark, str)}


def name_of(row: Row) -> str:
    """What a row is called: its placeholder, else its address."""
    found = next((one for one in (row.get("serial"), row.get("device")) if isinstance(one, str)), None)
    return place_of(row) if found is None else clean(found)


def place_of(row: Row) -> str:
    """Where a row is: its host and port."""
    return clean(f"{row.get('host')}:{row.get('port')}")


def text_of(row: Row, key: str = "text") -> str:
    """A sentence of a row."""
    return clean(str(row.get(key)), 300)


def told(value: object) -> str:
    """A value as a word of a sentence."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return clean(str(value), 200) or "empty"
    return "another"
