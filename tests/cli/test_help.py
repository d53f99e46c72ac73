"""`hwtui help`: pages that are there without a network, and read well on 80 columns."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui.cli.commands.help import TOPICS, page
from tui.core.plaintext import plain_text, title_and_summary


def hwtui(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tui", *words], capture_output=True, text=True, check=False)


def test_help_alone_lists_every_page_with_what_it_holds() -> None:
    done = hwtui("help")
    assert done.returncode == 0
    for topic in TOPICS:
        summary = plain_text(title_and_summary(page(topic))[1]).strip()
        assert f"  {topic:<10}  {summary}\n" in done.stdout
        assert len(summary) <= 66
        assert "\n" not in summary


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_is_shown_as_text_that_fits(topic: str) -> None:
    done = hwtui("help", topic)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == plain_text(page(topic))
    assert "`" not in done.stdout
    too_wide = [line for line in done.stdout.splitlines() if len(line) > 80 and not line.startswith("    ")]
    assert too_wide == []


def test_an_unknown_page_is_answered_with_the_known_ones() -> None:
    done = hwtui("help", "colours")
    assert done.returncode == 3
    assert done.stderr.startswith('hwtui: there is no page "colours": use one of finding, options')


def test_help_loads_nothing_for_a_screen_or_a_network() -> None:
    code = "import sys; from tui.cli import main; main(['help', 'json']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"textual", "rich", "httpx", "zeroconf", "asyncio"} & set(done.stderr.split())


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# A title\n\nWords.\n", "A TITLE\n\nWords.\n"),
        ("See `hwtui help`, **now**, [here](x.md).", "See hwtui help, now, here.\n"),
        ("```sh\nls `x`\n\nls\n```", "ls `x`\n\n    ls\n"),
        ("a\n\n```\n# b\n```\n", "a\n\n    # b\n"),
        ("| `a` | b |\n|-----|---|\n", "| a   | b |\n|-----|---|\n"),
    ],
)
def test_marks_are_taken_away_and_columns_stay_columns(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text
