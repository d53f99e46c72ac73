"""A real Chromium without a window, driven by its devtools protocol: a WebSocket of JSON, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_COLOURS = """
(async () => {
  const image = new Image();
  image.src = "data:image/png;base64,%s";
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d"), found = {};
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  for (let at = 0; at < data.length; at += 4) {
    const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    found[colour] = (found[colour] || 0) + 1;
  }
  return found;
})()
"""


class Page:
    """One tab. `requests` are the addresses that it fetched."""

    def __init__(self, browser: Chromium, session: str, target: str) -> None:
        self._browser, self._session, self.target = browser, session, target
        self.requests: list[str] = []
        self.said: list[str] = []
        """On the console, and what was thrown."""
        self.received = bytearray()
        """Through its WebSocket."""

    async def do(self, method: str, **given: Any) -> dict[str, Any]:
        """A command, and its result."""
        return await self._browser.do(method, given, self._session)

    async def value(self, script: str) -> Any:
        """What a script gives."""
        done = await self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    async def go(self, url: str) -> None:
        """Load a page."""
        await self.do("Page.navigate", url=url)

    async def key(self, key: str) -> None:
        """Press a key that writes a character."""
        code, name = ord(key.upper()), "Enter" if key == "\r" else key
        await self.do("Input.dispatchKeyEvent", type="keyDown", key=name, text=key, windowsVirtualKeyCode=code)
        await self.do("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)

    async def picture(self) -> bytes:
        """What is seen, as PNG."""
        done = await self.do("Page.captureScreenshot", format="png")
        return base64.b64decode(done["data"])

    async def colours(self) -> dict[str, int]:
        """How many pixels of what is seen have which colour, as "r,g,b"; the browser itself reads the picture."""
        png = base64.b64encode(await self.picture()).decode()
        found: dict[str, int] = await self.value(_COLOURS % png)
        return found

    async def close(self) -> None:
        """Close the tab, as a person does."""
        await self._browser.do("Target.closeTarget", {"targetId": self.target})

    def heard(self, method: str, told: dict[str, Any]) -> None:
        """Something that happened in it."""
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(told["url"])
        elif method == "Network.webSocketFrameReceived":
            frame = told["response"]
            if frame["opcode"] == 2:
                self.received += base64.b64decode(frame["payloadData"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(told["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(" ".join(str(one.get("value", "")) for one in told["args"]))
        elif method == "Log.entryAdded":
            self.said.append(told["entry"]["text"])


class Chromium:
    """`async with Chromium(folder) as browser`: it lives in that folder, and ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}

    async def __aenter__(self) -> Self:
        assert CHROMIUM is not None
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"]
        arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        arguments += ["--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={self._folder}"]
        # whatever it would fetch from elsewhere goes nowhere
        arguments += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"]
        self._process = subprocess.Popen(  # noqa: ASYNC220
            [CHROMIUM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        place = self._folder / "DevToolsActivePort"
        async with asyncio.timeout(30):
            while not (place.exists() and place.read_text().count("\n")):
                assert self._process.poll() is None, "chromium ended"
                await asyncio.sleep(0.02)
        port, path = place.read_text().splitlines()[:2]
        self._wire: ClientConnection = await connect(
            f"ws://127.0.0.1:{port}{path}", max_size=None, ping_interval=None, compression=None
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listening.cancel()
        await self._wire.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    async def do(self, method: str, given: dict[str, Any], session: str = "") -> dict[str, Any]:
        """A command of the protocol, and its result."""
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        where = {"sessionId": session} if session else {}
        await self._wire.send(json.dumps({"id": number, "method": method, "params": given, **where}))
        async with asyncio.timeout(30):
            done: dict[str, Any] = await asked
            return done

    async def page(self, width: int, height: int, *, mobile: bool = False) -> Page:
        """A new tab of that size in pixels."""
        target = (await self.do("Target.createTarget", {"url": "about:blank"}))["targetId"]
        attached = await self.do("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"], target)
        for domain in ("Network", "Page", "Runtime", "Log"):
            await page.do(f"{domain}.enable")
        await page.do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        return page

    async def _listen(self) -> None:
        async for message in self._wire:
            told = json.loads(message)
            asked = self._asked.pop(told.get("id", 0), None)
            if asked is not None:
                if "error" in told:
                    asked.set_exception(AssertionError(told["error"]))
                else:
                    asked.set_result(told["result"])
            elif (page := self._pages.get(told.get("sessionId", ""))) is not None:
                page.heard(told["method"], told["params"])


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Chromium]:
    """A browser of its own for a test."""
    async with Chromium(folder) as browser:
        yield browser
