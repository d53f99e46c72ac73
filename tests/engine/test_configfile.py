"""The config file: errors with file, line and key; writing names without losing a comment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.fuse import Fuse
from tui.core.model import DeviceSetting, Endpoint, Role
from tui.core.settings import Settings, SettingsError, resolve
from tui.engine.configfile import (
    default_path,
    default_state_dir,
    read_config,
    remember_device,
    remember_fuse,
    remember_host,
)

GOOD = """\
# my house
interval = 2      # slowly
hosts = [
  "192.168.1.20", # P1
]

[devices.5C2FAF0A1B2C]  # in the cupboard
name = "Grid"

[devices."aa bb"]
role = "solar"
"""


def _settings(path: Path) -> Settings:
    return resolve({}, {}, read_config(path, must_exist=True))


def _write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_is_read_with_the_line_of_each_key(tmp_path: Path) -> None:
    file = read_config(_write(tmp_path, GOOD), must_exist=True)
    assert file.values["interval"] == 2
    assert file.lines == {
        ("interval",): 2,
        ("hosts",): 3,
        ("devices", "5C2FAF0A1B2C"): 7,
        ("devices", "5C2FAF0A1B2C", "name"): 8,
        ("devices", "aa bb"): 10,
        ("devices", "aa bb", "role"): 11,
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("interval = 1\nhosts = [\n", ":2: "),
        ("interval = 1\n\ntheme dark\n", ":3: "),
        ("interval = 1\ninterval = 2\n", ":2: "),
        ("a = 1\n= 2\n", ":2: "),
        (b"interval = 1\n# caf\xe9\n", ":2: not UTF-8 text"),
        ("\ninterval = 0.1\n", ":2: interval: 0.1 s is out of range"),
        ("\n\n\nintreval = 2\n", ":4: intreval: unknown key"),
        ('theme = "dark"\r\nglyphs = "x"\r\n', ':2: glyphs: there is no "x"'),
        ('[devices.ab]\nname = "x"\n\n[devices.cd]\nrole = "sun"\n', ':5: devices.cd.role: there is no "sun"'),
        ('[devices]\nab = { name = "x", role = 1 }\n', ":2: devices.ab.role: wrong type"),
        ('devices.ab.role = "sun"\n', ":1: devices.ab.role: there is no"),
        ('"inter=val" = 2\n', ":1: inter=val: unknown key"),
        ("x = " + "[" * 5000, ""),
        ("interval = " + "1" * 5000, ": a number has too many digits"),
    ],
)
def test_an_error_names_file_line_and_key(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        _settings(path)
    assert str(caught.value).startswith(f"{path}{sentence}")
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert _settings(_write(tmp_path, b"\xef\xbb\xbfinterval = 2\n")).interval_s == 2


def test_a_file_that_is_not_there_is_an_error_only_when_it_was_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert read_config(path, must_exist=False).values == {}
    with pytest.raises(SettingsError, match="no such config file"):
        read_config(path, must_exist=True)


def test_a_folder_or_a_huge_file_is_no_config_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="directory"):
        read_config(tmp_path, must_exist=False)
    with pytest.raises(SettingsError, match="larger than"):
        read_config(_write(tmp_path, b"#" * 2_000_000), must_exist=True)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = _write(tmp_path_factory.mktemp("any"), text.encode("utf-8", "replace"))
    refused = ""
    try:
        _settings(path)
    except SettingsError as error:
        refused = str(error)
    assert not refused or refused.startswith(str(path))


def test_both_folders_are_those_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_path() == tmp_path / "config" / "hwtui" / "config.toml"
    assert default_state_dir() == tmp_path / "state" / "hwtui"


# ------------------------------------------------------------------ writing


def test_a_name_is_written_into_a_new_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    remember_device(path, "5C2FAF0A1B2C", DeviceSetting("Grid", Role.GRID))
    assert _settings(path).devices == {"5c2faf0a1b2c": DeviceSetting("Grid", Role.GRID)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_comments_and_everything_else_stay_as_they_are(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD)
    remember_device(path, "5c2faf0a1b2c", DeviceSetting("Meter cupboard", Role.GRID))
    remember_device(path, "001122334455", DeviceSetting("Freezer", Role.LOAD))
    text = path.read_text()
    for line in GOOD.splitlines():
        assert line in text or line == 'name = "Grid"'
    assert _settings(path).devices == {
        "5c2faf0a1b2c": DeviceSetting("Meter cupboard", Role.GRID),
        "aa bb": DeviceSetting(None, Role.SOLAR),
        "001122334455": DeviceSetting("Freezer", Role.LOAD),
    }


def test_words_that_are_taken_back_leave_the_file_as_it_was_before(tmp_path: Path) -> None:
    path = _write(tmp_path, "interval = 2 # slowly\n")
    remember_device(path, "ab", DeviceSetting("Freezer", Role.LOAD))
    remember_device(path, "AB", DeviceSetting("Freezer"))
    assert _settings(path).devices == {"ab": DeviceSetting("Freezer")}
    remember_device(path, "ab", DeviceSetting())
    assert _settings(path).devices == {}
    assert path.read_text().rstrip() == "interval = 2 # slowly"


def test_nothing_is_written_when_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    remember_device(path, "ab", DeviceSetting())
    assert not path.exists()
    remember_device(path, "ab", DeviceSetting("Freezer"))
    before = path.stat()
    remember_device(path, "ab", DeviceSetting("Freezer"))
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ['"; rm', "'''", "\\", "a]\n[b", "Wasmachine é", "#", "[devices]"])
def test_any_name_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    path = tmp_path / "config.toml"
    remember_device(path, "a.b [c]", DeviceSetting(name))
    assert read_config(path, must_exist=True).values["devices"] == {"a.b [c]": {"name": name}}


@pytest.mark.parametrize(
    "text", ["", "[devices.ab]\nname = 'x'\n", "hosts = [ # by hand\n  '192.168.1.9',\n]\n[devices]\n"]
)
def test_a_host_is_added_once_and_the_rest_stays(tmp_path: Path, text: str) -> None:
    path = _write(tmp_path, text)
    before = _settings(path)
    remember_host(path, Endpoint("192.168.1.20"))
    remember_host(path, Endpoint("192.168.1.20", 80))
    remember_host(path, Endpoint("p1.lan", 8080))
    after = _settings(path)
    remember_host(path, Endpoint("p1.lan", 8080, "v2"))
    remember_host(path, Endpoint("192.168.1.20", 443, "v2"))
    assert _settings(path).hosts == (
        *after.hosts,
        Endpoint("p1.lan", 8080, "v2"),
        Endpoint("192.168.1.20", 443, "v2"),
    )
    assert after.hosts == (*before.hosts, Endpoint("192.168.1.20"), Endpoint("p1.lan", 8080))
    assert after.devices == before.devices
    assert all(line.rstrip("]") in path.read_text() for line in text.splitlines())


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target = _write(tmp_path, GOOD)
    link = tmp_path / "link.toml"
    link.symlink_to(target)
    remember_device(link, "ab", DeviceSetting("Freezer"))
    assert link.is_symlink()
    assert "Freezer" in target.read_text()


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = _write(tmp_path, "interval = \n[devices]\n")
    with pytest.raises(SettingsError, match=r"not saved: .*config\.toml:1: "):
        remember_device(path, "ab", DeviceSetting("Freezer"))
    assert path.read_text() == "interval = \n[devices]\n"


@pytest.mark.parametrize("text", ["devices = 3\n", "devices = []\n", "devices.ab = 3\n", "[[devices]]\n"])
def test_devices_that_are_no_table_are_left_as_they_are(tmp_path: Path, text: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(SettingsError, match="not saved"):
        remember_device(path, "ab", DeviceSetting("Freezer"))
    assert path.read_text() == text


@pytest.mark.parametrize(
    "text", ["", "devices = {}\n", 'devices = { ab = { name = "x" } }\n', "devices.cd.name = 'y'\n"]
)
def test_every_way_to_write_a_table_can_be_added_to(tmp_path: Path, text: str) -> None:
    path = _write(tmp_path, text)
    remember_device(path, "ab", DeviceSetting("Freezer", Role.LOAD))
    assert _settings(path).devices["ab"] == DeviceSetting("Freezer", Role.LOAD)


def test_a_disk_that_cannot_be_written_gives_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, GOOD)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match=r"not saved: .*config\.toml: No space left on device"):
        remember_device(path, "ab", DeviceSetting("Freezer"))
    assert path.read_text() == GOOD
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]


def test_a_folder_that_cannot_be_made_gives_a_sentence(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD) / "hwtui" / "config.toml"
    with pytest.raises(SettingsError, match="Not a directory"):
        remember_device(path, "ab", DeviceSetting("Freezer"))


def test_how_a_device_is_wired_is_kept_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    words = DeviceSetting("Car", Role.LOAD, behind="5C2FAF0A1B2C", inverted=True)
    remember_device(path, "ab", words)
    assert _settings(path).devices == {"ab": words}
    assert "inverted = true" in path.read_text()
    remember_device(path, "ab", DeviceSetting("Car", Role.NONE))
    assert _settings(path).devices == {"ab": DeviceSetting("Car", Role.NONE)}


@pytest.mark.parametrize("before", ["", "# mine\n", GOOD, "fuse = '1x35' # as on the lid\n" + GOOD])
def test_the_main_fuse_is_written_and_taken_back_and_all_else_stays(tmp_path: Path, before: str) -> None:
    path = _write(tmp_path, before)
    hosts, devices = _settings(path).hosts, _settings(path).devices
    remember_fuse(path, Fuse(3, 25))
    settings = _settings(path)
    assert (settings.fuse, settings.hosts, settings.devices) == (Fuse(3, 25), hosts, devices)
    text = path.read_text()
    assert all(line in text for line in before.splitlines() if not line.startswith("fuse"))
    assert ("# as on the lid" in before) is ("# as on the lid" in text)
    remember_fuse(path, None)
    settings = _settings(path)
    assert (settings.fuse, settings.hosts, settings.devices) == (None, hosts, devices)
    assert "fuse" not in path.read_text()


def test_a_fuse_that_is_not_known_makes_no_file(tmp_path: Path) -> None:
    remember_fuse(tmp_path / "config.toml", None)
    assert not (tmp_path / "config.toml").exists()


def test_a_fuse_is_not_written_into_what_is_no_toml(tmp_path: Path) -> None:
    path = _write(tmp_path, "this is no toml")
    with pytest.raises(SettingsError, match=r"not saved: .*:1: "):
        remember_fuse(path, Fuse(1, 35))
    assert path.read_text() == "this is no toml"
