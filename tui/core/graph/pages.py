"""What there is to look at of a device: a page for each of its quantities, with its variants (`l`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from tui.core.external import is_empty_channel, kind_name
from tui.core.graph.grid import WEEK_SPAN
from tui.core.model import Device
from tui.core.past.history import TOTAL, place_of
from tui.core.quantities import QUANTITIES

ENERGY = "energy"
"""The variant of power that has bars of energy, on spans from 7 d on."""
_HOURS_SPAN = 3
"""6 h: the shortest span on which amounts by the hour say something."""


class Variant(NamedTuple):
    """One graph of a page: of a quantity, or of what counters moved."""

    label: str = ""
    """ "L1", "energy"; "" where there is nothing to tell apart."""
    quantity: str = ""
    up: str = ""
    down: str = ""
    """The counters of what came in and what went out; "" for none."""

    @property
    def is_amount(self) -> bool:
        """Whether it has bars of amounts."""
        return not self.quantity


class Page(NamedTuple):
    """A quantity of a device."""

    name: str
    """In the title and the footer: "power", "gas"."""
    place: str
    """Whose values they are (`core.past.history.place_of`)."""
    variants: tuple[Variant, ...]
    unit: str = ""
    """Of amounts."""
    least_span: int = 0
    """The shortest span, a number in `SPANS`."""

    def shown(self, span: int, *, kept: bool) -> tuple[Variant, ...]:
        """The variants on a span, the usual one first. Amounts need a history (`kept`) and, of what is a graph on
        shorter spans, at least a week."""
        amounts = tuple(one for one in self.variants if one.is_amount)
        graphs = tuple(one for one in self.variants if not one.is_amount)
        if not graphs:
            return amounts
        return (*amounts, *graphs) if kept and span >= WEEK_SPAN else graphs


_FAMILIES = (("power", "w"), ("voltage", "v"), ("current", "a"))


def pages_of(device: Device, sent: Collection[str]) -> tuple[Page, ...]:
    """The pages of a device. `sent` are the names of the quantities that it has sent."""
    pages = [page for stem, unit in _FAMILIES if (page := _family(device.key, stem, unit, sent))]
    if "water_flow_lpm" in sent:
        amount = Variant("amount", up="water_total_m3")
        pages.append(Page("water", device.key, (amount, Variant("flow", "water_flow_lpm")), "m3"))
    known = {f"{stem}_{unit}" for stem, unit in _FAMILIES} | {"water_flow_lpm"}
    for name in sent:
        quantity = QUANTITIES.get(name)
        if quantity is not None and quantity.plotted and not quantity.phase and name not in known:
            words = name.rpartition("_")[0].replace("_", " ")
            pages.append(Page(words, device.key, (Variant("", name),)))
    seen: dict[str, Page] = {}
    for meter in device.measurement.value.external if device.measurement else ():
        if not is_empty_channel(meter):
            place, variants = place_of(device.key, meter.type), (Variant("", up=TOTAL),)
            words = kind_name(meter.type).lower()
            seen.setdefault(meter.type, Page(words, place, variants, meter.unit or "", _HOURS_SPAN))
    return (*pages, *seen.values())


def _family(key: str, stem: str, unit: str, sent: Collection[str]) -> Page | None:
    """Power, voltage or current: in all, and by phase where there is more than one."""
    total = f"{stem}_{unit}"
    phases = [Variant(f"L{phase}", f"{stem}_l{phase}_{unit}") for phase in (1, 2, 3)]
    phases = [one for one in phases if one.quantity in sent]
    variants = [Variant("power" if stem == "power" else "", total)] if total in sent else []
    if len(phases) > 1 or not variants:
        variants += phases
    if not variants:
        return None
    if stem == "power":
        variants.insert(0, Variant(ENERGY, up="energy_import_kwh", down="energy_export_kwh"))
    return Page(stem, key, tuple(variants), "kWh")
