"""`hwtui demo --serve`: the devices of a simulated household, in a process of their own."""

from __future__ import annotations

import asyncio

from tui.engine.clock import Clock
from tui.engine.commands.exits import OK
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve


async def demo_serve(household: Household, clock: Clock, output: Output, *, announce: bool) -> int:
    """Serve until cancelled. One line per device, `PRODUCT SERIAL http://ADDRESS:PORT`, and READY last."""
    async with serve(household, clock, announce=announce) as devices:
        for one in devices:
            kind, serial, endpoint = one.device.product_type, one.device.serial, one.endpoint
            output.line(f"{kind} {serial} http://{endpoint.host}:{endpoint.port}")
        if announce and not all(one.announced for one in devices):
            narrate("hwtui: mDNS does not work on this computer's loopback: name the addresses above with --host")
        output.line("READY")
        await asyncio.Event().wait()
    return OK
