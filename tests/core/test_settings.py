"""Flag beats environment beats file beats default, and a wrong value says where it stands."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import pytest

from tui.core.fuse import Fuse
from tui.core.model import DeviceSetting, Endpoint, Role
from tui.core.options import OPTIONS
from tui.core.out.influxplace import Influx
from tui.core.out.listening import Listening
from tui.core.out.mqttbroker import Broker
from tui.core.settings import ConfigFile, Settings, SettingsError, resolve

NONE = ConfigFile()

SOURCES = [
    # field, flag, variable, in the file, and what each of them means
    ("hosts", ["a", "b:81", "a"], "c, d:82", {"hosts": ["e"]}, "abcde"),
    ("hosts", ["http://a/", " b:81/api "], "http://c/, http://d:82", {"hosts": ["HTTP://e/api/v1/data"]}, "abcde"),
    ("mdns", False, "1", {"mdns": False}, False),
    ("interfaces", ["192.168.1.5"], "192.168.1.6", {"interfaces": ["192.168.1.7"]}, "567"),
    ("read_only", True, "yes", {"read_only": True}, True),
    ("interval_s", "2", "3.5", {"interval": 4}, (2.0, 3.5, 4.0)),
    ("timeout_s", "2", "3.5", {"timeout": 4.5}, (2.0, 3.5, 4.5)),
    ("grid", "nl", "be-vlg", {"grid": "be-bru-3x230"}, ("nl", "be-vlg", "be-bru-3x230")),
    ("fuse", "3x25", "1x35", {"fuse": "3 x 40 A"}, (Fuse(3, 25), Fuse(1, 35), Fuse(3, 40))),
    ("language", "nl", "en", {"lang": "nl"}, ("nl", "en", "nl")),
    ("glyphs", "ascii", "console", {"glyphs": "unicode"}, ("ascii", "console", "unicode")),
    ("theme", "dark", "light", {"theme": "mono"}, ("dark", "light", "mono")),
    ("kiosk", True, "yes", {"kiosk": True}, True),
    ("mouse", False, "true", {"mouse": False}, False),
    ("state_dir", "/a", "/b", {"state_dir": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("log_file", "/a", "/b", {"log_file": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("ca", "/a", "/b", {"ca": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("history", False, "yes", {"history": False}, False),
    (
        "metrics",
        "1",
        ":2",
        {"metrics": "[::1]:3"},
        (Listening("127.0.0.1", 1), Listening("127.0.0.1", 2), Listening("::1", 3)),
    ),
    (
        "api",
        "1",
        ":2",
        {"api": "10.0.0.5:3"},
        (Listening("127.0.0.1", 1), Listening("127.0.0.1", 2), Listening("10.0.0.5", 3)),
    ),
    (
        "influx",
        "http://a/write",
        "http://b:8086/write?db=c",
        {"influx": "https://c/api/v2/write?org=o&bucket=b"},
        (
            Influx("http://a/write?precision=ms", "http://a/write"),
            Influx("http://b:8086/write?db=c&precision=ms", "http://b:8086/write"),
            Influx("https://c/api/v2/write?org=o&bucket=b&precision=ms", "https://c/api/v2/write"),
        ),
    ),
    ("influx_token_file", "/a", "/b", {"influx_token_file": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    (
        "mqtt",
        "mqtt://a",
        "mqtts://me@b",
        {"mqtt": "mqtt://c:99"},
        (Broker("a", 1883), Broker("b", 8883, True, "me"), Broker("c", 99)),
    ),
    ("mqtt_password_file", "/a", "/b", {"mqtt_password_file": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("mqtt_ca", "/a", "/b", {"mqtt_ca": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("mqtt_every_s", "1", "2.5", {"mqtt_every": 60}, (1.0, 2.5, 60.0)),
    ("mqtt_topics", True, "yes", {"mqtt_topics": True}, True),
    ("mqtt_control", True, "yes", {"mqtt_control": True}, True),
    (
        "web_listen",
        "1",
        "10.0.0.5:2",
        {"web_listen": "[::1]:3"},
        (Listening("127.0.0.1", 1), Listening("10.0.0.5", 2), Listening("::1", 3)),
    ),
    ("web_password_file", "/a", "/b", {"web_password_file": "/c"}, (Path("/a"), Path("/b"), Path("/c"))),
    ("web_insecure", True, "yes", {"web_insecure": True}, True),
    ("web_control", True, "yes", {"web_control": True}, True),
    ("web_names", ["A.b"], "c, d.e.", {"web_names": ["f"]}, (("a.b",), ("c", "d.e"), ("f",))),
    ("verbose", 2, "1", {"verbose": 3}, (2, 1, 3)),
]


def _meanings(field: str, meaning: Any) -> tuple[Any, Any, Any]:
    if field == "hosts":
        return (Endpoint("a"), Endpoint("b", 81)), (Endpoint("c"), Endpoint("d", 82)), (Endpoint("e"),)
    if field == "interfaces":
        return ("192.168.1.5",), ("192.168.1.6",), ("192.168.1.7",)
    return meaning if isinstance(meaning, tuple) else (meaning, meaning, meaning)


@pytest.mark.parametrize(("field", "flag", "variable", "file", "meaning"), SOURCES)
def test_a_setting_is_taken_from_flag_variable_file_or_default_in_this_order(
    field: str, flag: Any, variable: str, file: dict[str, Any], meaning: Any
) -> None:
    option = next(option for option in OPTIONS if option.field == field)
    by_flag, by_variable, by_file = _meanings(field, meaning)
    env, config = {option.variable or "": variable}, ConfigFile("config.toml", file)

    assert getattr(resolve({field: flag}, env, config), field) == by_flag
    assert getattr(resolve({}, env, config), field) == by_variable
    assert getattr(resolve({}, {}, config), field) == by_file
    assert getattr(resolve({}, {}, NONE), field) == getattr(Settings(), field)


@pytest.mark.parametrize("key", ["metrics", "api", "web_listen"])
def test_a_port_may_stand_in_the_file_without_quotes(key: str) -> None:
    found = resolve({}, {}, ConfigFile("config.toml", {key: 9925}))
    assert getattr(found, key) == Listening("127.0.0.1", 9925)
    for wrong in (0, 99999, True, 99.5):
        with pytest.raises(SettingsError, match=f"config.toml:1: {key}: "):
            resolve({}, {}, ConfigFile("config.toml", {key: wrong}))


def test_what_gave_a_setting_for_this_call_is_known() -> None:
    settings = resolve({"fuse": "3x25"}, {"HWTUI_THEME": "mono", "HWTUI_FUSE": "1x35"}, NONE)
    assert settings.typed == {"fuse": "--fuse", "theme": "HWTUI_THEME"}


def test_every_setting_but_the_tables_has_a_flag_and_a_variable() -> None:
    fields = set(Settings.__dataclass_fields__) - {"devices", "prices", "alarms", "discover", "typed"}
    assert {option.field for option in OPTIONS} == fields
    fields -= {"mqtt_password", "influx_token"}  # others can see a flag, and a file that holds it has no other use
    assert {
        option.field for option, *_ in ((option,) for option in OPTIONS) if option.flag and option.variable
    } == fields
    assert {source[0] for source in SOURCES} == fields - {"config_file"}


def test_a_variable_that_says_no_beats_the_file() -> None:
    file = ConfigFile("config.toml", {"mdns": False, "read_only": True})
    settings = resolve({}, {"HWTUI_NO_MDNS": "0", "HWTUI_READ_ONLY": "off"}, file)
    assert settings.mdns
    assert not settings.read_only


def test_an_empty_variable_counts_as_not_given_and_strange_ones_are_left_alone() -> None:
    assert resolve({}, {"HWTUI_THEME": "", "HWTUI_SOMETHING": "x", "HOME": "/"}, NONE) == Settings()


def test_the_users_words_for_devices_come_from_the_file_by_serial_in_any_case() -> None:
    tables = {
        "5C2FAF0A1B2C": {"name": " Gr\x1bid ", "role": "grid"},
        "aabbccddeeff": {"role": "solar"},
        "00": {"name": "", "behind": ""},
        "01": {"role": "none", "behind": "AABBCCDDEEFF", "inverted": True},
        "02": {"capacity_kwh": 2.7, "api": "v1"},
        "03": {"capacity_kwh": 100},
        "04": {"capacity_kwh": 0.1},
    }
    settings = resolve({}, {}, ConfigFile("config.toml", {"devices": tables}))
    assert settings.devices == {
        "5c2faf0a1b2c": DeviceSetting("Grid", Role.GRID),
        "aabbccddeeff": DeviceSetting(None, Role.SOLAR),
        "00": DeviceSetting(),
        "01": DeviceSetting(role=Role.NONE, behind="AABBCCDDEEFF", inverted=True),
        "02": DeviceSetting(capacity_kwh=2.7, api="v1"),
        "03": DeviceSetting(capacity_kwh=100),
        "04": DeviceSetting(capacity_kwh=0.1),
    }


@pytest.mark.parametrize(
    ("flags", "env", "sentence"),
    [
        ({"hosts": ["ftp://x"]}, {}, '--host: "x" follows a scheme other than http:// and https://'),
        ({}, {"HWTUI_HOST": "x:0"}, 'HWTUI_HOST: what follows "x:" is not a port'),
        ({}, {"HWTUI_HOST": "http://u:se,cret@x/"}, 'HWTUI_HOST: what follows "u:" is not a port'),
        ({"interfaces": ["eth0"]}, {}, "--interface: "),
        ({"interval_s": "0.4"}, {}, "--interval: 0.4 s is out of range: use 0.5 to 3600 seconds"),
        ({"interval_s": "nan"}, {}, "--interval: nan s is out of range"),
        ({"interval_s": "inf"}, {}, "--interval: inf s is out of range"),
        ({"interval_s": "fast"}, {}, '--interval: "fast" is not a number'),
        ({}, {"HWTUI_INTERVAL": "0"}, "HWTUI_INTERVAL: 0 s is out of range"),
        ({"timeout_s": "0"}, {}, "--timeout: 0 s is out of range"),
        ({"grid": "de"}, {}, '--grid: there is no "de": use one of nl, '),
        ({"theme": "pink"}, {}, '--theme: there is no "pink": use one of auto, dark, light, console, mono'),
        ({"glyphs": "emoji"}, {}, '--glyphs: there is no "emoji"'),
        ({"mqtt_every_s": "0.9"}, {}, "--mqtt-every: 0.9 s is out of range: use 1 to 3600 seconds"),
        ({"mqtt": "h"}, {}, "--mqtt: use mqtt://HOST, or mqtts://HOST for TLS"),
        ({}, {"HWTUI_READ_ONLY": "perhaps"}, 'HWTUI_READ_ONLY: "perhaps" is neither yes nor no'),
        ({}, {"HWTUI_VERBOSE": "-1"}, "HWTUI_VERBOSE: use 0"),
        ({"state_dir": ""}, {}, "--state-dir: a path is missing"),
    ],
)
def test_a_wrong_flag_or_variable_is_named(flags: dict[str, Any], env: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve(flags, env, NONE)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"intervall": 1}, 'f.toml:7: intervall: unknown key: did you mean "interval"?'),
        ({"zzz": 1}, "f.toml:7: zzz: unknown key: known are hosts, "),
        ({"config_file": "x"}, "f.toml:7: config_file: unknown key"),
        ({"interval": "1"}, "f.toml:7: interval: wrong type: it must be a number"),
        ({"interval": True}, "f.toml:7: interval: wrong type: it must be a number"),
        ({"interval": 0.1}, "f.toml:7: interval: 0.1 s is out of range"),
        ({"verbose": 1.5}, "f.toml:7: verbose: wrong type: it must be a whole number"),
        ({"mdns": "false"}, "f.toml:7: mdns: wrong type: it must be true or false, without quotes"),
        ({"hosts": "a"}, "f.toml:7: hosts: wrong type: it must be a list of texts"),
        ({"hosts": ["a", 1]}, "f.toml:7: hosts: wrong type: it must be a list of texts"),
        ({"hosts": ["a!"]}, 'f.toml:7: hosts: "a!" is not a host name'),
        ({"hosts": ["http://u:p@a/"]}, "f.toml:7: hosts: there is a user name or password before the @"),
        ({"grid": 3}, "f.toml:7: grid: wrong type: it must be text in quotes"),
        ({"grid": "de"}, 'f.toml:7: grid: there is no "de"'),
        ({"devices": []}, "f.toml:7: devices: wrong type: it must be a table"),
        ({"devices": {"ab": 1}}, "f.toml:7: devices.ab: wrong type: it must be a table"),
        ({"devices": {"ab": {"nme": "x"}}}, 'f.toml:7: devices.ab.nme: unknown key: did you mean "name"?'),
        ({"devices": {"ab": {"name": 1}}}, "f.toml:7: devices.ab.name: wrong type"),
        ({"devices": {"ab": {"role": "sun"}}}, 'f.toml:7: devices.ab.role: there is no "sun": use one of grid, '),
        (
            {"devices": {"ab": {"inverted": "yes"}}},
            "f.toml:7: devices.ab.inverted: wrong type: it must be true or false",
        ),
        ({"devices": {"ab": {"capacity_kwh": "2.7"}}}, "f.toml:7: devices.ab.capacity_kwh: wrong type: it must be a"),
        ({"devices": {"ab": {"capacity_kwh": 2700}}}, "f.toml:7: devices.ab.capacity_kwh: 2700 kWh is out of range: "),
        ({"devices": {"ab": {"capacity_kwh": 0}}}, "f.toml:7: devices.ab.capacity_kwh: 0 kWh is out of range: use 0.1"),
        (
            {"devices": {"ab": {"capacity_kwh": 101}}},
            "f.toml:7: devices.ab.capacity_kwh: 101 kWh is out of range: use 0",
        ),
        ({"devices": {"ab": {"capacity_kwh": nan}}}, "f.toml:7: devices.ab.capacity_kwh: nan kWh is out of range"),
        ({"devices": {"ab": {"api": "v2"}}}, 'f.toml:7: devices.ab.api: only "v1" can be forced: leave it out, then'),
        ({"devices": {"ab": {"api": 1}}}, "f.toml:7: devices.ab.api: wrong type: it must be text in quotes"),
        ({"devices": {"ab": {"behind": 5}}}, "f.toml:7: devices.ab.behind: wrong type: it must be text in quotes"),
        ({"devices": {"ab": {"behind": "AB"}}}, "f.toml:7: devices.ab.behind: a device cannot be behind itself"),
        (
            {"devices": {"ab": {"behind": "cd"}, "cd": {"behind": "ef"}, "ef": {"behind": "ab"}}},
            "f.toml:7: devices.ef.behind: a device cannot be behind itself, nor behind one that is behind it",
        ),
    ],
)
def test_a_wrong_value_in_the_file_is_named_by_file_line_and_key(values: dict[str, Any], sentence: str) -> None:
    file = ConfigFile("f.toml", values, {(next(iter(values)),): 7})
    with pytest.raises(SettingsError) as caught:
        resolve({"interval_s": "1"}, {}, file)
    assert str(caught.value).startswith(sentence)
