"""Servers that take line protocol: one that does what a test wants, and a real VictoriaMetrics."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui.net.listening import stop_listening

VICTORIA = shutil.which("victoria-metrics")
real_server = pytest.mark.skipif(
    VICTORIA is None,
    reason="no victoria-metrics here: NOT run against a real server (Debian: apt-get install victoria-metrics)",
)
WITHIN_S = 20.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


class Scripted:
    """Answers with `answer`, whatever that is; an empty one keeps the connection and says nothing."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = free_port()
        self._tls = tls
        self.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.hangs_up = False
        """Each answer is the last."""
        self.heads: list[str] = []
        self.lines: list[str] = []
        """Of the batches that it took."""
        self.came = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def answers(self, status: int, body: bytes = b"", *headers: str) -> None:
        told = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers))
        self.answer = told.encode() + b"\r\n" + body

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)

    async def close(self) -> None:
        """End it as a power cut would."""
        if self._server is not None:
            await stop_listening(self._server)
        for writer in self._writers:
            writer.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, which is looked at when a request came."""
        async with asyncio.timeout(WITHIN_S):
            while not holds():
                self.came.clear()
                await self.came.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")
                )
                body = await reader.readexactly(length)
                self.heads.append(head)
                if self.answer.startswith(b"HTTP/1.1 2"):
                    self.lines += gzip.decompress(body).decode().splitlines()
                writer.write(self.answer)
                await writer.drain()
                self.came.set()
                if self.hangs_up:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted(tls: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """A server that listens."""
    server = Scripted(tls)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS at 127.0.0.1, and the file with the authority that vouches for it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(made.public_bytes(encoding))
    (folder / "server.pem").write_bytes(plain + made.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "ca.pem"


class Victoria:
    """A real VictoriaMetrics on loopback, with its own folder."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False)

    async def start(self) -> None:
        """Return when it answers."""
        self._begin()
        async with asyncio.timeout(WITHIN_S):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await self.client.get("/health")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    def _begin(self) -> None:
        options = [f"-httpListenAddr=127.0.0.1:{self.port}", f"-storageDataPath={self._folder}"]
        self._process = subprocess.Popen(
            [str(VICTORIA), *options, "-memory.allowedBytes=64MB", "-retentionPeriod=100y"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """It writes down what it has confirmed; a SIGKILL would lose its own last seconds."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    async def values(self, series: str) -> list[tuple[int, float]]:
        """All points of a series, by their time in milliseconds."""
        await self.client.get("/internal/force_flush")
        given = {"match[]": series, "start": "0", "end": str(time.time() + 86400)}  # the house may be ahead of time
        told = (await self.client.get("/api/v1/export", params=given)).text
        points: list[tuple[int, float]] = []
        for line in told.splitlines():
            block = json.loads(line)
            points += zip(block["timestamps"], block["values"], strict=True)
        return sorted(points)


@asynccontextmanager
async def victoria(folder: Path) -> AsyncIterator[Victoria]:
    """One that runs."""
    server = Victoria(folder)
    try:
        await server.start()
        yield server
    finally:
        server.end()
        await server.client.aclose()
