"""The words of the doctor: of a device, of this computer, and as lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC

import pytest

from tests.doctor.test_doctor_rules import ADDRESS, GOOD, HOME, NOW, NOWHERE, UNPLUGGED, WELL, says, unreached
from tui.core.doctor.cause import percentile
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import Computer, Evidence, Examined, Holder, Interface, Port, Reach, Route, Said
from tui.core.doctor.network import remarks, summary
from tui.core.doctor.pages import as_json, computer_lines, line, lines
from tui.core.doctor.words import Weight
from tui.core.moment import Now
from tui.core.table import cells


@pytest.mark.parametrize(
    ("device", "computer", "text"),
    [
        (replace(WELL, ways=(replace(GOOD, latencies_s=(0.1, 1.8), lost=1),), wifi_pct=26.0), HOME,
         "p95 1.8 s, 1 of 5 lost, Wi-Fi 26 %"),
        (replace(WELL, ways=(replace(GOOD, lost=3),), wifi_pct=26.0), HOME,
         "loses answers: 3 of 5 did not come, p95 of the others 30 ms, Wi-Fi 26 %"),
        (replace(unreached(Reach.NOBODY), last_answer=Now(0.0, 1000.0 - 720)), HOME,
         f"nobody has {ADDRESS} in this network; its last answer was 12 min ago"),
        (replace(WELL, before="192.168.1.9", moved=Now(0.0, 1000.0 - 7200)), HOME,
         f"was at 192.168.1.9, and answers at {ADDRESS} now, since 2 h"),
        (unreached(Reach.NO_WAY, route=Route.NONE), HOME,
         f"no way to {ADDRESS}: this computer is in 192.168.1.0/24"),
        (Examined("p1", "p1.lan:8080"), HOME, "the name p1.lan has no address"),
        (Examined("p1", "p1.local:8080"), HOME, "nothing answers to the name p1.local"),
        (WELL, HOME, "p50 12 ms, p95 30 ms, 0 of 5 lost"),
    ],
)  # fmt: skip
def test_what_is_known_is_told(device: Examined, computer: Computer, text: str) -> None:
    assert diagnose(Evidence(device, computer), NOW).text == text


@pytest.mark.parametrize(
    ("computer", "words", "weight"),
    [
        (HOME, [], Weight.FINE),
        (NOWHERE, ["no network address"], Weight.MEND),
        (replace(NOWHERE, has_ipv6=True), ["IPv6 alone"], Weight.MEND),
        (replace(HOME, interfaces=(*HOME.interfaces, Interface("wg0", "10.8.0.2", "10.8.0.0/24", is_tunnel=True))),
         ["VPN is up (wg0)"], Weight.FINE),
        (replace(HOME, gateway_s=None), ["192.168.1.1 does not answer"], Weight.FINE),
        (replace(HOME, gateway_s=None, gateway_asked=False), [], Weight.FINE),
        (replace(UNPLUGGED, gateway_s=None), ["no network connection of this computer is up (eth0)"], Weight.MEND),
        (replace(NOWHERE, mdns_fault="no such device", heard=0), ["no network address"], Weight.MEND),
        (replace(HOME, gateway_s=0.4), ["gateway takes 400 ms"], Weight.LOOK),
        (replace(HOME, heard=0), ["nothing is heard"], Weight.LOOK),
        (replace(HOME, mdns_fault="no such device"), ["could not start: no such device"], Weight.LOOK),
        (replace(HOME, port_5353=Port.HELD), ["kept for itself by another program"], Weight.LOOK),
        (replace(HOME, port_5353=Port.HELD, holders=(Holder("avahi-daemon", 812), Holder(is_another_users=True))),
         ["kept for itself by avahi-daemon (pid 812) and another user's program"], Weight.LOOK),
        (replace(HOME, port_5353=Port.SHARED, holders=(Holder(),)),
         ["5353 is shared with a program that cannot be seen from here"], Weight.FINE),
        (replace(HOME, port_5353=Port.SHARED, multicast_route=False), ["no route for multicast"], Weight.FINE),
        (replace(HOME, is_telling=False), ["does not tell its neighbours"], Weight.FINE),
    ],
)  # fmt: skip
def test_of_the_network_as_a_whole(computer: Computer, words: list[str], weight: Weight) -> None:
    told = remarks(computer)
    assert len(told) == len(words)
    assert all(word in one.text for word, one in zip(words, told, strict=True))
    assert max((one.weight for one in told), default=Weight.FINE) is weight


def test_this_computer_in_one_line() -> None:
    assert summary(HOME) == "wlan0 192.168.1.2/24, gateway answers in 3 ms, mDNS heard: 6"
    assert summary(replace(HOME, gateway_s=None)) == "wlan0 192.168.1.2/24, gateway does not answer, mDNS heard: 6"
    assert summary(replace(HOME, gateway_s=None, gateway_asked=False)) == "wlan0 192.168.1.2/24, mDNS heard: 6"
    assert summary(UNPLUGGED).startswith("eth0 192.168.1.3/24 down, ")
    assert summary(Computer()) == "no network address"
    assert summary(Computer(mdns_used=True)) == "no network address, mDNS heard: 0"


def test_what_else_is_wrong_is_in_the_json_as_it_is_on_the_page() -> None:
    evidence = Evidence(replace(WELL, ways=(replace(GOOD, lost=3),), announced=False), HOME)
    patient = Patient(evidence, diagnose(evidence, NOW))
    (device,) = json.loads(json.dumps(as_json(HOME, [patient])))["devices"]
    assert device["layer"] == "slow"
    assert device["also"] == [
        {
            "layer": "not-announced",
            "text": "answers, but mDNS does not announce it",
            "advice": "it is not found by itself: keep its address in the config file",
        }
    ]
    assert "also    not announced: answers, but mDNS does not announce it" in "\n".join(lines(patient, UTC))


def test_a_narrow_terminal_is_kept_to_and_an_address_with_its_port_is_not_cut() -> None:
    device = replace(says(Said.NOT_HOMEWIZARD, detail="an HTML page"), name="192.168.123.234:37505")
    patient = Patient(Evidence(device, HOME), diagnose(Evidence(device, HOME), NOW))
    told = [*lines(patient, UTC, 40), *computer_lines(HOME, summary(HOME), 40)]
    assert max(map(len, told)) <= 40
    assert told[0].startswith("192.168.123.234:37505 ")


def test_the_layers_stand_below_each_other_whatever_the_name() -> None:
    devices = [replace(WELL, name=name) for name in ("Shed", "Water meter 76e61a", "温室の電気")]
    told = [line(Patient(Evidence(it, HOME), diagnose(Evidence(it, HOME), NOW))) for it in devices]
    assert len({cells(text[: text.index("well")]) for text in told}) == 1


@pytest.mark.parametrize(("values", "part", "is_"), [((), 0.5, 0.0), ((3, 1, 2), 0.5, 2), ((1, 2, 3, 9), 0.95, 9)])
def test_a_percentile_is_the_nearest_rank(values: tuple[float, ...], part: float, is_: float) -> None:
    assert percentile(values, part) == is_
