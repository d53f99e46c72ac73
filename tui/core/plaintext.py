"""Renders the Markdown pages of `hwtui help` as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = re.compile(r"`([^`]*)`|\*\*([^*]*)\*\*|\[([^\]]*)\]\([^)]*\)")


def plain_text(markdown: str) -> str:
    """A page without markup: titles in capitals, code indented by four, everything else unchanged."""
    return "\n".join(_lines(markdown)).strip() + "\n"


def title_and_summary(markdown: str) -> tuple[str, str]:
    """The title of a page without its markup, and its first paragraph."""
    title, _, rest = markdown.partition("\n")
    return title.lstrip("# "), rest.strip().partition("\n\n")[0]


def _lines(markdown: str) -> Iterator[str]:
    in_code = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            yield f"    {line}" if line else ""
        elif line.startswith("#"):
            yield line.lstrip("# ").upper()
        elif set(line) and set(line) <= set("|-"):
            yield line  # the rule of a table
        else:
            yield _MARKS.sub(_inside, line)


def _inside(match: re.Match[str]) -> str:
    """The text inside markup; in a table padded to the old width, so that columns stay aligned."""
    text = match[1] or match[2] or match[3] or ""
    return text.ljust(len(match[0])) if match.string.startswith("|") else text
