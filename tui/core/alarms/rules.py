"""The rules of the alarms, as the user writes them: the tables [[alarms]] of the config file.

Loaded only where there are any. What an alarm is handed to (`run`, `webhook`, `mqtt`) is only checked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui.core.alarms.condition import Condition
from tui.core.alarms.grammar import parse_condition, parse_duration
from tui.core.alarms.subjects import PRICE
from tui.core.model import Device, Role
from tui.core.options import one_of
from tui.core.secret import Secret
from tui.core.settings import LONGEST_NAME, ConfigFile, SettingsError, typed_as, unknown
from tui.core.text import clean, quoted

EXAMPLE = '[[alarms]]\nname = "Leak"\nwhen = "water_flow_lpm > 0 for 60m"'
"""What a user without alarms is shown."""
MOST = 100
"""Rules (own choice): more than a house has meters."""
COOLDOWN_S = 600.0
"""Two raises of one alarm are so far apart, unless the user says otherwise (own choice)."""
MOST_WORDS = 32
LONGEST_WORD = 500
LONGEST_TOPIC = 200
PLACEHOLDERS = ("text", "name", "device", "serial", "value", "limit", "since", "state")
"""What may stand in braces in the words of `run`."""
BRACES = re.compile(r"\{([A-Za-z_]+)\}")

_KEYS: dict[str, type] = {
    "when": str,
    "name": str,
    "device": str,
    "role": str,
    "clear": str,
    "cooldown": str,
    "bell": bool,
    "run": list,
    "webhook": str,
    "mqtt": str,
}
_URL = re.compile(r"https?://(?P<host>[^\s/?#]+)[^\s]*", re.IGNORECASE)
_ROLES = tuple(role.value for role in Role if role is not Role.NONE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One alarm. Without `device` and `role` it is of each device that sends what the condition asks about."""

    when: Condition
    name: str = ""
    """Given by the user."""
    device: str | None = None
    """The name or the serial of the only device that it is about."""
    role: Role | None = None
    clear: Condition | None = None
    """When it ends; None: once `when` is over by the margin of its quantity."""
    cooldown_s: float = COOLDOWN_S
    bell: bool = False
    run: tuple[str, ...] = ()
    """A program and its arguments, with the words of `PLACEHOLDERS` in braces."""
    webhook: Secret | None = None
    """A URL. Whoever knows it can send there, so it is a secret."""
    mqtt: str | None = None
    """A topic."""

    def is_about(self, device: Device) -> bool:
        """Whether the user means this device."""
        if self.device is not None:
            wanted = self.device.casefold()
            return wanted in (device.key, device.label.casefold())
        return self.role is None or device.role is self.role


def without_device(rules: Sequence[Rule], devices: Collection[Device]) -> Iterator[str]:
    """A sentence for each name, serial and role of an alarm that none of these devices has: a slip of the pen there
    would be found on the night when the alarm does not come."""
    for rule in rules:
        if any(map(rule.is_about, devices)):
            continue
        if rule.device is not None:
            which = f'is called "{quoted(rule.device, 40)}"'
        elif rule.role is not None:
            which = f"has the role {rule.role.value}"
        else:
            continue
        yield f"none of the devices found {which}, so an alarm cannot come: hwtui devices lists them"


