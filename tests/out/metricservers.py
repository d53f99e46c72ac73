"""Real servers of metrics on loopback: Prometheus, its agent, VictoriaMetrics and vmagent."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.out.brokers import free_port

WITHIN_S = 30.0
PROGRAMS = ("prometheus", "victoria-metrics", "vmagent")
FOUND = {name: shutil.which(name) for name in PROGRAMS}

Result = list[dict[str, Any]]
"""Of a question: each with its labels as "metric", and a time with a value as "value"."""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip a test where one of them is not installed, and say so."""
    missing = [name for name in programs if FOUND[name] is None]
    packages = "prometheus victoria-metrics"
    reason = f"no {' and no '.join(missing)} here: NOT run against it (Debian: apt-get install {packages})"
    return pytest.mark.skipif(bool(missing), reason=reason)


def own_options(program: str, folder: Path, port: int, *, agent: bool = False) -> list[str]:
    """Where such a program keeps its data, and where it listens."""
    if program == "prometheus":
        kept = "agent" if agent else "tsdb"
        return [f"--storage.{kept}.path={folder}", f"--web.listen-address=127.0.0.1:{port}"]
    kept = "-storageDataPath" if program == "victoria-metrics" else "-remoteWrite.tmpDataPath"
    return [f"{kept}={folder}", f"-httpListenAddr=127.0.0.1:{port}", "-memory.allowedBytes=64MB"]


class Server:
    """One that runs."""

    def __init__(self, program: str, port: int) -> None:
        self.program, self.port = program, port
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    async def ask(self, query: str, at: float | None = None) -> Result:
        """What it answers now, or of a moment in UTC seconds; nothing while it does not answer yet."""
        asked = {"query": query, "nocache": "1", **({} if at is None else {"time": str(at)})}
        with contextlib.suppress(httpx.TransportError):
            if self.program == "victoria-metrics":  # which finds new series after ten seconds by itself
                await self.client.get("/internal/force_flush")
            answer = await self.client.get("/api/v1/query", params=asked)
            if answer.status_code == 200:
                found: Result = answer.json()["data"]["result"]
                return found
            assert answer.status_code == 503, answer.text  # it is not ready yet
        return []

    async def ready(self) -> None:
        """Return when it answers."""
        await self.until("1")

    async def until(
        self, query: str, holds: Callable[[Result], object] = bool, at: Callable[[], float | None] = lambda: None
    ) -> Result:
        """Ask until the answer is as wanted."""
        found: Result = []
        try:
            async with asyncio.timeout(WITHIN_S):
                while not holds(found := await self.ask(query, at())):  # noqa: ASYNC110 - another program
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{query}: {found}") from None
        return found


@asynccontextmanager
async def started(program: str, folder: Path, *options: str) -> AsyncIterator[Server]:
    """A program with its options in a folder, which has the files that they name. It may not answer yet."""
    port = free_port()
    own = own_options(program, folder / "data", port, agent="--enable-feature=agent" in options)
    process = await asyncio.create_subprocess_exec(
        str(FOUND[program]), *options, *own, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Server(program, port)
    try:
        yield server
        assert process.returncode is None, f"{program} ended by itself"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await server.client.aclose()
