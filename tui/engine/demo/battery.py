"""Plug-in batteries of the simulated house, and the group of them that its P1 controls. Charging is positive.

Facts: the vendor's data sheet of the Plug-In Battery (800 W either way, 2.7 kWh, of which about 2.5 are used); its API
documentation, v2 (batteries), for what a mode means. Owners measure that 75 to 85 % comes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tui.core.battery.batteries import BOTH, NEITHER, Mode, Permission
from tui.engine.demo.physics import wander

CAPACITY_KWH = 2.47
CAPACITY_WS = CAPACITY_KWH * 3.6e6
LIMIT_W = 800.0
ONE_WAY = 0.91
"""What is left of energy on its way in, and again on its way out: 83 % of it comes back."""
KWH_A_CYCLE = CAPACITY_KWH * ONE_WAY
"""What it gives from full to empty."""
LEAST_W, IDLE_W = 15.0, 3.0
"""It does not run for less than the one, and itself uses the other while it rests (own choice)."""
LAG_S = 2
"""So long ago was what a battery sees of the house: a kettle is felt at the grid before it is made up for."""
ERROR_W = 12.0
"""How far from 0 the P1 and its batteries keep a house that does not change (own choice)."""


@dataclass(frozen=True, slots=True)
class PlugIn:
    """A battery on its own circuit. As a flow it rests: what it does, its group decides."""

    charge: float = 0.57
    """When the simulation begins, 0 to 1."""

    def at(self, second: int) -> float:
        """Nothing by itself."""
        return 0.0


def towards_zero(seen_w: float, count: int) -> float:
    """What `count` batteries together do about a house that draws `seen_w` without them."""
    most_w = LIMIT_W * count
    return max(-most_w, min(most_w, -seen_w))


def error_w(key: int, moment: int) -> float:
    """How wrong the group is about the house at a second of the simulation."""
    return ERROR_W * wander(key + 70, moment, 5)


class Pack:
    """One battery as it stands: its charge and its power."""

    __slots__ = ("name", "stored_ws", "watts")

    def __init__(self, name: str, charge: float) -> None:
        self.name, self.stored_ws, self.watts = name, charge * CAPACITY_WS, IDLE_W

    @property
    def charge(self) -> float:
        """0 to 1."""
        return self.stored_ws / CAPACITY_WS

    def turn_to(self, watts: float, seconds: int = 1) -> None:
        """Take or give so much, as far as it goes on for `seconds`."""
        room_w = (CAPACITY_WS - self.stored_ws) / ONE_WAY / seconds
        least_w = -self.stored_ws * ONE_WAY / seconds
        watts = max(least_w, min(room_w, watts))
        self.watts = IDLE_W if abs(watts) < LEAST_W else watts

    def store(self, seconds: int) -> None:
        """Let its power flow for `seconds`."""
        if self.watts == IDLE_W:
            return
        flowed_ws = self.watts * seconds
        self.stored_ws += flowed_ws * ONE_WAY if flowed_ws > 0 else flowed_ws / ONE_WAY
        self.stored_ws = max(0.0, min(CAPACITY_WS, self.stored_ws))


class Group:
    """The batteries of a house, and what they are told."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self.packs = tuple(packs)
        self.mode = Mode.ZERO
        self.permissions = BOTH
        self.charge_to_full = False
        self.target_w = 0.0
        self._seen: deque[float] = deque(maxlen=LAG_S)

    @property
    def power_w(self) -> float:
        """Of all of them together."""
        return sum(pack.watts for pack in self.packs)

    @property
    def most_w(self) -> float:
        """The most that they may take, or give, together."""
        return LIMIT_W * len(self.packs)

    @property
    def is_full(self) -> bool:
        """Whether nothing more goes into any of them."""
        return all(pack.charge > 0.9999 for pack in self.packs)

    def tell(self, mode: Mode, permissions: frozenset[Permission]) -> None:
        """Give them a mode and what they may do in it. `standby` and no permission are one and the same."""
        if mode is Mode.STANDBY or (mode is Mode.ZERO and not permissions):
            mode, permissions = Mode.STANDBY, NEITHER
        self.mode, self.permissions = mode, NEITHER if mode is Mode.TO_FULL else permissions

    def follow(self, house_w: float, error_w: float, seconds: int = 1) -> None:
        """Turn to what the house does without them, `seconds` after they did so last."""
        if seconds > LAG_S:
            self._seen.clear()
        seen_w = self._seen[0] if self._seen else house_w
        self._seen.append(house_w)
        if (self.mode is Mode.TO_FULL or self.charge_to_full) and self.is_full:
            self.charge_to_full = False
            if self.mode is Mode.TO_FULL:
                self.tell(Mode.ZERO, BOTH)
        self.target_w = self._wanted(seen_w + error_w)
        for pack in self.packs:
            pack.turn_to(self.target_w / len(self.packs))

    def _wanted(self, seen_w: float) -> float:
        if self.mode is Mode.TO_FULL or self.charge_to_full:
            return self.most_w
        wanted_w = towards_zero(seen_w, len(self.packs))
        needed = Permission.CHARGE if wanted_w > 0 else Permission.DISCHARGE
        return wanted_w if needed in self.permissions else 0.0

    def hold(self, seconds: int) -> None:
        """Lower their power so far that it can go on for `seconds`."""
        for pack in self.packs:
            pack.turn_to(pack.watts, seconds)

    def store(self, seconds: int) -> None:
        """Let their power flow for `seconds`."""
        for pack in self.packs:
            pack.store(seconds)
