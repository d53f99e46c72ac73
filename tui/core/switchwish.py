"""What is wanted of a socket from a command line: on, off, its lock, its ring; and when that must not be.

The screen only switches, after its own question. Here the words are the deliberate act, so what takes nothing away is
done at once; what takes power or protection away asks first, or needs a `--yes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.core.model import Device, Role
from tui.core.moment import Now
from tui.core.options import number
from tui.core.reading import Switch
from tui.core.state import age_s
from tui.core.switching import not_live, refusal
from tui.core.text import quoted
from tui.core.wording import long_age, watts

BRIGHTEST = 255
"""Of the ring (API documentation, v1, state)."""
WORDS = "on, off, lock, unlock, or brightness and a number from 0 to 255"


class Wish(NamedTuple):
    """One change of a socket."""

    word: str
    """As it is typed."""
    name: str
    """The field of `Switch`, named as in the API."""
    value: bool | int

    @property
    def takes_away(self) -> bool:
        """Whether it takes power or protection away."""
        return self.word in ("off", "unlock")

    @property
    def body(self) -> dict[str, bool | int]:
        """As the API takes it."""
        return {self.name: self.value}

    def is_so(self, switch: Switch) -> bool:
        """Whether there is nothing to do."""
        told = getattr(switch, self.name)
        return told is not None and told == self.value


_SIMPLE = {
    "on": Wish("on", "power_on", True),
    "off": Wish("off", "power_on", False),
    "lock": Wish("lock", "switch_lock", True),
    "unlock": Wish("unlock", "switch_lock", False),
}
CHANGES = (*_SIMPLE, "brightness")
"""The words that begin a wish."""


def wish_of(words: Sequence[str]) -> Wish | None:
    """What the words ask for; None for no word. Raises `ValueError`, which says what to type."""
    match words:
        case []:
            return None
        case [word] if word in _SIMPLE:
            return _SIMPLE[word]
        case ["brightness"]:
            raise ValueError(f"brightness: a number from 0 to {BRIGHTEST} is missing")
        case ["brightness", text]:
            try:
                return Wish("brightness", "brightness", number(int, 0, BRIGHTEST)(text))
            except ValueError as error:
                raise ValueError(f"brightness: {error}") from None
    raise ValueError(f'"{quoted(" ".join(words), 40)}" is nothing that a socket does: use {WORDS}')


def wish_refusal(wish: Wish, device: Device, now: Now, *, read_only: bool, switch: Switch | None = None) -> str | None:
    """Why it may not be done, as a sentence; None if it may. `switch` is the socket's state as just read."""
    if wish.name == "power_on":
        return refusal(device, now, read_only=read_only, frozen=False, switch=switch)
    if not device.product.can_switch:
        return f"{device.label} has no switch"
    if read_only:
        return "read-only: nothing is switched"
    if wish.word == "unlock" and device.given_role in (Role.SOLAR, Role.BATTERY):
        return f"{device.label} stays locked: its role is {device.given_role}"
    if heard := not_live(device, now):
        return f"{device.label} is told nothing: {heard}"
    if wish.word == "lock" and switch is not None and switch.power_on is not True:
        return f"{device.label} is off, and its lock would switch it on: switch it on first"
    return None


def question(wish: Wish, device: Device, now: Now) -> list[str]:
    """What a person should know before a wish that takes something away."""
    if wish.word == "unlock":
        return [f"Without its lock, everybody in this network can switch {device.label} off."]
    age, power = age_s(device, now) or 0.0, device.number("power_w")
    draws = "It does not tell what it draws" if power is None else f"It draws {watts(power)} W"
    return [
        f"{device.label} is on. {draws} ({long_age(age)} ago). Its switch lock is off.",
        "If it feeds this computer or your router, you cannot switch it on again from here.",
    ]


def done_words(wish: Wish, device: Device, switch: Switch) -> str:
    """What became of a wish: the state that it is about, as read after it."""
    told = getattr(switch, wish.name)
    if told is None:
        return f"{device.label} does not tell its {wish.name}"
    match wish.name:
        case "power_on":
            return f"{device.label} is {'on' if told else 'off'}"
        case "switch_lock":
            return f"{device.label} is {'locked' if told else 'unlocked'}"
    return f"{device.label} has brightness {told} of {BRIGHTEST}"


def state_words(device: Device, switch: Switch) -> str:
    """The whole state in a line."""
    parts = []
    if switch.power_on is not None:
        parts.append("on" if switch.power_on else "off")
    if switch.switch_lock is not None:
        parts.append("locked" if switch.switch_lock else "unlocked")
    if switch.brightness is not None:
        parts.append(f"brightness {switch.brightness} of {BRIGHTEST}")
    return f"{device.label}: {', '.join(parts) or 'it tells nothing of its switch'}"
