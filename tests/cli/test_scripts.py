"""What scripts and status lines call: `read --field`, `switch`, `identify`; what is wrong is one line, and exit 3."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Served

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "--field", "powr_w"], ['--field: "powr_w"', 'did you mean "power_w"']),
        (["read", "--template", "{power_w"], ["--template: ", "{{"]),
        (["read", "--template", "{name.__class__}"], ['--template: "name.__class__": unknown name']),
        (["read", "--field", "power_w", "--json"], ["--json and --field do not go together"]),
        (["read", "--field", "power_w", "--template", ""], ["--field and --template do not go together"]),
        (["read", "--missing", "?"], ["--missing goes with --field or --template"]),
        (["read", "--json", "--missing", "?"], ["--missing goes with"]),
        (["read", "the lamp", "--field", "power_w"], ['no device of the name "the lamp" is known']),
        (["switch"], ["a device is missing: hwtui switch NAME"]),
        (["switch", "192.168.1.20", "onn"], ['"onn" is nothing that a socket does']),
        (["switch", "192.168.1.20", "brightness"], ["brightness: a number from 0 to 255 is missing"]),
        (["switch", "192.168.1.20", "--host", "192.168.1.21", "on"], ["--host: it takes one device, as a word"]),
        (["--read-only", "switch", "192.168.1.20", "on"], ["read-only: nothing is switched"]),
        (["switch", "192.168.1.20", "off"], ["off asks first, and there is no terminal to ask on: add --yes"]),
        (["switch", "192.168.1.20", "off", "--yess"], ["--yess"]),
        (["identify"], ["name one device: hwtui identify NAME"]),
        (["identify", "192.168.1.20", "192.168.1.21"], ["name one device"]),
        (["--read-only", "identify", "192.168.1.20"], ["read-only: no LED is blinked"]),
    ],
)
def test_what_cannot_be_is_named_in_one_line(hwtui: Run, arguments: list[str], words: list[str]) -> None:
    done = hwtui(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith("hwtui: ")
    for word in words:
        assert word in done.stderr


def test_a_status_line_gets_its_value_and_nothing_else(hwtui: Run, house: Served) -> None:
    grid = house.hosts[house.products.index("HWE-P1")]
    done = hwtui("read", grid, "--field", "power_w", "--field", "serial")
    assert (done.returncode, done.stderr) == (0, "")
    power_w, serial = done.stdout.splitlines()
    assert float(power_w) == int(power_w)
    assert serial == house.serials[house.products.index("HWE-P1")]


def test_a_name_of_the_config_file_is_a_device_wherever_one_is_named(hwtui: Run, house: Served, tmp_path: Path) -> None:
    serial, host = house.serials[0], house.hosts[0]
    config = tmp_path / "c.toml"
    config.write_text(f'[devices.{serial}]\nname = "The grid"\n')
    by_address = hwtui("--config", str(config), "read", host, "--template", "{name}|{state}")
    assert by_address.stdout == "The grid|live\n"
    nowhere = hwtui("--config", str(config), "--no-mdns", "read", "the GRID", "--template", "{name}|{power_w}")
    assert (nowhere.returncode, nowhere.stdout) == (2, "The grid|-\n")
    assert nowhere.stderr.startswith("hwtui: The grid: Not found without mDNS")


@pytest.mark.parametrize("words", [["{} off --yes"], ["--yes {} off"], ["{} --yes off"], ["{} off --yes --timeout 2"]])
def test_words_and_options_may_stand_in_any_order(hwtui: Run, words: list[str]) -> None:
    done = hwtui("switch", *words[0].format("127.0.0.1:9").split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hwtui: 127.0.0.1:9: Connection refused at port 9: is this the right address?\n"


def test_without_a_config_file_that_may_forbid_it_nothing_is_switched(hwtui: Run, tmp_path: Path) -> None:
    done = hwtui("switch", "127.0.0.1:9", "on", env={"XDG_CONFIG_HOME": "/" + "x" * 5000})
    assert done.returncode == 3
    assert "read-only: nothing is switched" in done.stderr
