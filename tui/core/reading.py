"""What a device answers, as immutable values: who it is, what it measures, what it says about itself, its switch.

Import is positive and export negative in all data. A missing value is absent, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Value = float | str | datetime
"""A measured value: a number (`int` or `float`), text, or a naive local time; the table of quantities says which."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class External:
    """A meter behind the smart meter (gas, water, heat), as the P1 passes it on.

    `type` is HomeWizard's name ("gas_meter", ...; unknown ones are kept); `unique_id` is as the meter sent it, blanks
    stripped, None if empty; `timestamp` is naive, in the grid profile's zone, None if unusable. It is the meter's
    claim: `core.doubt.dating` takes out those that cannot be true.
    """

    type: str
    unique_id: str | None
    value: float
    unit: str | None
    timestamp: datetime | None
    misdated: bool = False
    """It sent a time that cannot be one; `timestamp` is None then."""


MeterKey = tuple[str, str | None, int]
"""The type and id of an external meter, and a running number (`core.external.keyed`)."""


class Earlier(NamedTuple):
    """What is kept of an external meter to derive its flow (`core.external`)."""

    last: External
    """Its newest value, whatever that is worth."""
    start: External | None = None
    """Where the flow of `last` begins; None while there is none."""
    mark: External | None = None
    """Where the next flow will begin; None after a total that fell."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer of a meter. `values` holds only what the device sent, under the names of `core.quantities`."""

    values: Mapping[str, Value] = field(default_factory=dict)
    external: tuple[External, ...] = ()
    """In the order of the answer, but newest first within one type (`core.doubt.dating`)."""
    notes: tuple[str, ...] = ()
    """Sentences: fields that were dropped, and why."""
    extra: Mapping[str, Json] = field(default_factory=dict)
    """Unknown fields as sent, but bounded and without control characters."""
    unmeasured: tuple[str, ...] = ()
    """Quantities sent as 0 although other values say otherwise (`core.doubt.unmeasured`): not in `values`."""
    doubts: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Those of `Device.doubts` after this answer, where it changes them; empty where it does not."""

    def number(self, name: str) -> float | None:
        """The number under `name`, None if it was not sent."""
        value = self.values.get(name)
        return value if isinstance(value, (int, float)) else None

    def text(self, name: str) -> str | None:
        """The text under `name`, None if it was not sent."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None


WEAK_WIFI_PCT = 30.0
LEAST_RSSI_DB = -127.0
"""The weakest that a radio can tell: the ESP32 has one signed byte for it (ESP-IDF, `wifi_ap_record_t`)."""

LONGEST_UPTIME_S = 100 * 365 * 86400.0
"""No device is older (own choice)."""


def strength_of(rssi_db: float) -> float:
    """A signal in dBm as a percentage: 0 at -100 dBm or less, 100 from -50 dBm on (python-homewizard-energy 10.2.0).

    A radio that does not know says 0 dBm, and that client, too, takes it for 0 %.
    """
    return 0 if rssi_db == 0 else min(100, max(0, 2 * (rssi_db + 100)))


@dataclass(frozen=True, slots=True)
class System:
    """What a device says about itself. Parts arrive at different times (v1 sends Wi-Fi inside the measurement)."""

    wifi_ssid: str | None = None
    wifi_strength_pct: float | None = None
    cloud_enabled: bool | None = None
    wifi_rssi_db: float | None = None
    """In dBm, named as in API v2. A device sends this or the percentage."""
    notes: tuple[str, ...] = ()
    """As those of a measurement, on the answer to `/api/v1/system` or `/api/system`."""
    uptime_s: float | None = None
    """Seconds since it started (v2)."""
    led_brightness_pct: float | None = None
    """Of the status light, 0..100 (v2)."""
    api_v1_enabled: bool | None = None
    """Whether API v1 is on (v2)."""

    @property
    def wifi_pct(self) -> float | None:
        """How strong the Wi-Fi is in percent, however the device tells it; None if it does not."""
        if self.wifi_strength_pct is not None or self.wifi_rssi_db is None:
            return self.wifi_strength_pct
        return strength_of(self.wifi_rssi_db)

    @property
    def has_weak_wifi(self) -> bool:
        """Whether the Wi-Fi is so weak that answers may be late or lost (own choice)."""
        strength = self.wifi_pct
        return strength is not None and strength < WEAK_WIFI_PCT


class Switch(NamedTuple):
    """The relay of a socket. `brightness` is that of its LED ring, 0..255."""

    power_on: bool | None = None
    switch_lock: bool | None = None
    brightness: int | None = None
    notes: tuple[str, ...] = ()


class Identity(NamedTuple):
    """The answer to `/api`: who a device says it is. `serial` is kept as sent; compare it with `key_of`."""

    serial: str
    product_type: str
    product_name: str | None = None
    firmware_version: str | None = None
    api_version: str | None = None
    notes: tuple[str, ...] = ()
