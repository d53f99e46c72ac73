"""Plain text in columns, aligned by terminal cells rather than characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = "  "


def cells(text: str) -> int:
    """How many terminal cells `text` takes: 2 for wide East Asian characters, 0 for combining accents."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """`rows`, all of one length, as lines. Columns in `right` are right-aligned; an empty column is left out."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        padded = [
            (" " * (width - cells(cell)) + cell) if index in right else cell + " " * (width - cells(cell))
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ]
        lines.append(GAP.join(padded).rstrip())
    return lines
