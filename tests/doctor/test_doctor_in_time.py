"""The doctor ends in time, whatever a device or a name server does: over real sockets, with a short limit."""

from __future__ import annotations

import asyncio
import socket
import time
from threading import Event

import pytest

from tests.doctor.test_doctor_on_loopback import identity
from tests.net.conftest import Servers, Visit
from tui.core.doctor.evidence import Layer
from tui.core.events import Remembered
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.doctor.doctor import Doctor
from tui.engine.doctor.examination import GRACE_S, Pace

PACE = Pace(patience_s=0.5, pause_s=0.01, begin_within_s=1.5, still_s=1.0, all_s=1.1)
"""Without its limit the slowest of these takes 2.4 s."""


async def dripping(visit: Visit) -> None:
    """A byte now and then, for ever."""
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    while True:
        await visit.send(b"x")
        await asyncio.sleep(0.02)


async def nearly_late(visit: Visit) -> None:
    """A P1 that takes much of the time it is given, each time; and its telegram drips."""
    path = ""
    while path != "/api/v1/telegram":
        path = (await visit.request()).split()[1]
        await asyncio.sleep(0.25)
        if path == "/api":
            await visit.answer(identity("5c2faf000001", "HWE-P1"))
    while True:
        await visit.send(b"x")
        await asyncio.sleep(0.02)


async def mute(visit: Visit) -> None:
    await visit.until_left()


async def test_all_of_it_ends_in_time_and_what_was_seen_is_told(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, system = Event(), socket.getaddrinfo

    def resolver(host: str, *more: object) -> object:
        if host == "hangs.lan":
            done.wait(10)
            raise socket.gaierror
        if host == "takes-its-time.lan":
            time.sleep(0.4)
        return system("127.0.0.1", *more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    drip, late, silent, other = [await servers.start(one) for one in (dripping, nearly_late, mute, mute)]
    hosts = {
        Endpoint("hangs.lan"): Layer.NO_NAME,
        drip.endpoint: Layer.BAD_ANSWER,
        late.endpoint: Layer.WELL,
        Endpoint("takes-its-time.lan", silent.endpoint.port): Layer.TIMEOUT,
        Endpoint(other.endpoint.host, other.endpoint.port, "v2"): Layer.TIMEOUT,  # no end of the handshake
    }
    began = asyncio.get_running_loop().time()
    settings = Settings(tuple(hosts), mdns=False, discover=False, interfaces=("127.0.0.1",))
    outcome = await Doctor(settings, SystemClock(), pace=PACE).run(lambda patient: None)
    took_s = asyncio.get_running_loop().time() - began
    done.set()
    assert [one.diagnosis.layer for one in outcome.patients] == list(hosts.values())
    assert outcome.patients[2].losses[0] == 0
    assert took_s < PACE.all_s + 2 * GRACE_S


async def test_one_that_is_found_only_after_its_old_address_took_its_time_is_examined_all_the_same(
    servers: Servers,
) -> None:
    silent, there = await servers.start(mute), await servers.answering(identity("5c2faf000001"))
    settings = Settings((), mdns=False, discover=False, interfaces=("127.0.0.1",))
    pace = Pace(patience_s=0.3, pause_s=0.01, begin_within_s=0.1, all_s=1.0)
    before = Remembered(Identity("5c2faf000001", "HWE-SKT"), silent.endpoint, Now(0.0, 0.0))
    doctor = Doctor(
        settings, SystemClock(), wanted=["5c2faf000001"], beside=[there.endpoint], remembered=[before], pace=pace
    )
    (patient,) = (await doctor.run(lambda patient: None)).patients
    assert patient.diagnosis.layer is Layer.MOVED


async def test_what_hangs_in_some_other_way_is_cut_short_and_says_so(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step is known to: this one does not keep to its own limit."""

    async def for_ever(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("tui.net.probe.Probe.ask", for_ever)
    there = await servers.answering(identity("5c2faf000001"))
    settings = Settings((there.endpoint,), mdns=False, discover=False)
    pace = Pace(patience_s=0.1, all_s=0.2)
    (patient,) = (await Doctor(settings, SystemClock(), pace=pace).run(lambda patient: None)).patients
    assert patient.diagnosis.layer is Layer.TIMEOUT
    assert patient.diagnosis.text == "connected, but no answer within 0.1 s to any of 1 requests"
    assert patient.diagnosis.tried[-1].what == "stopped"
