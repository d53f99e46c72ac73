"""Reads answers that are not quite JSON. One bad field costs only itself: the others are read, and a note tells of it.

An SSID is any 32 bytes (IEEE 802.11), and some firmware writes them into the JSON as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tui.core.api.decode import BEHIND_A_PAGE, IS_IT_ONE, RESTART, UNREADABLE, NotJsonError
from tui.core.api.fields import listed
from tui.core.text import clean

DEPTH = 100
"""How many lists and objects may be nested (own choice; devices nest three). Deeper ones are read as empty."""

_INT_DIGITS = 40
"""With these alone a number is too large for any meter. `int` refuses a text of more than 4300 digits."""
_PATIENT = json.JSONDecoder(strict=False, parse_int=lambda digits: int(digits[:_INT_DIGITS]))

# Each of these takes linear time: no part of them can match in two ways, and a text without an end is one match.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[][{}]', re.DOTALL)
_NUMBERLESS = re.compile(r"(?:[-+]|\b)(?:nan(?:\(\w{0,20}\))?|inf(?:inity)?)(?!\w)", re.IGNORECASE | re.ASCII)
"""As C's printf writes what is not a finite number (C17, 7.21.6.1)."""
_QUOTED = re.compile(rf'"[^"\\]*(?:\\.[^"\\]*)*"?|{_NUMBERLESS.pattern}', re.DOTALL | re.IGNORECASE | re.ASCII)
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_MEMBER = re.compile(r'"(\w{1,40})"\s*:\s*("?)', re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f]")
_STRUCTURE = re.compile(r'[][{}:,"]')
_PAGE = re.compile(
    rb"<(?:!doctype|html|head|body|script|meta|title)\b|<!--|<\?xml[^>]{0,200}>\s*<(?:!doctype\s+)?html\b",
    re.IGNORECASE,
)

_PADDING = b"\xef\xbb\xbf\0 \t\r\n"
"""Around an answer: a byte order mark before it, and what C puts after a text."""
_OURS = (b'"product_type"', b'"wifi_ssid"')
"""In every answer of a device to `/api` or to `/api/v1/data`, and hardly in that of anything else."""


def read(body: bytes) -> tuple[object, tuple[str, ...]]:
    """The JSON of an answer, and notes on the fields that could only be read in part.

    Bytes that are not UTF-8 become U+FFFD, and control characters and lone backslashes inside a text are taken as they
    are. NaN and Infinity, also as C writes them, become numbers that no field takes. Of equal names the last one
    counts. Raises `NotJsonError`.
    """
    text = body.strip(_PADDING).decode("utf-8", "replace")
    try:
        data = _PATIENT.decode(_flat(_numbers(_escaped(text, r"\\"))))
    except (ValueError, RecursionError) as error:
        raise NotJsonError from error
    return data, tuple(_remarks(data, text))


def is_page(body: bytes) -> bool:
    """Whether it is HTML."""
    return _PAGE.match(body.lstrip(_PADDING)) is not None


def why_not(body: bytes, *, known: bool) -> str:
    """A sentence on why `body` is not JSON: at which byte (from 1), what is likely, and what to do.

    It does not doubt the device where it is `known` to be one, or where the answer looks like one's.
    """
    bare = body.strip(_PADDING)
    if is_page(body):
        return f"An HTML page, not the answer of a meter: {BEHIND_A_PAGE}"
    if not bare:
        return f"The answer is empty: {RESTART if known else IS_IT_ONE}"
    if not known and not any(name in bare for name in _OURS):
        return f"The answer is not JSON: {IS_IT_ONE}"
    text = _flat(_numbers(_escaped(bare.decode("latin-1"), "/")))  # one character a byte
    fault, at = _fault(text)
    byte = len(body) - len(body.lstrip(_PADDING)) + at + 1
    is_open = fault.startswith("Unterminated string")
    if text[0] in "[{" and (not _STRUCTURE.search(text, at) or (is_open and text[-1] not in "]}")):
        return f"The answer was cut short after {len(body)} byte{'s' if len(body) != 1 else ''}: {RESTART}"
    if fault == "Extra data":
        return f"The answer goes on after its end, at byte {byte}: {RESTART}"
    name, is_text = _member_at(text, at + 1)
    where = f"The answer is not JSON from byte {byte} on"
    if name == "wifi_ssid" and is_text:
        return f"{where}: is there a quote or a backslash in the Wi-Fi name? Rename it"
    if name and is_text:
        return f"{where}: is there a quote or a backslash in {name}? Newer firmware may mend that"
    return f"{where}{f', at {name}' if name else ''}: {RESTART}"


def _fault(text: str) -> tuple[str, int]:
    """What the decoder says, and the place in `text`."""
    try:
        _PATIENT.decode(text)
    except json.JSONDecodeError as error:
        return error.msg, error.pos
    except RecursionError:
        pass
    return "", 0


def _escaped(text: str, backslash: str) -> str:
    """`text` with each backslash that JSON does not know replaced: by two, or by one character to keep its length."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: found[0] if len(found[0]) > 1 else backslash, text)


def _numbers(text: str) -> str:
    """`text` with each nan and inf of C outside of texts as the NaN of Python, padded to its length."""
    if not _NUMBERLESS.search(text):
        return text
    return _QUOTED.sub(lambda found: found[0] if found[0][0] == '"' else "NaN".ljust(len(found[0])), text)


def _flat(text: str) -> str:
    """`text` with what is nested too deep replaced by blanks."""
    if text.count("[") + text.count("{") <= DEPTH:
        return text
    parts: list[str] = []
    depth = done = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == DEPTH:
                parts.append(text[done : token.end()])
                done = token.end()
        elif token[0] in ("]", "}"):
            if depth == DEPTH:
                parts.append(" " * (token.start() - done))
                done = token.start()
            depth -= 1
    parts.append(" " * (len(text) - done) if depth >= DEPTH else text[done:])
    return "".join(parts)


def _member_at(text: str, end: int) -> tuple[str, bool]:
    """The name of the last member that begins before `end`, and whether its value is a text; an empty name if none."""
    found = None
    for found in _MEMBER.finditer(text, 0, end):  # noqa: B007  the last one is wanted
        pass
    return (found[1], bool(found[2])) if found else ("", False)


def _texts(value: object) -> Iterator[str]:
    """Every text in a value, and every name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.items() if isinstance(value, dict) else value:
            yield from _texts(list(item) if isinstance(item, tuple) else item)


def _remarks(data: object, text: str) -> Iterator[str]:
    fields = data if isinstance(data, dict) else {}
    texts = {clean(name) or "a field without a name": list(_texts({name: fields[name]})) for name in fields}
    if found := [name for name in texts if any(UNREADABLE in text for text in texts[name])]:
        yield f"{listed(found)}: not UTF-8, {UNREADABLE} stands for what cannot be read"
    if found := [name for name in texts if any(map(_CONTROL.search, texts[name]))]:
        yield f"{listed(found)}: control characters left out"
    lone = next((found.start() for found in _ESCAPE.finditer(text) if len(found[0]) == 1), None)
    if lone is not None:
        yield f"{_member_at(text, lone)[0] or 'a text'}: a backslash that JSON does not know, taken as it is"
