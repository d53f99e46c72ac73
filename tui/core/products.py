"""What each product can do. Code checks capabilities and never compares product types.

Sources: the vendor's API documentation (measurement, state, identify), which products answer on which endpoint.
"""

from __future__ import annotations

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
    """Can blink its LED. A kWh meter has none; an unknown product may be tried and may answer "not found"."""
    can_be_inverted: bool = False
    """Is wired in, so it may be fed from either end. A plug fits only one way, and a smart meter knows its own."""
    least_interval_s: float = 0.0
    """Polling more often than this returns nothing new."""
    is_known: bool = True


PRODUCTS = (
    Product(("HWE-P1",), "P1 meter", "P1", is_grid_meter=True, measures_phases=True),
    Product(("HWE-SKT",), "Socket", "Socket", can_switch=True),
    Product(("HWE-KWH1", "SDM230-wifi"), "kWh meter", "kWh", can_identify=False, can_be_inverted=True),
    Product(
        ("HWE-KWH3", "SDM630-wifi"),
        "kWh meter 3",
        "kWh 3",
        measures_phases=True,
        can_identify=False,
        can_be_inverted=True,
    ),
    Product(
        ("HWE-WTR",), "Water meter", "Water", measures_electricity=False, measures_water=True, least_interval_s=2.0
    ),
    Product(("HWE-BAT",), "Battery", "Battery", "Plug-In Battery", is_battery=True, can_identify=False),
    Product(("HWE-DSP",), "Display", "Display", measures_electricity=False, can_identify=False),
)
UNKNOWN = Product((), "Device", "Device", is_known=False)

_BY_TYPE = {name.casefold(): product for product in PRODUCTS for name in product.types}


def product_of(product_type: str | None) -> Product:
    """The capabilities of a product type; those of `UNKNOWN` for an unknown type."""
    return _BY_TYPE.get((product_type or "").casefold(), UNKNOWN)
