"""What is picked in the dialog of the battery mode. The rules are the vendor's: `zero` without any permission is
standby, and one that may do something is in `zero` again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission, Wanted
from tui.core.battery.control import knows_permissions, modes_of, state_of_group

BOXES = (Permission.CHARGE, Permission.DISCHARGE)


@dataclass(frozen=True, slots=True)
class ModeForm:
    """One state of the dialog. Each method returns the next one."""

    modes: tuple[Mode, ...]
    """Those that this meter has."""
    has_boxes: bool
    """Whether this meter has permissions (API 2.2.0)."""
    mode: Mode | None
    """None: as it is now, which is a mode that this program does not know."""
    may: frozenset[Permission]
    """What is ticked, as long as the mode is `zero`."""
    box: int | None = None
    """The check box that is marked."""

    @property
    def is_open(self) -> bool:
        """Whether the boxes can be ticked: in the other modes it is the meter that decides."""
        return self.has_boxes and self.mode in (Mode.ZERO, Mode.STANDBY)

    @property
    def ticked(self) -> frozenset[Permission]:
        """The boxes that are ticked."""
        return self.may if self.mode is Mode.ZERO else NEITHER

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        return Wanted(self.mode, self.may if self.has_boxes and self.mode is Mode.ZERO else None)

    def pick(self, mode: Mode) -> ModeForm:
        """Another mode; `zero` begins with what was ticked there last."""
        return replace(self, mode=mode, may=self.may or BOTH)

    def move(self, by: int) -> ModeForm:
        """The mode above or below; no further than the ends."""
        at = self.modes.index(self.mode) + by if self.mode in self.modes else 0 if by > 0 else len(self.modes) - 1
        return self.pick(self.modes[max(0, min(len(self.modes) - 1, at))])

    def mark(self, by: int) -> ModeForm:
        """Mark the box before or after."""
        if not self.is_open:
            return self
        at = (0 if by > 0 else len(BOXES) - 1) if self.box is None else max(0, min(len(BOXES) - 1, self.box + by))
        return replace(self, box=at)

    def tick(self, box: int | None = None) -> ModeForm:
        """Tick a box, or take its tick away; without one, that of the box that is marked."""
        at = self.box if box is None else box
        if at is None or not self.is_open:
            return self
        ticked = self.ticked ^ {BOXES[at]}
        if ticked:
            return replace(self, mode=Mode.ZERO, may=ticked, box=at)
        return replace(self, mode=Mode.STANDBY, box=at)


def form_of(now: Batteries, api_version: str | None) -> ModeForm:
    """The dialog as it opens: what is so now."""
    state = state_of_group(now)
    return ModeForm(
        modes=modes_of(now, api_version),
        has_boxes=knows_permissions(now, api_version),
        mode=state.mode,
        may=state.permissions or BOTH,
    )
