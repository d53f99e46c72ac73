"""The tables [[alarms]] of the config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alarms.alarmlab import rule
from tui.cli.commands.help import page
from tui.core.alarms.grammar import parse_condition
from tui.core.alarms.rules import EXAMPLE, MOST, PLACEHOLDERS, Rule
from tui.core.alarms.subjects import FLAGS, FORECAST, PRICE, UNITS
from tui.core.model import Role
from tui.core.secret import Secret
from tui.core.settings import SettingsError, resolve
from tui.engine.configfile import read_config


def alarms(folder: Path, toml: str) -> tuple[Rule, ...]:
    path = folder / "config.toml"
    path.write_text(toml)
    return resolve({}, {}, read_config(path, must_exist=True)).alarms


def test_no_alarms_without_a_table(tmp_path: Path) -> None:
    assert alarms(tmp_path, "interval = 2") == ()


def test_the_example_is_a_rule(tmp_path: Path) -> None:
    assert alarms(tmp_path, EXAMPLE) == (rule("water_flow_lpm > 0 for 60m", name="Leak"),)


def test_every_key_is_read(tmp_path: Path) -> None:
    found = alarms(
        tmp_path,
        """
        [[alarms]]
        when = "power_w > 5 kW for 1m"
        name = "High load"
        device = "Fuse box"
        clear = "power_w < 4000 for 30s"
        cooldown = "1h"
        bell = true
        run = ["notify-send", "-u", "critical", "{name}: {text}", '{"json": 1}']
        webhook = "https://example.org/hook?id=3"
        mqtt = "house/alarms"
        [[alarms]]
        when = "power_w < 0 for 5m"
        role = "solar"
        cooldown = "0"
        """,
    )
    assert found == (
        Rule(
            parse_condition("power_w > 5000 for 60s"),
            "High load",
            "Fuse box",
            clear=parse_condition("power_w < 4000 for 30s"),
            cooldown_s=3600,
            bell=True,
            run=("notify-send", "-u", "critical", "{name}: {text}", '{"json": 1}'),
            webhook=Secret("https://example.org/hook?id=3"),
            mqtt="house/alarms",
        ),
        Rule(parse_condition("power_w < 0 for 5m"), role=Role.SOLAR, cooldown_s=0),
    )


def test_a_price_can_be_asked_for_where_there_are_prices(tmp_path: Path) -> None:
    assert alarms(tmp_path, f"[[alarms]]\nwhen = 'price < 0.1'\n{PRICES}") == (rule("price < 0.1"),)


def test_the_page_of_the_help_has_rules_and_units_that_can_be_written(tmp_path: Path) -> None:
    shown = page("alarms")
    assert len(alarms(tmp_path, shown.partition("```toml\n")[2].partition("```")[0])) == 4
    units = [unit for units in UNITS.values() for unit in units]
    assert " ".join(shown.partition("Units: ")[2].partition(".")[0].split()).split(", ") == units
    assert all(f"`{name}`" in shown for name in (*FLAGS, FORECAST, PRICE))
    assert all(f"{{{name}}}" in shown for name in PLACEHOLDERS)


def test_who_knows_the_url_can_send_there_so_it_is_not_told() -> None:
    assert "example.org" not in repr(rule("frozen", webhook=Secret("https://example.org/hook")))


PRICES = "[prices]\nimport = 0.2\n"
GOOD = '[[alarms]]\nwhen = "frozen"\n'


@pytest.mark.parametrize(
    ("toml", "line", "sentence"),
    [
        ("alarms = 3", 1, "alarms: wrong type: write each alarm as a table, [[alarms]]"),
        ("[alarms]\nwhen = 'frozen'", 1, "alarms: wrong type: write each alarm as a table, [[alarms]]"),
        ("alarms = [3]", 1, "alarms.1: wrong type: write each alarm as a table, [[alarms]]"),
        (GOOD * (MOST + 1), 1, f"alarms: there are {MOST + 1}: {MOST} are the most"),
        (
            "[[alarms]]\nname = 'x'",
            1,
            'alarms.1: there is no condition: write one like when = "power_w > 5000 for 60s"',
        ),
        (GOOD + "\n[[alarms]]\nwhen = 3", 5, 'alarms.2.when: wrong type: it must be text in quotes, like "this"'),
        (
            GOOD + "[[alarms]]\n\nwhen = 'pwer_w > 3'\n" + GOOD,
            5,
            'alarms.2.when: at character 1: there is no quantity "pwer_w": did you mean "power_w"?',
        ),
        (GOOD + "clear = 'frozen x'", 3, 'alarms.1.clear: at character 8: "x" is not expected here'),
        (GOOD + "naam = 'x'", 3, 'alarms.1.naam: unknown key: did you mean "name"?'),
        (GOOD + "name = ' '", 3, "alarms.1.name: a word is missing"),
        (GOOD + "role = 'none'", 3, 'alarms.1.role: there is no "none": use one of grid, solar, load, battery'),
        (GOOD + "role = 'solar'\ndevice = 'x'", 1, "alarms.1: give a device or a role, not both"),
        (GOOD + "cooldown = 10", 3, "alarms.1.cooldown: wrong type"),
        (GOOD + "cooldown = '10'", 3, "alarms.1.cooldown: at the end: a unit of time is missing"),
        (GOOD + "bell = 1", 3, "alarms.1.bell: wrong type: it must be true or false, without quotes"),
        (
            GOOD + "run = 'notify-send'",
            3,
            'alarms.1.run: wrong type: it must be a list of texts, like ["this", "that"]',
        ),
        (GOOD + "run = []", 3, "alarms.1.run: a program is missing"),
        (GOOD + "run = ['{text}']", 3, "alarms.1.run: the program itself is no word in braces"),
        (GOOD + "run = ['x', '{txt}']", 3, 'alarms.1.run: {txt}: unknown word in braces: did you mean "text"?'),
        (GOOD + f"run = {['x'] * 33}", 3, "alarms.1.run: there are 33 words: 32 are the most"),
        (GOOD + f"run = ['x', '{'y' * 501}']", 3, "alarms.1.run: a word has 501 characters: 500 are the most"),
        (GOOD + 'run = ["x\\u0000"]', 3, "alarms.1.run: a word holds a NUL"),
        (GOOD + "webhook = 'ftp://x'", 3, "alarms.1.webhook: this is no URL"),
        (GOOD + "webhook = 'https://x/ y'", 3, "alarms.1.webhook: this is no URL"),
        (GOOD + f"webhook = 'https://x/{'y' * 500}'", 3, "alarms.1.webhook: this is no URL"),
        (GOOD + "webhook = 'https://u:secret@x/'", 3, "alarms.1.webhook: there is a user name or password before the"),
        (GOOD + "mqtt = 'a/#'", 3, "alarms.1.mqtt: a topic that is written to has no + or #"),
        (GOOD + "mqtt = '$SYS/a'", 3, "alarms.1.mqtt: a topic that is written to has no + or #, and does not begin"),
        (GOOD + "mqtt = ''", 3, "alarms.1.mqtt: this is no topic"),
        (
            GOOD + "[[alarms]]\nwhen = 'power_w > 1'\nclear = 'power_w < 0 and price < 1'",
            5,
            "alarms.2.clear: there are no prices: write them in a table [prices]",
        ),
        (
            f"{PRICES}[[alarms]]\nwhen = 'price < 1'\nrole = 'grid'",
            3,
            "alarms.1: its condition is about the whole house",
        ),
        (
            f"{PRICES}[[alarms]]\nwhen = 'power_w > 1'\nclear = 'price < 1'",
            3,
            "alarms.1: one of when and clear is about the whole house, the other about a device",
        ),
        (GOOD + "clear = 'check fails'", 1, "alarms.1: an alarm cannot end because the check fails"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(tmp_path: Path, toml: str, line: int, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        alarms(tmp_path, toml)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / 'config.toml'}:{line}: {sentence}")
    assert "secret" not in told
