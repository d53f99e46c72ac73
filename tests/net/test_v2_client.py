"""What a device with API v2 is asked over HTTPS, and what becomes of its answers."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.v2.certificates import SERIAL, authority
from tests.v2.server import NO_URI, READING, TOKEN, Answer, Request, V2Server, identity_of
from tui.core.api.users import Owner, parse_token, parse_users
from tui.core.battery.batteries import BOTH, Batteries, Mode
from tui.core.model import State
from tui.core.reading import Identity, System
from tui.core.secret import Secret
from tui.engine.source import Client
from tui.net.errors import (
    BadAnswer,
    ButtonNotPressed,
    DeviceError,
    NotAccepted,
    NotFound,
    NotPaired,
    Refused,
    WrongCertificate,
)
from tui.net.tls import Trust
from tui.net.v2 import V2Client

TRUST = Trust(authority().pem)
GROUP = {
    "mode": "zero",
    "permissions": ["charge_allowed", "discharge_allowed"],
    "charge_to_full": False,
    "battery_count": 2,
    "power_w": -404,
    "target_power_w": -400,
    "max_consumption_w": 1600,
    "max_production_w": 800,
}


class Change:
    """As `core.battery.control` makes one."""

    def as_json(self) -> dict[str, object]:
        return {"mode": "to_full"}


def client_of(device: V2Server, token: str | None = TOKEN, serial: str | None = SERIAL) -> V2Client:
    return V2Client(device.endpoint, None if token is None else Secret(token), serial, TRUST, timeout_s=2.0)


@pytest.fixture
async def device() -> AsyncIterator[V2Server]:
    async with V2Server() as running:
        yield running


async def test_every_endpoint_is_read_into_the_model(device: V2Server) -> None:
    device.answers |= {
        ("GET", "/api/batteries"): (200, GROUP),
        ("GET", "/api/telegram"): (200, b"/ISK5\\2M550T-1011\r\n\xff"),
        ("PUT", "/api/system/identify"): (204, b""),
        ("GET", "/api/user"): (200, [{"name": "local/x", "current": True}, {"name": "cloud/y"}]),
        ("DELETE", "/api/user"): (204, b""),
    }
    async with client_of(device) as client:
        like_any_other: Client = client
        assert await like_any_other.identity() == Identity(SERIAL, "HWE-P1", "P1 Meter", "6.0305", "2.2.0")
        measurement, system = await client.measurement()
        assert (measurement.number("power_w"), system) == (READING["power_w"], System())
        told = await client.system()
        assert (told.wifi_ssid, told.wifi_rssi_db, told.cloud_enabled, told.uptime_s) == ("Home", -77, False, 356)
        group = await client.batteries()
        assert (group.mode, group.permissions, group.count, group.max_production_w) == (Mode.ZERO, BOTH, 2, 800)
        assert await client.telegram() == "/ISK5\\2M550T-1011\r\n\xff"
        await client.identify()
        assert await client.users() == (Owner("local/x", is_this=True), Owner("cloud/y", is_this=False))
        await client.delete_user("local/x")
        assert (client.serial, client.connection, device.connections) == (SERIAL, 1, 1)
    assert json.loads(device.requests[-1].body) == {"name": "local/x"}
    for request in device.requests:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["x-api-version"] == "2"
        assert request.headers["host"] == device.endpoint.address


@pytest.mark.parametrize("answer", [(200, {**GROUP, "mode": "to_full"}), (204, b"")])
async def test_a_change_of_the_mode_says_what_it_is_then(device: V2Server, answer: Answer) -> None:
    device.answers |= {("PUT", "/api/batteries"): answer, ("GET", "/api/batteries"): (200, {"mode": "to_full"})}
    async with client_of(device) as client:
        now: Batteries = await client.set_batteries(Change())
    assert now.mode is Mode.TO_FULL
    assert json.loads(device.requests[0].body) == {"mode": "to_full"}
    assert [one.method for one in device.requests] == (["PUT"] if answer[0] == 200 else ["PUT", "GET"])


async def test_a_switch_is_not_asked_for(device: V2Server) -> None:
    async with client_of(device) as client:
        with pytest.raises(NotFound, match="API v2 knows no switch"):
            await client.switch()
        with pytest.raises(NotFound, match="API v2 knows no switch"):
            await client.set_switch(power_on=True)
    assert device.connections == 0


# ---------------------------------------------------------------------- pairing


async def test_a_token_comes_once_the_button_was_pressed(device: V2Server) -> None:
    pressed = False

    def pair(request: Request) -> Answer:
        if not pressed:
            return 403, {"error": "user:creation-not-enabled"}
        return 200, {"token": TOKEN, "name": json.loads(request.body)["name"]}

    device.answers["POST", "/api/user"] = pair
    async with client_of(device, token=None, serial=None) as client:
        with pytest.raises(ButtonNotPressed) as early:
            await client.create_user("local/hwtui#pi")
        assert early.value.kind is State.NOT_PAIRED
        pressed = True
        assert await client.create_user("local/hwtui#pi") == Secret(TOKEN)
        assert client.serial == SERIAL
    assert [json.loads(one.body) for one in device.requests] == [{"name": "local/hwtui#pi"}] * 2
    assert not any("authorization" in one.headers for one in device.requests)


async def test_whether_api_v2_is_there_needs_no_token(device: V2Server) -> None:
    async with client_of(device, token=None, serial=None) as client:
        assert await client.probe() == SERIAL
    async with client_of(device) as paired:
        assert await paired.probe() == SERIAL
    device.tokens.add("")
    device.answers["GET", "/api"] = NO_URI
    async with client_of(device, token=None, serial=None) as client:
        with pytest.raises(NotFound):
            await client.probe()


NAME = "use local/ and 1 to 40 letters, digits, blanks or - _ / \\ #"


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (403, "user:creation-not-enabled", ButtonNotPressed, "Its button was not pressed yet"),
        (
            400,
            "user:no-storage",
            NotAccepted,
            "The device has no room for another user: take one away in the HomeWizard",
        ),
        (400, "user:name-invalid", NotAccepted, f"The device does not take the name of this program: {NAME}"),
        (400, "name:name-invalid", NotAccepted, f"The device does not take the name of this program: {NAME}"),
        (400, "user:invalid-prefix", NotAccepted, f"The device does not take the name of this program: {NAME}"),
        (400, "user:name-empty", NotAccepted, f"The device misses a name for this program: {NAME}"),
        (400, "user:name-too-long", NotAccepted, f"The name of this program is too long for the device: {NAME}"),
        (400, "request:api-version-not-supported", BadAnswer, "This device does not have version 2 of the API"),
        (401, "user:unauthorized", NotPaired, "not paired"),
        (400, "json:parameter-missing:name", BadAnswer, "HTTP 400: json:parameter-missing:name"),
        (400, "new:one\x1b[2J", BadAnswer, "HTTP 400: new:one[2J"),
        (403, "new:one", BadAnswer, 'HTTP 403, "new:one": the device does not allow this'),
        (500, "request:internal-server-error", BadAnswer, 'HTTP 500, "request:internal-server-error": is it a'),
        (404, None, NotFound, "This device cannot be paired: update its firmware in the HomeWizard app"),
        (200, "user:no-storage", NotAccepted, "The device has no room for another user"),
        (200, "new:one", BadAnswer, '/api/user answered with an error, "new:one": is it a HomeWizard device?'),
        (204, b"", BadAnswer, "HTTP 204 from /api/user"),
        (200, {"name": "local/x"}, BadAnswer, "Unexpected JSON from /api/user"),
        (200, {"token": ""}, BadAnswer, "Unexpected JSON from /api/user"),
        (200, {"token": "a\r\nHost: x"}, BadAnswer, "Unexpected JSON from /api/user"),
        (200, {"token": ["a"]}, BadAnswer, "Unexpected JSON from /api/user"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_pairing_that_fails_says_what_to_do(
    device: V2Server, status: int, body: object, kind: type[DeviceError], text: str
) -> None:
    answer = NO_URI[1] if body is None else {"error": body} if isinstance(body, str) else body
    device.answers["POST", "/api/user"] = (status, answer)
    async with client_of(device, token=None) as client:
        with pytest.raises(DeviceError) as caught:
            await client.create_user("local/x")
    assert (type(caught.value), str(caught.value)[: len(text)]) == (kind, text)
    assert len(device.requests) == 1


@pytest.mark.parametrize(("method", "sent"), [("POST", 1), ("DELETE", 1), ("PUT", 2), ("GET", 2)])
async def test_a_token_is_never_made_or_taken_back_twice(device: V2Server, method: str, sent: int) -> None:
    def dies(_: Request) -> Answer:
        device.kill()
        return 200, {}

    device.answers |= {(method, path): dies for path in ("/api/user", "/api/batteries", "/api/system")}
    async with client_of(device) as client:
        await client.identity()
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "POST": lambda: client.create_user("local/x"),
            "DELETE": lambda: client.delete_user("local/x"),
            "PUT": lambda: client.set_batteries(Change()),
            "GET": client.system,
        }
        with pytest.raises(Refused):
            await calls[method]()
    assert [one.method for one in device.requests] == ["GET"] + [method] * sent


# ---------------------------------------------------------------------- other answers


@pytest.mark.parametrize(
    ("call", "answer", "kind", "text"),
    [
        ("telegram", (503, {"error": "telegram:no-telegram-received"}), BadAnswer, "No telegram from the smart meter"),
        ("batteries", NO_URI, NotFound, "This device has no /api/batteries (HTTP 404)"),
        ("delete_user", (400, {"error": "user:not-found"}), NotFound, "The device knows no such user"),
        ("users", (200, {}), BadAnswer, "Unexpected JSON from /api/user"),
        ("system", (200, []), BadAnswer, "Unexpected JSON from /api/system"),
        (
            "measurement",
            (200, {"active_power_w": 5}),
            BadAnswer,
            "No value that this program knows in /api/measurement",
        ),
        ("measurement", (401, b"<html>"), NotPaired, "not paired"),
        (
            "identity",
            (200, identity_of("3c39e7112233")),
            WrongCertificate,
            f"The certificate is that of {SERIAL}, but 3c",
        ),
    ],
)
async def test_an_answer_that_is_of_no_use_says_why(
    device: V2Server, call: str, answer: Answer, kind: type[DeviceError], text: str
) -> None:
    paths = {"identity": "/api", "users": "/api/user", "delete_user": "/api/user"}
    method = "DELETE" if call == "delete_user" else "GET"
    device.answers[method, paths.get(call, f"/api/{call}")] = answer
    async with client_of(device) as client:
        calls = {"delete_user": lambda: client.delete_user("local/x")}
        if call != "identity":
            await client.identity()
        with pytest.raises(DeviceError) as caught:
            await calls.get(call, getattr(client, call))()
    assert (type(caught.value), str(caught.value)[: len(text)]) == (kind, text)


async def test_a_serial_is_the_same_in_upper_case(device: V2Server) -> None:
    device.answers["GET", "/api"] = (200, identity_of(SERIAL.upper()))
    async with client_of(device, serial=SERIAL.upper()) as client:
        assert (await client.identity()).serial == SERIAL.upper()


async def test_a_token_that_was_taken_back_is_a_device_that_is_not_paired(device: V2Server) -> None:
    async with client_of(device) as client:
        await client.measurement()
        device.tokens.clear()
        with pytest.raises(NotPaired):
            await client.measurement()
        assert (len(device.requests), device.connections) == (2, 1)


def test_users_and_tokens_are_bounded_and_clean() -> None:
    assert parse_users([{"name": "a\x1b[2J", "current": "yes"}, {"name": ""}, {"name": 5}, 7, {}]) == (
        Owner("a[2J", is_this=False),
    )
    assert len(parse_users([{"name": "x"}] * 10_000) or ()) == 64
    assert parse_users({"name": "x"}) is None
    assert parse_token({"token": "A" * 256}) == Secret("A" * 256)
    assert [parse_token({"token": bad}) for bad in ("A" * 257, "a b", "\xe9", "", None, 5)] == [None] * 6


# ---------------------------------------------------------------------- nobody else gets the token


@pytest.mark.parametrize("bad", ["", "a b", "a\r\nX: y", "\xff", "x" * 300])
async def test_a_token_that_is_none_is_not_sent(device: V2Server, bad: str) -> None:
    async with client_of(device, token=bad) as client:
        with pytest.raises(NotPaired):
            await client.measurement()
    assert device.connections == 0


async def test_the_token_is_in_no_log_and_no_error(device: V2Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "httpcore")  # which another test may have quietened
    device.answers |= {
        ("GET", "/api/system"): (400, {"error": f"request:unknown-token:{TOKEN}"}),
        ("GET", "/api/batteries"): (200, {"error": TOKEN}),
        ("POST", "/api/user"): (200, {"token": TOKEN, "name": "x", "error": None}),
    }
    told = []
    async with client_of(device) as client:
        await client.identity()
        assert await client.create_user("local/x") == Secret(TOKEN)
        for call in (client.system, client.batteries, client.users):
            with pytest.raises(DeviceError) as caught:
                await call()
            error: BaseException | None = caught.value
            while error is not None:
                told.append(repr(error))
                error = error.__cause__ or error.__context__
        told += [repr(one) for one in client._link._requests.values()]
        told += [repr(one.headers) for one in client._link._requests.values()]
    assert any("***" in text for text in told)
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert not any(TOKEN in text for text in (*told, caplog.text))


async def test_the_token_goes_only_to_the_device_whose_it_is(
    device: V2Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "httpcore")
    async with client_of(device, serial="3c39e7112233") as client:
        with pytest.raises(WrongCertificate, match=f"is that of {SERIAL}, not 3c39e7112233: does another device have"):
            await client.measurement()
        assert client.connection == 0
        await device.until(lambda: not device.open)
    steps = [record.getMessage().split()[0] for record in caplog.records]
    assert "start_tls.started" in steps
    assert not any(step.startswith("send_request") for step in steps)  # not one byte of it
    assert device.requests == []


async def test_a_device_that_sends_the_token_back_does_not_get_it_shown(device: V2Server) -> None:
    device.answers["GET", "/api"] = (200, {**identity_of(SERIAL), "product_name": f"P1 {TOKEN}", "product_type": TOKEN})
    device.answers["GET", "/api/telegram"] = (200, f"/ISK5 {TOKEN}")
    async with client_of(device) as client:
        assert TOKEN not in repr(await client.identity())
        assert TOKEN not in await client.telegram()
