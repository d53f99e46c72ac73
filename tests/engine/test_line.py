"""One line a device: which way it is read, what is tried beside it, and what that costs."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.lines import SERIAL, SLOW, STEADY, TOKEN, V1, V2, FakeClient, House, only
from tui.core.events import Added, BatteriesRead, Certified, Lost, Paired, Seen, Unpaired
from tui.core.link.spoken import AGAIN_S, FORCED, NOT_PAIRED
from tui.core.model import DeviceSetting, Endpoint, Spoken, State
from tui.core.moment import Now
from tui.core.secret import Secret
from tui.core.state import identified_state, state_of
from tui.engine.clock import VirtualClock
from tui.engine.lines.line import REFUSED, V1_OFF
from tui.engine.lines.poller import Depth
from tui.engine.lines.pollers import MOST_PROOFS_EACH
from tui.net.errors import ApiDisabled, NotFound, Refused, Unreachable, WrongCertificate

T0 = Now(0.0, 0.0)
SEEN = (Seen(V1, SERIAL, T0, "HWE-P1"), Seen(V2, SERIAL, T0, "HWE-P1"))
SILENT = Unreachable("no answer")
HOUR_S = 3600.0


@pytest.fixture
def house(clock: VirtualClock) -> House:
    return House(clock)


# ------------------------------------------------------------------ the way


async def test_a_paired_device_is_pushed_and_v1_is_left_alone(house: House) -> None:
    v1, v2 = house.both()
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(20.5)
        assert {watts for _, watts in house.values()} == {3.0}
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)
        assert only(monitor.fleet).endpoint == V2
        assert (v1.asked(), v2.asked("socket")) == ([], [0.0])
        assert monitor.client_of(only(monitor.fleet)) is not None
    assert v2.sockets == 0


async def test_a_socket_that_fails_three_times_gives_way_to_polls_and_is_tried_again_beside_them(house: House) -> None:
    v1, v2 = house.both()
    v2.socket_fault = Refused("HTTP 500 on the upgrade")
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(200.0)
        assert len(v2.asked("socket")) == 3
        assert house.values()[-1][1] == 2.0
        why = "its socket failed 3 times: HTTP 500 on the upgrade"
        assert only(monitor.fleet).spoken == Spoken("v2", push=False, why_not=why)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        await house.clock.advance(AGAIN_S)
        assert len(v2.asked("socket")) == 4
        v2.socket_fault = None
        await house.clock.advance(AGAIN_S)
        assert house.values()[-1][1] == 3.0
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)
        assert (v2.most_sockets, v1.asked()) == (1, [])
        steady = [moment for moment, _ in house.values() if moment > 30.0]
        assert max(after - before for before, after in itertools.pairwise(steady)) <= STEADY.interval_s


async def test_a_socket_that_sends_one_value_and_goes_dead_gives_way_to_polls_too(house: House) -> None:
    _, v2 = house.both()
    v2.pushes = 1
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(60.0)
        assert only(monitor.fleet).spoken == Spoken("v2", why_not="its socket failed 3 times: nothing pushed any more")
        assert len(v2.asked("socket")) == 3


async def test_polls_that_fail_twice_between_answers_do_not_give_way(house: House) -> None:
    v1, v2 = house.both()
    v2.socket_fault = Refused("HTTP 500 on the upgrade")
    async with house.running(*SEEN, settings=STEADY):
        await house.clock.advance(30.0)
        for _ in range(3):
            v2.fault, failures = SILENT, len(house.failures())
            while len(house.failures()) < failures + 2 and not v1.asked():
                await house.clock.advance(0.5)
            v2.fault, values = None, len(house.values())
            while len(house.values()) == values and not v1.asked():
                await house.clock.advance(0.5)
        assert v1.asked() == []


async def test_v1_is_the_last_way_and_a_trial_of_v2_beside_it_disturbs_nothing(house: House) -> None:
    _, v2 = house.both()
    v2.fault = SILENT
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(60.0)
        assert house.values()[-1][1] == 1.0
        assert only(monitor.fleet).spoken == Spoken("v1", why_not="API v2 failed: no answer")
        tries, failures = len(v2.asked()), len(house.failures())
        await house.clock.advance(3 * AGAIN_S)
        assert len(house.failures()) == failures, "what fails beside it is no failure of the device"
        # A trial of each of the two ways every five minutes, each with one request and the end of its connection.
        assert len(v2.asked()) - tries <= 2 * 3 * 3
        assert house.longest_gap_s() < 2 * STEADY.interval_s
        v2.fault = None
        begun = house.clock.now().monotonic
        await house.clock.advance(AGAIN_S)
        assert house.values()[-1][1] == 3.0
        late = [moment for moment, _ in house.values() if moment >= begun - STEADY.interval_s]
        assert max(after - before for before, after in itertools.pairwise(late)) <= STEADY.interval_s


async def test_v1_that_is_off_is_no_way_out(house: House) -> None:
    v1, v2 = house.both()
    v1.fault, v2.fault = ApiDisabled(), SILENT
    async with house.running(*SEEN, settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.SILENT
        assert len(v1.asked("api")) <= HOUR_S / AGAIN_S + 1
        assert v2.without_token == 0, "who is there is known"
        v2.fault = None
        await house.clock.advance(61.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE


async def test_a_device_whose_v1_is_off_goes_on_over_v2(house: House) -> None:
    v1, _ = house.both()
    v1.fault = ApiDisabled()
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(10.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        assert v1.asked() == []


async def test_a_strange_certificate_is_a_problem_and_no_reason_to_fall_back_on_v1(house: House) -> None:
    v1, v2 = house.both()
    v2.fault = WrongCertificate("another authority: press p to pair it again")
    async with house.running(*SEEN, settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        device = only(monitor.fleet)
        assert state_of(device, house.clock.now()) is State.BAD_ANSWER
        assert device.problem is not None
        assert device.problem.text == "another authority: press p to pair it again"
        assert v1.asked() == []


async def test_a_strange_certificate_beside_v1_leaves_v1_alone_and_says_why(house: House) -> None:
    _, v2 = house.both()
    v2.fault = WrongCertificate("another authority")
    del house.tokens[SERIAL]
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(5.0)
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(60.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        assert only(monitor.fleet).spoken == Spoken("v1", why_not="API v2 failed: another authority")


async def test_v1_that_is_forced_is_all_that_is_asked_and_can_be_forced_and_freed_while_it_runs(house: House) -> None:
    v1, v2 = house.both()
    settings = replace(STEADY, devices={SERIAL: DeviceSetting(api="v1")})
    async with house.running(*SEEN, settings=settings) as monitor:
        await house.clock.advance(AGAIN_S * 3)
        assert v2.asked() == []
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=FORCED)
        await monitor.configure(SERIAL, DeviceSetting())
        await house.clock.advance(5.0)
        assert house.values()[-1][1] == 3.0
        await monitor.configure(SERIAL, DeviceSetting(api="v1"))
        await house.clock.advance(5.0)
        assert house.values()[-1][1] == 1.0
        assert v2.sockets == 0
        assert v1.asked("data")


async def test_a_battery_that_may_not_be_read_over_v2_says_why(house: House) -> None:
    house.tokens[SERIAL] = TOKEN
    v2 = house.add(V2, product="HWE-BAT")
    settings = replace(SLOW, devices={SERIAL: DeviceSetting(api="v1")})
    async with house.running(SEEN[1], settings=settings) as monitor:
        await house.clock.advance(HOUR_S)
        problem = only(monitor.fleet).problem
        assert problem is not None
        assert 'api = "v1"' in problem.text
        assert v2.asked() == []


async def test_one_given_by_hand_says_so_too_once_it_has_shown_who_it_is(house: House) -> None:
    house.tokens[SERIAL] = TOKEN
    v2 = house.add(V2, product="HWE-BAT")
    settings = replace(SLOW, devices={SERIAL: DeviceSetting(api="v1")})
    async with house.running(settings=settings, hosts=(V2,)) as monitor:
        await house.clock.advance(HOUR_S)
        problem = only(monitor.fleet).problem
        assert problem is not None
        assert 'api = "v1"' in problem.text
        assert len(v2.asked("api")) == 1


async def test_a_check_polls_for_it_looks_at_polls(house: House) -> None:
    _, v2 = house.both()
    async with house.running(*SEEN, depth=Depth.CHECK):
        await house.clock.advance(3.0)
        assert {watts for _, watts in house.values()} == {2.0}
        assert v2.asked("socket") == []


async def test_what_controls_batteries_is_asked_for_them_every_five_seconds(house: House) -> None:
    _, v2 = house.both()
    v2.socket_fault = Refused("no")
    async with house.running(*SEEN, depth=Depth.CHECK) as monitor:
        await house.clock.advance(11.0)
        assert v2.asked("batteries") == [0.0, 5.0, 10.0]
        assert sum(isinstance(event, BatteriesRead) for event in house.heard) == 3
        assert only(monitor.fleet).batteries is not None


# ------------------------------------------------------------------ tokens


async def test_a_device_with_v1_only_is_never_asked_over_v2(house: House) -> None:
    v1 = house.add(V1)
    async with house.running(hosts=(V1,), settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        assert house.nobody.asked() == []
        assert only(monitor.fleet).spoken == Spoken("v1")
        assert len(house.spoken()) == 1
        assert len(v1.asked("data")) == HOUR_S / SLOW.interval_s + 1


async def test_a_device_that_is_read_over_v1_is_not_asked_over_v2_before_it_is_paired(house: House) -> None:
    _, v2 = house.both()
    del house.tokens[SERIAL]
    async with house.running(*SEEN, settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        assert v2.asked() == []
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=NOT_PAIRED)
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(2.0)
        assert house.values()[-1][1] == 3.0
        assert house.longest_gap_s() <= SLOW.interval_s


async def test_a_battery_that_is_not_paired_is_asked_once_and_read_as_soon_as_it_is(house: House) -> None:
    v2 = house.add(V2, product="HWE-BAT")
    async with house.running(SEEN[1], settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        assert v2.asked("api") == [0.0]
        device = only(monitor.fleet)
        assert state_of(device, house.clock.now()) is State.NOT_PAIRED
        assert device.problem is not None
        assert device.problem.text == NOT_PAIRED
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE


async def test_a_flood_of_announcements_makes_a_battery_that_is_not_paired_no_busier(house: House) -> None:
    v2 = house.add(V2, product="HWE-BAT")
    async with house.running(SEEN[1], settings=STEADY) as monitor:
        for _ in range(600):
            monitor.apply(Seen(V2, SERIAL, house.clock.now()))
            await house.clock.advance(1.0)
        assert 2 <= len(v2.asked("api")) <= 11


async def test_a_token_that_is_refused_is_not_sent_again_and_v1_goes_on(house: House) -> None:
    _, v2 = house.both()
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(5.0)
        v2.token = Secret("B" * 32)  # paired anew by somebody else
        v2.socket_fault = Refused("closed")
        await house.clock.advance(7.0)
        v2.socket_fault = None
        tries = len(v2.asked("api", "socket"))
        await house.clock.advance(3 * AGAIN_S)
        assert len(v2.asked("api", "socket")) == tries
        assert [type(event) for event in house.heard if isinstance(event, Unpaired)] == [Unpaired]
        assert house.values()[-1][1] == 1.0
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=NOT_PAIRED)
        house.tokens[SERIAL] = v2.token
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(2.0)
        assert house.values()[-1][1] == 3.0


async def test_a_new_token_is_used_at_once(house: House) -> None:
    _, v2 = house.both()
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(2.5)
        house.tokens[SERIAL] = v2.token = Secret("B" * 32)
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(0.1)
        assert v2.asked("socket") == [0.0, 2.5]
        assert v2.most_sockets == 1


async def test_beside_v1_each_better_way_has_one_attempt(house: House) -> None:
    _, v2 = house.both()
    v2.fault = SILENT
    house.tokens.clear()
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(5.0)
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(60.0)
        assert v2.asked("api") == [5.0, 5.0]


async def test_a_battery_whose_token_is_refused_says_so_without_a_storm(house: House) -> None:
    house.tokens[SERIAL] = TOKEN
    v2 = house.add(V2, product="HWE-BAT")
    v2.token = None
    async with house.running(SEEN[1], settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        device = only(monitor.fleet)
        assert state_of(device, house.clock.now()) is State.NOT_PAIRED
        assert device.problem is not None
        assert device.problem.text == REFUSED
        assert len(v2.asked("api")) == 2


# ------------------------------------------------------------------ hosts by hand


@pytest.mark.parametrize("fault", [Refused("refused"), NotFound("No /api at this address"), SILENT])
async def test_a_plain_host_without_v1_is_asked_over_v2_and_is_one_row(house: House, fault: Any) -> None:
    house.add(V1).fault = fault
    v2 = house.add(V2, product="HWE-BAT")
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(20.0)
        device = only(monitor.fleet)
        assert (device.key, device.endpoints, device.by_hand) == (SERIAL, (V1, V2), True)
        assert state_of(device, house.clock.now()) is State.NOT_PAIRED
        assert device.problem is not None
        assert device.problem.text == NOT_PAIRED
        assert v2.asked("api") == [0.0]


async def test_a_plain_host_whose_v1_is_off_is_told_to_pair(house: House) -> None:
    house.add(V1).fault = ApiDisabled()
    house.add(V2)
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(20.0)
        device = only(monitor.fleet)
        assert state_of(device, house.clock.now()) is State.NOT_PAIRED
        assert device.problem is not None
        assert device.problem.text == V1_OFF
        assert device.api_enabled is False


async def test_what_was_told_of_v2_is_not_told_of_a_device_that_is_gone(house: House) -> None:
    v1, v2 = house.add(V1), house.add(V2)
    v1.fault = ApiDisabled()
    async with house.running(hosts=(V1,), settings=STEADY) as monitor:
        await house.clock.advance(20.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.NOT_PAIRED
        v1.fault = None
        await house.clock.advance(20.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        v1.fault = v2.fault = SILENT
        await house.clock.advance(100.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.SILENT


@pytest.mark.parametrize(("fault", "first", "third"), [(ApiDisabled(), 1, 1), (SILENT, 0, 1)])
async def test_a_device_that_was_read_is_asked_over_v2_at_once_only_where_it_says_that_v1_is_off(
    house: House, fault: Any, first: int, third: int
) -> None:
    v1, v2 = house.add(V1), house.add(V2)
    async with house.running(hosts=(V1,), settings=STEADY):
        await house.clock.advance(12.0)
        v1.fault = fault
        await house.clock.advance(6.0)
        assert len(v2.asked("api")) == first
        await house.clock.advance(60.0)
        assert len(v2.asked("api")) == third


async def test_an_announced_v1_device_that_is_gone_is_not_looked_for_over_v2(house: House) -> None:
    house.add(V1).fault = SILENT
    async with house.running(SEEN[0], settings=SLOW):
        await house.clock.advance(HOUR_S)
        assert house.nobody.asked() == []


async def test_a_plain_host_that_is_nothing_at_all_keeps_its_v1_problem_and_is_asked_seldom(house: House) -> None:
    house.add(V1).fault = ApiDisabled()
    async with house.running(hosts=(V1,), settings=SLOW) as monitor:
        await house.clock.advance(HOUR_S)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.API_DISABLED
        assert len(house.nobody.asked("api")) <= HOUR_S / AGAIN_S + 1


async def test_a_host_with_a_port_of_its_own_is_v1_only(house: House) -> None:
    emulator = Endpoint("10.0.0.5", 8080)
    house.add(emulator).fault = Refused("refused")
    v2 = house.add(V2)
    async with house.running(hosts=(emulator,)):
        await house.clock.advance(HOUR_S)
        assert v2.asked() == []


async def test_a_plain_host_that_is_paired_is_read_over_v2_whether_v1_answers_or_not(house: House) -> None:
    for fault in (None, Refused("refused")):
        house.heard.clear()
        v1, _ = house.both()
        v1.fault = fault
        async with house.running(hosts=(V1,)) as monitor:
            await house.clock.advance(10.0)
            assert only(monitor.fleet).endpoints == (V1, V2)
            assert house.values()[-1][1] == 3.0


async def test_a_host_whose_v1_is_off_is_read_as_soon_as_it_is_paired(house: House) -> None:
    house.add(V1).fault = ApiDisabled()
    house.add(V2)
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(20.0)
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert house.values()[-1][1] == 3.0
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE


async def test_a_device_that_is_paired_just_after_it_was_asked_in_vain_is_asked_again_at_once(house: House) -> None:
    house.add(V1).fault = ApiDisabled()
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(2.0)
        house.at[V1].fault = None
        house.add(V2)
        await house.clock.advance(20.0)
        assert only(monitor.fleet).endpoints == (V1,)
        house.tokens[SERIAL] = TOKEN
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(2.0)
        assert house.values()[-1][1] == 3.0


async def test_a_paired_device_that_does_not_answer_over_v2_says_so(house: House) -> None:
    house.add(V1)
    house.tokens[SERIAL] = TOKEN
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(10.0)
        assert only(monitor.fleet).spoken == Spoken("v1", why_not="paired, but it does not answer over API v2")
        assert len(house.nobody.asked("api")) == 1


async def test_a_host_given_as_https_is_v2_only(house: House) -> None:
    v1, _ = house.both()
    async with house.running(hosts=(V2,)) as monitor:
        await house.clock.advance(10.0)
        device = only(monitor.fleet)
        assert (device.key, device.endpoints) == (SERIAL, (V2,))
        assert house.values()[-1][1] == 3.0
        assert v1.asked() == []


@pytest.mark.parametrize("paired", [False, True])
async def test_two_hosts_by_hand_that_are_one_device_keep_one_line(house: House, paired: bool) -> None:
    v1, v2 = house.both()
    if not paired:
        house.tokens.clear()
    async with house.running(hosts=(V1, V2)) as monitor:
        await house.clock.advance(30.0)
        device = only(monitor.fleet)
        assert (device.key, device.endpoints, device.by_hand) == (SERIAL, (V1, V2), True)
        assert house.values()[-1][1] == (3.0 if paired else 1.0)
        tries = len(v1.asked()), len(v2.asked())
        await house.clock.advance(10.0)
        more = len(v1.asked()) - tries[0], len(v2.asked()) - tries[1]
        assert more == ((0, 0) if paired else (10, 0)), "only one of the two is read"
        assert v2.sockets == (1 if paired else 0)
        assert paired or v1.asked("closed") == [], "the connection that was there first remains"


async def test_a_host_by_hand_that_turns_out_to_be_a_device_that_pushes_leaves_its_socket_alone(house: House) -> None:
    _, v2 = house.both()
    async with house.running(SEEN[1]) as monitor:
        await house.clock.advance(10.0)
        monitor.apply(Added(V1, house.clock.now()))
        await house.clock.advance(10.0)
        assert only(monitor.fleet).endpoints == (V1, V2)
        assert v2.asked("socket") == [0.0]
        assert house.longest_gap_s() <= 1.0


# ------------------------------------------------------------------ addresses


async def test_a_forged_announcement_at_another_address_does_not_move_the_device(house: House) -> None:
    house.both()
    forged = Endpoint("10.0.0.66", 443, "v2")
    stranger = house.add(forged, serial="5c2faf0000ff")
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(5.0)
        for _ in range(20):
            monitor.apply(Seen(forged, SERIAL, house.clock.now()))
            await house.clock.advance(1.0)
        assert only(monitor.fleet).endpoints == (V1, V2)
        assert house.values()[-1] == (25.0, 3.0)
        assert house.longest_gap_s() <= 1.0
        assert stranger.asked("data", "socket") == []


@pytest.mark.parametrize("paired", [False, True])
async def test_a_flood_of_forged_announcements_makes_few_questions(house: House, paired: bool) -> None:
    house.both()
    forged = Endpoint("10.0.0.66", 443, "v2")
    stranger = house.add(forged, serial="5c2faf0000ff")
    if not paired:
        house.tokens.clear()
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(5.0)
        for _ in range(600):
            monitor.apply(Seen(forged, SERIAL, house.clock.now()))
            await house.clock.advance(0.1)
        assert 1 <= len(stranger.asked("api")) <= 10
        assert only(monitor.fleet).endpoints == (V1, V2)


async def test_announcements_at_ever_new_addresses_are_asked_a_few_at_a_time(house: House) -> None:
    house.both()
    strangers = [Endpoint(f"10.0.1.{number}", 443, "v2") for number in range(100)]
    for forged in strangers:
        house.add(forged, serial="5c2faf0000ff")
    async with house.running(*SEEN, settings=STEADY) as monitor:
        await house.clock.advance(5.0)
        for forged in strangers:
            monitor.apply(Seen(forged, SERIAL, house.clock.now()))
            await house.clock.advance(0.1)
        assert sum(bool(house.find(forged).requests) for forged in strangers) == MOST_PROOFS_EACH
        assert only(monitor.fleet).endpoints == (V1, V2)


async def test_a_device_that_proves_itself_at_a_new_address_is_read_there(house: House) -> None:
    _, v2 = house.both()
    new = Endpoint("10.0.0.77", 443, "v2")
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(5.0)
        house.add(new)
        v2.fault = v2.socket_fault = SILENT
        monitor.apply(Seen(new, SERIAL, house.clock.now()))
        await house.clock.advance(2.0)
        assert only(monitor.fleet).endpoints == (replace(V1, host=new.host), new)
        assert house.values()[-1][1] == 3.0
        assert house.longest_gap_s() <= 2.0
        assert v2.sockets == 0


async def test_a_certificate_proves_a_new_address_without_a_token(house: House) -> None:
    house.add(V2, product="HWE-BAT")
    new = Endpoint("10.0.0.77", 443, "v2")
    async with house.running(SEEN[1]) as monitor:
        await house.clock.advance(5.0)
        house.add(new, product="HWE-BAT")
        monitor.apply(Seen(new, SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert only(monitor.fleet).endpoints == (new,)
        assert [event.endpoint for event in house.heard if isinstance(event, Certified)] == [V2, new, new]


async def test_a_stranger_at_the_v1_address_takes_that_line_and_the_device_goes_on_over_v2(house: House) -> None:
    v1, _ = house.both()
    async with house.running(*SEEN) as monitor:
        await house.clock.advance(5.0)
        v1.serial, v1.product = "5c2faf0000ff", "HWE-SKT"
        monitor.apply(Seen(V1, "5c2faf0000ff", house.clock.now()))
        await house.clock.advance(5.0)
        assert monitor.fleet.devices[SERIAL].spoken == Spoken("v2", push=True)
        assert state_of(monitor.fleet.devices[SERIAL], house.clock.now()) is State.LIVE


async def test_one_that_takes_its_leave_before_it_was_read_is_asked_no_more(house: House) -> None:
    house.tokens[SERIAL] = TOKEN
    v2 = house.add(V2, product="HWE-BAT")
    v2.fault = SILENT
    async with house.running(SEEN[1], settings=STEADY) as monitor:
        await house.clock.advance(60.0)  # by now its socket waits for a second chance
        monitor.apply(Lost(SERIAL, "v2", house.clock.now()))
        assert not monitor.fleet.devices
        await house.clock.advance(1.0)
        tries = len(v2.requests)
        await house.clock.advance(3 * AGAIN_S)
        assert len(v2.requests) == tries


async def test_another_device_at_the_same_address_is_told_how_it_is_read_too(house: House) -> None:
    v1 = house.add(V1)
    async with house.running(hosts=(V1,)) as monitor:
        await house.clock.advance(100.0)
        client = monitor.client_of(only(monitor.fleet))
        assert isinstance(client, FakeClient)
        v1.serial = other = "5c2faf0000ff"
        client.connection += 1  # on each new one it is asked who it is
        await house.clock.advance(5.0)
        assert monitor.fleet.devices[other].spoken == Spoken("v1")


# ------------------------------------------------------------------ asked once


@pytest.mark.parametrize("depth", [Depth.IDENTITY, Depth.READING])
@pytest.mark.parametrize(
    ("v1_fault", "v2_fault", "token", "state", "api"),
    [
        (None, None, True, State.LIVE, "v2"),
        (None, SILENT, True, State.LIVE, "v1"),
        (ApiDisabled(), None, True, State.LIVE, "v2"),
        (ApiDisabled(), None, False, State.NOT_PAIRED, None),
        (SILENT, SILENT, True, State.SILENT, None),
        (None, None, False, State.LIVE, "v1"),
    ],
)
async def test_who_asks_once_waits_until_each_way_was_tried_and_no_longer(
    house: House, depth: Depth, v1_fault: Any, v2_fault: Any, token: bool, state: State, api: str | None
) -> None:
    v1, v2 = house.both()
    v1.fault, v2.fault = v1_fault, v2_fault
    if not token:
        house.tokens.clear()
    async with house.running(*SEEN, depth=depth) as monitor:
        asked = asyncio.create_task(monitor.all_asked())
        await house.clock.advance(0.0)
        assert asked.done(), "nobody waits for a back-off"
        device = only(monitor.fleet)
        told = identified_state if depth is Depth.IDENTITY else state_of
        assert told(device, house.clock.now()) is state
        assert (device.spoken.api if device.spoken else None) == api
        assert v2.asked("socket") == []


async def test_what_is_read_once_does_not_depend_on_which_service_is_found_first(house: House) -> None:
    house.both()
    async with house.running(SEEN[0], depth=Depth.READING) as monitor:
        await house.clock.advance(0.5)
        assert only(monitor.fleet).spoken == Spoken("v1")
        monitor.apply(SEEN[1])
        asked = asyncio.create_task(monitor.all_asked())
        await house.clock.advance(0.5)
        assert asked.done()
        assert only(monitor.fleet).spoken == Spoken("v2")
        assert [watts for _, watts in house.values()] == [1.0, 2.0]


@pytest.mark.parametrize("token", [False, True])
async def test_who_asks_a_plain_host_once_waits_for_the_question_over_v2(house: House, token: bool) -> None:
    v1, _ = house.both()
    v1.fault = Refused("refused")
    if not token:
        house.tokens.clear()
    async with house.running(hosts=(V1,), depth=Depth.READING) as monitor:
        asked = asyncio.create_task(monitor.all_asked())
        await house.clock.advance(0.0)
        assert asked.done()
        wanted = State.LIVE if token else State.NOT_PAIRED
        assert state_of(only(monitor.fleet), house.clock.now()) is wanted


# ------------------------------------------------------------------ long runs


async def test_hours_of_trouble_leave_one_line_one_socket_and_no_task_behind(house: House) -> None:
    luck = random.Random()
    v1, v2 = house.both()
    faults = [None, None, SILENT, Refused("refused"), ApiDisabled()]
    async with house.running(*SEEN, settings=STEADY) as monitor:
        most = 0
        for _ in range(60):
            v1.fault = luck.choice(faults)
            v2.fault = luck.choice(faults[:4])
            v2.socket_fault = luck.choice(faults[:4])
            if luck.random() < 0.3:
                monitor.apply(Seen(luck.choice((V1, V2)), SERIAL, house.clock.now()))
            await house.clock.advance(luck.uniform(1.0, 120.0))
            most = max(most, len(asyncio.all_tasks()))
        assert v2.most_sockets == 1
        assert most <= 8
        v1.fault = v2.fault = v2.socket_fault = None
        await house.clock.advance(2 * AGAIN_S)
        assert house.values()[-1][1] == 3.0
        assert len(house.values()) > 100
    assert v2.sockets == 0


@pytest.mark.parametrize("depth", [Depth.IDENTITY, Depth.READING])
async def test_who_is_asked_once_says_why_not_v2_though_that_is_found_after_v1_has_answered(
    house: House, depth: Depth
) -> None:
    house.both()
    house.tokens.clear()
    async with house.running(SEEN[0], depth=depth) as monitor:
        await house.clock.advance(1.0)
        assert only(monitor.fleet).spoken == Spoken("v1")
        monitor.apply(SEEN[1])
        await house.clock.advance(0.0)
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=NOT_PAIRED)
