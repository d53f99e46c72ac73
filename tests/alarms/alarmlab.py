"""A house of a few devices whose values and time a test sets, watched by some rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from tui.core.alarms.grammar import parse_condition
from tui.core.alarms.judging import Facts
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import AlarmState, Stepped, step
from tui.core.counting.quarter import RunningQuarter
from tui.core.model import Device, Endpoint, Fleet, Read
from tui.core.moment import Now
from tui.core.reading import Measurement

T0 = Now(1_764_000_000.0, 1000.0)


def rule(when: str, clear: str | None = None, **more: Any) -> Rule:
    return Rule(parse_condition(when), clear=parse_condition(clear) if clear else None, **more)


@dataclass
class Around:
    """What is known beside the fleet, as a test says."""

    prices: float | None = None
    forecasts: dict[str, RunningQuarter] = field(default_factory=dict)
    failings: dict[str, Collection[str]] | None = None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        return self.forecasts.get(key)

    def price(self, now: Now) -> float | None:
        return self.prices

    def failing(self, key: str) -> Collection[str] | None:
        return None if self.failings is None else self.failings.get(key, ())


class Lab:
    """Feeds the state machine. What was raised and cleared is kept as the seconds since `T0` and the device."""

    def __init__(self, *rules: Rule, group_s: float = 0.0, before_s: float = 3600.0) -> None:
        """The program began `before_s` ago, so that nothing holds from the start."""
        self.rules = rules
        self.now = T0
        self.devices: dict[str, Device] = {}
        self.around = Around()
        self.state = AlarmState(T0.plus(-before_s), group_s=group_s)
        self.raised: list[tuple[float, str]] = []
        self.cleared: list[tuple[float, str]] = []
        self.last = Stepped(self.state)

    @property
    def at(self) -> float:
        return round(self.now.monotonic - T0.monotonic, 3)

    def add(self, key: str = "a", product: str = "HWE-P1", **more: Any) -> None:
        self.devices[key] = Device(
            key, key, product, endpoints=(Endpoint(f"192.168.1.{len(self.devices) + 1}"),), **more
        )

    def measures(self, key: str = "a", **values: float) -> None:
        """The device answers now."""
        self.devices[key] = replace(self.devices[key], measurement=Read(Measurement(dict(values)), self.now))
        self.look(key)

    def look(self, only: str | None = None) -> None:
        facts = Facts(Fleet(dict(self.devices)), self.now, self.around)
        self.last = step(self.state, self.rules, facts, only=only)
        self.state = self.last.state
        self.raised += [(self.at, alarm.key) for alarm in self.last.raised]
        self.cleared += [(self.at, cleared.alarm.key) for cleared in self.last.cleared]

    def wait(self, seconds: float) -> None:
        self.now = self.now.plus(seconds)

    def goes(self, quantity: str, *values: float | None, key: str = "a", every_s: float = 1.0) -> None:
        """A value each `every_s`; None: no answer, and a look at all."""
        for value in values:
            if value is None:
                self.look()
            else:
                self.measures(key, **{quantity: value})
            self.wait(every_s)
