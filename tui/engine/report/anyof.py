"""One pattern of many texts, which share what they begin with: of thousands, each place is compared with one or two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

MOST_BETWEEN = 6
"""Characters that may stand between two words of a text in place of its own (own choice): a name is made a file name,
an address a host name, a serial is written in pairs."""
WHOLE_WORD_BELOW = 8
"""A shorter text is found only where it is a word of its own: a house named "a" must not cost every a."""
_BETWEEN = re.compile(r"([\W_]+)")
_END = ""

DEEPEST = 24
"""Pieces that are shared; what follows stands in one (own choice). A log may make texts of which each begins the next,
and groups in groups may be nested a few hundred times only."""

_Node: TypeAlias = "dict[str, _Node]"
"""What may come next, a piece of a pattern each; `_END` where a text may end."""


def any_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    """Finds each of these texts in any case, the longest that begins at a place; None without any.

    Between its words there may be anything that is no word: `bare` tells what was found.
    """
    long: _Node = {}
    short: _Node = {}
    for text in texts:
        node = short if len(text) < WHOLE_WORD_BELOW else long
        pieces = _pieces(text)
        for piece in [*pieces[:DEEPEST], *filter(None, ["".join(pieces[DEEPEST:])])]:
            node = node.setdefault(piece, {})
        node[_END] = {}
    alternatives = [_written(long)[0]] if long else []
    alternatives += [rf"(?<![^\W_])(?:{_written(short)[0]})(?![^\W_])"] if short else []
    return re.compile("|".join(alternatives), re.IGNORECASE) if alternatives else None


def bare(text: str) -> str:
    """A text by its words alone, whatever its case and what stands between them."""
    return _BETWEEN.sub(" ", text.casefold())


def _pieces(text: str) -> list[str]:
    parts = _BETWEEN.split(text)  # words, and between them what is none
    pieces: list[str] = []
    for at, part in enumerate(parts):
        if at % 2 and parts[at - 1] and parts[at + 1]:
            pieces.append(rf"[\W_]{{1,{max(MOST_BETWEEN, len(part))}}}")
        else:
            pieces += map(re.escape, part)
    return pieces


def _written(node: _Node) -> tuple[str, int]:
    """The pattern of what may come next, and its length in pieces at most. The longest is tried first."""
    found: list[tuple[int, str]] = []
    for piece, then in node.items():
        if piece == _END:
            continue
        pieces = [piece]
        while len(then) == 1 and _END not in then:  # no choice
            (piece, then), *_ = then.items()
            pieces.append(piece)
        rest, length = _written(then)
        if _END in then and rest:
            rest = f"(?:{rest})?"
        elif len(then) > 1:
            rest = f"(?:{rest})"
        found.append((length + len(pieces), "".join(pieces) + rest))
    found.sort(reverse=True)
    return "|".join(text for _, text in found), found[0][0] if found else 0
