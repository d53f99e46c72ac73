"""Which devices a person means: words that are names or serials of devices that are known, else hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tui.core.address import AddressError, parse_host
from tui.core.events import Remembered
from tui.core.model import Endpoint, key_of
from tui.core.products import product_of
from tui.core.settings import Settings, SettingsError
from tui.core.text import clean, quoted

_SERIAL = re.compile("[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
"""A MAC (API documentation, discovery)."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Hosts, and devices by key; neither: all that are known."""

    hosts: tuple[Endpoint, ...] = ()
    keys: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """Of words that may have been meant as names."""


def targets_of(words: Iterable[str], settings: Settings, remembered: Iterable[Remembered]) -> Targets:
    """What each word means: the name of a device that is known, a serial, else a host.

    Upper and lower case are the same. Raises `SettingsError`.
    """
    names: dict[str, str] = {}
    for event in remembered:
        key = key_of(event.identity.serial)
        label = f"{product_of(event.identity.product_type).label} {event.identity.serial[-6:]}"
        names |= {key: key, label.casefold(): key}
    for key, device in settings.devices.items():
        names |= {key: key} | ({device.name.casefold(): key} if device.name else {})
    hosts, keys, hints = list[Endpoint](), list[str](), list[str]()
    for word in words:
        if (known := names.get(word.strip().casefold())) is not None:
            keys.append(known)
            continue
        if _SERIAL.fullmatch(word.strip()):  # also one that nobody knows yet: it may be announced
            keys.append(key_of(word.strip()))
            continue
        is_bare = "." not in word and ":" not in word
        if is_bare and len(word.split()) > 1:
            raise SettingsError(not_known(word, names))
        try:
            hosts.append(parse_host(word))
        except AddressError as error:
            raise SettingsError(f"HOST: {error}") from None
        if is_bare and (near := _nearest(word, names)):
            hints.append(f'"{quoted(word)}" is asked as a host: did you mean the device "{near}"?')
    return Targets(tuple(hosts), tuple(keys), tuple(hints))


def not_known(word: str, names: Iterable[str]) -> str:
    """That no device is called so, with the one that was probably meant."""
    near = _nearest(word, names)
    meant = (
        f'did you mean "{near}"?' if near else "hwtui devices lists those that are; a serial or an address does as well"
    )
    return f'no device of the name "{quoted(word)}" is known: {meant}'


def _nearest(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant; "" if none is near."""
    import difflib  # only needed for a mistake

    return clean(next(iter(difflib.get_close_matches(word.strip().casefold(), list(names), n=1)), ""))
