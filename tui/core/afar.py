"""What a screen in another process asks of the engine: wishes, each a line of JSON.

A closed list: whatever else such a process says is no wish. Answers go the other way, and are not written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, TypeVar

from tui.core.address import check_api
from tui.core.battery.batteries import Mode, Permission, Wanted
from tui.core.battery.capacity import check_capacity
from tui.core.model import DeviceSetting, Endpoint, Role
from tui.core.text import clean

LONGEST = 2048
"""Bytes of one line; the longest wish, a name with its device, has some hundreds."""
MOST_NUMBER = 2**53
_TEXT = 256

T = TypeVar("T")


class Telegram(NamedTuple):
    """Read the telegram of a P1."""

    key: str


class Identify(NamedTuple):
    """Blink its LED."""

    key: str


class ReadSwitch(NamedTuple):
    """Read a socket's switch and lock."""

    key: str


class SetSwitch(NamedTuple):
    """Switch a socket."""

    key: str
    power_on: bool


class ReadBatteries(NamedTuple):
    """Read what a meter says of its batteries."""

    key: str


class SetBatteries(NamedTuple):
    """Set their mode."""

    key: str
    wanted: Wanted


class Configure(NamedTuple):
    """Apply the user's settings for a device."""

    serial: str
    words: DeviceSetting


class Add(NamedTuple):
    """Add a host given by hand."""

    endpoint: Endpoint


Wish = Telegram | Identify | ReadSwitch | SetSwitch | ReadBatteries | SetBatteries | Configure | Add
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in Wish.__args__}


def wish_line(number: int, wish: Wish) -> bytes:
    """A wish under its number, as a line."""
    parts: dict[str, object] = {}
    for name, value in wish._asdict().items():
        if isinstance(value, Wanted):
            may = None if value.permissions is None else sorted(value.permissions)
            parts[name] = {"mode": value.mode, "permissions": may}
        elif isinstance(value, (DeviceSetting, Endpoint)):
            parts[name] = asdict(value)
        else:
            parts[name] = value
    return json.dumps({"number": number, "wish": type(wish).__name__, **parts}).encode() + b"\n"


def read_wish(line: bytes) -> tuple[int, Wish]:
    """The number and the wish of a line. Raises `ValueError` for everything that `wish_line` does not write."""
    if len(line) > LONGEST:
        raise ValueError("too long for a wish")
    try:
        told = json.loads(line)
    except RecursionError:
        raise ValueError("too deep for a wish") from None
    if not isinstance(told, dict):
        raise ValueError("no wish")
    number, name = _is(told.pop("number", None), int), _is(told.pop("wish", None), str)
    if isinstance(number, bool) or not 0 <= number <= MOST_NUMBER or name not in _KINDS:
        raise ValueError("no such wish")
    kind = _KINDS[name]
    if told.keys() != set(kind._fields):
        raise ValueError("a wish with other parts")
    return number, kind(*(_PARTS[part](told[part]) for part in kind._fields))


def _is(value: object, wanted: type[T]) -> T:
    if not isinstance(value, wanted):
        raise ValueError("a part of another kind")
    return value


def _text(value: object) -> str:
    text = _is(value, str)
    if not text or len(text) > _TEXT or clean(text, _TEXT) != text:
        raise ValueError("a text that nobody typed")
    return text


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _table(value: object, *names: str) -> Mapping[str, Any]:
    table = _is(value, dict)
    if table.keys() != set(names):
        raise ValueError("a part with other names")
    return table


def _wanted(value: object) -> Wanted:
    table = _table(value, "mode", "permissions")
    mode, may = table["mode"], table["permissions"]
    return Wanted(
        None if mode is None else Mode(_is(mode, str)),
        None if may is None else frozenset(Permission(_is(one, str)) for one in _is(may, list)),
    )


def _words(value: object) -> DeviceSetting:
    table = _table(value, *DeviceSetting.__slots__)
    role, api, capacity = table["role"], _text_or_none(table["api"]), table["capacity_kwh"]
    if api is not None:
        check_api(api)
    if capacity is not None:
        check_capacity(_is(capacity, int if isinstance(capacity, int) else float))
    return DeviceSetting(
        name=_text_or_none(table["name"]),
        role=None if role is None else Role(_is(role, str)),
        behind=_text_or_none(table["behind"]),
        inverted=_is(table["inverted"], bool),
        api=api,
        capacity_kwh=capacity,
    )


def _endpoint(value: object) -> Endpoint:
    table = _table(value, *Endpoint.__slots__)
    port = _is(table["port"], int)
    if isinstance(port, bool) or not 1 <= port <= 65535:
        raise ValueError("a port that is none")
    if table["api"] not in ("v1", "v2"):
        raise ValueError("an API that is none")
    return Endpoint(_text(table["host"]), port, table["api"])


_PARTS: Mapping[str, Any] = {
    "key": _text,
    "serial": _text,
    "power_on": lambda value: _is(value, bool),
    "wanted": _wanted,
    "words": _words,
    "endpoint": _endpoint,
}
