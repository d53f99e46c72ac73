"""What each product can do. Code checks capabilities and never compares product types.

Sources: the vendor's API documentation (measurement, state, identify), which products answer on which endpoint; for
API v2 (authorization), which button it is, and what its certificate calls each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class Product(NamedTuple):
    """A product type and its capabilities. An unknown type gets those of `UNKNOWN`: it is read and shown as sent."""

    types: tuple[str, ...]
    """Empty where only a certificate tells the product, and it leaves the type open."""
    label: str
    """Its name on screen; never `product_name`, which "may change at any time"."""
    short: str
    """The same in at most 6 cells: with blanks around it and six digits of the serial 14 cells, as in an 80-column
    list."""
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
    certified_as: str = ""
    """The KIND of `appliance/KIND/SERIAL`, the common name of its certificate."""


ANY_BUTTON = (
    "Press its button: on a P1 meter the white one on the front, once; on a battery touch it until it beeps; on a "
    "kWh meter hold the Wi-Fi button for 1 to 3 seconds, not longer."
)
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
        certified_as="p1dongle",
    ),
    Product(("HWE-SKT",), "Socket", "Socket", can_switch=True, certified_as="energysocket"),
    Product(
        ("HWE-KWH1", "SDM230-wifi"),
        "kWh meter",
        "kWh",
        can_identify=False,
        can_be_inverted=True,
        pairs_from=5,
        button=WIFI_BUTTON,
        certified_as="energymeter",
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
        certified_as="energymeter",
    ),
    Product(
        ("HWE-WTR",),
        "Water meter",
        "Water",
        measures_electricity=False,
        measures_water=True,
        least_interval_s=2.0,
        certified_as="watermeter",
    ),
    Product(
        ("HWE-BAT",),
        "Battery",
        "Batt.",
        "Plug-In Battery",
        is_battery=True,
        pairs_from=0,
        button="Touch the button of the battery until it beeps.",
        certified_as="battery",
    ),
    Product(("HWE-DSP",), "Display", "Displ.", measures_electricity=False, can_identify=False, certified_as="display"),
)
UNKNOWN = Product(
    (),
    "Device",
    "Device",
    is_known=False,
    pairs_from=0,
    button=ANY_BUTTON,
)


def _certified(products: Sequence[Product]) -> Product:
    """What a kind of certificate tells of a device: API v2 is there, even where no firmware is known to have it."""
    one = products[0]
    is_sure = len(products) == 1 and one.pairs_from is not None
    return one._replace(
        types=one.types if is_sure else (),
        measures_phases=any(product.measures_phases for product in products),
        pairs_from=one.pairs_from or 0,
        button=one.button or ANY_BUTTON,
    )


def _by_kind() -> dict[str, Product]:
    kinds: defaultdict[str, list[Product]] = defaultdict(list)
    for product in PRODUCTS:
        kinds[product.certified_as].append(product)
    return {kind: _certified(products) for kind, products in kinds.items()}


_MOST_TYPES = 64
"""So many are remembered: all there are, and some that are not known yet."""
_BY_TYPE = {name.casefold(): product for product in PRODUCTS for name in product.types}
_BY_KIND = _by_kind()


@lru_cache(_MOST_TYPES)
def product_of(product_type: str | None, kind: str | None = None) -> Product:
    """The capabilities of a product type; without one, those that the kind of its certificate tells.

    Those of `UNKNOWN` for an unknown type, and for neither.
    """
    if product_type:
        return _BY_TYPE.get(product_type.casefold(), UNKNOWN)
    return _BY_KIND.get(kind.casefold(), UNKNOWN) if kind else UNKNOWN


def type_certified(kind: str | None) -> str | None:
    """The product type that a certificate's kind can only mean; None where it leaves that open."""
    types = product_of(None, kind).types
    return types[0] if types else None
