"""`hwtui devices`: lists the devices, with the state that HTTP shows and not only what was announced."""

from __future__ import annotations

import json

from tui.core.devicejson import device_json
from tui.core.listing import devices_table
from tui.core.settings import Settings
from tui.engine.commands.once import Search, ask_once
from tui.engine.commands.run import Output
from tui.engine.lines.poller import Depth


async def devices(settings: Settings, output: Output, *, as_json: bool, scan: bool) -> int:
    """List the devices; with `scan` every address of the own subnet is asked, too."""
    search: Search | None = None
    if scan:
        from tui.engine.commands.subnet import search_subnet as search  # it stands on what only a scan needs
    asked = await ask_once(settings, Depth.IDENTITY, search)
    if as_json:
        rows = [device_json(device, asked.now, reading=False) for device in asked.devices]
        output.line(json.dumps(rows, indent=2))
    elif asked.devices:
        output.lines(devices_table(asked.devices, asked.now))
    return asked.exit_code
