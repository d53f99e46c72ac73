"""What stands as code in the page for forty houses."""

from __future__ import annotations

import re

from tui.cli.commands.help import page

PAGE = page("forty")
QUESTION = "Which houses are near their fuse"


def blocks(section: str, language: str) -> list[str]:
    """The code in this language below a heading."""
    (found,) = [text for text in re.split(r"^## ", PAGE, flags=re.MULTILINE) if text.startswith(f"{section}\n")]
    return re.findall(rf"^```{language}\n(.*?)^```", found, re.MULTILINE | re.DOTALL)


NEAR, SILENT, LINES_NEAR = (one.strip() for one in blocks(QUESTION, "promql"))
"""The questions: of what was scraped, which houses are near their fuse and which tell nothing; and of line protocol."""
