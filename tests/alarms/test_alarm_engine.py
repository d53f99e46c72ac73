"""Alarms in the engine's own thread: a real device, a real program that is started from there, and a real broker."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from tests.alarms.alarmlab import rule
from tests.out.brokers import mosquitto, real_broker, subscribed
from tui.core.model import Endpoint
from tui.core.out.mqttbroker import Broker
from tui.core.settings import Settings
from tui.engine import thread
from tui.engine.clock import SystemClock
from tui.engine.mailbox import Mailbox
from tui.engine.monitor import Monitor
from tui.engine.out import alarming
from tui.engine.out.alarms import Alarms
from tui.engine.out.making import make_outlets
from tui.engine.thread import EngineThread

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes of POSIX")

LIMIT_S = 10.0


class Plug(BaseHTTPRequestHandler):
    """An energy socket that draws much."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answers: dict[str, dict[str, object]] = {
            "/api": {
                "product_type": "HWE-SKT",
                "product_name": "Socket",
                "serial": "aabbccddeeff",
                "api_version": "v1",
            },
            "/api/v1/data": {"wifi_ssid": "house", "wifi_strength": 80, "active_power_w": 2500.5},
        }
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name it has in the base class)
        """Say nothing."""


@contextmanager
def plug() -> Iterator[Endpoint]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Plug) as server:
        server.daemon_threads = True
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield Endpoint("127.0.0.1", server.server_port)
        server.shutdown()
        serving.join()


def until(holds: Callable[[], object], what: str) -> None:
    deadline = monotonic() + LIMIT_S
    while not holds():
        assert monotonic() < deadline, f"never happened: {what}"
        sleep(0.01)


@contextmanager
def engine_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[EngineThread, Mailbox]]:
    monkeypatch.setattr(alarming, "Alarms", partial(Alarms, group_s=0.0))  # no others hold from the start
    monkeypatch.setattr(thread, "LOADS_RECORD_AFTER_S", 0.0)  # there is no picture to wait for
    mailbox, clock = Mailbox(), SystemClock()
    with EngineThread(
        lambda listener: Monitor(settings, clock, listeners=[listener]),
        mailbox,
        make_outlets=lambda monitor: make_outlets(settings, clock, monitor),
    ) as engine:
        yield engine, mailbox


def test_the_screen_sees_the_alarm_and_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    words = ("sh", "-c", 'echo "$1" > "$0.new"; mv "$0.new" "$0"', str(told), "{text}")
    high = rule("power_w > 2000", name="High", run=words)
    with plug() as here:
        settings = Settings(hosts=(here,), mdns=False, state_dir=tmp_path, alarms=(high,))
        with engine_of(settings, monkeypatch) as (engine, mailbox):
            until(lambda: (one := mailbox.take()) is not None and one.fleet.alarms, "the screen is told")
            until(told.exists, "the program has run")
            until(lambda: engine.sinks[0].handed_on, "it is counted")
    assert told.read_text().startswith("High, Socket ddeeff: power is 2500 W, above 2000 W since ")


@real_broker
def test_a_real_broker_gets_the_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    high = rule("power_w > 2000", name="High", mqtt="house/alarms")

    async def hear(port: int) -> str:
        async with subscribed(port) as (heard, _):
            with engine_of(settings, monkeypatch):
                await heard.told("house/alarms")
            return heard.newest["house/alarms"]

    with plug() as here, mosquitto(tmp_path) as broker:
        settings = Settings(
            hosts=(here,), mdns=False, state_dir=tmp_path, mqtt=Broker("127.0.0.1", broker.port), alarms=(high,)
        )
        told = json.loads(asyncio.run(hear(broker.port)))
    expected = {"alarm": "High", "device": "Socket ddeeff", "value": 2500.5, "state": "raised"}
    assert expected.items() <= told.items()
