"""The engine's own thread, with real devices on loopback and a clock that runs."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tui.core.events import Event, Measured
from tui.core.model import DeviceSetting, Endpoint, Fleet, State
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.monitor import Monitor
from tui.engine.source import Listener
from tui.engine.thread import STOP_S, EngineThread

SERIAL = "aabbccddeeff"
LIMIT_S = 10.0
"""How long a test waits for something that must happen; never reached when all is well."""


class Socket(BaseHTTPRequestHandler):
    """An energy socket."""

    protocol_version = "HTTP/1.1"
    answers = {  # noqa: RUF012  (a table that nobody changes)
        "/api": {"product_type": "HWE-SKT", "product_name": "Socket", "serial": SERIAL, "api_version": "v1"},
        "/api/v1/data": {"wifi_ssid": "house", "wifi_strength": 80, "active_power_w": 12.5},
        "/api/v1/state": {"power_on": True, "switch_lock": False, "brightness": 255},
        "/api/v1/system": {"cloud_enabled": True},
    }

    def do_GET(self) -> None:
        body = json.dumps(self.answers[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name it has in the base class)
        """Say nothing."""


@pytest.fixture
def device() -> Iterator[Endpoint]:
    """A device that answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Socket) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Endpoint("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()


@pytest.fixture
def hanging() -> Iterator[Endpoint]:
    """A device that accepts a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Endpoint("127.0.0.1", server.getsockname()[1])


def monitor_of(*hosts: Endpoint) -> Callable[[Listener], Monitor]:
    settings = Settings(hosts=hosts, mdns=False)
    return lambda listener: Monitor(settings, SystemClock(), listeners=[listener])


class Reader:
    """The screen's side of a mailbox."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.woken = threading.Event()
        self.mailbox.connect(self.woken.set)

    def wait_for(self, holds: Callable[[Snapshot], bool]) -> Snapshot:
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            assert self.woken.wait(LIMIT_S), "never woken"
            self.woken.clear()
            snapshot = self.mailbox.take()
            if snapshot is not None and holds(snapshot):
                return snapshot
        raise AssertionError("the snapshot waited for never came")


@contextmanager
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if thread.name == "engine"]
    assert left == []


def test_snapshots_of_a_real_device_reach_the_reader(device: Endpoint) -> None:
    reader = Reader()
    with no_thread_left(), EngineThread(monitor_of(device), reader.mailbox) as engine:
        snapshot = reader.wait_for(lambda snapshot: SERIAL in snapshot.fleet.devices)
        snapshot = reader.wait_for(lambda snapshot: snapshot.fleet.devices[SERIAL].measurement is not None)
        row = snapshot.fleet.devices[SERIAL]
        assert row.number("power_w") == 12.5
        assert state_of(row, snapshot.now) is State.LIVE
        window = engine.trends.window(SERIAL, "power_w", snapshot.now.utc - 60, snapshot.now.utc + 1, 1)
        assert window[0] is not None
    assert engine.failure is None


def test_commands_run_in_the_engine_and_their_answers_come_back(device: Endpoint) -> None:
    reader = Reader()
    with EngineThread(monitor_of(device), reader.mailbox) as engine:
        reader.wait_for(lambda snapshot: SERIAL in snapshot.fleet.devices)
        switch = engine.call(lambda monitor: monitor.read_switch(SERIAL)).result(LIMIT_S)
        assert switch.power_on is True
        engine.call(lambda monitor: monitor.configure(SERIAL, DeviceSetting("Fridge"))).result(LIMIT_S)
        reader.wait_for(lambda snapshot: snapshot.fleet.devices[SERIAL].name == "Fridge")
        with pytest.raises(CommandError, match="is not here"):
            engine.call(lambda monitor: monitor.identify("nobody")).result(LIMIT_S)


def test_a_hanging_device_does_not_hold_up_the_end(device: Endpoint, hanging: Endpoint) -> None:
    reader = Reader()
    with no_thread_left():
        with EngineThread(monitor_of(device, hanging), reader.mailbox) as engine:
            reader.wait_for(lambda snapshot: SERIAL in snapshot.fleet.devices)
            never = engine.call(lambda monitor: monitor.all_asked())
            began = time.monotonic()
        assert time.monotonic() - began < STOP_S
        assert engine.failure is None
        wait([never], LIMIT_S)
        with pytest.raises(CancelledError):
            never.result()


def test_nothing_can_be_called_and_nobody_is_woken_after_the_end(device: Endpoint) -> None:
    reader = Reader()
    with EngineThread(monitor_of(device), reader.mailbox) as engine:
        reader.wait_for(lambda snapshot: SERIAL in snapshot.fleet.devices)
    reader.woken.clear()
    reader.mailbox.take()
    reader.mailbox.put(Snapshot(Fleet(), SystemClock().now()))
    assert not reader.woken.is_set()
    with pytest.raises(CommandError, match="has stopped"):
        engine.call(lambda monitor: monitor.identify(SERIAL))


def test_a_fault_in_the_engine_is_kept_and_told(device: Endpoint) -> None:
    def make(listener: Listener) -> Monitor:
        def broken(event: Event, fleet: Fleet) -> None:
            if isinstance(event, Measured):
                raise ZeroDivisionError("no")

        return Monitor(Settings(hosts=(device,), mdns=False), SystemClock(), listeners=[broken])

    told: list[BaseException] = []
    heard = threading.Event()

    def on_failure(error: BaseException) -> None:
        told.append(error)
        heard.set()

    with no_thread_left(), EngineThread(make, Mailbox(), on_failure=on_failure) as engine:
        assert heard.wait(LIMIT_S)
        assert isinstance(engine.failure, ZeroDivisionError)
        assert told == [engine.failure]
        with pytest.raises(CommandError, match="has stopped"):
            engine.call(lambda monitor: monitor.identify(SERIAL))


def test_what_the_block_raises_ends_the_engine_too(device: Endpoint) -> None:
    with no_thread_left(), pytest.raises(KeyError), EngineThread(monitor_of(device), Mailbox()):
        raise KeyError("the screen crashed")