def only_shown(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The same alarms, handed on to nobody: of a recording and of a simulated house."""
    return tuple(replace(rule, run=(), webhook=None, mqtt=None) for rule in rules)


def read_alarms(file: ConfigFile) -> tuple[Rule, ...]:
    """The tables [[alarms]] of a config file that has some. Raises `SettingsError` with file, line and key."""
    where: tuple[str, ...] = ("alarms",)
    rules: list[Rule] = []
    try:
        tables = file.values["alarms"]
        if not isinstance(tables, list):
            raise ValueError("wrong type: write each alarm as a table, [[alarms]]")
        if len(tables) > MOST:
            raise ValueError(f"there are {len(tables)}: {MOST} are the most")
        for number, table in enumerate(tables, 1):
            where = ("alarms", str(number))
            if not isinstance(table, Mapping):
                raise ValueError("wrong type: write each alarm as a table, [[alarms]]")
            found: dict[str, Any] = {}
            for key, raw in table.items():
                where = ("alarms", str(number), key)
                if key not in _KEYS:
                    raise ValueError(unknown(key, list(_KEYS)))
                found[key] = _CHECKS.get(key, _same)(typed_as(raw, _KEYS[key]))
            for key in ("when", "clear"):
                where = ("alarms", str(number), key)
                if key in found and PRICE in found[key].names and "prices" not in file.values:
                    raise ValueError("there are no prices: write them in a table [prices], see hwtui help prices")
            where = ("alarms", str(number))
            rules.append(_rule(found))
    except ValueError as error:
        raise SettingsError(f"{file.where(*where)}: {error}") from None
    return tuple(rules)


def _rule(found: dict[str, Any]) -> Rule:
    """A rule of what was found in a table, each value checked by itself. Raises `ValueError`."""
    if "when" not in found:
        raise ValueError('there is no condition: write one like when = "power_w > 5000 for 60s"')
    if "device" in found and "role" in found:
        raise ValueError("give a device or a role, not both")
    asks_house = found["when"].is_of_house
    if asks_house and ("device" in found or "role" in found):
        raise ValueError("its condition is about the whole house: leave out device and role")
    clear: Condition | None = found.get("clear")
    if clear is not None and asks_house is not clear.is_of_house:
        raise ValueError("one of when and clear is about the whole house, the other about a device")
    if clear is not None and "check" in clear.names:
        raise ValueError("an alarm cannot end because the check fails")
    cooldown = {"cooldown_s": found.pop("cooldown")} if "cooldown" in found else {}
    return Rule(**found, **cooldown)


# ------------------------------------------------------------------ what a value may be


def _same(value: Any) -> Any:
    return value


def _words(raw: str) -> str:
    text = clean(raw, LONGEST_NAME)
    if not text:
        raise ValueError("a word is missing")
    return text


def _role(raw: str) -> Role:
    return Role(one_of(_ROLES)(raw))


def _cooldown(raw: str) -> float:
    return 0.0 if raw.strip() == "0" else parse_duration(raw)


def _run(raw: list[str]) -> tuple[str, ...]:
    if not raw or not raw[0].strip():
        raise ValueError('a program is missing: write one like ["notify-send", "{text}"]')
    if len(raw) > MOST_WORDS:
        raise ValueError(f"there are {len(raw)} words: {MOST_WORDS} are the most")
    for word in raw:
        if len(word) > LONGEST_WORD:
            raise ValueError(f"a word has {len(word)} characters: {LONGEST_WORD} are the most")
        if "\0" in word:
            raise ValueError("a word holds a NUL")
        for name in BRACES.findall(word):
            if name not in PLACEHOLDERS:
                raise ValueError(f"{{{quoted(name, 24)}}}: {unknown(name, PLACEHOLDERS, 'word in braces')}")
    if BRACES.search(raw[0]):
        raise ValueError("the program itself is no word in braces: only its arguments are")
    return tuple(raw)


def _webhook(raw: str) -> Secret:
    found = _URL.fullmatch(raw)
    if found is None or len(raw) > LONGEST_WORD or not raw.isprintable():
        raise ValueError(f"this is no URL: use one like https://example.org/hook, of {LONGEST_WORD} characters at most")
    if "@" in found["host"]:
        raise ValueError("there is a user name or password before the @: leave it out")
    return Secret(raw)


def _topic(raw: str) -> str:
    if not raw or len(raw) > LONGEST_TOPIC or not raw.isprintable():
        raise ValueError(f'this is no topic: use one like "house/alarms", of {LONGEST_TOPIC} characters at most')
    if set(raw) & {"+", "#"} or raw.startswith("$"):  # MQTT 5.0, 4.7: wildcards are for who listens, $ is the broker's
        raise ValueError("a topic that is written to has no + or #, and does not begin with $")
    return raw


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "when": parse_condition,
    "clear": parse_condition,
    "name": _words,
    "device": _words,
    "role": _role,
    "cooldown": _cooldown,
    "run": _run,
    "webhook": _webhook,
    "mqtt": _topic,
}
