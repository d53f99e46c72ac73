"""A tab knows what the engine knows, asks no device, and never holds the engine up."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.web.conftest import KEY, MQTT, SERIAL, Served, until
from tui.core.battery.batteries import Wanted
from tui.core.events import Measured, Noted
from tui.core.model import DeviceSetting, Endpoint
from tui.engine.command import CommandError
from tui.engine.tabs import hub as hub_module
from tui.engine.telegrams import read_telegram


async def test_it_begins_with_all_there_is_and_goes_on_with_what_happens(served: Served) -> None:
    house = served.house
    house.measure(100.0)
    async with served.tab() as tab:
        assert tab.monitor.fleet == house.fleet
        assert tab.sinks == (MQTT,)
        now = house.clock.now()
        window = (KEY, "power_w", now.utc - 60, now.utc + 1, 1)
        assert tab.monitor.trends.window(*window) == house.trends.window(*window)
        observed = tab.inspector.observed(KEY, now)
        assert observed is not None
        assert observed.device.serial == SERIAL
        today, quarters = tab.counts.counting.today(KEY, now), tab.counts.quarters
        assert today is not None
        assert quarters is not None
        assert quarters.running(KEY, now) is not None
        house.measure(200.0)
        await until(lambda: tab.power_w == 200.0)
        assert tab.monitor.fleet == house.fleet
        (bucket,) = tab.monitor.trends.window(*window)
        assert bucket is not None
        assert bucket.high == 200.0
        assert [event.measurement.values["power_w"] for event in tab.heard if isinstance(event, Measured)] == [200.0]
    assert house.did == []


async def test_tabs_that_come_together_share_what_they_begin_with(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SHARED_S", 3600.0)
    async with served.tab() as one:
        served.house.measure(100.0)
        async with served.tab() as other:
            await until(lambda: one.power_w == other.power_w == 100.0)
            assert one.monitor.fleet == other.monitor.fleet == served.house.fleet
    assert served.states == 1


async def test_what_one_tab_names_all_see_if_they_may(served: Served) -> None:
    in_control = Served(control=True)
    async with in_control.tab() as one, in_control.tab() as other:
        await until(lambda: one.monitor.fleet.devices)
        await one.monitor.configure(SERIAL, DeviceSetting("Meterkast"))
        await until(lambda: other.monitor.fleet.devices[KEY].label == "Meterkast")
        assert (await one.monitor.set_switch(KEY, True)).power_on
        with pytest.raises(CommandError, match="it is locked"):
            await one.monitor.set_switch(KEY, False)
        assert in_control.house.did == ["Meterkast", (KEY, True), (KEY, False)]


@pytest.mark.parametrize("says_so_itself", [True, False])
async def test_a_tab_that_may_only_look_changes_nothing(served: Served, says_so_itself: bool) -> None:
    """The engine refuses, too, whatever the process of the tab believes."""
    async with served.tab(read_only=says_so_itself) as tab:
        monitor = tab.monitor
        for refused in (
            monitor.set_switch(KEY, True),
            monitor.read_switch(KEY),
            monitor.identify(KEY),
            monitor.read_batteries(KEY),
            monitor.set_batteries(KEY, Wanted()),
            monitor.configure(SERIAL, DeviceSetting("x")),
            monitor.add(Endpoint("10.0.0.6")),
            monitor.change_switch(KEY, {}),
            monitor.scan(()),
        ):
            with pytest.raises(CommandError):
                await refused
    assert served.house.did == []
    assert len(served.house.fleet.devices) == 1


async def test_a_telegram_is_read_once_for_all_who_look(served: Served) -> None:
    served.house.telegram_gate.clear()
    async with served.tab(read_only=True) as one, served.tab() as other:
        async with asyncio.TaskGroup() as group:
            reads = [group.create_task(read_telegram(tab.monitor, KEY)) for tab in (one, other, one)]
            await until(lambda: served.house.did)
            served.house.telegram_gate.set()
        assert {read.result().text for read in reads} == {"/ISK5\r\n"}
        with pytest.raises(CommandError, match="is not here"):
            await read_telegram(other.monitor, "nobody")
    assert served.house.did == ["telegram"]


async def test_a_tab_that_takes_nothing_in_gets_the_whole_state_anew(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_WAITING", 20_000)
    monkeypatch.setattr(hub_module, "SHARED_S", -1.0)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    unfeed = await served.hub.add(ours)
    for number in range(1500):  # some 700 kB, of which the sockets themselves take the first part
        served.house.measure(float(number))
    loop, taken = asyncio.get_running_loop(), 0
    assert served.states == 1
    while served.states == 1:
        taken += len(await loop.sock_recv(theirs, 1 << 16))
    assert taken < 400_000
    unfeed()
    await until(lambda: ours.fileno() < 0)
    theirs.close()


async def test_after_that_it_knows_the_newest(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_WAITING", 0)
    monkeypatch.setattr(hub_module, "SHARED_S", -1.0)
    async with served.tab() as tab:
        for number in range(800):
            served.house.measure(float(number))
        await until(lambda: tab.power_w == 799.0)
        assert served.states > 1
        assert any(isinstance(event, Noted) and not event.text for event in tab.heard)  # so that it is drawn
        served.house.measure(7.0)
        await until(lambda: tab.power_w == 7.0)


@pytest.mark.parametrize("said", [b"x\n", b"{}\n", b"x" * 5000, b'{"number": 1, "wish": "Scan"}\n'])
async def test_a_tab_that_says_what_is_no_wish_is_ended(served: Served, said: bytes) -> None:
    async with served.tab() as tab:
        await until(lambda: tab.monitor.fleet.devices)
        tab.end.send(said)
        await asyncio.wait_for(tab.ended.wait(), 10)
        served.house.measure(1.0)  # to nobody
    assert tab.power_w is None


async def test_it_ends_with_the_engine(served: Served) -> None:
    async with served.tab() as tab:
        tab.unfeed()
        await asyncio.wait_for(tab.ended.wait(), 10)


async def test_who_asks_for_much_at_once_is_told_to_wait(served: Served) -> None:
    served.house.telegram_gate.clear()
    async with served.tab() as tab:
        reads = [asyncio.create_task(read_telegram(tab.monitor, KEY)) for _ in range(6)]
        await until(lambda: sum(one.done() for one in reads) == 2)
        served.house.telegram_gate.set()
        told = await asyncio.gather(*reads, return_exceptions=True)
    assert sum("at once" in str(one) for one in told) == 2
