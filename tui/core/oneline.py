"""One value, or one line, of a reading: for status lines and scripts.

A template looks like one of `str.format` and is not one: a name in braces stands for a value, a format after a colon
says how a number looks, and that is all. Nothing is looked up in an object, so no template can reach anything else.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tui.core.model import Device
from tui.core.moment import Now
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import Value
from tui.core.settings import unknown
from tui.core.state import age_s, state_of
from tui.core.text import quoted

OF_THE_DEVICE = ("name", "serial", "state", "age_s")
"""What a device has beside its quantities: as the screen calls it, its serial, its state, the age of its reading."""
NAMES = (*OF_THE_DEVICE, *QUANTITIES)
MISSING = "-"
MOST_DECIMALS = 6
"""Of a number without a format: no meter sends more that mean anything."""

_NUMBER = re.compile(
    r"(?P<before>(?:.?[<>=^])?[-+ ]?0?\d{0,2})(?:(?P<whole>d)|(?P<decimals>\.\d)?(?P<type>[feg%]?))", re.DOTALL
)
_TEXT = re.compile(r"(?:.?[<>^])?\d{0,2}(?:\.\d{1,2})?s?", re.DOTALL)
"""What is taken of Python's format mini-language. No thousands separators, and nothing that makes a line of a million
characters."""


class Part(NamedTuple):
    """Text as it is, then a value; no value at the end of a template."""

    text: str
    name: str | None = None
    spec: str = ""


def field(name: str) -> Part:
    """A value alone. Raises `ValueError`, which says what the name may be."""
    _check(name)
    return Part("", name)


def parse_template(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises `ValueError`, which says what is wrong with it."""
    try:
        raw = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{error}: a brace itself is written twice, {{{{ or }}}}") from None
    parts = []
    for literal, name, spec, conversion in raw:
        if name is not None:
            _check(name)
            if conversion is not None:
                raise ValueError(f'leave out "!{quoted(conversion, 8)}" after {name}')
            _check_format(name, spec or "")
        parts.append(Part(literal, name, spec or ""))
    return tuple(parts)


def values_of(device: Device, now: Now) -> dict[str, Value]:
    """What there is of a device under `NAMES`; what was not sent is absent. Its age is in seconds."""
    values: dict[str, Value] = {"name": device.label, "state": state_of(device, now).value}
    if device.serial is not None:
        values["serial"] = device.serial
    if (age := age_s(device, now)) is not None:
        values["age_s"] = age
    return values | (dict(device.measurement.value.values) if device.measurement else {})


def filled(parts: Sequence[Part], values: Mapping[str, Value], missing: str = MISSING) -> str:
    """The line; `missing` stands where there is no value."""
    return "".join(part.text + _shown(part, values, missing) for part in parts)


def plain(value: Value) -> str:
    """A value without a format: a number without an exponent and without needless zeros, a time in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value
    text = f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _shown(part: Part, values: Mapping[str, Value], missing: str) -> str:
    if part.name is None:
        return ""
    value = values.get(part.name)
    if value is None:
        return missing
    if not part.spec:
        return plain(value)
    if isinstance(value, (int, float)):
        return _number(value, part.spec)
    return format(plain(value), part.spec)


def _number(value: float, spec: str) -> str:
    found = _NUMBER.fullmatch(spec)
    before, whole, decimals, kind = found.group("before", "whole", "decimals", "type") if found else ("", "", "", "")
    if whole:
        return format(round(value), f"{before}d")
    if not kind and not decimals:
        decimals = f".{len(plain(value).partition('.')[2])}"
    end = f"{decimals or ''}{kind or 'f'}"
    is_zero = not re.search("[1-9]", format(value, end).partition("e")[0])
    return format(0.0 if is_zero else value, f"{before}{end}")  # a reader takes "-0" for something


def _check(name: str) -> None:
    if name in NAMES:
        return
    if not name:
        raise ValueError("there is no name between { and }: write one like {power_w}, or {{}} for the braces")
    told = unknown(name, NAMES, "name")
    if "did you mean" not in told:
        told = "unknown name: hwtui help json lists them"
    raise ValueError(f'"{quoted(name, 40)}": {told}')


def _check_format(name: str, spec: str) -> None:
    is_number = name == "age_s" or (name in QUANTITIES and QUANTITIES[name].kind not in (Kind.TEXT, Kind.TIME))
    if (_NUMBER if is_number else _TEXT).fullmatch(spec):
        return
    use = "write it like :.0f, :8.1f or :+d" if is_number else "it is text: write it like :20 or :>20"
    raise ValueError(f'"{quoted(spec, 20)}" is no format for {name}: {use}')
