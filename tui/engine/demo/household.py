"""A running household: its house, its devices, and the clock that moves them on."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.fuse import parse_fuse
from tui.core.moment import Now
from tui.engine.demo.devices import SimulatedDevice, Spec
from tui.engine.demo.homes import HOMES, only_v1, resized, taps
from tui.engine.demo.house import House
from tui.engine.demo.pairing import BUTTON_S, token_of
from tui.engine.demo.physics import Cycle, Flow, key

HOUSEHOLDS = tuple(HOMES)
"""The names of the households."""

DEFAULT_START = Now(utc=1_781_266_620.0, monotonic=0.0)
"""Friday 12 June 2026, 14:17 Dutch time: a fixed moment for tests and screenshots."""

MOST_STEPS = 3600
"""How many seconds are simulated one by one when the house is behind; further behind, it takes longer steps."""


LOOKS_A_SECOND = 10.0
"""At a device, by the user's clock, however fast the house lives: more than that cannot be kept up (own choice)."""


def pace_s(speed: float) -> float:
    """How often the devices of a house that lives `speed` times as fast are read, or push: seconds of the house."""
    return max(1.0, speed / LOOKS_A_SECOND)


class Household:
    """A simulated household. Equal arguments give equal answers at equal moments, regardless of earlier requests.

    (The only exception: after more than an hour without a request, counters are integrated in longer steps.)
    `name` is one of `HOUSEHOLDS`; `devices` cuts it to its first devices or adds sockets and kWh meters. `start` is
    the moment the simulation begins; the meters' clocks show its UTC, so use the real time for real clients. `speed` is
    that of the clock which it is asked by.
    `latency_s` is how long each request waits for its answer, and `button_s` when the button of a device presses itself
    after someone asked to be paired (0: never). Without `v2` all speak API v1 alone, and there is no battery. With
    `lives` the house follows the clock and the
    calendar (`year`), so that it can have a past. Raises `ValueError` for an unknown name or fewer than one
    device.
    """

    def __init__(
        self,
        name: str = "nl",
        seed: int = 1,
        devices: int | None = None,
        start: Now = DEFAULT_START,
        *,
        speed: float = 1.0,
        latency_s: float = 0.0,
        lives: bool = False,
        button_s: float = BUTTON_S,
        v2: bool = True,
    ) -> None:
        if name not in HOMES:
            raise ValueError(f"There is no household {name!r}. Choose one of: {', '.join(HOUSEHOLDS)}.")
        if devices is not None and devices < 1:
            raise ValueError("A household has at least 1 device.")
        home = HOMES[name](key(name, seed)) if v2 else only_v1(HOMES[name](key(name, seed)))
        if devices is not None:
            home = resized(home, devices, key(name, seed))
        self.name, self.seed, self.grid, self.fuse = name, seed, home.grid, parse_fuse(home.fuse)
        self.latency_s, self.push_every_s = latency_s, pace_s(speed)
        gas: Flow = Cycle(home.supply.key + 30, cycle_s=1500, duty=0.55, level=0.55)
        water: Flow = taps(home.supply.key + 40)
        if lives:
            from tui.engine.demo.year import lived, lived_gas, lived_water

            at = int(start.utc)
            home, gas, water = lived(home, at, seed), lived_gas(gas, at, seed), lived_water(water, at, seed)
        self.house = House(home.circuits, home.supply, gas, water, int(start.utc))
        serial = _serials(name, seed)
        self.devices = tuple(
            SimulatedDevice(spec, serial(at, spec), self.house, button_s) for at, spec in enumerate(home.specs)
        )
        self._grid_meters = tuple(device for device in self.devices if device.is_grid_meter)
        self._advance_to(int(start.utc))

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens that the demo has from the start, by serial. One of them may be of no use any more."""
        return {one.serial: token_of(one.serial) for one in self.devices if one.spec.paired}

    def advance(self, now: Now) -> None:
        """Run the house up to `now`, in whole seconds of its UTC; an earlier moment changes nothing."""
        self._advance_to(int(now.utc))

    def _advance_to(self, second: int) -> None:
        behind = second - self.house.second
        step = 1 + (behind - 1) // MOST_STEPS
        while (seconds := min(step, second - self.house.second)) > 0:
            self.house.step(seconds)
            for device in self._grid_meters:
                device.listen(seconds)


def _serials(name: str, seed: int) -> Callable[[int, Spec], str]:
    """Serials like the vendor's: its address block and six hex digits, unique within a household.

    What speaks API v2 has the same one whatever the seed, since it stands in its certificate (`certificates`).
    """
    of_seed, of_certificates = key("serial", name, seed), key("serial", name, 1)

    def serial(index: int, spec: Spec) -> str:
        first = of_certificates if spec.v2 else of_seed
        return f"5c2faf{(first + index * 0x9E3779) & 0xFFFFFF:06x}"

    return serial
