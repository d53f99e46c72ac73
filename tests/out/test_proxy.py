"""What devices sent, handed on byte for byte; and an error in the device's own form where there is none."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from tests.out.houses import StillClock, served
from tui.core.events import Failed, Measured
from tui.core.model import Device, Endpoint, Fleet, State, key_of
from tui.core.reading import Measurement, System
from tui.engine.clock import Clock
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.out.pages import Pages
from tui.engine.out.proxy import PATHS, TELEGRAM, TELEGRAM_EVERY_S, Proxy
from tui.engine.source import Client
from tui.net.device import DeviceClient
from tui.net.httpserver import Answer, Request

DATA = "/api/v1/data"


@dataclass
class Meter:
    """A device as its web server shows it."""

    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.path)
        return self.pages.get(request.path, Answer(b"Nothing matches the given URI", "text/html", 404))


@dataclass
class House:
    """A house whose first device, a P1, is read through a real client."""

    still: Still
    meter: Meter
    endpoint: Endpoint
    client: DeviceClient
    at: httpx.AsyncClient = field(init=False)

    @property
    def fleet(self) -> Fleet:
        return self.still.fleet

    @property
    def clock(self) -> Clock:
        return StillClock(self.still)

    @property
    def p1(self) -> Device:
        return self.fleet.devices[key_of(self.still.household.devices[0].serial)]

    def client_of(self, device: Device) -> Client | None:
        return self.client if device.key == self.p1.key else None

    def measured(self) -> None:
        """As the poller tells it after an answer."""
        self.still.apply(Measured(self.p1.key, Measurement({"power_w": 1.0}), System(), self.still.now, 0.01, 1.0))

    async def sends(self, path: str, body: bytes, kind: str = "application/json") -> None:
        """The device answers that to the poller, which tells it."""
        self.meter.pages[path] = Answer(body, kind)
        await (self.client.telegram() if path == TELEGRAM else self.client.measurement())
        self.measured()

    def pass_s(self, seconds: float) -> None:
        """Time goes by, and the P1 goes on answering, with what it sent before."""
        self.still.now = self.still.now.plus(seconds)
        self.measured()

    async def get(self, path: str, device: Device | None = None) -> httpx.Response:
        return await self.at.get(f"/{(device or self.p1).serial}{path}")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    still = Still(Household("nl", devices=2, v2=False), DEFAULT_START)
    still.run(1)
    meter = Meter()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(served(meter.answer))
        endpoint = Endpoint("127.0.0.1", port)
        client = await stack.enter_async_context(DeviceClient(endpoint, keeps=True))
        one = House(still, meter, endpoint, client)
        pages = Pages(one.clock, "nl", None, Proxy(one))
        still.listeners.append(pages.heard)
        own = await stack.enter_async_context(served(pages.answer))
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading the usual one takes longer than the test
        one.at = httpx.AsyncClient(base_url=f"http://127.0.0.1:{own}", trust_env=False, verify=no_tls)
        await stack.enter_async_context(one.at)
        yield one


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"active_power_w": -1.000, "wifi_ssid":"caf\\u00e9",\r\n "new_key": 1e3 }\n', "application/json"),
        ('{"active_power_w":203.000,"wifi_ssid":"café"}'.encode(), "application/json; charset=utf-8"),
        (b'{"active_power_w":5055.000,"any":null}  ', "Application/JSON;x=1"),
    ],
)
async def test_it_is_handed_on_byte_for_byte_with_its_type_and_age(house: House, body: bytes, kind: str) -> None:
    await house.sends(DATA, body, kind)
    answer = await house.get(DATA)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, body, kind)
    assert answer.headers["age"] == "0"
    house.still.now = house.still.now.plus(2.4)
    assert (await house.at.get(f"/{house.p1.key.upper()}{DATA}/")).headers["age"] == "2"
    assert house.meter.asked == [DATA]


@pytest.mark.parametrize("kind", ["text/html", f"application/json;{90 * 'x'}", "image/svg+xml"])
async def test_what_a_browser_might_run_stays_text(house: House, kind: str) -> None:
    await house.sends(DATA, b'{"active_power_w":1}', kind)
    answer = await house.get(DATA)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/plain"


async def test_an_answer_counts_once_the_monitor_has_taken_it_for_this_device(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    house.meter.pages[DATA] = Answer(b'{"active_power_w":2}', "application/json")
    await house.client.measurement()  # another device may have sent this: the poller asks who it is first
    assert (await house.get(DATA)).content == b'{"active_power_w":1}'
    house.measured()
    assert (await house.get(DATA)).content == b'{"active_power_w":2}'


async def test_a_silent_device_is_503_with_an_error_like_its_own(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    house.still.now = house.still.now.plus(4)  # three updates are missing
    stale = await house.get(DATA)
    assert stale.status_code == 503
    assert stale.json() == {"error": {"id": 901, "description": "It has not answered for 4 s"}}
    house.still.silence(house.p1.key)
    house.still.now = house.still.now.plus(90)
    for path in PATHS:
        answer = await house.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["error"]["description"] == "no answer within 5 s: is it plugged in?"


async def test_api_v1_turned_off_is_said_as_the_device_says_it(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    house.still.apply(Failed(house.p1.endpoints[0], State.API_DISABLED, "Local API is off", house.still.now))
    answer = await house.get(DATA)
    assert (answer.status_code, answer.json()) == (403, {"error": {"id": 202, "description": "API not enabled"}})


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/nobody/api", "no such device"),
        ("/P1/api/v1/identify", "not handed on"),
        ("/P1/api/v1", "not handed on"),
        ("/P1/api/v1/state", "has not sent that"),
        ("/OTHER/api/v1/telegram", "is no P1 meter"),
    ],
)
async def test_what_is_not_there_is_404_and_says_why(house: House, path: str, told: str) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    other = next(one for one in house.fleet.devices.values() if one.key != house.p1.key)
    answer = await house.at.get(path.replace("P1", house.p1.key).replace("OTHER", other.key))
    assert answer.status_code == 404
    assert told in answer.json()["error"]["description"]


async def test_a_device_that_is_read_over_api_v2_says_so() -> None:
    still = Still(Household("nl"), DEFAULT_START)
    still.run(3)
    device = next(one for one in still.fleet.devices.values() if one.spoken and one.spoken.api == "v2")
    nowhere = Endpoint("127.0.0.1", 1)
    house = House(still, Meter(), nowhere, DeviceClient(nowhere))
    answer = Proxy(house).answer(str(device.serial), DATA)
    assert isinstance(answer, Answer)
    assert answer.status == 404
    assert b"read over API v2" in answer.body


async def test_nothing_can_be_changed_through_it(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    for method in ("PUT", "POST", "DELETE"):
        for body in (None, b'{"power_on":false}'):
            answer = await house.at.request(method, f"/{house.p1.key}/api/v1/state", content=body)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert house.meter.asked == [DATA]


# ---------------------------------------------------------------------- telegrams

OLD, NEW = b"/ISK5\\2M550T-1011\r\n\r\n!0000\r\n", b"/ISK5\\2M550T-1011\r\n\r\n1-0:1.7.0(1)\xff\r\n!1111\r\n"


async def test_a_telegram_of_now_is_handed_on_without_asking(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    await house.sends(TELEGRAM, OLD, "text/plain")
    house.pass_s(TELEGRAM_EVERY_S)
    answer = await house.get(TELEGRAM)
    assert (answer.content, answer.headers["content-type"], answer.headers["age"]) == (OLD, "text/plain", "10")
    assert house.meter.asked.count(TELEGRAM) == 1


async def test_for_an_old_one_the_device_is_asked_once_however_many_want_it(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    await house.sends(TELEGRAM, OLD, "text/plain")
    house.pass_s(TELEGRAM_EVERY_S + 1)
    house.meter.pages[TELEGRAM] = Answer(NEW, "text/plain")
    house.meter.asked.clear()
    answers = await asyncio.gather(*(house.get(TELEGRAM) for _ in range(5)))
    assert {(one.status_code, one.content, one.headers["age"]) for one in answers} == {(200, NEW, "0")}
    assert house.meter.asked == [TELEGRAM]
    house.pass_s(TELEGRAM_EVERY_S - 1)
    assert (await house.get(TELEGRAM)).headers["age"] == "9"
    assert house.meter.asked == [TELEGRAM]


async def test_one_that_does_not_come_is_503_and_not_asked_for_again_at_once(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    house.meter.pages[TELEGRAM] = Answer(b" \r\n", "text/plain")
    first = await house.get(TELEGRAM)
    house.pass_s(4)  # a reading comes, which makes the empty answer no telegram
    again = await house.get(TELEGRAM)
    assert (first.status_code, again.status_code, again.headers["retry-after"]) == (503, 503, "6")
    assert "No telegram from the smart meter yet" in again.json()["error"]["description"]
    assert house.meter.asked.count(TELEGRAM) == 1
    house.pass_s(6.5)
    house.meter.pages[TELEGRAM] = Answer(NEW, "text/plain")
    assert (await house.get(TELEGRAM)).content == NEW


async def test_who_leaves_does_not_break_off_the_request_to_the_device(house: House) -> None:
    await house.sends(DATA, b'{"active_power_w":1}')
    house.meter.pages[TELEGRAM] = Answer(NEW, "text/plain")
    proxy = Proxy(house)
    house.still.listeners.append(proxy.heard)
    asking = proxy.answer(house.p1.key, TELEGRAM)
    assert not isinstance(asking, Answer)
    leaves = asyncio.ensure_future(asking)
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    asking = proxy.answer(house.p1.key, TELEGRAM)
    assert not isinstance(asking, Answer)
    assert (await asking).body == NEW
    assert (house.meter.asked.count(TELEGRAM), house.client.connection) == (1, 1)


async def test_a_client_that_nobody_asked_to_keeps_nothing(house: House) -> None:
    house.meter.pages[DATA] = Answer(b'{"active_power_w":1}', "application/json")
    async with DeviceClient(house.endpoint) as client:
        await client.measurement()
        assert client.sent == {}
