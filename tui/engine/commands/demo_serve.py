"""`hwtui demo --serve`: the devices of a simulated household, in a process of their own."""

from __future__ import annotations

import asyncio

from tui.engine.clock import Clock
from tui.engine.commands.exits import OK
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.demo.certificates import CA_FILE
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve


async def demo_serve(household: Household, clock: Clock, output: Output, *, announce: bool) -> int:
    """Serve until cancelled. One line per device and API, `PRODUCT SERIAL http://ADDRESS:PORT`, and READY last.

    Where there is API v2 (`https://`), what is needed for it comes between: `--ca FILE`, which is to be trusted for it,
    and a line `TOKEN SERIAL TOKEN` for each device that the demo is paired with.
    """
    async with serve(household, clock, announce=announce) as devices:
        for one in devices:
            for endpoint in one.endpoints:
                scheme = "https" if endpoint.api == "v2" else "http"
                where = f"{scheme}://{endpoint.host}:{endpoint.port}"
                output.line(f"{one.device.product_type} {one.device.serial} {where}")
        if any(one.device.v2 for one in devices):
            output.line(f"--ca {CA_FILE}")
        for serial, token in household.tokens.items():
            output.line(f"TOKEN {serial} {token}")
        if announce and not all(one.announced for one in devices):
            narrate("hwtui: mDNS does not work on this computer's loopback: name the addresses above with --host")
        output.line("READY")
        await asyncio.Event().wait()
    return OK
