"""`hwtui config`: what each setting is, where it came from, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tui.cli.given import Given
from tui.cli.parser import parse
from tui.core.options import OPTIONS
from tui.core.settings import ConfigFile, SettingsError
from tui.engine.commands.config import config, table_rows
from tui.engine.commands.exits import OK, WARNING
from tui.engine.commands.run import Output

FILE = """\
hosts = ["192.168.1.20", "https://192.168.1.21"]
fuse = "3x25"
mouse = false

[devices.5c2fafe8a06f]
name = "Fuse box"
inverted = true
"""


class Told:
    """What the command said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def row(self, name: str) -> list[str]:
        """The cells of a line."""
        line = next(line for line in self.out.splitlines() if line.split()[0] == name)
        return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "c.toml"
    found.write_text(FILE)
    return found


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def told(capsys: pytest.CaptureFixture[str], words: Sequence[str], env: Mapping[str, str] | None = None) -> Told:
    parsed = parse([*words, "config"])
    assert isinstance(parsed, Given)
    given = Given(parsed.command, parsed.flags, parsed.own, {"HOME": "/nonexistent", **(env or {})})
    settings = given.settings_without_screen()
    as_json = bool(given.own.get("json"))
    code = await config(settings, given.typed_at, given.env, Output(), as_json=as_json)
    return Told(code, *capsys.readouterr())


async def test_a_broker_is_shown_as_typed_and_of_a_webhook_only_its_host(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, '[[alarms]]\nwhen = "power_w > 5"\nwebhook = "https://ntfy.example:8443/SECRET?token=SECRET"\n')
    said = await told(capsys, ["--config", str(path), "--mqtt", "mqtts://me@[fd00::5]"])
    assert said.row("mqtt") == ["mqtt", "mqtts://me@[fd00::5]:8883", "--mqtt"]
    said = await told(capsys, ["--config", str(path), "--influx", "http://h:8428/write?db=x"])
    assert said.row("influx") == ["influx", "http://h:8428/write?db=x", "--influx"]
    assert said.row("alarms.1.webhook") == ["alarms.1.webhook", "https://ntfy.example:8443/***", f"{path}:3"]
    assert "SECRET" not in said.out


async def test_a_program_of_an_alarm_that_is_not_there_is_a_flaw(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, '[[alarms]]\nwhen = "silent"\nrun = ["hwtui-no-such-program", "{text}"]\n')
    said = await told(capsys, ["--config", str(path)])
    assert said.code == WARNING
    assert 'an alarm starts "hwtui-no-such-program", which is not there or may not run' in said.err


async def test_each_setting_says_where_it_came_from(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = {"HWTUI_GRID": "be-vlg", "HWTUI_INTERVAL": "3", "HWTUI_FUSE": ""}
    said = await told(capsys, ["--config", str(path), "--interval", "2", "--no-mdns"], env)
    assert (said.code, said.err) == (OK, "")
    assert said.row("hosts") == ["hosts", "192.168.1.20, https://192.168.1.21", f"{path}:1"]
    assert said.row("fuse") == ["fuse", "3x25", f"{path}:2"]
    assert said.row("mouse") == ["mouse", "false", f"{path}:3"]
    assert said.row("interval") == ["interval", "2", "--interval"]
    assert said.row("mdns") == ["mdns", "false", "--no-mdns"]
    assert said.row("grid") == ["grid", "be-vlg", "HWTUI_GRID"]
    assert said.row("theme") == ["theme", "auto", "default"]
    assert said.row("log_file") == ["log_file", "--", "default"]
    assert said.row("config") == ["config", str(path), "--config"]
    assert said.row("devices.5c2fafe8a06f.name") == ["devices.5c2fafe8a06f.name", "Fuse box", f"{path}:6"]
    assert said.row("devices.5c2fafe8a06f.inverted") == ["devices.5c2fafe8a06f.inverted", "true", f"{path}:7"]


async def test_json_holds_the_same_for_a_script(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parsed = parse(["config", "--json", "--config", str(path)])
    assert isinstance(parsed, Given)
    assert await config(parsed.settings_without_screen(), parsed.typed_at, {}, Output(), as_json=True) == OK
    row = json.loads(capsys.readouterr().out)
    assert (row["config_file"], row["config_file_exists"], row["flaws"]) == (str(path), True, [])
    assert [one["option"] for one in row["settings"] if one["option"]] == [
        option.flag for option in OPTIONS if option.flag
    ]
    assert row["settings"][0] == {
        "name": "hosts",
        "value": ["192.168.1.20", "https://192.168.1.21"],
        "from": f"{path}:1",
        "option": "--host",
        "variable": "HWTUI_HOST",
    }


async def test_without_a_file_all_is_default(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = await told(capsys, [], {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)})
    assert said.code == OK
    assert {line.rpartition("  ")[2] for line in said.out.splitlines()} == {"default"}
    assert len(said.out.splitlines()) == len(OPTIONS)


async def test_a_variable_that_nobody_reads_is_named(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    said = await told(capsys, ["--config", str(path)], {"HWTUI_INTERVALL": "3"})
    assert said.code == WARNING
    assert said.err == 'hwtui: HWTUI_INTERVALL: unknown variable: did you mean "HWTUI_INTERVAL"?\n'


async def test_the_file_of_prices_and_the_limits_are_looked_at_too(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    write(path, FILE + '[prices]\nfile = "no-such.csv"\n')
    said = await told(capsys, ["--config", str(path)])
    assert said.code == WARNING
    assert "no-such.csv: there is no such file" in said.err
    write(path.with_name("limits.toml"), "[voltage]\nhigh = 'x'\n")
    with pytest.raises(SettingsError, match=r"limits\.toml:"):
        await told(capsys, ["--config", str(path)])


def test_lists_of_tables_are_told_table_by_table() -> None:
    values = {"alarms": [{"when": "power_w > 5"}, {"when": "silent", "roles": ["grid", "solar"]}], "empty": {}}
    rows = list(table_rows(ConfigFile("c.toml", values, {("alarms", "when"): 2})))
    assert [(row.name, row.value) for row in rows] == [
        ("alarms.1.when", "power_w > 5"),
        ("alarms.2.when", "silent"),
        ("alarms.2.roles", ["grid", "solar"]),
        ("empty", "{}"),
    ]


async def test_what_a_file_holds_cannot_move_the_cursor_nor_show_a_password(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    write(path, '[devices.ab]\nname = "\\u001b[2Jx\\n y"\nbehind = "mqtt://me:secret@host"\n')
    said = await told(capsys, ["--config", str(path)])
    assert said.row("devices.ab.name")[1:] == ["[2Jx y", f"{path}:2"]
    assert "secret" not in said.out


@pytest.mark.parametrize(
    ("text", "place"),
    [("intervall = 3\n", ":1: intervall: unknown key"), ("interval = 0.1\n", ":1: interval: 0.1 s is out of range")],
)
async def test_a_wrong_file_is_a_sentence(
    capsys: pytest.CaptureFixture[str], path: Path, text: str, place: str
) -> None:
    write(path, text)
    with pytest.raises(SettingsError, match=place):
        await told(capsys, ["--config", str(path)])
