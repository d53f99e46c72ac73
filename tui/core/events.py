"""The events that sources send to the engine. Only `reduce(fleet, event)` turns them into state.

A source is anything with `async run(emit)`: the mDNS browser, a poller, a pusher (v2 only), a recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.battery.batteries import Batteries
from tui.core.model import DeviceSetting, Endpoint, Spoken, State
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, Switch, System

if TYPE_CHECKING:  # the first picture does not wait for what reads telegrams, nor for alarms
    from tui.core.alarms.state import Alarm
    from tui.core.telegram import Telegram


class Seen(NamedTuple):
    """A device was announced by mDNS (or found by a scan), or its announcement changed."""

    endpoint: Endpoint
    serial: str
    at: Now
    product_type: str | None = None
    product_name: str | None = None
    api_enabled: bool | None = None
    last_resort: bool = False
    """The address is link-local, and this computer is on no such subnet: it does not replace a better one."""


class Lost(NamedTuple):
    """A device said goodbye on mDNS. It is still polled: only HTTP can tell whether it is alive."""

    serial: str
    api: str
    at: Now


class Added(NamedTuple):
    """A host was given by hand."""

    endpoint: Endpoint
    at: Now


class Remembered(NamedTuple):
    """A device known from an earlier run in this network."""

    identity: Identity
    endpoint: Endpoint
    at: Now
    other: Endpoint | None = None
    """Of its other API, where it answered over both."""


class Configured(NamedTuple):
    """The user's settings for a device; they replace all its earlier ones."""

    serial: str
    words: DeviceSetting


class Identified(NamedTuple):
    """`/api` answered at an endpoint: this is the device there, whatever was assumed before."""

    endpoint: Endpoint
    identity: Identity
    at: Now


class Measured(NamedTuple):
    """The device told what it measures, asked or by itself. `system` is what it told about itself along with it."""

    serial: str
    measurement: Measurement
    system: System
    at: Now
    latency_s: float | None
    """None: not known, as in a recording."""
    interval_s: float
    """The device's current poll interval."""
    late_s: float = 0.0
    """How much later than planned it was polled."""
    inverted: bool = False
    """Its values are those of a meter mounted upside down, and inverted already, as in a recording."""


class SystemRead(NamedTuple):
    """`/api/v1/system` answered."""

    serial: str
    system: System
    at: Now


class SwitchRead(NamedTuple):
    """`/api/v1/state` answered, or confirmed a change (then only the changed fields are there)."""

    serial: str
    switch: Switch
    at: Now


class BatteriesRead(NamedTuple):
    """`/api/batteries` answered, or pushed: the group of batteries that this meter controls."""

    serial: str
    batteries: Batteries
    at: Now


class Paired(NamedTuple):
    """This program has a token of the device."""

    serial: str
    at: Now


class Unpaired(NamedTuple):
    """It has none any more: the device refused it, or the user took it back."""

    serial: str
    at: Now


class Certified(NamedTuple):
    """A certificate of the vendor at an API v2 endpoint named this serial, though nothing could be read there yet.

    `of` is an endpoint given by hand at which the device was asked first: it is one device.
    """

    endpoint: Endpoint
    serial: str
    at: Now
    of: Endpoint | None = None
    kind: str | None = None
    """What the certificate calls its product, such as "battery"; None if it does not say."""


class Spoke(NamedTuple):
    """Over which API a device is read from now on."""

    serial: str
    spoken: Spoken
    at: Now


class ClockStood(NamedTuple):
    """Whether a P1's telegram clock stood still between two reads, after its values had not changed for a minute."""

    serial: str
    still: bool
    at: Now


class TelegramRead(NamedTuple):
    """`/api/v1/telegram` answered; None if this P1 has no such page."""

    serial: str
    telegram: Telegram | None
    at: Now


class Failed(NamedTuple):
    """A device did not answer as it should. `kind` is its state from now on, `text` says what the user can do."""

    endpoint: Endpoint
    kind: State
    text: str
    at: Now
    crowded: bool = False
    """A reset or refusal by a device that has answered before: another program polls it."""
    untrusted: bool = False
    """The certificate there is not that of this device, or of none that may be trusted."""


class Noted(NamedTuple):
    """A note about the program itself; an empty text withdraws the note on this topic."""

    topic: str
    text: str
    at: Now


class Alarmed(NamedTuple):
    """Alarms were raised, or are over."""

    alarms: tuple[Alarm, ...]
    """All that are raised now."""
    told: tuple[str, ...]
    """A sentence for each that is new, and for each that is over."""
    at: Now


Told = Measured | SystemRead | SwitchRead | BatteriesRead | ClockStood | TelegramRead
"""What the device with that serial says."""

Event = (
    Seen
    | Lost
    | Added
    | Remembered
    | Configured
    | Identified
    | Measured
    | SystemRead
    | SwitchRead
    | BatteriesRead
    | Paired
    | Unpaired
    | Certified
    | Spoke
    | ClockStood
    | TelegramRead
    | Failed
    | Noted
    | Alarmed
)
