"""Posting readings to a real VictoriaMetrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from tests.out.houses import a_house
from tests.out.lineservers import WITHIN_S, real_server, victoria
from tests.out.posting import House, running


@real_server
@pytest.mark.parametrize(
    ("path", "labels"), [("/write?extra_label=house=12", ',house="12"'), ("/api/v2/write?org=o&bucket=b", "")]
)
async def test_a_real_server_has_every_value_also_those_of_its_outage(tmp_path: Path, path: str, labels: str) -> None:
    house, state = House(), tmp_path / "state"
    async with victoria(tmp_path / "data") as server, running(house, server.port, path, state_dir=state) as one:
        await house.live(one.sink, lambda: one.sink.state.handed_on >= 2)
        server.end()
        await house.live(one.sink, lambda: len(list((state / "influx").glob("*.gz"))) >= 3)
        await server.start()
        await one.until(lambda state: not state.fault)
        house.read(one.sink)
        last = house.told
        async with asyncio.timeout(WITHIN_S):
            series = f'hwtui_power_w{{serial="{house.serial}",device="Grid",role="grid"{labels}}}'
            while not (found := await server.values(series)) or found[-1][1] < last:  # noqa: ASYNC110 - another program
                await asyncio.sleep(0.05)
    assert [round(value) for _, value in found] == list(range(1, last + 1))
    assert [at for at, _ in found] == house.times
    # What is under way when it ends is broken off; what comes after finds nobody.
    assert "refuses the connection" in one.faults[0] or "broke off" in one.faults[0]


@real_server
async def test_a_real_server_understands_every_point_of_a_house(tmp_path: Path) -> None:
    house = House()
    async with victoria(tmp_path / "data") as server, running(house, server.port) as one:
        still, _ = a_house()
        still.listeners.append(one.sink.heard)
        still.run(2)
        await one.until(lambda state: state.handed_on >= 1)
        async with asyncio.timeout(WITHIN_S):
            while not (names := await _names(server.client.get("/api/v1/label/__name__/values"))):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    numbers = {
        name
        for device in still.fleet.devices.values()
        if device.measurement
        for name, value in device.measurement.value.values.items()
        if isinstance(value, (int, float))
    }
    assert names == {f"hwtui_{name}" for name in numbers} | {"hwtui_external_total_m3"}


async def _names(asking: Awaitable[Any]) -> set[str]:
    answer = await asking
    return set(answer.json()["data"])
