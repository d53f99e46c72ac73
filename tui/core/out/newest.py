"""What a running hwtui tells another one of the same user: the devices as `read --json` prints them, and how far it
may be taken for what asking them would have given."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tui import __version__
from tui.core.model import Device
from tui.core.reading import Json
from tui.core.settings import Settings
from tui.core.text import clean

NAME = "hwtui.sock"
"""Of the socket, in the state directory."""
PAGE = "/newest"
OLDEST_S = 10.0
"""An answer older than this is not new to who asks now (own choice: the slowest devices are read every 5 s)."""
_IN_BETWEEN = ("unknown", "stale")
"""States of a device that is about to tell its next one: asking it tells more."""


class Newest(NamedTuple):
    """One device."""

    label: str
    """As the screen calls it."""
    age_s: float | None
    """Of its measurement; None: there was none."""
    row: Mapping[str, Json]
    """See `core.devicejson`."""

    @property
    def values(self) -> dict[str, float | str]:
        """By name: what it measures, and `name`, `serial`, `state` and `age_s`. What is not known is absent."""
        told = {"name": self.label, "serial": self.row.get("serial"), "state": self.row.get("state")}
        measured = self.row.get("measurement")
        every = {**told, "age_s": self.age_s, **(measured if isinstance(measured, dict) else {})}
        known = {name: value for name, value in every.items() if isinstance(value, float | int | str)}
        return {name: clean(value) if isinstance(value, str) else value for name, value in known.items()}

    @property
    def problem(self) -> str:
        """Why it is not read; "" where nothing hinders it."""
        problem = self.row.get("problem")
        return clean(str(problem.get("text", "")), 200) if isinstance(problem, dict) else ""

    @property
    def is_live(self) -> bool:
        """Whether it answers."""
        return self.row.get("state") == "live"


def picked(devices: Sequence[Newest], words: Sequence[str]) -> list[Newest] | None:
    """Those that `words` name by name or serial, in that order, each once; all of them without words.

    None where a word is neither, as an address is, or means more than one.
    """
    if not words:
        return list(devices)
    found: dict[str, Newest] = {}
    for word in words:
        wanted = word.strip().casefold()
        meant = [one for one in devices if wanted in (one.label.casefold(), str(one.row.get("serial")).casefold())]
        if len(meant) != 1:
            return None
        found[str(meant[0].row.get("serial"))] = meant[0]
    return list(found.values())


def scope_of(settings: Settings) -> str:
    """Equal where two programs would ask the same devices and tell the same of them."""
    asked = (settings.hosts, settings.mdns, settings.discover, settings.interfaces, settings.ca)
    told = (settings.grid, sorted(settings.devices.items()))
    return repr((__version__, asked, told))


def in_order(devices: Iterable[Device]) -> list[Device]:
    """Those that were not only remembered, as `read` has them: the ones named, then the others by serial."""
    known = [device for device in devices if not device.remembered]
    named = [device for device in known if device.by_hand]
    return [*named, *sorted((one for one in known if not one.by_hand), key=lambda one: one.key)]


def newest_json(devices: Iterable[Newest], scope: str, *, running_s: float, counts: bool) -> bytes:
    """The page, see `parse_newest`."""
    told = [{"label": one.label, "age_s": one.age_s, "row": one.row} for one in devices]
    return json.dumps({"scope": scope, "running_s": running_s, "counts": counts, "devices": told}).encode()


def parse_newest(
    body: bytes, scope: str, words: Sequence[str] = (), *, running_s: float, counts: bool
) -> list[Newest] | None:
    """The devices of a page that `words` name, if it may stand for asking them; else None, whatever came.

    It may if the program that told it asks the same devices (`scope`), has done so for `running_s`, knows the state of
    those named, and none of their readings is old; with `counts` only if it tells what was counted today, too.
    """
    try:
        page = json.loads(body)
        told = page["scope"], page["counts"], float(page["running_s"])
        devices = [_one(each) for each in page["devices"]]
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None
    if told[0] != scope or (counts and told[1] is not True) or not told[2] >= running_s:
        return None
    found = picked(devices, words)
    return found if found and all(_is_new(one) for one in found) else None


def _one(each: Mapping[str, Any]) -> Newest:
    age, row = each["age_s"], each["row"]
    if not isinstance(row, dict) or not isinstance(row["state"], str):
        raise TypeError
    return Newest(clean(str(each["label"])), None if age is None else float(age), row)


def _is_new(one: Newest) -> bool:
    if one.row["state"] in _IN_BETWEEN:
        return False
    return not one.is_live or (one.age_s is not None and math.isfinite(one.age_s) and one.age_s <= OLDEST_S)
