"""Which devices a person means: words that are names or serials of devices that are known, else hosts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tui.core.address import AddressError, parse_host
from tui.core.doctor.label import Label, called, label_in
from tui.core.events import Remembered
from tui.core.model import Endpoint, key_of
from tui.core.settings import Settings, SettingsError
from tui.core.text import clean, quoted

_SERIAL = re.compile("[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
"""A MAC (API documentation, discovery)."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Who is meant: hosts, and devices by key; neither: all that are known."""

    hosts: tuple[Endpoint, ...] = ()
    keys: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    """What devices are called whose serial is not known yet."""
    hints: tuple[str, ...] = ()
    """Of words that may have been meant as names."""


def targets_of(words: Iterable[str], settings: Settings, remembered: Iterable[Remembered]) -> Targets:
    """What each word means: the name of a device that is known, a serial, else a host.

    Upper and lower case are the same. A word that is no address is no host where only this computer itself may be
    asked: nobody there could tell its address. Raises `SettingsError`.
    """
    only_here = bool(settings.interfaces) and all(it.startswith("127.") for it in settings.interfaces)
    names: dict[str, dict[str, None]] = {}
    types = {key_of(event.identity.serial): event.identity.product_type for event in remembered}
    for key, product_type in types.items():
        names.setdefault(called(key, product_type).casefold(), {})[key] = None
    for key, device in settings.devices.items():
        if device.name:
            names.setdefault(device.name.casefold(), {})[key] = None
    known = dict.fromkeys((*types, *settings.devices))
    hosts, keys, labels, hints = list[Endpoint](), list[str](), list[Label](), list[str]()
    for word in words:
        typed = " ".join(word.split()).casefold()
        if typed in known or _SERIAL.fullmatch(typed):  # also one that nobody knows yet: it may be announced
            keys.append(typed)
            continue
        label = label_in(word)
        named = names.get(typed) or {key: None for key in known if label and label.fits(key, types.get(key))}
        if len(named) > 1:
            raise SettingsError(ambiguous(word, named))
        if named:
            keys += named
            continue
        if label is not None:
            labels.append(label)
            continue
        is_bare = "." not in word and ":" not in word
        if is_bare and (len(word.split()) > 1 or (only_here and typed != "localhost")):
            raise SettingsError(not_known(word, (*names, *known)))
        try:
            hosts.append(parse_host(word))
        except AddressError as error:
            raise SettingsError(f"HOST: {error}") from None
        if hosts[-1].host == typed:  # case means nothing in a host, and it is told as it was typed
            hosts[-1] = replace(hosts[-1], host=word.strip())
        if is_bare and (near := _nearest(word, (*names, *known))):
            hints.append(f'"{quoted(word)}" is asked as a host: did you mean the device "{near}"?')
    return Targets(tuple(hosts), tuple(keys), tuple(labels), tuple(hints))


def ambiguous(word: str, serials: Collection[str]) -> str:
    """That several devices are called so."""
    listed = " and ".join(clean(one) for one in serials)
    return f'"{quoted(word)}" is what {len(serials)} devices are called, {listed}: name one of them by its serial'


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
