"""How soon devices are known by mDNS: 50 of them, announced on loopback by another process.

Each run is a process of its own that starts what `hwtui devices --interface 127.0.0.1` starts, a `Monitor` with
`Discovery` under it, and hears its events. Time counts from the moment the first question is handed to the kernel
(Python's audit event `socket.sendto` to port 5353), so neither start-up nor loading is in it; how long sending takes
from the start of the monitor is a row of its own. Only the serials of this household count, since other programs'
devices may be visible on loopback, too.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

from tests.bench.process import ROOT, environment, household
from tests.bench.report import Report, arguments

DEVICES = 50
FIRST_MS = 50.0
ALL_MS = 150.0
LISTEN_S = 3.0
MDNS_PORT = 5353


async def listen(serials: set[str]) -> dict[str, float]:
    """Moments in ms after the first question: of the start, the first and last device seen and answering."""
    from tui.core.events import Event, Identified, Seen
    from tui.core.model import Fleet
    from tui.core.settings import Settings
    from tui.engine.clock import SystemClock
    from tui.engine.lines.poller import Depth
    from tui.engine.monitor import Monitor

    asked: list[float] = []
    seen: dict[str, float] = {}
    answered: dict[str, float] = {}
    done = asyncio.Event()

    def audit(event: str, details: tuple[object, ...]) -> None:
        if event == "socket.sendto" and not asked:
            address = details[1]
            if isinstance(address, tuple) and address[1] == MDNS_PORT:
                asked.append(time.monotonic())

    def hear(event: Event, fleet: Fleet) -> None:
        now = time.monotonic()
        if isinstance(event, Seen):
            seen.setdefault(event.serial.lower(), now)
        elif isinstance(event, Identified):
            answered.setdefault(event.identity.serial.lower(), now)
            if serials <= answered.keys():
                done.set()

    monitor = Monitor(Settings(interfaces=("127.0.0.1",)), SystemClock(), depth=Depth.IDENTITY, listeners=[hear])
    sys.addaudithook(audit)
    start = time.monotonic()
    running = asyncio.create_task(monitor.run())
    try:
        await asyncio.wait_for(done.wait(), LISTEN_S)
    finally:
        running.cancel()
        await asyncio.wait((running,))
    ours = sorted(seen[serial] for serial in serials)
    moments = {
        "start": start,
        "first": ours[0],
        "all": ours[-1],
        "answered": max(answered[serial] for serial in serials),
    }
    return {name: 1000 * (moment - asked[0]) for name, moment in moments.items()}


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--listen", metavar="SERIALS", help="one run: print its moments as JSON")
    given = parser.parse_args()
    if given.listen:
        print(json.dumps(asyncio.run(listen(set(given.listen.lower().split(","))))))
        return 0
    report = Report(f"discovery: {DEVICES} devices announced on loopback")
    runs = []
    with household(DEVICES, announce=True) as served:
        serials = ",".join(device.serial for device in served)
        command = [sys.executable, "-m", "tests.bench.discovery", "--listen", serials]
        for _ in range(3 if given.quick else 15):
            done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=True, timeout=30)
            runs.append(json.loads(done.stdout))
    report.row("start to the first question", [-run["start"] for run in runs], "ms")
    report.row("question to the first device", [run["first"] for run in runs], "ms", limit=FIRST_MS)
    report.row("question to all devices", [run["all"] for run in runs], "ms", limit=ALL_MS)
    report.row("question to the last answer of /api", [run["answered"] for run in runs], "ms")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
