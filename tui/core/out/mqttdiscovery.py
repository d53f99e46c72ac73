"""What makes a device appear in Home Assistant by itself: one document of all that it has to show.

Device-based discovery, from Home Assistant 2024.11 on (https://www.home-assistant.io/integrations/mqtt/, "Device
discovery payload"): `device` and `origin` are mandatory, each component has a `platform` and a `unique_id`, and what
is said at the root (`state_topic`, `availability`, `qos`) holds for all of them. Device classes with their units and
state classes: https://developers.home-assistant.io/docs/core/entity/sensor/ and `DEVICE_CLASS_UNITS` in
`homeassistant/components/sensor/const.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tui.core.external import kind_name
from tui.core.model import Device
from tui.core.out.mqtttopics import STATUS, Message, external_values, topic_of
from tui.core.quantities import QUANTITIES, Kind, Quantity
from tui.core.reading import Json

PREFIX = "homeassistant"
"""Where Home Assistant looks unless it was told otherwise."""
SWITCH = "switch"

_MEASUREMENT, _INCREASING = "measurement", "total_increasing"
_CLASSES = {
    "W": "power",
    "V": "voltage",
    "A": "current",
    "VA": "apparent_power",
    "var": "reactive_power",
    "Hz": "frequency",
    "kWh": "energy",
    "GJ": "energy",
    "%": "battery",
    "m3": "water",
    "l/min": "volume_flow_rate",
}
"""The device class of what is measured in a unit. Gas is one of its own."""
_UNITS = {"m3": "m\N{SUPERSCRIPT THREE}", "l/min": "L/min"}
"""Units that Home Assistant writes otherwise."""
_NOT_SHOWN = frozenset({"unique_id", "timestamp", "water_total_offset_m3"})
"""The meter's own number, its clock, and a setting that is part of the total already."""
_SUFFIX = re.compile(r"_(w|v|a|va|var|hz|kwh|pct|m3|lpm|count)$")
_PHASE = re.compile(r"\b([lt][1-4])\b")


class Sensor(NamedTuple):
    """How one value of a state is shown."""

    name: str
    device_class: str | None = None
    unit: str | None = None
    state_class: str | None = None
    decimals: int | None = None
    diagnostic: bool = False

    def component(self, key: str, unique_id: str) -> dict[str, Json]:
        """The component that shows the value `key` of a state.

        What is not in a state becomes "None", which Home Assistant shows as unknown: never the value before it.
        """
        told: dict[str, Json] = {
            "platform": "sensor",
            "unique_id": unique_id,
            "name": self.name,
            "value_template": f"{{{{ value_json['{key}'] | default(none) }}}}",
            "device_class": self.device_class,
            "unit_of_measurement": self.unit,
            "state_class": self.state_class,
            "suggested_display_precision": self.decimals,
            "entity_category": "diagnostic" if self.diagnostic else None,
        }
        return {name: value for name, value in told.items() if value is not None}


def _sensor(quantity: Quantity) -> Sensor:
    """
    >>> _sensor(QUANTITIES["energy_import_t1_kwh"])[:4]
    ('Energy import T1', 'energy', 'kWh', 'total_increasing')
    """
    words = _SUFFIX.sub("", quantity.name).replace("_", " ")
    name = _PHASE.sub(lambda found: found[1].upper(), words[:1].upper() + words[1:])
    if quantity.kind in (Kind.CODE, Kind.TEXT, Kind.TIME):
        return Sensor(name, diagnostic=True)
    if quantity.kind is Kind.EVENT:
        return Sensor(name, state_class=_INCREASING, decimals=0, diagnostic=True)
    device_class = _CLASSES[quantity.unit] if quantity.unit else "power_factor"
    state_class = _INCREASING if quantity.kind is Kind.COUNTER else _MEASUREMENT
    unit = _UNITS.get(quantity.unit, quantity.unit)
    return Sensor(name, device_class, unit or None, state_class, quantity.decimals)


