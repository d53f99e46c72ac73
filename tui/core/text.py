"""Makes text from the network safe to show: no character may move the cursor, or hide or reorder other text."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")
"""The tab, and what `str.splitlines` treats as a line break."""

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Fillers and variation selectors: letters and marks by category, but invisible and of uncertain width (Unicode,
Default_Ignorable_Code_Point; the rest of that list has category Cf, which `isprintable` rejects)."""

_MARKS_IN_A_ROW = 2
"""Accents on one letter. Two are enough for any language a meter uses; forty would paint over the rows above."""


def clean(text: str, limit: int = 64) -> str:
    """`text` as one line of at most `limit` visible characters, stripped.

    Controls (ESC, C1, NUL, DEL), bidi and other format characters, surrogates, private-use and unassigned characters
    are removed. Whitespace with a tab or a line break in it becomes one space; ordinary double spaces stay, as in
    "ISKRA  2M550T-101". Cleaning twice changes nothing more.
    """
    if text.isascii() and text.isprintable():
        return text.strip()[:limit].rstrip()
    kept: list[str] = []
    spaces, broken, marks = 0, False, 0  # of the whitespace run not yet written; of the accents at the end
    for char in text:
        if char.isspace():
            spaces, broken = spaces + 1, broken or char in _BREAKS
            continue
        if not char.isprintable() or char in _INVISIBLE:
            continue
        if unicodedata.category(char).startswith("M"):
            if not kept or marks == _MARKS_IN_A_ROW:  # an accent alone would combine with the border before it
                continue
            marks += 1
        else:
            marks = 0
        if kept and spaces:
            kept.extend(" " * (1 if broken else min(spaces, limit)))
        spaces, broken = 0, False
        kept.append(char)
        if len(kept) >= limit:
            break
    return "".join(kept[:limit]).rstrip()


_USER = re.compile(r"""//.*@|[^\s"'/:]+:[^\s"']*@""", re.DOTALL)
"""The user info of a URL (RFC 3986, 3.2.1), also where the scheme is left out."""


def without_user(text: str) -> str:
    """`text` without the user names and passwords of the URLs in it."""
    return _USER.sub(lambda found: "//...@" if found[0].startswith("//") else "...@", text) if "@" in text else text


def quoted(text: str, limit: int = 64) -> str:
    """What a person typed, as a message or the log may repeat it: without passwords, and then as `clean` has it."""
    return clean(without_user(text), limit)


def readable_id(unique_id: str) -> str:
    """A meter id as printed on the meter, where `unique_id` is the hex of that text; else `unique_id` itself.

    Padding around the decoded text (blanks, NUL) is stripped. Ids that are all zeros, not hex, or not UTF-8 text stay
    as they are.
    """
    if not unique_id.isalnum():  # `fromhex` would skip blanks
        return unique_id
    try:
        text = bytes.fromhex(unique_id).decode().strip("\0 ")
    except ValueError:  # not hex, an odd number of digits, or not UTF-8
        return unique_id
    return text if text and clean(text, len(text)) == text else unique_id
