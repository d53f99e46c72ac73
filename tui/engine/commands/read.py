"""`hwtui read`: one reading of each device."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from tui.core.devicejson import device_json
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.commands.once import ask_once
from tui.engine.commands.run import Output
from tui.engine.poller import Depth


async def read(settings: Settings, output: Output, *, as_json: bool) -> int:
    """Read every device once."""
    asked = await ask_once(settings, Depth.READING)
    profile = profile_of(settings.grid)
    if as_json:
        zone = ZoneInfo(profile.zone)
        rows = [device_json(device, asked.now, reading=True, zone=zone) for device in asked.devices]
        output.line(json.dumps(rows, indent=2))
    elif asked.devices:
        from tui.core.listing import readings_table  # JSON needs no tables

        output.lines(readings_table(asked.devices, asked.now, profile))
    return asked.exit_code
