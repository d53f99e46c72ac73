"""The words for a group of batteries: its mode, and what it may do. One table for the screen, dialogs and commands.

Source of what the modes mean: the vendor's API documentation, v2, "Batteries".
"""

from __future__ import annotations

from typing import NamedTuple

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission


class ModeWords(NamedTuple):
    """A mode as people read it."""

    name: str
    means: str
    """What the batteries do in it, as the end of a sentence that begins with its name."""


MODES: dict[Mode, ModeWords] = {
    Mode.ZERO: ModeWords("zero", "keeps what the house draws from the grid near 0 W"),
    Mode.TO_FULL: ModeWords("to full", "charges to 100 % whatever the house does, then back"),
    Mode.STANDBY: ModeWords("standby", "neither charges nor discharges"),
    Mode.PREDICTIVE: ModeWords("predictive", "HomeWizard's cloud decides, by forecast and price"),
}
"""In the order of the dialog. `predictive` is there from API 2.3.0 on."""

METER_DECIDES = (Mode.TO_FULL, Mode.PREDICTIVE)
"""The modes in which the meter itself decides what the batteries may do, and permissions are read-only."""

NOT_TOLD = "permissions not told"
_MAY = {
    BOTH: "may charge and discharge",
    frozenset({Permission.CHARGE}): "may charge only",
    frozenset({Permission.DISCHARGE}): "may discharge only",
    NEITHER: "may neither charge nor discharge",
}


def mode_name(batteries: Batteries) -> str:
    """The mode of a group; one that this program does not know, as sent; "not told" if none was sent."""
    if batteries.mode is not None:
        return MODES[batteries.mode].name
    return batteries.other_mode or "not told"


def permission_words(permissions: frozenset[Permission] | None) -> str:
    """What a group may do. An API that sends no permissions (before 2.2.0) has said neither all nor none."""
    return NOT_TOLD if permissions is None else _MAY[permissions]


def may_words(group: Batteries) -> str:
    """The same of a group, with what this program has no word for as it was sent.

    Empty in a mode in which the meter itself decides: what it sends then is no leave of anybody's (in `to_full` none
    at all, while it charges).
    """
    if group.mode in METER_DECIDES:
        return ""
    if not group.other_permissions:
        return permission_words(group.permissions)
    return f"permissions {', '.join([*(one.sent_as for one in group.permissions or ()), *group.other_permissions])}"
