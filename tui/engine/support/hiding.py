"""Everything in a support file that is secret: what the program knows to be, and what looks like it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv6Address

from tui.core.checks.finding import Verdict
from tui.core.doctor.evidence import Layer, Port
from tui.core.model import Device, Role, State, key_of
from tui.core.options import OPTIONS
from tui.core.products import PRODUCTS
from tui.core.reading import Json
from tui.core.settings import Settings
from tui.engine.report.redact import Redactor

MOST_KNOWN = 1000
"""Secrets that are learnt by their form (own choice): each makes the whole slower, and a log may be full of them."""
BEYOND = "..."
HARMLESS = frozenset({"127.0.0.1", "224.0.0.251", "255.255.255.255", "::", "::1"})
"""Addresses that are the same everywhere."""
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f:]*:[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE)
_MAC = re.compile(r"(?<![0-9a-f])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![0-9a-f])", re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{12,}(?![0-9a-f])", re.IGNORECASE)
"""Serials, meter ids and tokens."""
_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:local|lan|home|internal|localdomain|fritz\.box|home\.arpa)(?![\w-])", re.IGNORECASE
)
_LOGGED = re.compile(r" tui\.engine\.(?:lines\.)?(?:poller|pusher): (?:https?://)?(\S+?)(?::\d+)?: ")
_USUAL_INTERFACE = re.compile(
    r"(?:anpi|ap|awdl|bond|br|bridge|docker|dummy|em|en|eth|lo|llw|ppp|tailscale|tap|tun|usb|utun|veth|virbr|vlan|wg|wl"
    r"|wlan)\d{0,4}|(?:en|wl)[opsx][0-9a-z]{1,12}"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d")
APIS = ("v1", "v2")
OURS = ("about", "made")
"""The keys of what is the program's own altogether."""
WORDS: dict[str, frozenset[str]] = {
    "product_type": frozenset(name for product in PRODUCTS for name in product.types),
    "api": frozenset(APIS),
    "api_version": frozenset(APIS),
    "spoken": frozenset(APIS),
    "role": frozenset(Role),
    "state": frozenset(State),
    "kind": frozenset(State),
    "layer": frozenset(Layer),
    "verdict": frozenset(Verdict),
    "port_5353": frozenset(Port),
    "from": frozenset(
        {"default", "config file", *(one.flag or "" for one in OPTIONS), *(one.variable or "" for one in OPTIONS)}
    ),
}
"""The words of the program, by key: a meter named "Solar" costs nobody its role."""


def looks_secret(texts: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Whatever in these texts has the form of an address, a MAC, a serial, an id, a token or a local host name."""
    for text in texts:
        if _TIME.fullmatch(text):
            continue
        yield from (("address", (one,)) for one in _IPV4.findall(text) if one not in HARMLESS)
        yield from (("address", (one,)) for one in _IPV6.findall(text) if one not in HARMLESS and _is_ipv6(one))
        for found in _MAC.finditer(text):
            bare = re.sub("[:-]", "", found[0])
            yield "mac", (bare, *ways_of_mac(bare))
        for one in _HEX.findall(text):
            yield ("mac", (one, *ways_of_mac(one))) if len(one) == 12 else ("id", (one,))
        yield from (("host", (one,)) for one in _HOST.findall(text))


def swept(text: str) -> str:
    """The same without what still has the form of a secret: of more than `MOST_KNOWN` not each has its placeholder."""
    for pattern in (_MAC, _HEX, _HOST):
        text = pattern.sub(BEYOND, text)
    text = _IPV4.sub(lambda found: found[0] if found[0] in HARMLESS else BEYOND, text)
    return _IPV6.sub(lambda found: BEYOND if found[0] not in HARMLESS and _is_ipv6(found[0]) else found[0], text)


def logged_hosts(lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The hosts that the log tells of: of an earlier run they may be others than those of now."""
    for line in lines:
        if found := _LOGGED.search(line):
            yield "address", (found[1],)


def ways_of_mac(bare: str) -> tuple[str, ...]:
    """Twelve hex digits in pairs."""
    pairs = re.findall("..", bare)
    return ":".join(pairs), "-".join(pairs)


def interface_names(names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names of interfaces that a person gave, as those of a VPN."""
    yield from (("interface", (name,)) for name in names if not _USUAL_INTERFACE.fullmatch(name))


def named_in(settings: Settings) -> Iterator[Device]:
    """The devices of the settings, seen or not."""
    for key, words in settings.devices.items():
        yield Device(key, serial=key, name=words.name)
        if words.behind:
            yield Device(key_of(words.behind), serial=words.behind)


def paths_in(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The files and folders that the user chose, with the folders around them."""
    own = (settings.config_file, settings.state_dir, settings.log_file, settings.ca)
    for path in (*own, settings.mqtt_password_file, settings.mqtt_ca, settings.influx_token_file):
        if path is not None:
            yield "path", (str(path),)
            if path.parent.name:
                yield "path", (str(path.parent),)


def strings_in(value: Json) -> Iterator[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_in(one)


def hidden(value: Json, redactor: Redactor, key: str = "") -> Json:
    """The same without secrets. What the program itself wrote stays, where it has few words to choose from."""
    if isinstance(value, str):
        if key in OURS or value in WORDS.get(key, ()) or _TIME.fullmatch(value):
            return value
        return swept(redactor.text(value))
    if isinstance(value, dict):
        return {name: hidden(one, redactor, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hidden(one, redactor, key) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
