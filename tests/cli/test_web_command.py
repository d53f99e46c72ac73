"""`hwtui web`: the same screen in browsers, over one engine."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Process, Served
from tests.web.chromium import CHROMIUM, chromium
from tests.web.tabs import Screen, children, tab, tabs_of
from tui.core.out.listening import Listening
from tui.core.settings import Settings, SettingsError
from tui.engine.commands.web import check_web
from tui.engine.tabs import pages

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., Process]

P1 = json.dumps({"product_type": "HWE-P1", "product_name": "P1 meter", "serial": "5c2faf000001", "api_version": "v1"})
DATA = json.dumps({"wifi_ssid": "h", "wifi_strength": 80, "active_power_w": 543, "total_power_import_kwh": 1.5})


def is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended may wait for the first process of a container to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(holds: Callable[[], object], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def begun(start: Start, port: int, *arguments: str) -> Process:
    """A `hwtui web` that is ready."""
    web = start("web", "--no-mdns", "--listen", str(port), *arguments)
    assert f"http://127.0.0.1:{port}/" in await asyncio.to_thread(web.stderr.readline)
    return web


@asynccontextmanager
async def counting_device() -> AsyncIterator[tuple[str, list[str]]]:
    """A P1 that counts what it is asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            while (await reader.readline()).strip():
                pass
            path = head.split(b" ")[1].decode()
            asked.append(path)
            body = {"/api": P1, "/api/v1/data": DATA}.get(path, "{}").encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


async def test_twenty_tabs_ask_a_device_no_more_than_one(start: Start, port: int) -> None:
    """Over plain WebSockets; one real browser is below."""
    async with counting_device() as (host, asked), asyncio.timeout(60):
        web = await begun(start, port, host)
        opened = [tab(port) for _ in range(20)]
        tabs = await asyncio.gather(*(one.__aenter__() for one in opened))
        await until(lambda: all(b"543" in one.received for one in tabs))
        pids = tabs_of(web.popen.pid)
        assert len(pids) == 20
        before = asked.count("/api/v1/data")
        loop = asyncio.get_running_loop()
        since = loop.time()
        await until(lambda: asked.count("/api/v1/data") >= before + 2)
        assert loop.time() - since > 0.9  # two more readings take a second, and not a twentieth of one
        assert set(asked) <= {"/api", "/api/v1/data", "/api/v1/telegram", "/api/v1/system"}
        # each is a screen of its own
        await tabs[0].press("6")
        await until(lambda: "Links" in tabs[0].screen.text)
        assert "Devices" in tabs[1].screen.text
        # what ends one ends its process, and no other
        await tabs[1].press("q")
        await until(lambda: len(tabs_of(web.popen.pid)) == 19)
        await opened[2].__aexit__(None, None, None)
        await until(lambda: len(tabs_of(web.popen.pid)) == 18)
        os.kill(tabs_of(web.popen.pid)[0], signal.SIGKILL)
        await until(lambda: len(tabs_of(web.popen.pid)) == 17)
        async with tab(port) as another:
            await until(lambda: b"543" in another.received)
            # and with the engine all of them end, however it ends
            (nurse,), rest = children(web.popen.pid), tabs_of(web.popen.pid)
            web.popen.kill()
            await until(lambda: not any(map(is_there, [nurse, *rest])))
        for number in {*range(20)} - {2}:
            await opened[number].__aexit__(None, None, None)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: NOT run, hwtui web in a real browser")
async def test_in_a_real_browser(start: Start, port: int, house: Served, tmp_path: Path) -> None:
    web = await begun(start, port, *house.hosts[:2])
    place = f"127.0.0.1:{port}"
    async with chromium(tmp_path / "chromium") as browser:
        page = await browser.page(800, 500)
        await page.go(f"http://{place}/")
        await until(lambda: len(page.received) > 500)
        size = re.search(r"width=(\d+)&height=(\d+)", " ".join(page.requests))
        assert size is not None
        assert int(size[1]) > 80
        screen = Screen(page.received, int(size[1]), int(size[2]))
        await until(lambda: "Devices" in screen.text)
        async with asyncio.timeout(20):
            while len(colours := await page.colours()) <= 50:  # letters have many shades
                pass
        assert max(colours, key=colours.__getitem__) == "17,21,28"  # the background of the dark theme
        # a key changes the view, without a click before it
        await page.key("6")
        await until(lambda: "Links" in screen.text)
        assert "Devices  " not in screen.text
        # enter begins one anew that was quit
        await page.key("q")
        await until(lambda: "CLOSED" in page.said)
        del page.received[:]
        await page.key("\r")
        await until(lambda: len(page.received) > 500)
        # nothing is fetched from elsewhere, and nothing is refused
        assert {re.split(r"[/?]", one.partition("//")[2])[0] for one in page.requests if "://" in one} == {place}
        assert not [one for one in page.said if re.search("Refused|rror|Uncaught", one)]
        # closing the tab ends its process
        assert len(tabs_of(web.popen.pid)) == 1
        await page.close()
        await until(lambda: tabs_of(web.popen.pid) == [])
        # one that sees the engine end says so
        page = await browser.page(400, 300)
        await page.go(f"http://{place}/")
        await until(lambda: len(page.received) > 500)
        assert await asyncio.to_thread(web.end, signal.SIGTERM) == 143
        assert (web.stdout.read(), web.stderr.read()) == ("", "")
        shows = "getComputedStyle(document.getElementById('over')).display"
        async with asyncio.timeout(20):
            while await page.value(shows) != "grid":  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def test_what_is_wrong_is_said_at_the_start(hwtui: Run, tmp_path: Path, port: int) -> None:
    done = hwtui("web", "--no-mdns", "127.0.0.1:1", "--listen", f"0.0.0.0:{port}")
    assert (done.returncode, done.stdout) == (3, "")
    why = f"0.0.0.0:{port} is open to others: give it a password with --password-file FILE"
    assert done.stderr == f"hwtui: --listen: {why}\n"
    done = hwtui("web", "--no-mdns", "127.0.0.1:1", "--control", env={"HWTUI_READ_ONLY": "1"})
    assert (done.returncode, done.stderr.partition(",")[0]) == (3, "hwtui: --control: it is also to be read-only")


def test_a_password_file_has_to_be_one(tmp_path: Path, port: int) -> None:
    def said(name: str, text: str = "", mode: int = 0o600) -> str:
        file = tmp_path / name
        if text:
            file.write_text(text)
            file.chmod(mode)
        with pytest.raises(SettingsError) as caught:
            check_web(Settings(web_listen=Listening("127.0.0.1", port), web_password_file=file))
        return str(caught.value)

    assert "others can read it: chmod 600" in said("open", "12345678", 0o644)
    assert "write a longer one" in said("short", "1234567\n")
    assert "no such file" in said("none")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert "another program does already" in said("good", "12345678")


def test_without_the_extra_it_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(pages, "distribution", missing)
    with pytest.raises(SettingsError, match=r"pip install 'homewizard-tui\[web\]'"):
        check_web(Settings())


def test_a_browser_keeps_nothing_of_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = pages.load_pages()
    shutil.copytree(pages._OURS, tmp_path / "page")
    (tmp_path / "page" / "tab.js").write_text("another();")
    monkeypatch.setattr(pages, "_OURS", tmp_path / "page")
    after = pages.load_pages()
    kept = [set(re.findall(r'"(/static/[^"]+[?][^"]+)"', page["/"].body.decode())) for page in (before, after)]
    assert len(kept[0]) == len(kept[1]) == 4
    assert not kept[0] & kept[1]
    assert {address.partition("?")[0] for address in kept[1]} < after.keys()
