"""What each product can do. Code checks capabilities and never compares product types.

Sources: the vendor's API documentation (measurement, state, identify), which products answer on which endpoint; for
API v2 (authorization), which button it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Product(NamedTuple):
    """A product type and its capabilities. An unknown type gets those of `UNKNOWN`: it is read and shown as sent."""

    types: tuple[str, ...]
    label: str
    """Its name on screen; never `product_name`, which "may change at any time"."""
    short: str
    """The same in at most 7 cells: with a blank and six digits of the serial, 14 cells, as in an 80-column list."""
    long: str = ""
    """The same where there is room beside the user's own name; `label` if empty."""
    is_grid_meter: bool = False
    """Reads the smart meter: the whole house, tariffs, external meters, a telegram."""
    is_battery: bool = False
    """Stores energy: it charges, discharges, and has a state of charge."""
    measures_electricity: bool = True
    measures_phases: bool = False
    """May report each of its three phases."""
    measures_water: bool = False
    can_switch: bool = False
    can_identify: bool = True
    """Can blink its LED (a battery over API v2). A kWh meter has none; an unknown product may be tried and may answer
    "not found"."""
    can_be_inverted: bool = False
    """Is wired in, so it may be fed from either end. A plug fits only one way, and a smart meter knows its own."""
    least_interval_s: float = 0.0
    """Polling more often than this returns nothing new."""
    is_known: bool = True
    pairs_from: int | None = None
    """The first firmware that a program can pair with (API v2); None: no firmware, as far as is known."""
    button: str = ""
    """What lets a program pair with it, as an instruction."""


WIFI_BUTTON = "Hold the Wi-Fi button for 1 to 3 seconds. Not longer: it would forget its Wi-Fi."

PRODUCTS = (
    Product(
        ("HWE-P1",),
        "P1 meter",
        "P1",
        is_grid_meter=True,
        measures_phases=True,
        pairs_from=6,
        button="Press the white button on the front of the P1 meter once.",
    ),
    Product(("HWE-SKT",), "Socket", "Socket", can_switch=True),
    Product(
        ("HWE-KWH1", "SDM230-wifi"),
        "kWh meter",
        "kWh",
        can_identify=False,
        can_be_inverted=True,
        pairs_from=5,
        button=WIFI_BUTTON,
    ),
    Product(
        ("HWE-KWH3", "SDM630-wifi"),
        "kWh meter 3",
        "kWh 3",
        measures_phases=True,
        can_identify=False,
        can_be_inverted=True,
        pairs_from=5,
        button=WIFI_BUTTON,
    ),
    Product(
        ("HWE-WTR",), "Water meter", "Water", measures_electricity=False, measures_water=True, least_interval_s=2.0
    ),
    Product(
        ("HWE-BAT",),
        "Battery",
        "Battery",
        "Plug-In Battery",
        is_battery=True,
        pairs_from=0,
        button="Touch the button of the battery until it beeps.",
    ),
    Product(("HWE-DSP",), "Display", "Display", measures_electricity=False, can_identify=False),
)
UNKNOWN = Product(
    (),
    "Device",
    "Device",
    is_known=False,
    pairs_from=0,
    button=(
        "Press its button: on a P1 meter the white one on the front, once; on a battery touch it until it beeps; on a "
        "kWh meter hold the Wi-Fi button for 1 to 3 seconds, not longer."
    ),
)

_MOST_TYPES = 64
"""So many are remembered: all there are, and some that are not known yet."""
_BY_TYPE = {name.casefold(): product for product in PRODUCTS for name in product.types}


@lru_cache(_MOST_TYPES)
def product_of(product_type: str | None) -> Product:
    """The capabilities of a product type; those of `UNKNOWN` for an unknown type."""
    return _BY_TYPE.get((product_type or "").casefold(), UNKNOWN)