SENSORS: Mapping[str, Sensor] = {
    **{name: _sensor(quantity) for name, quantity in QUANTITIES.items() if name not in _NOT_SHOWN},
    "wifi_strength_pct": Sensor("Wi-Fi strength", None, "%", _MEASUREMENT, 0, diagnostic=True),
    "wifi_rssi_db": Sensor("Wi-Fi signal", "signal_strength", "dBm", _MEASUREMENT, 0, diagnostic=True),
    "batteries_mode": Sensor("Batteries mode"),
    "batteries_power_w": Sensor("Batteries power", "power", "W", _MEASUREMENT, 0),
    "batteries_target_power_w": Sensor("Batteries target power", "power", "W", _MEASUREMENT, 0),
}
"""By the name in a state."""


def _external(kind: str, unit: str) -> Sensor:
    device_class = "gas" if kind == "gas_meter" and unit == "m3" else _CLASSES.get(unit)
    return Sensor(kind_name(kind), device_class, _UNITS.get(unit, unit), _INCREASING, 3)


def discovery(device: Device, keys: Iterable[str], version: str, *, control: bool) -> Message:
    """The document for a device of whose states `keys` were seen; retained, so that it is there after a restart of
    Home Assistant. With `control` a socket is a switch, else its state is only shown."""
    serial = device.key
    seen = frozenset(keys)
    external = external_values(device)
    components: dict[str, Json] = {}
    for key, sensor in SENSORS.items():
        if key in seen:
            components[key] = sensor.component(key, f"hwtui_{serial}_{key}")
    for key, meter in external.items():
        components[key] = _external(meter.type, meter.unit or "").component(key, f"hwtui_{serial}_{key}")
    if device.product.can_switch:
        components |= _switch(device, seen, control=control)
    told = {
        "identifiers": [f"hwtui_{serial}"],
        "name": device.label,
        "manufacturer": "HomeWizard",
        "model": device.product.label,
        "model_id": device.product_type,
        "serial_number": device.serial,
        "sw_version": device.firmware_version,
    }
    document = {
        "device": {name: value for name, value in told.items() if value},
        "origin": {"name": "hwtui", "sw_version": version},
        "components": components,
        "state_topic": topic_of(device, "state"),
        "availability": [{"topic": STATUS}, {"topic": topic_of(device, "status")}],
        "availability_mode": "all",
        "qos": 1,
    }
    return Message(f"{PREFIX}/device/hwtui_{serial}/config", json.dumps(document))


def _switch(device: Device, seen: frozenset[str], *, control: bool) -> dict[str, Json]:
    """The components of a socket: one that is on or off, and its lock, whose class says "on" for unlocked."""
    unique = f"hwtui_{device.key}"
    components: dict[str, Json] = {}
    if "power_on" in seen:
        if control:
            components[SWITCH] = {
                "platform": "switch",
                "unique_id": f"{unique}_switch",
                "name": "Switch",
                "value_template": _on_off("power_on"),
                "command_topic": topic_of(device, "switch", "set"),
                "retain": False,
            }
        else:
            # A switch of an earlier run with control would stay there, and switch nothing.
            components[SWITCH] = {"platform": "switch"}
            components["power_on"] = {
                "platform": "binary_sensor",
                "unique_id": f"{unique}_power_on",
                "name": "Switched on",
                "value_template": _on_off("power_on"),
            }
    if "switch_lock" in seen:
        components["switch_lock"] = {
            "platform": "binary_sensor",
            "unique_id": f"{unique}_switch_lock",
            "name": "Switch lock",
            "device_class": "lock",
            "value_template": _on_off("switch_lock", "OFF", "ON"),
            "entity_category": "diagnostic",
        }
    return components


def _on_off(key: str, true: str = "ON", false: str = "OFF") -> str:
    """The template of what is true or false; "None", for unknown, where the state does not tell it."""
    one = f"value_json['{key}'] | default(none)"
    return f"{{% set one = {one} %}}{{{{ one if one is none else '{true}' if one else '{false}' }}}}"
