"""Whether a condition holds of a device, as far as anything is known.

What is not known is neither for nor against: a value that is late, a quantity that was not sent, a frozen meter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tui.core.alarms.condition import OPERATORS, Clause, Compared, Fails, Flag
from tui.core.alarms.subjects import FORECAST, FROZEN, NEW_PEAK, PRICE, SILENT, SUBJECTS, Scope
from tui.core.counting.quarter import RunningQuarter
from tui.core.model import Device, Fleet, State
from tui.core.moment import Moment, Now
from tui.core.state import SILENT_AFTER_S, STALE_INTERVALS, is_fresh, state_of

GAP_SHARE = 0.1
"""Of the time that a condition must hold: so much may pass without a value (own choice). An hour of running water is
still one if the Wi-Fi is lost for a minute."""
HEARD_S = 2 * SILENT_AFTER_S
"""What is of now is looked at with every event, and two are never further apart than a minute: after so long this
computer was suspended."""


class Beside(Protocol):
    """What is known beside the fleet; None: not known now. Asked often, so it answers at once."""

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """The running quarter-hour of a grid meter."""
        ...

    def price(self, now: Now) -> float | None:
        """Of a kWh from the grid, with VAT."""
        ...

    def failing(self, key: str) -> Collection[str] | None:
        """The rules of the check that fail for a device, by its key; "" is the house."""
        ...


class NothingBeside:
    """Where only the fleet is known."""

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """Not known."""
        return None

    def price(self, now: Now) -> float | None:
        """Not known."""
        return None

    def failing(self, key: str) -> Collection[str] | None:
        """Not known."""
        return None


NOTHING = NothingBeside()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known at a moment."""

    fleet: Fleet
    now: Now
    beside: Beside = NOTHING


class Evidence(NamedTuple):
    """What is known of a condition."""

    holds: bool | None
    """None: not known."""
    at: Moment
    """When it was so: when the values were measured; now, where the condition asks about none."""
    gap_s: float
    """What is further apart is not known to have been so in between."""
    began: Moment | None = None
    """Since when it holds, where that is known."""
    figures: tuple[float | None, ...] = ()
    """The figure of each clause, in the unit of its subject."""


class _Known(NamedTuple):
    holds: bool | None
    figure: float | None = None
    began: Moment | None = None


def evidence(
    clauses: Sequence[Clause], for_s: float, device: Device | None, facts: Facts, *, with_margin: bool = False
) -> Evidence:
    """What is known of some clauses together, that are to hold for `for_s`, of a device; None: of the house.

    `with_margin`: they hold until they are clearly over.
    """
    known = [_known(clause, for_s, device, facts, with_margin=with_margin) for clause in clauses]
    truths = [one.holds for one in known]
    holds = False if False in truths else None if None in truths else True
    at: Moment = facts.now
    gap_s = HEARD_S
    if device is not None and device.measurement is not None and any(map(is_measured, clauses)):
        at = device.measurement.at
        gap_s = max(STALE_INTERVALS * device.interval_s, min(GAP_SHARE * for_s, SILENT_AFTER_S))
    began = known[0].began if len(known) == 1 else None
    return Evidence(holds, at, gap_s, began, tuple(one.figure for one in known))


def is_measured(clause: Clause) -> bool:
    """Whether it asks about a value as a device sends it."""
    return isinstance(clause, Compared) and clause.scope is Scope.MEASURED


def silent_after_s(device: Device, for_s: float) -> float:
    """How old the last reading of a silent device is: as long as was asked for, as far as that is no ordinary gap."""
    return max(STALE_INTERVALS * device.interval_s, min(for_s or SILENT_AFTER_S, SILENT_AFTER_S))


def _known(clause: Clause, for_s: float, device: Device | None, facts: Facts, *, with_margin: bool) -> _Known:
    match clause:
        case Compared():
            figure = _figure(clause.subject, device, facts)
            return _Known(None if figure is None else _compares(clause, figure, with_margin=with_margin), figure)
        case Fails():
            failing = facts.beside.failing(device.key if device else "")
            return _Known(None if failing is None else clause.rule in failing if clause.rule else bool(failing))
        case Flag(name) if device is not None:
            return {SILENT: _silent, FROZEN: _frozen, NEW_PEAK: _new_peak}[name](device, for_s, facts)
    return _Known(None)


def _figure(subject: str, device: Device | None, facts: Facts) -> float | None:
    if subject == PRICE:
        return facts.beside.price(facts.now)
    if device is None:
        return None
    if subject == FORECAST:
        quarter = facts.beside.quarter(device.key, facts.now)
        figure = quarter.forecast_w if quarter else None
    else:
        figure = device.number(subject)
    return None if figure is None or not is_fresh(device, facts.now) else figure


def _compares(clause: Compared, figure: float, *, with_margin: bool) -> bool:
    """Whether the figure is beyond the limit; `with_margin`: or not yet clearly back.

    That never asks for a figure on the other side of 0: a tap does not flow backwards, and few meters export.
    """
    limit = clause.limit
    if with_margin and (margin := abs(limit) * SUBJECTS[clause.subject].margin):
        if clause.op in (">", ">="):
            limit -= margin
        elif clause.op in ("<", "<="):
            limit += margin
    return OPERATORS[clause.op](figure, limit)


def _silent(device: Device, for_s: float, facts: Facts) -> _Known:
    if device.measurement is not None:
        last = device.measurement.at
    elif (
        (device.remembered or device.by_hand)
        and device.problem is not None
        and device.problem.kind
        not in (State.API_DISABLED, State.NOT_PAIRED)  # it has never said anything, and says why
    ):
        last = device.problem.since
    else:
        return _Known(None)
    if facts.now.age_of(last) > silent_after_s(device, for_s):
        return _Known(True, began=last)
    return _Known(False)


def _frozen(device: Device, for_s: float, facts: Facts) -> _Known:
    if not device.product.is_grid_meter or state_of(device, facts.now) not in (State.LIVE, State.FROZEN):
        return _Known(None)
    return _Known(device.frozen is not None, began=device.frozen)


def _new_peak(device: Device, for_s: float, facts: Facts) -> _Known:
    quarter = facts.beside.quarter(device.key, facts.now) if is_fresh(device, facts.now) else None
    if quarter is None or quarter.forecast_w is None:
        return _Known(None)
    return _Known(quarter.beats, quarter.forecast_w)
