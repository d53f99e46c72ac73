"""What other programs read instead of asking the devices themselves."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.out.houses import a_house, listening, served
from tui.core.devicejson import device_json
from tui.core.model import key_of
from tui.engine.demo.still import Still
from tui.engine.out.pages import Pages


@pytest.fixture
def house() -> tuple[Still, Pages]:
    still, clock = a_house()
    pages = Pages(clock, "nl", None)
    listening(still, [pages.heard])
    return still, pages


def reader(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)


async def test_devices_are_as_read_prints_them(house: tuple[Still, Pages]) -> None:
    still, pages = house
    async with served(pages.answer) as port, reader(port) as client:
        rows = (await client.get("/devices")).json()
        assert [row["serial"] for row in rows] == [one.serial for one in still.fleet.devices.values()]
        serial = rows[0]["serial"]
        one = await client.get(f"/devices/{serial.upper()}")
        assert (one.status_code, one.json()) == (200, rows[0])
    (first, *_) = still.fleet.devices.values()
    assert set(rows[0]) == set(device_json(first, still.now, reading=True))


async def test_a_device_that_does_not_answer_is_503_with_what_is_known(house: tuple[Still, Pages]) -> None:
    still, pages = house
    serial = still.household.devices[0].serial
    still.silence(serial)
    still.run(90)
    async with served(pages.answer) as port, reader(port) as client:
        answer = await client.get(f"/devices/{serial}")
    assert (answer.status_code, answer.json()["state"]) == (503, "silent")


@pytest.mark.parametrize("path", ["/devices/nobody", "/metrics", "/devices/a/b", "/%2e%2e/etc/passwd", "/api"])
async def test_there_is_nothing_else(house: tuple[Still, Pages], path: str) -> None:
    async with served(house[1].answer) as port, reader(port) as client:
        assert (await client.get(path)).status_code == 404
        front = await client.get("/")
    assert "/devices/SERIAL" in front.text
    assert "/metrics" not in front.text


async def test_readings_come_as_events_while_someone_listens(house: tuple[Still, Pages]) -> None:
    still, pages = house
    async with served(pages.answer) as port, reader(port) as client, client.stream("GET", "/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == ": hwtui"
        still.run(1)
        found = {}
        async for line in lines:
            if line.startswith("data: "):
                row = json.loads(line.removeprefix("data: "))
                found[key_of(row["serial"])] = row["time"]
                if found.keys() == still.fleet.devices.keys():
                    break
    assert len(set(found.values())) == 1
