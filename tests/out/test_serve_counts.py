"""`hwtui serve` beside a history: it tells `hwtui read --json` what was counted, too, and writes nothing there."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.engine.history.keeping import Kept, SetClock
from tests.net.conftest import Servers, Visit
from tui.core.out.listening import Listening
from tui.core.settings import Settings
from tui.engine.commands.running import newest_from_running
from tui.engine.commands.serve import serve
from tui.engine.history.schema import FILE

P1 = "5c2faf0000aa"


async def meter(visit: Visit) -> None:
    while True:
        path = (await visit.request()).split()[1]
        who = {"product_type": "HWE-P1", "serial": P1}
        values = {"active_power_w": 400, "total_power_import_kwh": 5001.5}
        await visit.answer(json.dumps(who if path == "/api" else values).encode())


def stored(folder: Path, minutes: int) -> None:
    """The minutes up to now."""
    kept = Kept(folder, SetClock(time.time() - 60 * minutes))
    device = kept.house.device(P1)
    for number in range(minutes):
        kept.house.measure(device, {"power_w": 400.0, "energy_import_kwh": 5001.0 + number / 1000})
        kept.house.wait(60)
        kept.writer.step()
    kept.end()


@pytest.mark.parametrize("history", [True, False])
async def test_a_script_is_answered_by_it_with_what_was_counted(tmp_path: Path, history: bool) -> None:
    stored(tmp_path, 5)
    before = (tmp_path / FILE).read_bytes()
    servers = Servers()
    there = await servers.start(meter)
    settings = Settings(
        (there.endpoint,),
        mdns=False,
        state_dir=tmp_path,
        timeout_s=0.1,
        history=history,
        api=Listening("127.0.0.1", 0),
    )
    serving = asyncio.create_task(serve(settings))
    try:
        async with asyncio.timeout(10):
            while not (newest := await asyncio.to_thread(newest_from_running, settings, days=True)):
                assert not serving.done()
                await asyncio.sleep(0.02)
            while history and not {"today", "yesterday"} & newest[0].row.keys():  # it is being asked
                await asyncio.sleep(0.02)
                newest = await asyncio.to_thread(newest_from_running, settings, days=True) or newest
    finally:
        serving.cancel()
        await asyncio.wait((serving,))
        await servers.stop()
    assert newest[0].row["serial"] == P1
    assert history or not {"today", "yesterday"} & newest[0].row.keys()
    assert (tmp_path / FILE).read_bytes() == before
