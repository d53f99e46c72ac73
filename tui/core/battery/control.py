"""What a change of the battery mode writes to `/api/batteries`, for each version of the API, and what became of it.

Sources: the vendor's API documentation, v2, "Batteries" (2.1.0 to 2.3.0); python-homewizard-energy 10.2.0, which writes
standby as `mode` and `permissions` together. Where both are silent, the docstring says what was chosen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission, Wanted
from tui.core.battery.group import has_batteries
from tui.core.battery.words import METER_DECIDES, MODES, mode_name, permission_words

Version = tuple[int, int, int]
PERMISSIONS_SINCE: Version = (2, 2, 0)
PREDICTIVE_SINCE: Version = (2, 3, 0)

NEEDS_PREDICTIVE = "predictive needs API 2.3.0 (firmware 6.04 of a P1 meter, 5.02 of a kWh meter)"
"""The firmware: the vendor's API documentation, introduction."""
NO_CLOUD = "predictive works only with the HomeWizard cloud, which is off on this meter"
NO_BATTERY = "no battery is connected to this meter"

_ALLOWED = {Permission.CHARGE: "charge_allowed", Permission.DISCHARGE: "discharge_allowed"}


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent. It has no field for anything but the mode of the batteries, so nothing else can be."""

    mode: Mode | None = None
    permissions: frozenset[Permission] | None = None
    charge_to_full: Literal[False] | None = None

    def as_json(self) -> dict[str, object]:
        """As the API wants it, without what is not changed."""
        sent: dict[str, object] = {}
        if self.mode is not None:
            sent["mode"] = self.mode.value
        if self.permissions is not None:
            sent["permissions"] = [word for one, word in _ALLOWED.items() if one in self.permissions]
        if self.charge_to_full is not None:
            sent["charge_to_full"] = self.charge_to_full
        return sent


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be written."""

    body: Body
    then: Wanted
    """What it leads to, whole: asked for again later, it means the same, whatever has happened in between."""
    warnings: tuple[str, ...] = ()
    """Sentences on why it may not do what is hoped for."""


@dataclass(frozen=True, slots=True)
class NoChange:
    """Nothing is written."""

    why: str
    """A sentence."""
    is_so: bool = False
    """It is as it was wanted already."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change."""

    text: str
    """A sentence."""
    done: bool


def version_of(text: str | None) -> Version | None:
    """(2, 2, 0) for "2.2.0"; None for what is no version of API v2, as the "v1" of the other API."""
    found = re.fullmatch(r"2\.(\d{1,4})(?:\.(\d{1,4}))?", text or "", re.ASCII)
    return (2, int(found[1]), int(found[2] or 0)) if found else None


def knows_permissions(now: Batteries, api_version: str | None) -> bool:
    """Whether this meter has permissions: it sent some, or its API version has them."""
    return now.permissions is not None or _is_from(api_version, PERMISSIONS_SINCE)


def knows_predictive(now: Batteries, api_version: str | None) -> bool:
    """Whether this meter has the mode `predictive`: it sent something that came with it, or its API version has it."""
    told = now.mode is Mode.PREDICTIVE or now.charge_to_full is not None
    return told or _is_from(api_version, PREDICTIVE_SINCE)


def modes_of(now: Batteries, api_version: str | None) -> tuple[Mode, ...]:
    """The modes that this meter has, in the order in which they are shown."""
    return tuple(mode for mode in MODES if mode is not Mode.PREDICTIVE or knows_predictive(now, api_version))


def _is_from(api_version: str | None, since: Version) -> bool:
    version = version_of(api_version)
    return version is not None and version >= since


def state_of_group(group: Batteries) -> Wanted:
    """Mode and permissions as they work out: `zero` without any permission is standby, one charge to full is `to_full`.

    The permissions of `to_full` and `predictive` are the meter's own and left out, and so are those of standby.
    """
    mode = Mode.TO_FULL if group.charge_to_full else group.mode
    if mode is Mode.ZERO and group.permissions == NEITHER:
        mode = Mode.STANDBY
    return Wanted(mode, group.permissions if mode is Mode.ZERO else None)


