"""The settings one by one: where each may be given, and what its value may be.

One table gives the flag, the variable and the config-file key of each. `core.settings` reads them in that order.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tui.core.address import parse_host, parse_interface
from tui.core.fuse import parse_fuse
from tui.core.out.influxplace import parse_influx
from tui.core.out.listening import parse_listening
from tui.core.out.mqttbroker import parse_broker
from tui.core.out.webplace import parse_name
from tui.core.profiles import PROFILES
from tui.core.secret import Secret
from tui.core.text import clean, quoted

N = TypeVar("N", int, float)

LEAST_INTERVAL_S = 0.5
"""The vendor advises against polling more often than every 500 ms (API documentation, getting started)."""
LONGEST_S = 3600.0
"""The longest interval or timeout that can be set (own choice)."""
THEMES = ("auto", "dark", "light", "console", "mono")
LANGUAGES = ("en", "nl")
GLYPHS = ("auto", "unicode", "console", "ascii")

TYPE_WORDS: dict[type, str] = {
    str: 'text in quotes, like "this"',
    list: 'a list of texts, like ["this", "that"]',
    float: "a number",
    int: "a whole number",
    bool: "true or false, without quotes",
    dict: "a table",
}
"""What a value of a type is called."""


def _seconds(least: float) -> Callable[[Any], float]:
    def check(value: float) -> float:
        if not least <= value <= LONGEST_S:
            raise ValueError(f"{value:g} s is out of range: use {least:g} to {LONGEST_S:g} seconds")
        return float(value)

    return check


def one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    """A check for one of some words."""

    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f'there is no "{quoted(value)}": use one of {", ".join(names)}')
        return value

    return check


def number(kind: type[N], least: float = -inf, most: float = inf) -> Callable[[str], N]:
    """A check for a typed number that is not a setting; the error says what to type instead."""
    use = "use one like 1 or 2" if least == -inf else f"use {least:g} to {most:g}"

    def check(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(f'"{quoted(text)}" is not {TYPE_WORDS[kind]}: {use}') from None
        if not least <= value <= most:
            raise ValueError(f"{clean(text)} is out of range: {use}")
        return value

    return check


def _each(parse: Callable[[str], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple(dict.fromkeys(parse(value) for value in values))


def _path(value: str) -> Path:
    if not value or "\0" in value:
        raise ValueError("a path is missing")
    return Path(value)


def _level(value: int) -> int:
    if value < 0:
        raise ValueError("use 0, 1 or more")
    return value


def _same(value: Any) -> Any:
    return value


class Option(NamedTuple):
    """One setting: its field, where it may be given (a name or None), its type and the check of its value."""

    field: str
    flag: str | None
    variable: str | None
    key: str | None
    type: type
    """Of the value in the file: `str`, `list` (of `str`), `float`, `int` or `bool`."""
    check: Callable[[Any], Any] = _same
    negated: bool = False
    """The flag and the variable turn off what the field and the key turn on."""
    bare: bool = False
    """In the file it may stand as a whole number without quotes, too: a port."""


OPTIONS = (
    Option("hosts", "--host", "HWTUI_HOST", "hosts", list, _each(parse_host)),
    Option("mdns", "--no-mdns", "HWTUI_NO_MDNS", "mdns", bool, negated=True),
    Option("interfaces", "--interface", "HWTUI_INTERFACE", "interfaces", list, _each(parse_interface)),
    Option("read_only", "--read-only", "HWTUI_READ_ONLY", "read_only", bool),
    Option("interval_s", "--interval", "HWTUI_INTERVAL", "interval", float, _seconds(LEAST_INTERVAL_S)),
    Option("timeout_s", "--timeout", "HWTUI_TIMEOUT", "timeout", float, _seconds(0.1)),
    Option("grid", "--grid", "HWTUI_GRID", "grid", str, one_of(tuple(PROFILES))),
    Option("fuse", "--fuse", "HWTUI_FUSE", "fuse", str, parse_fuse),
    Option("language", "--lang", "HWTUI_LANG", "lang", str, one_of(LANGUAGES)),
    Option("glyphs", "--glyphs", "HWTUI_GLYPHS", "glyphs", str, one_of(GLYPHS)),
    Option("theme", "--theme", "HWTUI_THEME", "theme", str, one_of(THEMES)),
    Option("mouse", "--no-mouse", "HWTUI_NO_MOUSE", "mouse", bool, negated=True),
    Option("kiosk", "--kiosk", "HWTUI_KIOSK", "kiosk", bool),
    Option("config_file", "--config", "HWTUI_CONFIG", None, str, _path),
    Option("state_dir", "--state-dir", "HWTUI_STATE_DIR", "state_dir", str, _path),
    Option("log_file", "--log-file", "HWTUI_LOG_FILE", "log_file", str, _path),
    Option("ca", "--ca", "HWTUI_CA", "ca", str, _path),
    Option("history", "--no-history", "HWTUI_NO_HISTORY", "history", bool, negated=True),
    Option("influx", "--influx", "HWTUI_INFLUX", "influx", str, parse_influx),
    Option("influx_token_file", "--influx-token-file", "HWTUI_INFLUX_TOKEN_FILE", "influx_token_file", str, _path),
    Option("influx_token", None, "HWTUI_INFLUX_TOKEN", None, str, Secret),
    Option("metrics", "--metrics", "HWTUI_METRICS", "metrics", str, parse_listening, bare=True),
    Option("api", "--api", "HWTUI_API", "api", str, parse_listening, bare=True),
    Option("mqtt", "--mqtt", "HWTUI_MQTT", "mqtt", str, parse_broker),
    Option("mqtt_password_file", "--mqtt-password-file", "HWTUI_MQTT_PASSWORD_FILE", "mqtt_password_file", str, _path),
    Option("mqtt_password", None, "HWTUI_MQTT_PASSWORD", None, str, Secret),
    Option("mqtt_ca", "--mqtt-ca", "HWTUI_MQTT_CA", "mqtt_ca", str, _path),
    Option("mqtt_every_s", "--mqtt-every", "HWTUI_MQTT_EVERY", "mqtt_every", float, _seconds(1.0)),
    Option("mqtt_topics", "--mqtt-topics", "HWTUI_MQTT_TOPICS", "mqtt_topics", bool),
    Option("mqtt_control", "--mqtt-control", "HWTUI_MQTT_CONTROL", "mqtt_control", bool),
    Option("web_listen", "--listen", "HWTUI_WEB_LISTEN", "web_listen", str, parse_listening, bare=True),
    Option("web_password_file", "--password-file", "HWTUI_WEB_PASSWORD_FILE", "web_password_file", str, _path),
    Option("web_insecure", "--insecure", "HWTUI_WEB_INSECURE", "web_insecure", bool),
    Option("web_control", "--control", "HWTUI_WEB_CONTROL", "web_control", bool),
    Option("web_names", "--name", "HWTUI_WEB_NAME", "web_names", list, _each(parse_name)),
    Option("verbose", "-v", "HWTUI_VERBOSE", "verbose", int, _level),
)
