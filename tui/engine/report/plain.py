"""Text for where only ASCII can be written: an accent is left out, another character becomes a question mark."""

from __future__ import annotations

import sys
import unicodedata

from tui.engine.charset import given_environment, is_utf8


def for_stdout(text: str, fmt: str) -> str:
    """A report in a format, as stdout can take it."""
    if text.isascii() or is_utf8(given_environment(), sys.stdout.encoding or ""):
        return text
    return in_ascii(text, fmt)


def in_ascii(text: str, fmt: str) -> str:
    """A report in a format, in ASCII. HTML and Markdown have a way to write every character."""
    if fmt in ("html", "markdown"):
        return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    apart = unicodedata.normalize("NFKD", text)
    letters = "".join(char for char in apart if not unicodedata.combining(char))
    return letters.encode("ascii", "replace").decode("ascii")
