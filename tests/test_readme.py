"""What the README shows is what the program takes: command lines, options, variables, the config file, keys, states."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tui.cli.parser import parse
from tui.cli.registry import COMMANDS
from tui.core.model import State
from tui.core.settings import OPTIONS, resolve
from tui.engine.configfile import read_config
from tui.ui.keys import KEYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
SPANS = [span for span in re.findall(r"`(hwtui[^`\n]*)`", README) if not re.search(r"[\[.]", span)]


def commands() -> list[str]:
    """Each `hwtui ...` in a shell block or a code span, without comments and what comes after a redirection."""
    lines = re.sub(r" +#.*", "", SHELL)
    return sorted({*re.findall(r"(?:^|[ /])(hwtui\b[^|>&\n]*)", lines, re.MULTILINE), *SPANS})


def section(title: str) -> str:
    """The text under a heading."""
    return re.split(r"^#+ ", README.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]


def column(title: str, number: int = 1) -> list[str]:
    """The code spans in a column of the tables under a heading."""
    rows = [row.split(" | ") for row in section(title).splitlines() if row.startswith("| ")]
    return [span for row in rows if len(row) >= number for span in re.findall(r"`([^`]+)`", row[number - 1])]


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
    shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", section("Options")))
    assert shown == known


def test_the_variables_and_keys_of_the_file_are_those_of_the_program() -> None:
    assert column("Options", 2) == [option.variable for option in OPTIONS]
    assert column("Options", 3) == [option.key for option in OPTIONS if option.key]


def test_the_config_file_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(README.partition("```toml\n")[2].partition("```")[0])
    settings = resolve({}, {}, read_config(path, must_exist=True))
    assert len(settings.hosts) == 2
    assert settings.devices
    assert settings.read_only


def test_the_keys_are_those_of_the_program() -> None:
    assert column("Keys") == [*(key.shown for key in KEYS if key.help), "ctrl+p"]


def test_every_state_is_explained() -> None:
    assert sorted(column("States")) == sorted(State)


def test_every_picture_is_there_and_shown() -> None:
    shown = re.findall(r"\]\((screenshots/[^)]+)\)", README)
    assert sorted(shown) == sorted(f"screenshots/{path.name}" for path in (ROOT / "screenshots").glob("*.svg"))


def test_two_lines_do_the_whole_set_up_and_ci_runs_the_second() -> None:
    demo, tests = [line for line in SHELL.splitlines() if line.startswith("python3.11 -m venv ")]
    assert demo.endswith("hwtui demo")
    assert "pytest" in tests
    assert r"grep -E '^python3\.11 -m venv .*pytest' README.md" in (ROOT / ".ci" / "run").read_text()
