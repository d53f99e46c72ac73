"""Pairing with a device over API v2: what to press, whom not to ask, what its answers mean, and as whom one asks.

Source: the vendor's API documentation, v2, "Authorization".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from tui.core.model import Device, Endpoint
from tui.core.moment import Moment
from tui.core.products import Product

WAITS_S = 120.0
"""So long one has to go to the device and press its button (own choice)."""
EVERY_S = 1.0
"""How often it is asked. A press counts for 30 s; asking begins them anew."""
PORT = 443
"""API v2 is HTTPS."""

PAIRED = "Paired. From now on its values come by push."
ONLY_NOW = "Paired until this program ends."
TOO_LATE = "Nobody pressed the button in time."
READ_ONLY = "read-only: pairing makes a user on the device, so it is not done"
READ_ONLY_TOO = "read-only: unpairing takes a user from the device, so it is not done"

LOCAL = "local/"
LONGEST_NAME = 40
"""Characters of a user's name after `local/`, of which there must be one."""
_OURS = "hwtui"
_NAME = re.compile(r"local/[a-zA-Z0-9\-_/\\# ]{1,40}", re.ASCII)
_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_]+", re.ASCII)
"""Runs of what becomes a hyphen: more than the API forbids, since a blank or a slash in a host's name helps nobody."""


class Step(StrEnum):
    """How far the pairing with one device is."""

    WAITING = "waiting"
    PAIRED = "paired"
    REFUSED = "refused"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The pairing with one device, at one moment."""

    step: Step
    ends: Moment
    """When it stops asking."""
    text: str = ""
    """What to say of it, as sentences: what hinders it while it waits, and in the end what came of it."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.step is not Step.WAITING


def seconds_left(attempt: Attempt, now: Moment) -> int:
    """Whole seconds until it stops asking; 0 once it is over."""
    return 0 if attempt.is_over else ceil(max(0.0, attempt.ends.monotonic - now.monotonic))


def user_name(host: str, apart: str = "") -> str:
    """The name of the user that is made on a device: "local/hwtui#raspberrypi".

    A second user with the same name would take the token from the first, and many a computer is called raspberrypi. So
    `apart`, a few characters that tell this one from others, is put behind the name of the computer.
    """
    plain = unicodedata.normalize("NFKD", host.partition(".")[0]).encode("ascii", "ignore").decode()
    tail = f"-{_FORBIDDEN.sub('', apart)}" if apart else ""
    room = LONGEST_NAME - len(_OURS) - 1 - len(tail)
    words = _FORBIDDEN.sub("-", plain).strip("-")[:room].rstrip("-") + tail
    return f"{LOCAL}{_OURS}#{words.strip('-')}" if words.strip("-") else f"{LOCAL}{_OURS}"


def is_user_name(text: str) -> bool:
    """Whether a device takes it as the name of a user."""
    return _NAME.fullmatch(text) is not None


def why_not_asked(device: Device) -> str | None:
    """Why it makes no sense to ask `device`, as a sentence; None if it does. Whether it is paired already is another
    question."""
    product = device.product
    if product.pairs_from is None:
        return f"{device.label}: this product has no API v2, and is read without being paired"
    if device.endpoint is None:
        return f"{device.label}: its address is not known"
    if device.forced_api == "v1":
        return f'{device.label}: the config file says api = "v1" for it: take that out first'
    major = re.match(r"(\d{1,4})\.", device.firmware_version or "")
    if major is not None and int(major[1]) < product.pairs_from:
        return f"{device.label}: {needs_firmware(product, device.firmware_version)}"
    return None


def endpoint_to_ask(device: Device) -> Endpoint | None:
    """Where it is paired: one that has only been read over v1 so far has v2 at the same address."""
    known = device.endpoint_of("v2")
    return known or (Endpoint(device.endpoint.host, PORT, "v2") if device.endpoint else None)


def needs_firmware(product: Product, has: str | None = None) -> str:
    """That its firmware is too old to be paired, and what to do."""
    old = f"its firmware {has} has" if has else "its firmware has"
    needed = f"{product.pairs_from} or later" if product.pairs_from else "6 on a P1 meter, 5 on a kWh meter"
    return f"{old} no API v2 yet: it needs {needed}; the HomeWizard app updates it"
