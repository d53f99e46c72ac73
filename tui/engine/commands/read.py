"""`hwtui read`: one reading of each device."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.counting.today import Today
from tui.core.devicejson import device_json
from tui.core.past.history import Past
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.commands.exits import OK
from tui.engine.commands.newest import newest
from tui.engine.commands.once import Asked
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate

if TYPE_CHECKING:  # only who asks for values needs it
    from tui.core.oneline import Part

OpenPast = Callable[[Settings], AbstractContextManager[Past | None]]
"""Opens the history for reading; None where there is none."""


async def read(
    settings: Settings,
    output: Output,
    words: Sequence[str] = (),
    *,
    as_json: bool,
    open_past: OpenPast | None = None,
) -> int:
    """Read every device once, or those that `words` name; what was counted today and yesterday stands beside it where
    a history knows it. Raises `SettingsError`."""
    asked = await newest(settings, words)
    profile = profile_of(settings.grid)
    days: dict[str, Today] = {}
    if open_past is not None:
        with open_past(settings) as past:
            days = _days(asked, past, ZoneInfo(profile.zone))
    if as_json:
        zone = ZoneInfo(profile.zone)
        rows = [device_json(device, asked.now, reading=True, zone=zone, days=days) for device in asked.devices]
        output.line(json.dumps(rows, indent=2))
    elif asked.devices:
        from tui.core.listing import readings_table  # JSON needs no tables

        output.lines(readings_table(asked.devices, asked.now, profile, days))
    return asked.exit_code


async def read_values(
    settings: Settings, output: Output, words: Sequence[str], forms: Sequence[Sequence[Part]], missing: str
) -> int:
    """Read the same devices, and print of each a line for each of `forms`, and nothing else. Raises `SettingsError`."""
    from tui.core.oneline import filled, values_of  # only who asks for values needs it

    asked = await newest(settings, words)
    if asked.exit_code != OK:
        from tui.core.listing import problem_lines

        for device in asked.devices:
            for text in set(problem_lines(device)) - asked.told:
                narrate(f"hwtui: {device.label}: {text}")
    rows = [values_of(device, asked.now) for device in asked.devices]
    output.lines(filled(form, row, missing) for row in rows for form in forms)
    return asked.exit_code


def _days(asked: Asked, past: Past | None, zone: ZoneInfo) -> dict[str, Today]:
    if past is None:
        return {}
    from tui.engine.keeping.counting import counted_once  # only with a history

    return counted_once(past, asked.devices, asked.now, zone)
