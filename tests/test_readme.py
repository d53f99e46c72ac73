"""README and help pages show what the program takes: command lines, options, variables, config file, keys, states."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tui.cli.commands.help import PAGES, TOPICS, page
from tui.cli.parser import parse
from tui.cli.registry import COMMANDS
from tui.core.checks.finding import WORST_FIRST, Verdict
from tui.core.devicejson import device_json
from tui.core.model import Device, Read, State
from tui.core.moment import Now
from tui.core.options import OPTIONS
from tui.core.reading import Measurement
from tui.core.settings import resolve
from tui.engine.checkdata import load_words
from tui.engine.configfile import read_config
from tui.ui.keys import KEYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ALL = "\n".join([README, *(page(topic) for topic in TOPICS)])
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```", ALL, re.MULTILINE | re.DOTALL))
SPANS = [span for span in re.findall(r"`(hwtui[^`\n]*)`", ALL) if not re.search(r"[\[.]", span)]
MOST_README_LINES = 285
"""It is the first page and not the manual."""


def commands() -> list[str]:
    """Each `hwtui ...` in a shell block or a code span, without comments and what comes after a redirection."""
    lines = re.sub(r" +#.*", "", SHELL)
    return sorted({*re.findall(r"(?:^|[ /])(hwtui\b[^|>&\n]*)", lines, re.MULTILINE), *SPANS})


def entries(topic: str) -> list[str]:
    """The code spans that begin the items of a page."""
    return [
        span
        for item in re.findall(r"^\* (`[^:\n]*):", page(topic), re.MULTILINE)
        for span in re.findall("`([^`]+)`", item)
    ]


@pytest.mark.parametrize("line", commands())
def test_every_command_line_is_understood(line: str) -> None:
    given = parse(shlex.split(line)[1:])
    assert not isinstance(given, int)
    resolve(given.flags, {}, read_config(Path("no such file"), must_exist=False))


def test_the_commands_are_found() -> None:
    assert {"hwtui", "hwtui demo", "hwtui devices --scan"} <= {line.strip() for line in commands()}
    assert len(commands()) > 7


def test_the_options_are_those_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], *([name] for name in COMMANDS)):
        assert parse([*command, "--help"]) == 0
    known = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page("options")))
    assert shown == known


def test_the_variables_and_keys_of_the_file_are_those_of_the_program() -> None:
    assert re.findall(r"Variable `([^`]+)`", page("options")) == [option.variable for option in OPTIONS]
    assert re.findall(r", key `([^`]+)`", page("options")) == [option.key for option in OPTIONS if option.key]


def test_the_config_file_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(page("config").partition("```toml\n")[2].partition("```")[0])
    settings = resolve({}, {}, read_config(path, must_exist=True))
    assert len(settings.hosts) == 2
    assert settings.devices
    assert settings.read_only


def test_the_keys_are_those_of_the_program() -> None:
    assert entries("keys") == [*dict.fromkeys(key.shown for key in KEYS if key.help), "ctrl+p"]


def test_every_state_is_explained() -> None:
    assert sorted(re.findall(r"^\| `([^`]+)`", page("states"), re.MULTILINE)) == sorted(State)


def test_the_example_of_json_is_json_with_the_keys_that_a_program_gets() -> None:
    example = json.loads(page("json").partition("```json\n")[2].partition("```")[0])
    device = Device("aa", serial="aa", product_type="HWE-P1", measurement=Read(Measurement(), Now(0.0, 0.0)))
    assert list(example) == list(device_json(device, Now(0.0, 0.0), reading=True))


def test_the_readme_is_the_first_page_and_leads_to_the_others() -> None:
    assert len(README.splitlines()) <= MOST_README_LINES
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert all((ROOT / path).exists() for path in linked)
    assert {f"tui/help/{topic}.md" for topic in TOPICS} <= set(linked)


@pytest.mark.parametrize(
    "said",
    [
        "An indication from the meters in this house, not a certified measurement",
        "HomeWizard licenses its API for personal, non-commercial use",
    ],
)
def test_what_a_check_is_and_is_not_is_said_once(said: str) -> None:
    assert " ".join(README.split()).count(said) == 1


def test_the_readme_says_what_each_verdict_means_in_the_words_of_a_report() -> None:
    words = load_words("en").phrases
    section = README.partition("## On site")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| ([^;|]+)", section, re.MULTILINE)
    meant = [(words[verdict], words[f"means_{verdict}"]) for verdict in WORST_FIRST if verdict is not Verdict.NA]
    assert [(verdict, meaning.strip()) for verdict, meaning in rows] == meant


def test_every_page_is_a_topic() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(TOPICS)


def test_every_picture_is_there_and_shown() -> None:
    shown = re.findall(r"\]\((screenshots/[^)]+)\)", README)
    pictures = [path for path in (ROOT / "screenshots").iterdir() if path.suffix in (".svg", ".png")]
    assert sorted(shown) == sorted(f"screenshots/{path.name}" for path in pictures)


def test_two_lines_do_the_whole_set_up_and_ci_runs_the_second() -> None:
    demo, tests = [line for line in SHELL.splitlines() if line.startswith("python3 -m venv .venv")]
    assert demo.endswith("hwtui demo")
    assert "pytest" in tests
    assert r"grep -E '^python3 -m venv .*pytest' README.md" in (ROOT / ".ci" / "run").read_text()
