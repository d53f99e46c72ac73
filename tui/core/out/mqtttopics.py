"""What is handed to an MQTT broker of each device: its topics, and its state as one flat document.

All of them begin with `hwtui`:

    hwtui/status             online, or offline (also as the last will)
    hwtui/SERIAL/status      online, or offline once it has not answered for a minute
    hwtui/SERIAL/state       everything, as JSON
    hwtui/SERIAL/QUANTITY    one of them, on request
    hwtui/SERIAL/switch/set  ON or OFF, where control is allowed; hwtui/SERIAL/switch/answer says what became of it

The serial is in lower case, since devices write theirs in either. All but the last two are retained: who subscribes
later gets the newest at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import NamedTuple

from tui.core.devicejson import device_json, iso_time
from tui.core.external import keyed
from tui.core.model import Device, State
from tui.core.moment import Now
from tui.core.reading import External, Json
from tui.core.state import is_shown, state_of

BASE = "hwtui"
STATUS = f"{BASE}/status"
ONLINE, OFFLINE = "online", "offline"
"""What Home Assistant expects where nothing else is said (its documentation, MQTT, "Using availability topics")."""
COMMANDS = f"{BASE}/+/switch/set"
"""The filter of all commands."""

_FIT = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
"""A serial that can stand in a topic, in Home Assistant's, too (its documentation, MQTT, "Discovery topic")."""
_UNFIT = re.compile(r"[^a-z0-9]+")
_UNIT_WORDS = {"m3": "m3", "GJ": "gj", "kWh": "kwh"}
_IDENTITY = ("serial", "product_type", "name", "role", "state")


class Message(NamedTuple):
    """One message to publish."""

    topic: str
    payload: str
    qos: int = 1
    retain: bool = True


def fits(device: Device) -> bool:
    """Whether it can be handed on: it has said who it is, and its serial can stand in a topic."""
    return device.serial is not None and not device.remembered and _FIT.fullmatch(device.key) is not None


def topic_of(device: Device, *parts: str) -> str:
    """A topic of a device that `fits`."""
    return "/".join((BASE, device.key, *parts))


def commanded(topic: str) -> str | None:
    """The key of the device that a topic of `COMMANDS` is of; None for any other topic."""
    match topic.split("/"):
        case [base, key, "switch", "set"] if base == BASE and _FIT.fullmatch(key):
            return key
    return None


def is_online(device: Device, now: Now) -> bool:
    """Whether its values are worth anything: those of a minute ago still are, as on the screen; a meter that stands
    still only repeats its own."""
    return is_shown(device, now) and state_of(device, now) is not State.FROZEN


def state_row(device: Device, now: Now, zone: tzinfo) -> dict[str, Json]:
    """The state as one flat object: what `read --json` has in `measurement`, `system` and `switch`, under the same
    names; the group of batteries with `batteries_` before them; and each meter behind the smart meter as KIND_UNIT,
    like "gas_m3". `time` is that of the values, ISO 8601 with the offset to UTC; `zone` that of the meters' clocks.
    """
    whole = device_json(device, now, reading=True, zone=zone)
    row: dict[str, Json] = {}
    if device.measurement is not None:
        row["time"] = iso_time(now.utc_of(device.measurement.at))
    row |= {name: whole[name] for name in _IDENTITY}
    for part, before in (("measurement", ""), ("system", ""), ("switch", ""), ("batteries", "batteries_")):
        values = whole[part]
        if isinstance(values, dict):
            row |= {f"{before}{name}": _flat(value) for name, value in values.items() if name != "external"}
    return {name: meter.value for name, meter in external_values(device).items()} | row


def _flat(value: Json) -> Json:
    """A list of words as one text with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


def external_values(device: Device) -> dict[str, External]:
    """The meters behind a smart meter by the names that they have here.

    Those of one kind are numbered by their ids, not by their order in an answer, which may change: "gas_m3" is the
    first, "gas_2_m3" the second. A unit that is none of those that meters count in is left out.
    """
    if device.measurement is None:
        return {}
    numbers: Counter[str] = Counter()
    named: dict[str, External] = {}
    meters = keyed(device.measurement.value.external)
    for (kind, *_), meter in sorted(meters.items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][2])):
        unit = _UNIT_WORDS.get(meter.unit or "")
        stem = _UNFIT.sub("_", kind.lower().removesuffix("_meter")).strip("_")
        if unit and stem:
            numbers[stem] += 1
            number = f"_{numbers[stem]}" if numbers[stem] > 1 else ""
            named[f"{stem}{number}_{unit}"] = meter
    return named


def single_messages(device: Device, row: Mapping[str, Json]) -> Iterator[Message]:
    """Each value of a state by itself.

    They are retained, so one that has not changed need not be sent again. They go out with QoS 0: the state that
    follows them on the same connection goes with 1, and once the broker has confirmed that, it has had them.
    """
    for name, value in row.items():
        if name == "state":  # the name of the topic that has everything
            continue
        if isinstance(value, bool):
            yield Message(topic_of(device, name), "ON" if value else "OFF", qos=0)
        elif isinstance(value, int | float | str):
            yield Message(topic_of(device, name), str(value), qos=0)
