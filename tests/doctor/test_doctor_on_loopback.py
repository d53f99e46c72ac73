"""The doctor over real sockets on loopback: what each fault is called, and that nobody else is asked."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from tests.net.conftest import Behaviour, Served, Servers, Visit
from tests.v2.certificates import authority, leaf
from tests.v2.server import TOKEN, V2Server
from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.evidence import Layer
from tui.core.events import Remembered
from tui.core.model import DeviceSetting, Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.doctor.examination import Pace
from tui.engine.paired.tokenfile import Token
from tui.engine.paired.tokens import Tokens

QUICK = Pace(patience_s=0.6, pause_s=0.01, begin_within_s=0.4, still_s=0.1, listen_s=0.4)
OURS = [f"5c{os.getpid() % 2**32:08x}d{n}" for n in range(6)]
"""Serials that no other program has on loopback."""
ZONE = ZoneInfo("Europe/Amsterdam")


VALUES = b'{"active_power_w":1}'


def identity(serial: str, product_type: str = "HWE-SKT") -> bytes:
    """Who it is, and a value along with that: it may be sent for whatever is asked."""
    who = {"product_type": product_type, "serial": serial, "api_version": "v1", "active_power_w": 1}
    return json.dumps(who).encode()


def pages(answers: dict[str, bytes], delay_s: float = 0.0) -> Behaviour:
    """A device with these pages, and a value; a 404 for any other."""
    answers = {"/api/v1/data": VALUES, **answers}

    async def behave(visit: Visit) -> None:
        while True:
            path = (await visit.request()).split()[1]
            await asyncio.sleep(delay_s)
            await visit.answer(answers.get(path, b""), "200 OK" if path in answers else "404 Not Found")

    return behave


async def resetting(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def silent(visit: Visit) -> None:
    await visit.until_left()


async def noisy(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await visit.until_left()


def telegram(age: timedelta) -> bytes:
    stamp = datetime.now(ZONE) - age
    return f"/ISK5\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0({stamp:%y%m%d%H%M%S}W)\r\n!\r\n".encode()


async def examined(
    hosts: Iterable[Endpoint],
    told: list[Patient] | None = None,
    *,
    mdns: bool = False,
    discover: bool = False,
    remembered: Iterable[Remembered] = (),
    **more: object,
) -> Outcome:
    settings = Settings(tuple(hosts), mdns, discover, ("127.0.0.1",), **more)  # type: ignore[arg-type]
    doctor = Doctor(settings, SystemClock(), remembered=remembered, pace=QUICK)
    return await doctor.run((told if told is not None else []).append)


def layers(outcome: Outcome) -> list[Layer]:
    return [patient.diagnosis.layer for patient in outcome.patients]


def once(serial: str, *endpoints: Endpoint) -> Remembered:
    return Remembered(Identity(serial, "HWE-SKT"), endpoints[0], Now(0.0, 0.0), *endpoints[1:])


async def test_each_fault_of_a_server_is_named(servers: Servers) -> None:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))  # and nobody listens
    full, clients = socket.socket(), [socket.socket() for _ in range(3)]
    full.bind(("127.0.0.1", 0))
    full.listen(0)  # with one in the queue it takes no more, and the kernel says nothing to others
    for client in clients:
        client.setblocking(False)
        client.connect_ex(full.getsockname())
    p1 = identity("5c2faf000005", "HWE-P1")
    frozen = {"/api": p1, "/api/v1/telegram": telegram(timedelta(hours=2))}
    late = {"/api": identity("5c2faf000006", "HWE-P1"), "/api/v1/telegram": telegram(timedelta(0))}
    off = b'{"error":{"id":202,"description":"API not enabled"}}'
    behaviours: dict[Layer, Served | socket.socket] = {
        Layer.WELL: await servers.start(pages(late)),
        Layer.REFUSED: free,
        Layer.RESET: await servers.start(resetting),
        Layer.TIMEOUT: await servers.start(silent),
        Layer.NOT_HTTP: await servers.start(noisy),
        Layer.NOT_HOMEWIZARD: await servers.answering(b"<html>router</html>", "200 OK"),
        Layer.API_OFF: await servers.answering(off, "403 Forbidden"),
        Layer.BAD_ANSWER: await servers.answering(b'{"product_type":"HWE-P1","serial":'),
        Layer.FROZEN: await servers.start(pages(frozen)),
    }
    hosts = [
        Endpoint("127.0.0.1", one.getsockname()[1]) if isinstance(one, socket.socket) else one.endpoint
        for one in behaviours.values()
    ]
    told = list[Patient]()
    outcome = await examined([*hosts, Endpoint("127.0.0.1", full.getsockname()[1])], told)
    assert layers(outcome) == [*behaviours, Layer.TIMEOUT]
    assert [one.diagnosis.text.split(" ")[0] for one in outcome.patients if one.diagnosis.layer is Layer.TIMEOUT] == [
        "connected,",
        "no",
    ]
    assert len(told) == len(outcome.patients)
    assert outcome.computer.gateway_s is None  # what is on this computer is no business of the gateway
    paths = {served.split(" ")[1] for one in behaviours.values() if isinstance(one, Served) for served in one.requests}
    assert paths == {"/api", "/api/v1/data", "/api/v1/telegram"}
    for each in (free, full, *clients):
        each.close()


async def test_one_that_is_late_or_lossy_is_slow(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.core.doctor.rules.SLOW_S", 0.05)
    late = await servers.start(pages({"/api": identity("5c2faf000001")}, delay_s=0.08))

    async def every_other(visit: Visit) -> None:
        await visit.request()
        if visit.number % 2:
            await visit.answer(identity("5c2faf000002"), "200 OK", "Connection: close")
        else:
            visit.reset()

    lossy = await servers.start(every_other)
    outcome = await examined([late.endpoint, lossy.endpoint])
    assert layers(outcome) == [Layer.SLOW, Layer.SLOW]
    assert outcome.patients[1].losses == (3, 5)


async def test_over_tls_who_is_not_paired_and_who_is_another_are_told_apart(tmp_path: Path) -> None:
    ca = authority().file(tmp_path)
    async with V2Server() as battery, V2Server(leaf("5c2faf999999")) as other, V2Server(leaf(by="Else")) as stranger:
        outcome = await examined(
            [battery.endpoint, stranger.endpoint], remembered=[once("5c2fafaabbcc", other.endpoint)], ca=ca
        )
        assert layers(outcome) == [Layer.NOT_PAIRED, Layer.CERTIFICATE]
        outcome = await examined([other.endpoint], remembered=[once("5c2fafaabbcc", other.endpoint)], ca=ca)
        assert layers(outcome) == [Layer.CERTIFICATE]
        assert outcome.patients[0].diagnosis.text == "the certificate is that of 5c2faf999999, not 5c2fafaabbcc"
    async with V2Server(leaf(to_day=-1)) as old:
        (patient,) = (await examined([old.endpoint], ca=ca)).patients
        assert patient.diagnosis.text == "the certificate has expired"
        assert "is this computer's clock right?" in patient.diagnosis.advice


async def test_a_paired_device_is_read_with_its_token_and_one_that_has_forgotten_it_is_told(
    servers: Servers, tmp_path: Path
) -> None:
    """Over v2 a paired meter tells its clock with its measurement; v1 that answers does not hide a refused token."""
    stood = (datetime.now(ZONE) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    ca, serial = authority().file(tmp_path), "5c2fafaabbcc"
    v1 = await servers.answering(identity(serial))
    async with V2Server(serial=serial) as meter:
        await Tokens(tmp_path, SystemClock()).keep(Token(serial, Secret(TOKEN), "local/hwtui", meter.endpoint))
        meter.answers["GET", "/api/measurement"] = (200, {"timestamp": stood, "protocol_version": 50, "power_w": 1})
        known = [once(serial, meter.endpoint)]
        outcome = await examined([meter.endpoint], remembered=known, ca=ca, state_dir=tmp_path)
        assert layers(outcome) == [Layer.FROZEN]
        assert {request.path for request in meter.requests} == {"/api", "/api/measurement"}
        assert layers(await examined([meter.endpoint], ca=ca, state_dir=tmp_path)) == [Layer.FROZEN]  # named alone
        meter.tokens.clear()
        known = [once(serial, v1.endpoint, meter.endpoint)]
        outcome = await examined([v1.endpoint], remembered=known, ca=ca, state_dir=tmp_path)
        assert layers(outcome) == [Layer.NOT_PAIRED]
        assert "no longer knows this computer" in outcome.patients[0].diagnosis.text
        meter.certificate = leaf("5c2faf999999")
        outcome = await examined([v1.endpoint], remembered=known, ca=ca, state_dir=tmp_path)
        assert layers(outcome) == [Layer.CERTIFICATE]
    told = repr(outcome)
    assert TOKEN not in told


async def test_another_device_at_a_remembered_address_is_named(servers: Servers) -> None:
    there = await servers.answering(identity("5c2faf000002"))
    outcome = await examined([there.endpoint], remembered=[once("5c2faf000001", there.endpoint)])
    assert layers(outcome) == [Layer.WRONG_MAC]
    assert "5c2faf000002 answers at 127.0.0.1" in outcome.patients[0].diagnosis.text


async def test_two_that_answer_with_one_serial_are_both_told(servers: Servers) -> None:
    one, two = [await servers.answering(identity("5c2faf000001")) for _ in range(2)]
    outcome = await examined([one.endpoint, two.endpoint])
    assert layers(outcome) == [Layer.TWO_OF_ONE_SERIAL, Layer.TWO_OF_ONE_SERIAL]
    assert two.endpoint.address in outcome.patients[0].diagnosis.text


async def test_a_device_that_is_known_in_several_ways_is_told_once(servers: Servers) -> None:
    """By its address, by its serial in the config file, and by where it was."""
    there, free = await servers.answering(identity("5c2faf000001")), socket.socket()
    free.bind(("127.0.0.1", 0))
    gone, names = Endpoint("127.0.0.1", free.getsockname()[1]), {"5c2faf000001": DeviceSetting(name="Fridge")}
    told = list[Patient]()
    outcome = await examined([there.endpoint, there.endpoint], told, discover=True, devices=names)
    assert [(one.name, one.diagnosis.layer) for one in told] == [("Fridge", Layer.WELL)]
    assert layers(outcome) == [Layer.WELL]
    outcome = await examined([there.endpoint], discover=True, devices=names, remembered=[once("5C2FAF000001", gone)])
    assert [(one.name, one.diagnosis.layer) for one in outcome.patients] == [("Fridge", Layer.MOVED)]
    free.close()


async def test_a_name_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    outcome = await examined([Endpoint("p1.lan"), Endpoint("p1meter-aabbcc.local")])
    assert layers(outcome) == [Layer.NO_NAME, Layer.NO_NAME]
    assert [one.diagnosis.text for one in outcome.patients] == [
        "the name p1.lan has no address",
        "the system knows no address for p1meter-aabbcc.local, and mDNS was not asked",
    ]


# ------------------------------------------------------------------ mDNS on loopback


@asynccontextmanager
async def announced(*devices: tuple[str, Endpoint]) -> AsyncIterator[None]:
    """Announce devices on loopback."""
    service = "_hwenergy._tcp.local."
    async with AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        for serial, endpoint in devices:
            name = f"energysocket-{serial[-6:]}"
            info = ServiceInfo(
                service,
                f"{name}.{service}",
                endpoint.port,
                properties={"serial": serial, "product_type": "HWE-SKT"},
                server=f"{name}.local.",
                parsed_addresses=[endpoint.host],
            )
            await zeroconf.async_register_service(info, cooperating_responders=True)
        yield


async def test_who_is_announced_is_found_and_who_is_not_is_told(servers: Servers) -> None:
    shown, hidden, there, heir = [await servers.answering(identity(serial)) for serial in (*OURS[:3], OURS[5])]
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    gone = Endpoint("127.0.0.1", free.getsockname()[1])
    told = list[Patient]()
    async with announced((OURS[0], shown.endpoint), (OURS[2], there.endpoint), (OURS[5], heir.endpoint)):
        outcome = await examined(
            [hidden.endpoint, shown.endpoint],
            told,
            mdns=True,
            discover=True,
            remembered=[once(OURS[2], gone), once(OURS[4], heir.endpoint)],
            devices={OURS[3]: DeviceSetting(name="Shed"), OURS[0]: DeviceSetting(name="Fridge")},
        )
    free.close()
    found = {one.evidence.device.serial or "": one for one in outcome.patients}
    assert [found[serial].diagnosis.layer for serial in OURS] == [
        *(Layer.WELL, Layer.NOT_ANNOUNCED, Layer.MOVED, Layer.NO_NAME, Layer.WRONG_MAC, Layer.WELL),
    ]
    assert (found[OURS[0]].name, found[OURS[3]].name) == ("Fridge", "Shed")
    assert found[OURS[2]].diagnosis.text == (f"was at {gone.address}, and answers at {there.endpoint.address} now")
    assert outcome.computer.heard >= 1
    assert outcome.patients[0].evidence.device.serial == OURS[1]  # named first
    assert sorted(one.evidence.device.serial or "" for one in told if one.evidence.device.serial in OURS) == OURS


async def test_what_only_mdns_can_tell_is_waited_for_and_nothing_else(servers: Servers) -> None:
    bad = await servers.answering(b"", "500 Broken")
    fine = await servers.answering(identity("5c2fafdd0003"))
    order = list[Patient]()
    began = asyncio.get_running_loop().time()
    moments = list[float]()

    def tell(patient: Patient) -> None:
        order.append(patient)
        moments.append(asyncio.get_running_loop().time() - began)

    settings = Settings((fine.endpoint, bad.endpoint), True, False, ("127.0.0.1",))
    await Doctor(settings, SystemClock(), pace=QUICK).run(tell)
    assert [one.diagnosis.layer for one in order] == [Layer.BAD_ANSWER, Layer.NOT_ANNOUNCED]
    assert moments[1] >= QUICK.listen_s