def plan(
    now: Batteries, wanted: Wanted, api_version: str | None, *, cloud_enabled: bool | None = None
) -> Change | NoChange:
    """What to write for `wanted`, or why nothing is.

    Whoever leaves standby, `to_full` or `predictive` for `zero` and says nothing of permissions gets both, as the
    official client does it: those that are told then are not what `zero` had before. An API version that is not known
    has what its answer shows.
    """
    if not has_batteries(now):
        return NoChange(NO_BATTERY)
    has_permissions = knows_permissions(now, api_version)
    before = state_of_group(now)
    then = _meant(before, wanted)
    if isinstance(then, str):
        return NoChange(then)
    if then.mode is Mode.PREDICTIVE and not knows_predictive(now, api_version):
        return NoChange(f"{NEEDS_PREDICTIVE}; {_version_words(api_version)}")
    if not has_permissions:
        if wanted.permissions is not None and then.mode is Mode.ZERO:
            return NoChange(f"permissions need API 2.2.0; {_version_words(api_version)}: choose a mode alone")
        then = Wanted(then.mode)
    if then == before:
        return NoChange(f"it is so already: {words_of(then)}", is_so=True)
    change = Body(then.mode, _written(then, has_permissions=has_permissions), _no_longer_full(now, then))
    warned = then.mode is Mode.PREDICTIVE and cloud_enabled is False
    return Change(change, then, (NO_CLOUD,) if warned else ())


def _meant(before: Wanted, wanted: Wanted) -> Wanted | str:
    """The whole state that a wish leads to, or why it makes no sense."""
    mode, may = wanted.mode, wanted.permissions
    if mode is None:
        if may is None:
            return "nothing was asked for: choose a mode, or what they may do"
        if before.mode in METER_DECIDES or before.mode is None:
            name = MODES[before.mode].name if before.mode else "a mode that this program does not know"
            return f"in {name}, permissions cannot be changed: choose the mode zero or standby, too"
        mode = Mode.ZERO if may else Mode.STANDBY
    if mode in METER_DECIDES:
        name = MODES[mode].name
        return Wanted(mode) if may is None else f"in {name}, the meter itself decides: leave the permissions out"
    if mode is Mode.STANDBY:
        return f"standby {MODES[mode].means}: leave the permissions out, or choose zero" if may else Wanted(mode)
    if may == NEITHER:
        return Wanted(Mode.STANDBY)
    if may is None:
        may = before.permissions if before.mode is Mode.ZERO else BOTH
    return Wanted(Mode.ZERO, may)


def _written(then: Wanted, *, has_permissions: bool) -> frozenset[Permission] | None:
    """The permissions to send; none to a meter without them, and none with a mode in which they are read-only."""
    if not has_permissions or then.mode in METER_DECIDES:
        return None
    return then.permissions if then.mode is Mode.ZERO else NEITHER


def _no_longer_full(now: Batteries, then: Wanted) -> Literal[False] | None:
    """Ends a charge to full that would go on in another mode: API 2.3.0 tells it beside the mode."""
    return False if now.charge_to_full and then.mode is not Mode.TO_FULL else None


def _version_words(api_version: str | None) -> str:
    known = version_of(api_version)
    return f"this meter has API {'.'.join(map(str, known))}" if known else "this meter does not tell its API version"


def words_of(state: Wanted) -> str:
    """A state in words: "zero, may charge only"; "standby: neither charges nor discharges"."""
    if state.mode is None:
        return "a mode that this program does not know"
    if state.mode is Mode.ZERO and state.permissions is not None:
        return f"{MODES[state.mode].name}, {permission_words(state.permissions)}"
    return f"{MODES[state.mode].name}: {MODES[state.mode].means}"


def words_now(group: Batteries) -> str:
    """The state of a group in words; a mode that this program does not know as it was sent."""
    state = state_of_group(group)
    return words_of(state) if state.mode is not None else f"{mode_name(group)} (not known to this program)"


def outcome(change: Change, before: Batteries, answer: Batteries | None, after: Batteries) -> Outcome:
    """What became of a change: `answer` is what the device said to it (None: its answer was lost), `after` what it
    says since."""
    if _is(after, change.then):
        return Outcome(f"set, now {words_of(change.then)}", done=True)
    said = words_now(after)
    if change.then.mode is Mode.TO_FULL:
        return Outcome(f"it does not charge to full (are the batteries full?): {said}", done=False)
    if answer is not None and _is(answer, change.then):
        return Outcome(f"the device took it and went back: {said}", done=False)
    if state_of_group(after) == state_of_group(before):
        return Outcome(f"the device took it, but nothing has changed: {said}", done=False)
    return Outcome(f"the device took it, but says {said}", done=False)


def _is(group: Batteries, wanted: Wanted) -> bool:
    state = state_of_group(group)
    return state.mode is wanted.mode and wanted.permissions in (None, state.permissions)
