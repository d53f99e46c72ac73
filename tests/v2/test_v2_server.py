"""The device of the tests is one itself: a client that is not ours gets out of it what the API says."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any

import h11
import pytest
from websockets.asyncio.client import connect

from tests.v2.certificates import SERIAL, authority, leaf
from tests.v2.server import NO_TOKEN, READING, TOKEN, V2Server


def trusting(name: str = "Appliance Access CA") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=authority(name).pem)
    return context


async def asked(device: V2Server, *requests: tuple[str, str]) -> list[tuple[int, bytes]]:
    """Several requests over one connection."""
    reader, writer = await asyncio.open_connection(device.endpoint.host, device.endpoint.port, ssl=trusting())
    http, answers = h11.Connection(h11.CLIENT), []
    for path, token in requests:
        head = h11.Request(method="GET", target=path, headers=[("Host", "x"), ("Authorization", f"Bearer {token}")])
        writer.write((http.send(head) or b"") + (http.send(h11.EndOfMessage()) or b""))
        status, body = 0, b""
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(4096))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
        answers.append((status, body))
        http.start_next_cycle()
    writer.close()
    await writer.wait_closed()
    return answers


async def test_it_answers_over_one_connection_and_keeps_what_it_was_asked() -> None:
    async with V2Server() as device:
        device.answers["GET", "/api/none"] = lambda request: (200, request.headers["host"])
        answers = await asked(
            device, ("/api/measurement", TOKEN), ("/api/measurement", "x"), ("/api/none", TOKEN), ("/y", TOKEN)
        )
        assert [status for status, _ in answers] == [200, 401, 200, 404]
        assert [json.loads(body) for _, body in answers[:3]] == [READING, NO_TOKEN[1], "x"]
        assert (device.connections, [one.path for one in device.requests][2:]) == (1, ["/api/none", "/y"])


async def test_it_pushes_what_was_subscribed_to_and_nothing_without_the_token() -> None:
    async with V2Server() as device:
        url = f"wss://{device.endpoint.address}/api/ws"
        async with connect(url, ssl=trusting(), compression=None, proxy=None) as client:
            assert json.loads(await client.recv())["type"] == "authorization_requested"
            await client.send(json.dumps({"type": "authorization", "data": TOKEN}))
            assert json.loads(await client.recv()) == {"type": "authorized"}
            await client.send(json.dumps({"type": "subscribe", "data": "measurement"}))
            assert json.loads(await client.recv()) == {"type": "measurement", "data": READING}
            assert device.subscribed("measurement")
            await device.push("measurement", {"power_w": 7})
            await device.push("system", {})
            await client.send(json.dumps({"type": "nonsense"}))
            assert json.loads(await client.recv())["data"] == {"power_w": 7}
            assert json.loads(await client.recv())["data"] == {"message": "request:unknown-type"}
            await (await client.ping())
        async with connect(url, ssl=trusting(), compression=None, proxy=None) as client:
            await client.recv()
            await client.send(json.dumps({"type": "authorization", "data": "x"}))
            assert json.loads(await client.recv())["data"] == {"message": "user:unauthorized"}
        device.kill()


@pytest.mark.parametrize(
    ("name", "made", "why"),
    [
        ("Appliance Access CA", {}, None),
        ("Stranger", {}, "unable to get local issuer certificate"),
        ("Appliance Access CA", {"by": None}, "self-signed certificate"),
        ("Appliance Access CA", {"to_day": -1}, "certificate has expired"),
        ("Appliance Access CA", {"from_day": 1}, "certificate is not yet valid"),
    ],
)
async def test_its_certificate_is_what_the_test_asked_for(name: str, made: dict[str, Any], why: str | None) -> None:
    async with V2Server() as device:
        device.certificate = leaf(san=(f"{SERIAL}.local",), **made)
        if why is None:
            _, writer = await asyncio.open_connection(*_where(device), ssl=trusting(name))
            got = writer.get_extra_info("peercert")
            writer.close()
            await writer.wait_closed()
            assert got["subject"] == ((("commonName", f"appliance/p1dongle/{SERIAL}"),),)
            assert got["subjectAltName"] == (("DNS", f"{SERIAL}.local"),)
        else:
            with pytest.raises(ssl.SSLCertVerificationError, match=why):
                await asyncio.open_connection(*_where(device), ssl=trusting(name))


def _where(device: V2Server) -> tuple[str, int]:
    return device.endpoint.host, device.endpoint.port
