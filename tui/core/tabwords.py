"""What a browser says of a tab, as the page of textual-serve sends it, and how the screen's process is told.

The page sends JSON: `["stdin", TEXT]`, `["resize", {"width": N, "height": N}]`, `["ping", TEXT]`, `["focus"]`,
`["blur"]` (textual-serve 1.1.3, `static/js/textual.js`). Textual's driver for it reads packets: a letter, the length in
four bytes, and so many bytes; D is what was typed, M is JSON (`textual/drivers/web_driver.py`, 8.2.8).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

MOST_CELLS = 500
"""Columns or rows: three times what fits on a large screen (own choice)."""
USUAL_CELLS = (80, 24)
LONGEST_TYPED = 4096
"""Characters at once; of what is pasted the rest is left out: the longest field has far less (own choice)."""
PASTED = "\x1b[201~"
"""What follows a pasted text. Without it all that is typed later would be taken for a part of that text."""
LONGEST_PING = 64
PRELUDE = b"__GANGLION__\n"
"""What the driver writes first."""
HEAD = 5
"""Bytes before those of a packet."""
LARGEST_PACKET = 1 << 24
"""Bytes; a whole picture of 500 x 500 cells has a few million."""


ENVIRONMENT = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
"""Variables that Textual reads when it is loaded."""


class Said(NamedTuple):
    """What to hand to the screen, and what to answer; either may be empty."""

    packet: bytes = b""
    answer: str = ""


def packet(kind: bytes, payload: bytes) -> bytes:
    """A packet for the driver."""
    return kind + len(payload).to_bytes(4, "big") + payload


def size_of(head: bytes) -> int:
    """How many bytes follow this head of a packet. Raises `ValueError`."""
    size = int.from_bytes(head[1:HEAD], "big")
    if size > LARGEST_PACKET:
        raise ValueError("no packet of a screen")
    return size


def said(message: str) -> Said:
    """What a message of the page means. Raises `ValueError` for one that it does not send."""
    try:
        parts = json.loads(message)
    except RecursionError:
        raise ValueError("no message of the page") from None
    match parts:
        case ["stdin", str(text)]:
            typed = _typed(text).encode(errors="ignore")
            return Said(packet(b"D", typed) if typed else b"")  # an empty one is the end of all input to the driver
        case ["resize", {"width": int(width), "height": int(height)}]:
            return Said(_meta({"type": "resize", "width": in_cells(width), "height": in_cells(height)}))
        case ["ping", str(text)] if len(text) <= LONGEST_PING:
            return Said(answer=json.dumps(["pong", text]))
        case ["focus" | "blur" as word, *_]:
            return Said(_meta({"type": word}))
    raise ValueError("no message of the page")


def _typed(text: str) -> str:
    if len(text) <= LONGEST_TYPED:
        return text
    return text[:LONGEST_TYPED] + (PASTED if text.endswith(PASTED) else "")


def in_cells(number: int) -> int:
    """A number of columns or rows, as far as it can be one."""
    return min(MOST_CELLS, max(1, number))


def asked_size(query: Mapping[str, str]) -> tuple[int, int]:
    """Columns and rows as the address of a tab names them."""
    columns, rows = (
        in_cells(int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else usual
        for text, usual in zip((query.get("width", ""), query.get("height", "")), USUAL_CELLS, strict=True)
    )
    return columns, rows


def _meta(told: Mapping[str, object]) -> bytes:
    return packet(b"M", json.dumps(told).encode())
