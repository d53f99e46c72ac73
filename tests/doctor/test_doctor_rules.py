"""The layer that fails, from evidence: each alone, two at once, and whatever there may be."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import (
    Arp,
    Computer,
    Evidence,
    Examined,
    Interface,
    Layer,
    Port,
    Reach,
    Route,
    Said,
    Way,
)
from tui.core.doctor.network import remarks, summary
from tui.core.doctor.pages import line
from tui.core.doctor.rules import LOST, SLOW_S, causes
from tui.core.doctor.words import SHORT, TEXTS
from tui.core.model import Endpoint
from tui.core.moment import Now

NOW = Now(1_795_000_000.0, 1000.0)
SERIAL = "5c2faf000001"
ADDRESS = "192.168.1.20"
V1, V2 = Endpoint(ADDRESS), Endpoint(ADDRESS, 443, "v2")
HOME = Computer((Interface("wlan0", "192.168.1.2", "192.168.1.0/24"),), gateway="192.168.1.1", gateway_s=0.003,
                mdns_used=True, heard=6, gateway_asked=True)  # fmt: skip
GOOD = Way(V1, Reach.ACCEPTED, Said.WHO, "HWE-P1", SERIAL, 5, 0, (0.01, 0.012, 0.03), 2.0)
WELL = Examined(
    "Grid", ADDRESS, SERIAL, ADDRESS, Route.LINK, "wlan0", Arp.ANSWERED, SERIAL, ways=(GOOD,), announced=True
)


def way(reach: Reach = Reach.ACCEPTED, said: Said = Said.NOTHING, **more: object) -> Way:
    bare = replace(GOOD, reach=reach, said=said, serial=None, latencies_s=(0.01,) if said.is_answer else ())
    return replace(bare, **more)  # type: ignore[arg-type]


def unreached(reach: Reach, **more: object) -> Examined:
    silent = replace(WELL, ways=(way(reach),), announced=False, mac=None, arp=Arp.UNKNOWN)
    return replace(silent, **more)  # type: ignore[arg-type]


def says(said: Said, lost: int = 0, detail: str = "") -> Examined:
    return replace(WELL, ways=(way(said=said, lost=lost, detail=detail),))


def mute(values: Said, **more: object) -> Examined:
    """It says who it is, and this comes instead of its values."""
    return replace(WELL, ways=(replace(GOOD, values=values, **more),))  # type: ignore[arg-type]


NOWHERE = replace(HOME, interfaces=(), gateway=None)
CABLE = Interface("eth0", "192.168.1.3", "192.168.1.0/24", is_down=True)
UNPLUGGED = replace(HOME, interfaces=(CABLE,), heard=0)
CASES: list[tuple[str, Layer, Examined, Computer]] = [
    ("no address at all", Layer.NO_ADDRESS, unreached(Reach.NO_WAY, route=Route.NONE), NOWHERE),
    ("IPv6 alone", Layer.NO_ADDRESS, unreached(Reach.NO_WAY, route=Route.NONE), replace(NOWHERE, has_ipv6=True)),
    ("a name, and no address", Layer.NO_ADDRESS, Examined("p1", "p1.lan"), NOWHERE),
    ("no way", Layer.NO_ROUTE, unreached(Reach.NO_WAY, route=Route.NONE), HOME),
    ("our own wire is out", Layer.NO_ROUTE, unreached(Reach.TIMEOUT, arp=Arp.SILENT), UNPLUGGED),
    ("our own wire is out, and no route", Layer.NO_ROUTE, unreached(Reach.NO_WAY, route=Route.NONE), UNPLUGGED),
    ("another wire is out", Layer.WELL, WELL, replace(UNPLUGGED, interfaces=(*HOME.interfaces, CABLE))),
    ("the way leads to a wire that is out", Layer.NO_ROUTE, unreached(Reach.NOBODY, interface="eth0"),
     replace(UNPLUGGED, interfaces=(*HOME.interfaces, CABLE))),
    ("on this computer itself", Layer.REFUSED, replace(WELL, ways=(way(Reach.REFUSED),), interface="lo"), UNPLUGGED),
    ("our own firewall", Layer.NO_ROUTE, unreached(Reach.FORBIDDEN), HOME),
    ("beyond a router", Layer.OFF_LINK, unreached(Reach.TIMEOUT, route=Route.ROUTER), HOME),
    ("a router knows of nobody", Layer.OFF_LINK, unreached(Reach.NOBODY, route=Route.ROUTER), HOME),
    ("into a VPN", Layer.OFF_LINK, unreached(Reach.TIMEOUT, route=Route.TUNNEL, interface="wg0"), HOME),
    ("an unknown name", Layer.NO_NAME, Examined("p1", "p1.lan"), HOME),
    ("a word", Layer.NO_NAME, Examined("shedd", "shedd"), HOME),
    ("known by serial alone, nothing heard", Layer.NO_NAME, Examined("Shed", serial=SERIAL),
     replace(HOME, mdns_used=False)),
    ("a name under local, not asked", Layer.NO_NAME, Examined("p1", "p1.local"), replace(HOME, mdns_used=False)),
    ("a name under local", Layer.NO_NAME, Examined("p1", "p1.local"), HOME),
    ("known by serial alone", Layer.NO_NAME, Examined("Shed", serial=SERIAL), HOME),
    ("not complete in the table", Layer.NO_ARP, unreached(Reach.TIMEOUT, arp=Arp.SILENT), HOME),
    ("the kernel says so", Layer.NO_ARP, unreached(Reach.NOBODY), HOME),
    ("another MAC, silent", Layer.WRONG_MAC, replace(unreached(Reach.TIMEOUT), mac="001122334455"), HOME),
    ("another MAC, a web server", Layer.WRONG_MAC, replace(says(Said.NOT_HOMEWIZARD), mac="001122334455"), HOME),
    ("another serial", Layer.WRONG_MAC, replace(WELL, serial="5c2faf000009", ways=(GOOD,)), HOME),
    ("refused", Layer.REFUSED, replace(WELL, ways=(way(Reach.REFUSED),)), HOME),
    ("refused, announced as off", Layer.REFUSED, replace(WELL, ways=(way(Reach.REFUSED),), says_off=True), HOME),
    ("refused by this computer itself", Layer.REFUSED,
     replace(WELL, address="192.168.1.2", ways=(way(Reach.REFUSED),)), HOME),
    ("refused twice", Layer.REFUSED, replace(WELL, ways=(way(Reach.REFUSED), way(Reach.REFUSED))), HOME),
    ("reset in connecting", Layer.RESET, replace(WELL, ways=(way(Reach.RESET),)), HOME),
    ("reset after it", Layer.RESET, says(Said.RESET), HOME),
    ("no connection", Layer.TIMEOUT, unreached(Reach.TIMEOUT), HOME),
    ("no connection, but a neighbour", Layer.TIMEOUT, unreached(Reach.TIMEOUT, arp=Arp.ANSWERED), HOME),
    ("connected, no answer", Layer.TIMEOUT, says(Said.TIMEOUT), HOME),
    ("late", Layer.SLOW, replace(WELL, ways=(replace(GOOD, latencies_s=(0.1, 1.8)),)), HOME),
    ("lossy", Layer.SLOW, replace(WELL, ways=(replace(GOOD, lost=LOST),)), HOME),
    ("late, and so is the gateway", Layer.SLOW, replace(WELL, ways=(replace(GOOD, latencies_s=(1.8,)),)),
     replace(HOME, gateway_s=0.4)),
    ("lossy, and the gateway is late", Layer.SLOW, replace(WELL, ways=(replace(GOOD, lost=2),)),
     replace(HOME, gateway_s=0.4)),
    ("another protocol", Layer.NOT_HTTP, says(Said.NOT_HTTP), HOME),
    ("another web server", Layer.NOT_HOMEWIZARD, says(Said.NOT_HOMEWIZARD), HOME),
    ("off", Layer.API_OFF, says(Said.API_OFF), HOME),
    ("off, and over v2 not paired", Layer.API_OFF,
     replace(WELL, ways=(way(said=Said.API_OFF), way(said=Said.NOT_PAIRED, endpoint=V2))), HOME),
    ("v2 alone", Layer.NOT_PAIRED, says(Said.NOT_PAIRED), HOME),
    ("a token refused, v1 answers", Layer.NOT_PAIRED,
     replace(WELL, ways=(GOOD, way(said=Said.NOT_PAIRED, had_token=True))), HOME),
    ("another's certificate", Layer.CERTIFICATE, says(Said.CERTIFICATE, detail="is that of another"), HOME),
    ("a certificate of another time", Layer.CERTIFICATE,
     says(Said.CERTIFICATE, detail="the certificate has expired"), HOME),
    ("v1 answers, the certificate is wrong", Layer.CERTIFICATE,
     replace(WELL, ways=(GOOD, way(said=Said.CERTIFICATE))), HOME),
    ("damaged", Layer.BAD_ANSWER, says(Said.BAD), HOME),
    ("who it is, and no values in time", Layer.TIMEOUT, mute(Said.TIMEOUT), HOME),
    ("the same, and the polls lost them all", Layer.TIMEOUT, mute(Said.TIMEOUT, lost=300, asked=305), HOME),
    ("who it is, and reset", Layer.RESET, mute(Said.RESET), HOME),
    ("who it is, and values that are none", Layer.BAD_ANSWER, mute(Said.BAD, values_detail="HTTP 500"), HOME),
    ("who it is, and its API is off", Layer.API_OFF, mute(Said.API_OFF), HOME),
    ("paired, and its values want a token", Layer.NOT_PAIRED, mute(Said.NOT_PAIRED, endpoint=V2), HOME),
    ("no values over v1, and over v2 there are", Layer.WELL,
     replace(WELL, ways=(*mute(Said.TIMEOUT).ways, replace(GOOD, endpoint=V2, values=Said.WHO))), HOME),
    ("no values over v1, and v2 wants to be paired", Layer.TIMEOUT,
     replace(WELL, ways=(*mute(Said.TIMEOUT).ways, way(said=Said.NOT_PAIRED, endpoint=V2))), HOME),
    ("its clock stands", Layer.FROZEN, replace(WELL, behind_s=3600.0, clock_moved=False), HOME),
    ("announced, no ARP", Layer.ISOLATED, replace(unreached(Reach.TIMEOUT, arp=Arp.SILENT), announced=True), HOME),
    ("announced, no connection", Layer.ISOLATED, replace(unreached(Reach.TIMEOUT), announced=True), HOME),
    ("answers, not announced", Layer.NOT_ANNOUNCED, replace(WELL, announced=False), HOME),
    ("nothing is heard", Layer.NOT_ANNOUNCED, replace(WELL, announced=False), replace(HOME, heard=0)),
    ("twice", Layer.TWO_OF_ONE_SERIAL, replace(WELL, elsewhere=("192.168.1.77",)), HOME),
    ("elsewhere than before", Layer.MOVED, replace(WELL, before="192.168.1.9"), HOME),
    ("well", Layer.WELL, WELL, HOME),
    ("well, v2 not paired", Layer.WELL, replace(WELL, ways=(GOOD, way(said=Said.NOT_PAIRED))), HOME),
    ("well behind a router", Layer.WELL, replace(WELL, announced=None, route=Route.ROUTER), HOME),
    ("well behind a repeater with a MAC of its own", Layer.WELL, replace(WELL, mac="001122334455"), HOME),
    ("a wrong clock that runs", Layer.WELL, replace(WELL, behind_s=3600.0, clock_moved=True), HOME),
    ("an old clock, looked at once", Layer.WELL, replace(WELL, behind_s=3600.0), HOME),
    ("one loss", Layer.WELL, replace(WELL, ways=(replace(GOOD, lost=LOST - 1),)), HOME),
    ("at the limit", Layer.WELL, replace(WELL, ways=(replace(GOOD, latencies_s=(SLOW_S,)),)), HOME),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "device", "computer"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_layer_is_named(layer: Layer, device: Examined, computer: Computer) -> None:
    assert diagnose(Evidence(device, computer), NOW).layer is layer


def test_every_layer_and_every_sentence_is_in_the_table() -> None:
    assert {layer for _, layer, *_ in CASES} == set(Layer)
    told = {diagnose(Evidence(device, computer), NOW).text for _, _, device, computer in CASES}
    assert len(told) >= len({words.text for words in TEXTS.values()})


def test_every_layer_has_a_word_that_fits_and_only_a_device_that_is_well_needs_no_advice() -> None:
    assert list(SHORT) == list(Layer)
    assert max(len(short) for short, _ in SHORT.values()) <= 14
    assert {layer for layer, _ in TEXTS} == set(Layer)
    assert [layer for (layer, _), words in TEXTS.items() if not words.advice] == [Layer.WELL, Layer.WELL]


# ------------------------------------------------------------------ two causes at once

FAULTS = {
    Layer.WRONG_MAC: {"serial": "5c2faf000009"},
    Layer.SLOW: {"ways": (replace(GOOD, lost=3),)},
    Layer.FROZEN: {"behind_s": 3600.0, "clock_moved": False},
    Layer.NOT_ANNOUNCED: {"announced": False},
    Layer.TWO_OF_ONE_SERIAL: {"elsewhere": ("192.168.1.77",)},
    Layer.MOVED: {"before": "192.168.1.9"},
}
"""Each leaves the others possible."""


@pytest.mark.parametrize(("deep", "shallow"), list(combinations(FAULTS, 2)))
def test_of_two_causes_at_once_the_deeper_one_is_named_first(deep: Layer, shallow: Layer) -> None:
    device = replace(WELL, **FAULTS[deep], **FAULTS[shallow])  # type: ignore[arg-type]
    told = diagnose(Evidence(device, HOME), NOW)
    assert told.layer is deep
    assert [layer for layer, *_ in told.also] == [shallow]


@pytest.mark.parametrize(
    ("device", "computer", "layers"),
    [
        (replace(says(Said.API_OFF, lost=3), announced=False), HOME, [Layer.SLOW, Layer.API_OFF, Layer.NOT_ANNOUNCED]),
        (
            replace(WELL, ways=(way(said=Said.API_OFF), way(said=Said.NOT_PAIRED))),
            HOME,
            [Layer.API_OFF, Layer.NOT_PAIRED],
        ),
        (
            replace(WELL, ways=(way(said=Said.BAD), way(said=Said.CERTIFICATE))),
            HOME,
            [Layer.CERTIFICATE, Layer.BAD_ANSWER],
        ),
        (replace(says(Said.NOT_HTTP), announced=False), HOME, [Layer.NOT_HTTP, Layer.NOT_ANNOUNCED]),
    ],
)
def test_what_else_is_wrong_follows(device: Examined, computer: Computer, layers: list[Layer]) -> None:
    told = diagnose(Evidence(device, computer), NOW)
    assert [told.layer, *(layer for layer, *_ in told.also)] == layers


SILENT = unreached(Reach.TIMEOUT, arp=Arp.SILENT)


@pytest.mark.parametrize(
    ("device", "computer", "layers"),
    [
        (
            unreached(Reach.NO_WAY, route=Route.NONE),
            NOWHERE,
            [Layer.NO_ADDRESS, Layer.NO_ROUTE, Layer.TIMEOUT],
        ),
        (Examined("p1", "p1.lan"), NOWHERE, [Layer.NO_ADDRESS, Layer.NO_NAME]),
        (unreached(Reach.TIMEOUT, route=Route.ROUTER), HOME, [Layer.OFF_LINK, Layer.TIMEOUT]),
        (SILENT, HOME, [Layer.NO_ARP, Layer.TIMEOUT]),
        (replace(SILENT, announced=True), HOME, [Layer.ISOLATED, Layer.NO_ARP, Layer.TIMEOUT]),
        (replace(unreached(Reach.TIMEOUT), mac="001122334455"), HOME, [Layer.WRONG_MAC, Layer.TIMEOUT]),
        (
            replace(WELL, ways=(way(Reach.REFUSED),), mac="001122334455"),
            HOME,
            [Layer.WRONG_MAC, Layer.REFUSED],
        ),
        (replace(WELL, ways=(way(Reach.REFUSED), way(Reach.RESET))), HOME, [Layer.REFUSED, Layer.RESET]),
    ],
)
def test_what_follows_from_a_cut_is_not_told_beside_it(
    device: Examined, computer: Computer, layers: list[Layer]
) -> None:
    evidence = Evidence(device, computer)
    assert [cause.layer for cause in causes(evidence, NOW)] == layers
    told = diagnose(evidence, NOW)
    assert (told.layer, told.also) == (layers[0], ())


# ------------------------------------------------------------------ whatever there may be

texts = st.text(max_size=20)
ways = st.builds(
    Way,
    st.builds(Endpoint, texts, st.integers(1, 65535), st.sampled_from(["v1", "v2"])),
    st.sampled_from(Reach),
    st.sampled_from(Said),
    texts,
    st.none() | texts,
    st.integers(0, 9),
    st.integers(0, 9),
    st.lists(st.floats(0, 1e9), max_size=4).map(tuple),
    st.floats(0, 100),
    st.booleans(),
    st.sampled_from(Said),
    texts,
)
moments = st.none() | st.builds(Now, st.floats(0, 1e10), st.floats(0, 1e10))
devices = st.builds(
    Examined,
    name=texts,
    host=texts,
    serial=st.none() | texts,
    address=st.none() | texts,
    route=st.sampled_from(Route),
    interface=texts,
    arp=st.sampled_from(Arp),
    mac=st.none() | texts,
    mac_is_shared=st.booleans(),
    ways=st.lists(ways, max_size=3).map(tuple),
    announced=st.none() | st.booleans(),
    says_off=st.booleans(),
    behind_s=st.none() | st.floats(-1e12, 1e12),
    clock_moved=st.none() | st.booleans(),
    elsewhere=st.lists(texts, max_size=2).map(tuple),
    before=st.none() | texts,
    moved=moments,
    wifi_pct=st.none() | st.floats(0, 100),
    last_answer=moments,
)
computers = st.builds(
    Computer,
    st.lists(st.builds(Interface, texts, texts, texts, st.booleans()), max_size=4).map(tuple),
    st.booleans(),
    st.none() | texts,
    st.none() | st.floats(0, 100),
    st.none() | st.booleans(),
    st.booleans(),
    st.integers(0, 9),
    st.none() | st.sampled_from(Port),
    texts,
    st.booleans(),
    st.booleans(),
)


@given(devices, computers)
@settings(max_examples=20, deadline=None)
def test_no_evidence_makes_it_raise(device: Examined, computer: Computer) -> None:
    evidence = Evidence(device, computer)
    told = diagnose(evidence, NOW)
    assert told == diagnose(evidence, NOW)
    order = [list(Layer).index(layer) for layer in (told.layer, *(layer for layer, *_ in told.also))
             if layer is not Layer.ISOLATED]  # fmt: skip
    assert order == sorted(order)
    assert line(Patient(evidence, told)).isprintable()
    if told.layer is Layer.WELL:
        assert Said.WHO in [way.said for way in device.ways]
    assert all(one.text for one in remarks(computer))
    assert summary(computer)
