"""A paired meter that controls batteries, at the border of the engine; it takes only what the vendor's rules allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.core.strict_meter import StrictMeter
from tests.engine.conftest import FakeDevice
from tui.core.battery.batteries import Batteries
from tui.core.battery.control import Body
from tui.core.secret import Secret
from tui.engine.source import Owner
from tui.net.errors import BadAnswer

ZERO: dict[str, object] = {
    "mode": "zero",
    "permissions": ["charge_allowed", "discharge_allowed"],
    "battery_count": 2,
    "power_w": -404,
    "target_power_w": -400,
    "max_consumption_w": 1600,
    "max_production_w": 800,
}
"""The example of the vendor's documentation (API 2.2.0)."""
STANDBY: dict[str, object] = {**ZERO, "mode": "standby", "permissions": []}


@dataclass
class PairedMeter(FakeDevice):
    """`says` replaces what it answers to the next GETs, one each; then it tells the truth."""

    meter: StrictMeter = field(default_factory=lambda: StrictMeter((2, 2), dict(ZERO)))
    says: list[Mapping[str, object]] = field(default_factory=list)
    written: list[dict[str, object]] = field(default_factory=list)
    takes_lost: bool = False
    """A change whose answer is lost (`faults["put"]`) has come through."""

    kind: str | None = None

    @property
    def serial(self) -> str | None:
        return self.identified.serial

    async def batteries(self) -> Batteries:
        await self._answer("batteries")
        return StrictMeter((2, 2), self.says.pop(0)).get() if self.says else self.meter.get()

    async def set_batteries(self, wanted: Body) -> Batteries:
        self.written.append(wanted.as_json())
        if self.takes_lost:
            self.meter.put(wanted.as_json())
        await self._answer("put")
        return self.meter.put(wanted.as_json())

    async def create_user(self, name: str) -> Secret:
        raise BadAnswer("not here")

    async def users(self) -> tuple[Owner, ...]:
        raise BadAnswer("not here")

    async def delete_user(self, name: str) -> None:
        raise BadAnswer("not here")
