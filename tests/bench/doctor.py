"""How long the doctor takes over 50 devices, ten of which are dead in ten different ways: all on loopback.

Each run is `hwtui doctor` as a process of its own. Time counts from its start, so loading is in it. The forty that are
well are announced by mDNS on loopback; without mDNS (the second half) all fifty are named.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tests.bench.process import HWTUI, ROOT, environment, household
from tests.bench.report import Report, arguments
from tests.net.conftest import Servers, Visit
from tui.core.model import Endpoint

WELL = 40
FIRST_S, ALL_S = 1.0, 8.0
RUNS = 5
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'
SILENT = "timeout"


def _identity(serial: str, product_type: str = "HWE-SKT") -> bytes:
    return json.dumps({"product_type": product_type, "serial": serial, "active_power_w": 1}).encode()


async def _reset(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def _mute(visit: Visit) -> None:
    await visit.until_left()


async def _noise(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await visit.until_left()


async def _late(visit: Visit) -> None:
    while True:
        await visit.request()
        await asyncio.sleep(1.5)
        await visit.answer(_identity("5c2fafdd0001"))


async def _frozen(visit: Visit) -> None:
    stood = datetime.now() - timedelta(hours=2)
    telegram = f"/ISK5\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0({stood:%y%m%d%H%M%S}W)\r\n!\r\n".encode()
    while True:
        path = (await visit.request()).split()[1]
        await visit.answer(telegram if path.endswith("telegram") else _identity("5c2fafdd0002", "HWE-P1"))


async def _serve(servers: Servers) -> dict[Endpoint, str]:
    """Eight of the dead by what they are to be called."""
    return {
        (await servers.start(_reset)).endpoint: "reset",
        (await servers.start(_mute)).endpoint: SILENT,
        (await servers.start(_noise)).endpoint: "not-http",
        (await servers.start(_late)).endpoint: "slow",
        (await servers.start(_frozen)).endpoint: "frozen",
        (await servers.answering(b"<html>router</html>")).endpoint: "not-homewizard",
        (await servers.answering(OFF, "403 Forbidden")).endpoint: "api-off",
        (await servers.answering(b'{"product_type":"HWE-P1","serial":')).endpoint: "bad-answer",
    }


@contextmanager
def dead() -> Iterator[dict[Endpoint, str]]:
    """Ten dead ones, served by a thread of this process."""
    loop, servers = asyncio.new_event_loop(), Servers()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with socket.socket() as free, socket.socket() as full:
        free.bind(("127.0.0.1", 0))
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.create_connection(full.getsockname())]
        for _ in range(2):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        try:
            made = asyncio.run_coroutine_threadsafe(_serve(servers), loop).result(10)
            made[Endpoint("127.0.0.1", free.getsockname()[1])] = "refused"
            made[Endpoint("127.0.0.1", full.getsockname()[1])] = SILENT  # before connecting, the other one after
            yield made
        finally:
            asyncio.run_coroutine_threadsafe(servers.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            for each in waiting:
                each.close()


def timed(words: list[str]) -> tuple[float, float]:
    """Seconds to the first line on stdout and to the end."""
    start = time.perf_counter()
    command = [*HWTUI, "doctor", *words]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        first = time.perf_counter() - start
        process.stdout.read()
        process.wait()
    return first, time.perf_counter() - start


def named_right(words: list[str], made: dict[Endpoint, str]) -> bool:
    """Whether each of the dead is called what it is, and all fifty are there."""
    command = [*HWTUI, "doctor", "--json", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=False, timeout=60)
    layers = {one["host"]: one["layer"] for one in json.loads(done.stdout)["devices"]}
    wrong = {place.address: layers.get(place.address) for place in made if layers.get(place.address) != made[place]}
    alive = [layer for host, layer in layers.items() if host not in {place.address for place in made}]
    if wrong or alive.count("well") != WELL:
        print(f"  wrong: {wrong}; well: {alive.count('well')} of {WELL}, {set(alive)}")
    return not wrong and alive.count("well") == WELL


def main() -> int:
    given = arguments(__doc__).parse_args()
    report = Report(f"doctor: {WELL + 10} devices on loopback, ten of them dead in ten ways")
    runs = 1 if given.quick else RUNS
    with dead() as made:
        hosts = [place.address for place in made]
        with household(WELL, announce=True, seed=os.getpid()) as served:  # nobody else has these serials
            everybody = [*hosts, *(device.address for device in served)]
            for what, words in (
                ("named, announced by mDNS", ["--interface", "127.0.0.1", *everybody]),
                ("named, without mDNS", ["--no-mdns", *everybody]),
            ):
                times = [timed(words) for _ in range(runs)]
                report.row(f"{what}: first line", [first for first, _ in times], "s", limit=FIRST_S)
                report.row(f"{what}: all of it", [end for _, end in times], "s", limit=ALL_S)
                report.claim(f"{what}: all named right", holds=named_right(words, made))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
