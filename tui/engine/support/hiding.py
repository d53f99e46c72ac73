"""Everything in a support file that is secret: what the program knows to be, and what looks like it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from tui.core.checks.finding import Verdict
from tui.core.doctor.evidence import Layer, Port
from tui.core.model import Device, Role, State, key_of
from tui.core.options import OPTIONS
from tui.core.products import PRODUCTS
from tui.core.reading import Json
from tui.core.settings import Settings
from tui.engine.report.redact import Redactor
from tui.engine.support.forms import Known, is_time, plain_of, swept
from tui.engine.versions import LIBRARIES

MOST_KNOWN = 1000
"""Secrets that are learnt by their form (own choice): each makes the whole slower, and a log may be full of them."""
_LOGGED = re.compile(r" tui\.engine\.(?:lines\.)?(?:poller|pusher): (?:https?://)?(\S+?)(?::\d+)?: ")
_USUAL_INTERFACE = re.compile(
    r"(?:anpi|ap|awdl|bond|br|bridge|docker|dummy|em|en|eth|lo|llw|ppp|tailscale|tap|tun|usb|utun|veth|virbr|vlan|wg|wl"
    r"|wlan)\d{0,4}|(?:en|wl)[opsx][0-9a-z]{1,12}"
)
APIS = ("v1", "v2")
OURS = frozenset({"about", "house", "made", "source"})
"""The keys of what is the program's own altogether."""
VERSIONS = frozenset({"hwtui", "python", "os", "distribution", *LIBRARIES})
"""Of versions: four numbers with points between them are no address there."""
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


def logged_hosts(lines: Iterable[str]) -> Iterator[Known]:
    """The hosts that the log tells of: of an earlier run they may be others than those of now."""
    for line in lines:
        if found := _LOGGED.search(line):
            yield "address", (found[1],)


def interface_names(names: Iterable[str]) -> Iterator[Known]:
    """The names of interfaces that a person gave, as those of a VPN."""
    yield from (("interface", (name,)) for name in names if not _USUAL_INTERFACE.fullmatch(name))


def named_in(settings: Settings) -> Iterator[Device]:
    """The devices of the settings, seen or not."""
    for key, words in settings.devices.items():
        yield Device(key, serial=key, name=words.name)
        if words.behind:
            yield Device(key_of(words.behind), serial=words.behind)


def paths_in(settings: Settings) -> Iterator[Known]:
    """The files and folders that the user chose, with the folders around them."""
    own = (settings.config_file, settings.state_dir, settings.log_file, settings.ca)
    secret = (settings.mqtt_password_file, settings.influx_token_file, settings.web_password_file)
    for path in (*own, settings.mqtt_ca, *secret):
        if path is not None:
            yield "path", (str(path),)
            if path.parent.name:
                yield "path", (str(path.parent),)


def strings_in(value: Json, key: str = "") -> Iterator[str]:
    """Every text in it that may hold a secret."""
    if isinstance(value, str) and key not in OURS | VERSIONS:
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from strings_in(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from strings_in(one)


def hidden(value: Json, redactor: Redactor, key: str = "") -> Json:
    """The same without secrets. What the program itself wrote stays, where it has few words to choose from."""
    if isinstance(value, str):
        if key in OURS or value in WORDS.get(key, ()) or is_time(value):
            return value
        return redactor.text(value) if key in VERSIONS else hidden_in(value, redactor)
    if isinstance(value, dict):
        return {name: hidden(one, redactor, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hidden(one, redactor, key) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hidden_in(text: str, redactor: Redactor) -> str:
    """A text without secrets, escaped or not."""
    told = redactor.text(text)
    plain = plain_of(told)
    if plain != told and (better := swept(redactor.text(plain))) != plain:
        return better
    return swept(told)
