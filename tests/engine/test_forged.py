"""Announcements that are not true: they bring nobody away from where he answers, nor this program out of breath."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.lines import QUIET, SERIAL, SLOW, STEADY, TOKEN, V1, V2, Answerer, House
from tui.core.events import Lost, Seen
from tui.core.model import Endpoint, Spoken, State
from tui.core.moment import Now
from tui.core.state import state_of
from tui.engine.clock import VirtualClock
from tui.engine.lines.line import IMPOSTOR
from tui.engine.lines.poller import Depth
from tui.engine.lines.pollers import MOST_PROOFS, MOST_PROOFS_EACH
from tui.net.errors import Refused, Unreachable

T0 = Now(0.0, 0.0)
SEEN = {"v1": Seen(V1, SERIAL, T0, "HWE-P1"), "v2": Seen(V2, SERIAL, T0, "HWE-P1")}
HOME = {"v1": V1, "v2": V2}
FORGED = {api: replace(endpoint, host="10.0.0.66") for api, endpoint in HOME.items()}
STRANGER = "5c2faf0000ff"
SILENT = Unreachable("no answer")
MINUTE_S = 60.0


@pytest.fixture
def house(clock: VirtualClock) -> House:
    return House(clock)


def one_api(house: House, api: str, *, paired: bool = True) -> Answerer:
    """A device with one API."""
    if paired:
        house.tokens[SERIAL] = TOKEN
    return house.add(HOME[api], product="HWE-BAT" if api == "v2" else "HWE-P1")


def connections(house: House, *endpoints: Endpoint) -> int:
    """How often somebody was asked who he is, which each new connection begins with."""
    return sum(len(house.find(endpoint).asked("api", "data", "socket")) for endpoint in endpoints)


# ------------------------------------------------------------------ away by one packet


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("there", ["nobody", "refuses", "another device"])
async def test_one_forged_packet_keeps_no_silent_device_away(house: House, api: str, there: str) -> None:
    home = one_api(house, api)
    if there != "nobody":
        forged = house.add(FORGED[api], serial=STRANGER)
        forged.fault = Refused("refused") if there == "refuses" else None
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(100.0)
        monitor.apply(Seen(FORGED[api], SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        home.fault = None
        await house.clock.advance(62.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (HOME[api],)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE
        assert house.values()[-1][0] > house.clock.now().monotonic - 2.0


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_where_it_answered_last_is_asked_as_soon_as_the_announced_address_has_failed(
    house: House, api: str
) -> None:
    home = one_api(house, api)
    house.add(FORGED[api], serial=STRANGER)
    async with house.running(SEEN[api], settings=SLOW) as monitor:
        await house.clock.advance(5.0)
        home.fault = SILENT
        await house.clock.advance(1200.0)  # asked once a minute by now
        home.fault = None
        before, now = len(home.asked("api")), house.clock.now().monotonic
        monitor.apply(Seen(FORGED[api], SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert house.find(FORGED[api]).asked("api")[0] == round(now, 3)
        assert len(home.asked("api")) > before
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE


async def test_a_battery_that_is_not_paired_is_found_where_it_was(house: House) -> None:
    home = one_api(house, "v2", paired=False)
    async with house.running(SEEN["v2"]) as monitor:
        await house.clock.advance(5.0)
        home.fault = SILENT
        monitor.apply(Lost(SERIAL, "v2", house.clock.now()))
        await house.clock.advance(120.0)
        monitor.apply(Seen(V2, SERIAL, house.clock.now()))
        await house.clock.advance(5.0)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.SILENT
        monitor.apply(Seen(FORGED["v2"], SERIAL, house.clock.now()))
        await house.clock.advance(20.0)
        home.fault = None
        await house.clock.advance(62.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (V2,)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.NOT_PAIRED


@pytest.mark.parametrize("v1_is_back", [False, True], ids=["v1 stays away", "v1 is back"])
async def test_the_better_api_comes_back_too_though_only_a_trial_would_ask_there(
    house: House, v1_is_back: bool
) -> None:
    v1, v2 = house.both()
    async with house.running(*SEEN.values(), settings=STEADY) as monitor:
        await house.clock.advance(20.0)
        v1.fault = v2.fault = SILENT
        await house.clock.advance(200.0)
        monitor.apply(Seen(FORGED["v2"], SERIAL, house.clock.now()))
        await house.clock.advance(20.0)
        v2.fault = None
        v1.fault = None if v1_is_back else v1.fault
        await house.clock.advance(130.0)
        device = monitor.fleet.devices[SERIAL]
        assert device.endpoints == (V1, V2)
        assert device.spoken == Spoken("v2", push=True)
        assert state_of(device, house.clock.now()) is State.LIVE


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_device_that_moves_and_takes_its_time_there_is_found_at_its_new_address(house: House, api: str) -> None:
    home, new = one_api(house, api), house.add(FORGED[api])
    new.fault = SILENT
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(20.0)
        monitor.apply(Seen(FORGED[api], SERIAL, house.clock.now()))
        await house.clock.advance(1000.0)
        new.fault = None
        await house.clock.advance(62.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (FORGED[api],)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE
        before = home.asked("api")
        await house.clock.advance(200.0)
        assert home.asked("api") == before, "its old address is nobody's business any more"


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_device_that_has_moved_has_its_first_value_at_once(house: House, api: str) -> None:
    home = one_api(house, api)
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(20.0)
        house.add(FORGED[api])
        now = house.clock.now()
        monitor.apply(Seen(FORGED[api], SERIAL, now))
        await house.clock.advance(0.0)
        assert house.values()[-1][0] == now.monotonic


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("claim", [FORGED["v1"], V1, replace(V1, port=8080)], ids=lambda claim: claim.address)
async def test_a_battery_that_is_said_to_have_v1_too_is_found_over_v2(
    house: House, claim: Endpoint, paired: bool
) -> None:
    home = one_api(house, "v2", paired=paired)
    async with house.running(SEEN["v2"], settings=STEADY) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        monitor.apply(Seen(claim, SERIAL, house.clock.now()))
        await house.clock.advance(300.0)
        home.fault = None
        await house.clock.advance(70.0)
        state = State.LIVE if paired else State.NOT_PAIRED
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is state


async def test_a_strange_certificate_where_v2_was_only_announced_does_not_cost_v1(house: House) -> None:
    """This computer has a token, but has not found the device over v2 yet."""
    v1 = one_api(house, "v1")
    for forged in (FORGED["v2"], V2):
        house.add(forged, serial=STRANGER)
    async with house.running(SEEN["v1"], settings=STEADY) as monitor:
        await house.clock.advance(20.0)
        v1.fault = SILENT
        for forged in (FORGED["v2"], V2):
            monitor.apply(Seen(forged, SERIAL, house.clock.now()))
            await house.clock.advance(30.0)
        v1.fault = None
        await house.clock.advance(62.0)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE


# ------------------------------------------------------------------ the address of another


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("claimant", ["new", "known"])
async def test_nobody_takes_the_address_of_a_silent_device_by_saying_so(house: House, api: str, claimant: str) -> None:
    home = one_api(house, api)
    elsewhere = replace(HOME[api], host="10.0.0.77")
    house.add(elsewhere, serial=STRANGER, product="HWE-BAT")
    seen = (SEEN[api], Seen(elsewhere, STRANGER, T0)) if claimant == "known" else (SEEN[api],)
    async with house.running(*seen) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(20.0)
        monitor.apply(Seen(HOME[api], STRANGER, house.clock.now()))
        await house.clock.advance(20.0)
        problem = monitor.fleet.devices[SERIAL].problem
        assert problem is not None
        assert problem.text == "no answer"
        home.fault = None
        await house.clock.advance(62.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (HOME[api],)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE
        assert (STRANGER in monitor.fleet.devices) is (claimant == "known")


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_new_device_that_was_given_the_address_of_one_that_is_gone_is_found(house: House, api: str) -> None:
    home = one_api(house, api)
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(600.0)
        home.serial, home.fault = STRANGER, None
        monitor.apply(Seen(HOME[api], STRANGER, house.clock.now()))
        await house.clock.advance(5.0)
        state = State.LIVE if api == "v1" else State.NOT_PAIRED
        assert state_of(monitor.fleet.devices[STRANGER], house.clock.now()) is state
        assert monitor.fleet.devices[STRANGER].endpoints == (HOME[api],)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.SILENT


async def test_who_is_asked_whether_he_is_another_is_not_blamed_for_being_himself(house: House) -> None:
    """The question is answered by a certificate with another name than the announced one."""
    home = one_api(house, "v2")
    async with house.running(SEEN["v2"]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(3.0)
        failures = len(house.failures())
        home.fault = None
        monitor.apply(Seen(V2, STRANGER, house.clock.now()))
        await house.clock.advance(0.5)
        assert [one.text for one in house.failures()[failures:]] == []


async def test_a_host_given_as_https_is_not_named_by_an_announcement(house: House) -> None:
    house.add(V2, product="HWE-BAT").fault = SILENT
    async with house.running(hosts=(V2,)) as monitor:
        await house.clock.advance(20.0)
        monitor.apply(Seen(V2, STRANGER, house.clock.now()))
        await house.clock.advance(20.0)
        house.at[V2].fault = None
        await house.clock.advance(62.0)
        assert list(monitor.fleet.devices) == [SERIAL]
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.NOT_PAIRED


# ------------------------------------------------------------------ many of them


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize(("addresses", "answered"), [(1, True), (2, True), (600, True), (600, False)])
async def test_six_hundred_announcements_in_a_minute_are_no_storm(
    house: House, api: str, answered: bool, addresses: int
) -> None:
    home = one_api(house, api)
    home.fault = None if answered else SILENT
    forged = [
        replace(HOME[api], host=f"10.0.{number // 250}.{number % 250}") for number in range(1000, 1000 + addresses)
    ]
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(100.0)
        before, nobody = len(home.asked()), len(house.nobody.asked("api", "data", "socket"))
        for number in range(600):
            monitor.apply(Seen(forged[number % addresses], SERIAL, house.clock.now()))
            await house.clock.advance(0.1)
        tried = len(house.nobody.asked("api", "data", "socket")) - nobody
        assert 1 <= tried <= 100
        assert len(home.asked("api", "data", "socket")) - before <= 20
        home.fault = None
        await house.clock.advance(62.0)
        if answered:
            assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_silent_device_that_is_announced_all_the_time_is_not_asked_all_the_time(house: House, api: str) -> None:
    home = one_api(house, api)
    async with house.running(SEEN[api]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        await house.clock.advance(100.0)
        before = len(home.asked("api", "data", "socket"))
        for _ in range(600):
            monitor.apply(Seen(HOME[api], SERIAL, house.clock.now()))
            await house.clock.advance(0.1)
        assert 2 <= len(home.asked("api", "data", "socket")) - before <= 15


async def test_after_a_flood_a_device_is_woken_at_once_again(house: House) -> None:
    home = one_api(house, "v1")
    async with house.running(SEEN["v1"]) as monitor:
        await house.clock.advance(20.0)
        home.fault = SILENT
        for _ in range(600):
            monitor.apply(Seen(V1, SERIAL, house.clock.now()))
            await house.clock.advance(0.1)
        await house.clock.advance(600.0)
        home.fault = None
        now = house.clock.now()
        monitor.apply(Seen(V1, SERIAL, now))
        await house.clock.advance(1.0)
        assert house.values()[-1][0] <= now.monotonic + 1.0


async def test_a_device_under_fire_does_not_cost_the_others_their_questions(house: House) -> None:
    house.both()
    other = house.add(replace(V1, host="10.0.0.8"), serial=STRANGER)
    new = replace(V1, host="10.0.0.9")
    house.add(new, serial=STRANGER)
    async with house.running(*SEEN.values(), Seen(replace(V1, host="10.0.0.8"), STRANGER, T0)) as monitor:
        await house.clock.advance(5.0)
        for number in range(50):
            monitor.apply(Seen(replace(V2, host=f"10.0.1.{number}"), SERIAL, house.clock.now()))
        other.fault = SILENT
        monitor.apply(Seen(new, STRANGER, house.clock.now()))
        await house.clock.advance(2.0)
        assert monitor.fleet.devices[STRANGER].endpoints == (new,)
        assert MOST_PROOFS_EACH < MOST_PROOFS


@pytest.mark.parametrize("depth", [Depth.IDENTITY, Depth.READING])
async def test_who_asks_once_is_not_kept_waiting_by_a_forged_announcement(house: House, depth: Depth) -> None:
    one_api(house, "v2")
    async with house.running(SEEN["v2"], depth=depth, settings=QUIET) as monitor:
        monitor.apply(Seen(FORGED["v2"], SERIAL, house.clock.now()))
        await house.clock.advance(0.0)
        await monitor.all_asked()
        assert monitor.fleet.devices[SERIAL].endpoints == (V2,)


# ------------------------------------------------------------------ API v1 proves nothing


@pytest.mark.parametrize("answers", [True, False], ids=["it answers", "it is silent"])
async def test_who_calls_himself_a_paired_device_over_v1_elsewhere_is_not_believed(house: House, answers: bool) -> None:
    """Its certificate has shown where it is."""
    v1, v2 = house.both()
    impostor = house.add(FORGED["v1"], product="HWE-SKT")
    async with house.running(*SEEN.values()) as monitor:
        await house.clock.advance(20.0)
        if not answers:
            v1.fault = v2.fault = SILENT
        await house.clock.advance(20.0)
        monitor.apply(Seen(FORGED["v1"], SERIAL, house.clock.now(), "HWE-SKT"))
        await house.clock.advance(200.0)
        device = monitor.fleet.devices[SERIAL]
        assert device.endpoints == (V1, V2)
        assert device.product_type == "HWE-P1"
        assert {watts for _, watts in house.values()} == {3.0}
        assert impostor.requests == []
        assert state_of(device, house.clock.now()) is (State.LIVE if answers else State.SILENT)


async def test_a_device_that_says_it_is_another_which_is_paired_gives_no_values(house: House) -> None:
    house.both()
    house.add(FORGED["v1"], product="HWE-SKT")
    async with house.running(*SEEN.values(), Seen(FORGED["v1"], STRANGER, T0)) as monitor:
        await house.clock.advance(30.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (V1, V2)
        assert monitor.fleet.devices[SERIAL].product_type == "HWE-P1"
        assert {watts for _, watts in house.values()} == {3.0}
        problem = monitor.fleet.devices[STRANGER].problem
        assert problem is not None
        assert (problem.kind, problem.text) == (State.BAD_ANSWER, IMPOSTOR)


async def test_a_host_given_by_hand_is_believed(house: House) -> None:
    house.both()
    house.add(FORGED["v1"])
    async with house.running(*SEEN.values(), hosts=(FORGED["v1"],)) as monitor:
        await house.clock.advance(5.0)
        assert list(monitor.fleet.devices) == [SERIAL]
        assert monitor.fleet.devices[SERIAL].endpoints == (FORGED["v1"], V2)


async def test_with_a_paired_device_its_v1_moves_though_only_v2_was_announced(house: House) -> None:
    v1, v2 = house.both()
    async with house.running(*SEEN.values()) as monitor:
        await house.clock.advance(20.0)
        v1.fault = v2.fault = SILENT
        await house.clock.advance(20.0)
        house.add(FORGED["v2"])
        monitor.apply(Seen(FORGED["v1"], SERIAL, house.clock.now()))
        monitor.apply(Seen(FORGED["v2"], SERIAL, house.clock.now()))
        await house.clock.advance(2.0)
        assert monitor.fleet.devices[SERIAL].endpoints == (FORGED["v1"], FORGED["v2"])
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE
