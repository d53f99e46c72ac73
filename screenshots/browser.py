"""Make the pictures of the screen in browsers: `python -m screenshots.browser`, which takes some minutes.

Unlike the others they are of a real `hwtui web` over the simulated house, with the clock of the day, so that each run
draws other graphs. Headless Chromium takes them: a window, and a phone that is touched.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from tests.web.chromium import CHROMIUM, chromium

PICTURES = Path(__file__).parent
HWTUI = (sys.executable, "-m", "tui")
WAIT_S = 240.0
"""For graphs that have something in them."""
NAMES = {
    "HWE-P1": ("Grid", "grid"),
    "HWE-KWH1": ("Solar", "solar"),
    "HWE-KWH3": ("Heat pump", "load"),
    "HWE-WTR": ("Water", "none"),
}
SOCKETS = ("Dryer", "Lamp")


@contextmanager
def run(*arguments: str) -> Iterator[IO[str]]:
    """A `hwtui` with these arguments; what it says."""
    command = [*HWTUI, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101
        try:
            yield process.stdout
        finally:
            process.terminate()


def named(served: list[str]) -> tuple[list[str], str]:
    """The addresses of the devices over plain HTTP, and a config file that names them."""
    sockets = iter(SOCKETS)
    hosts, config = [], ""
    for line in served:
        product, serial, url = (*line.split(), "", "", "")[:3]
        if url.startswith("http://"):
            hosts.append(url.removeprefix("http://"))
            name, role = NAMES.get(product) or (next(sockets), "load")
            config += f'[devices.{serial}]\nname = "{name}"\nrole = "{role}"\n'
    return hosts, config


async def take(url: str, folder: Path) -> None:
    """Both pictures."""
    async with chromium(folder) as browser:
        wide = await browser.page(960, 600)
        phone = await browser.page(400, 760, mobile=True)
        await phone.do("Emulation.setTouchEmulationEnabled", enabled=True)
        for page in (wide, phone):
            await page.go(url)
        await asyncio.sleep(WAIT_S)
        (PICTURES / "browser.png").write_bytes(await wide.picture())
        (PICTURES / "browser-phone.png").write_bytes(await phone.picture())


def main() -> None:
    """Write the pictures. Exits with a sentence where there is no Chromium."""
    if CHROMIUM is None:
        sys.exit("There is no Chromium here (Debian: apt-get install chromium)")
    with TemporaryDirectory() as text, run("demo", "--serve", "--no-mdns", "--only-v1") as served:
        folder = Path(text)
        hosts, config = named(list(iter(served.readline, "READY\n")))
        (folder / "config.toml").write_text(config, encoding="utf-8")
        own = ("--config", str(folder / "config.toml"), "--state-dir", str(folder / "state"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{free.getsockname()[1]}"
        with run("web", *hosts, "--no-mdns", "--fuse", "3x25", "--listen", place, *own) as said:
            while place not in said.readline():  # it says where it is once it is ready
                pass
            asyncio.run(take(f"http://{place}/", folder / "browser"))


if __name__ == "__main__":
    main()
