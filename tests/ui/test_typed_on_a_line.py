"""The same over a terminal and a wire: text as bytes in real time, and a socket that notes how it is asked."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ui.ptys import Terminal, environment, own_terminal, picture, size, terminal, until
from tests.ui.test_typed import SCRIPT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
PAYLOADS = {
    "/api": {
        "product_type": "HWE-SKT",
        "product_name": "Energy Socket",
        "serial": "aabbccddeeff",
        "firmware_version": "4.07",
        "api_version": "v1",
    },
    "/api/v1/data": {"wifi_ssid": "home", "wifi_strength": 80, "total_power_import_kwh": 1.0, "active_power_w": 5.0},
    "/api/v1/system": {"cloud_enabled": True},
}


class Wire(ThreadingHTTPServer):
    """One socket."""

    daemon_threads = True

    def __init__(self, *, power_on: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.power_on = power_on
        self.puts: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Wire

    def do_GET(self) -> None:
        state = {"power_on": self.server.power_on, "switch_lock": False, "brightness": 255}
        self.answer(state if self.path == "/api/v1/state" else PAYLOADS.get(self.path))

    def do_PUT(self) -> None:
        self.server.puts.append(self.path)
        given = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self.server.power_on = given.get("power_on", self.server.power_on)
        self.answer(given)

    def answer(self, payload: object) -> None:
        body = json.dumps(payload).encode()
        self.send_response(200 if payload else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def socket_on_screen(home: Path, *, power_on: bool) -> Iterator[tuple[Terminal, Wire]]:
    wire = Wire(power_on=power_on)
    threading.Thread(target=wire.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{wire.server_port}"
    command = (sys.executable, "-m", "tui", "--no-mdns", "--interface", "127.0.0.1", "--host", host)
    try:
        env = environment() | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
        with terminal(command, own_terminal, env=env) as it:
            size(it, 24, 80)
            until(lambda: "LED 100 %" in picture(it), "it is read", it)
            yield it, wire
    finally:
        wire.shutdown()
        wire.server_close()


def type_(it: Terminal, text: str, gap_s: float) -> None:
    """As a line types it: enter at the end of each line, and no q, which quits and ends it all."""
    keys = text.replace("q", "").replace("\n", "\r").encode()
    if not gap_s:
        keys, rest = b"", keys
        while rest:
            rest = rest[os.write(it.screen, rest[:1000]) :]
            it.read()
    for key in keys:
        os.write(it.screen, bytes([key]))
        due = time.monotonic() + gap_s
        while (left := due - time.monotonic()) > 0:
            it.read(min(left, 0.05))


def leave_dialogs(it: Terminal) -> None:
    """By hand: whatever is open."""
    for _ in range(2):
        type_(it, "\x1b", 0.3)


@pytest.mark.parametrize(("view", "power_on"), [("1\r", False), ("6", True)])
def test_what_a_line_types_puts_nothing(tmp_path: Path, view: str, power_on: bool) -> None:
    with socket_on_screen(tmp_path, power_on=power_on) as (it, wire):
        for text, gap_s in [
            *(("@echo off\n", gap_s) for gap_s in (0.0, 0.002, 0.01, 0.03, 0.1)),
            ("o\n\n\noff\n", 0.1),
            (SCRIPT, 0.0),
            (SCRIPT, 0.005),
            (README, 0.0),
        ]:
            type_(it, view, 0.1)
            type_(it, text, gap_s)
            leave_dialogs(it)
            assert wire.puts == [], (text[:20], gap_s)


@pytest.mark.parametrize("power_on", [True, False])
def test_a_hand_switches_it(tmp_path: Path, power_on: bool) -> None:
    word = "off" if power_on else "on"
    with socket_on_screen(tmp_path, power_on=power_on) as (it, wire):
        type_(it, "o", 0.0)
        until(lambda: f"Type {word}, then" in picture(it), "the question is asked", it)
        type_(it, "\n", 0.7)  # no key counts before it can be read
        type_(it, word + "\x0f", 0.15)
        until(lambda: wire.puts == ["/api/v1/state"], "it is switched", it)
        assert wire.power_on is not power_on
