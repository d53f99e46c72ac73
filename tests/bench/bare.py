"""The yardsticks: the least that a script with httpx, or an app with Textual, can do. They know nothing of hwtui.

    python tests/bench/bare.py once HOST:PORT...    /api and /api/v1/data of all at once, then end
    python tests/bench/bare.py loop HOST:PORT...    /api/v1/data of all once a second, until ended
    python tests/bench/bare.py app                  a Textual app with a header and a table

One httpx client per device. `verify=False` because these are plain HTTP: without it each client spends 20 ms on
certificates that it never needs, which would make the yardstick easier to beat. Answers are not even parsed.
"""

from __future__ import annotations

import asyncio
import sys
import time


async def once(addresses: list[str]) -> None:
    """The same requests as `hwtui read`."""
    import httpx

    async def ask(address: str) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501
            for path in ("/api", "/api/v1/data"):
                (await client.get(f"http://{address}{path}")).raise_for_status()

    await asyncio.gather(*map(ask, addresses))


async def loop(addresses: list[str]) -> None:
    """The same polls as the screen, each device at its own phase."""
    import httpx

    async def poll(address: str, phase_s: float) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501
            planned = time.monotonic() + phase_s
            while True:
                await asyncio.sleep(planned - time.monotonic())
                (await client.get(f"http://{address}/api/v1/data")).raise_for_status()
                planned += 1.0

    await asyncio.gather(*(poll(address, at / len(addresses)) for at, address in enumerate(addresses)))


def app() -> None:
    """What Textual alone takes to its first picture."""
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable, Header

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield Header()
            yield DataTable[str]()

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_columns("device", "W")
            for row in range(10):
                table.add_row(f"meter {row}", "0")

    Bare().run()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["once", *addresses]:
            asyncio.run(once(addresses))
        case ["loop", *addresses]:
            asyncio.run(loop(addresses))
        case ["app"]:
            app()
        case _:
            sys.exit(__doc__)
