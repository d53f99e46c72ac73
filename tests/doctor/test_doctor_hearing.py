"""What an answer to `/api` says, what a smart meter's clock says, and what the kernel's tables say."""

from __future__ import annotations

import errno
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.doctor.evidence import Arp, Holder, Interface, Port, Route, Said
from tui.core.doctor.hearing import hear, hear_values
from tui.core.doctor.meterclock import clock_in
from tui.net import ownside
from tui.net.mdnsear import QUESTION
from tui.net.neighbours import Neighbours, neighbours, parse_arp
from tui.net.ownside import OwnSide, is_tunnel
from tui.net.portholders import holders_of, sockets_at

WHO = b'{"product_type":"HWE-P1","serial":"5c2faf000001","api_version":"v1"}'
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'
PAGE = b"<!doctype html><title>router</title>"


@pytest.mark.parametrize(
    ("status", "body", "api", "said"),
    [
        (200, WHO, "v1", Said.WHO),
        (200, WHO, "v2", Said.WHO),
        (200, WHO[:-1], "v1", Said.BAD),
        (200, b'{"product_type":"HWE-P1"}', "v1", Said.BAD),
        (200, b'{"hello":"world"}', "v1", Said.NOT_HOMEWIZARD),
        (200, b"[1,2]", "v1", Said.NOT_HOMEWIZARD),
        (200, PAGE, "v1", Said.NOT_HOMEWIZARD),
        (200, b"", "v1", Said.NOT_HOMEWIZARD),
        (200, OFF, "v1", Said.API_OFF),
        (403, OFF, "v1", Said.API_OFF),
        (400, OFF, "v1", Said.API_OFF),
        (403, b"", "v1", Said.BAD),
        (403, PAGE, "v1", Said.NOT_HOMEWIZARD),
        (401, b"", "v1", Said.NOT_HOMEWIZARD),
        (401, b'{"error":"user:unauthorized"}', "v2", Said.NOT_PAIRED),
        (404, b"Nothing matches the given URI", "v1", Said.NOT_HOMEWIZARD),
        (302, b"", "v1", Said.NOT_HOMEWIZARD),
        (511, b"", "v1", Said.NOT_HOMEWIZARD),
        (500, b"", "v1", Said.BAD),
        (503, PAGE, "v1", Said.NOT_HOMEWIZARD),
        (429, b"", "v2", Said.BAD),
    ],
)
def test_who_answers_is_told_by_what_it_says(status: int, body: bytes, api: str, said: Said) -> None:
    heard, detail, identity = hear(status, body, api)
    assert heard is said
    assert detail
    assert (identity is not None) is (said is Said.WHO)


@pytest.mark.parametrize(
    ("status", "body", "api", "product_type", "said"),
    [
        (200, b'{"active_power_w":null}', "v1", "HWE-P1", Said.WHO),  # a P1 without a smart meter
        (200, b'{"power_w":1}', "v2", "HWE-P1", Said.WHO),
        (200, b'{"new_quantity":1}', "v1", "HWE-NEW", Said.WHO),
        (200, b'{"new_quantity":1}', "v2", "HWE-NEW", Said.WHO),
        (200, b'{"new_quantity":1}', "v1", "HWE-P1", Said.BAD),
        (200, b"{}", "v2", "HWE-P1", Said.BAD),
        (200, b'{"active_power_w":', "v1", "HWE-P1", Said.BAD),
        (200, b"", "v1", "HWE-P1", Said.BAD),
        (200, PAGE, "v1", "HWE-P1", Said.BAD),
        (404, b"Nothing matches the given URI", "v1", "HWE-P1", Said.BAD),
        (500, PAGE, "v1", "HWE-P1", Said.BAD),
        (403, OFF, "v1", "HWE-P1", Said.API_OFF),
        (401, b'{"error":"user:unauthorized"}', "v2", "HWE-P1", Said.NOT_PAIRED),
    ],
)
def test_whether_an_answer_tells_values(status: int, body: bytes, api: str, product_type: str, said: Said) -> None:
    heard, detail = hear_values(status, body, api, product_type)
    assert heard is said
    assert detail


@given(st.integers(100, 599), st.binary(max_size=60), st.sampled_from(["v1", "v2"]))
@settings(max_examples=30, deadline=None)
def test_no_answer_makes_it_raise(status: int, body: bytes, api: str) -> None:
    hear(status, body, api)
    hear_values(status, body, api, "HWE-P1")
    clock_in(body, api)


@pytest.mark.parametrize(
    ("body", "api", "time", "every_second"),
    [
        (b"1-3:0.2.8(50)\r\n0-0:1.0.0(261128143207W)\r\n", "v1", datetime(2026, 11, 28, 14, 32, 7), True),
        (b"1-3:0.2.8(42)\r\n0-0:1.0.0(261128143207W)\r\n", "v1", datetime(2026, 11, 28, 14, 32, 7), False),
        (b"0-0:96.1.4(50217)\r\n0-0:1.0.0(261128143207W)\r\n", "v1", datetime(2026, 11, 28, 14, 32, 7), True),
        (b"0-0:1.0.0(261128143207W)\r\n", "v1", datetime(2026, 11, 28, 14, 32, 7), False),
        (b'{"timestamp":"2026-11-28T14:32:07","protocol_version":50}', "v2", datetime(2026, 11, 28, 14, 32, 7), True),
        (b'{"timestamp":"2026-11-28T14:32:07"}', "v2", datetime(2026, 11, 28, 14, 32, 7), False),
    ],
)
def test_a_smart_meters_clock(body: bytes, api: str, time: datetime, every_second: bool) -> None:
    assert clock_in(body, api) == (time, every_second)


@pytest.mark.parametrize("body", [b"", b"1-3:0.2.8(50)", b"0-0:1.0.0(999999999999W)", b"[]"])
def test_no_clock_is_none(body: bytes) -> None:
    assert clock_in(body, "v1") is None
    assert clock_in(body, "v2") is None


# ------------------------------------------------------------------ the kernel's tables

TABLE = """\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         AA:BB:CC:DD:EE:FF     *        wlan0
192.168.1.20     0x1         0x2         5c:2f:af:00:00:01     *        wlan0
192.168.1.21     0x1         0x0         00:00:00:00:00:00     *        wlan0
192.168.1.22     0x1         0x2         00:00:00:00:00:00     *        wlan0
192.168.1.30     0x1         0x2         02:00:00:00:00:09     *        wlan0
192.168.1.31     0x1         0x2         02:00:00:00:00:09     *        wlan0
192.168.1.40     0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.40     0x1         0x2         5c:2f:af:00:00:02     *        wlan0
192.168.1.50     0x1         0xzz        5c:2f:af:00:00:03     *        wlan0
torn
"""


@pytest.mark.parametrize(
    ("address", "arp", "mac", "is_shared"),
    [
        ("192.168.1.20", Arp.ANSWERED, "5c2faf000001", False),
        ("192.168.1.1", Arp.ANSWERED, "aabbccddeeff", False),
        ("192.168.1.21", Arp.SILENT, None, False),
        ("192.168.1.22", Arp.SILENT, None, False),
        ("192.168.1.30", Arp.ANSWERED, "020000000009", True),
        ("192.168.1.40", Arp.ANSWERED, "5c2faf000002", False),
        ("192.168.1.50", Arp.UNKNOWN, None, False),
        ("192.168.1.99", Arp.UNKNOWN, None, False),
    ],
)
def test_who_has_an_address(address: str, arp: Arp, mac: str | None, is_shared: bool) -> None:
    table = parse_arp(TABLE)
    assert (table.arp(address), table.mac(address), table.is_shared(address)) == (arp, mac, is_shared)


@given(st.text(max_size=200))
@settings(max_examples=30, deadline=None)
def test_no_table_makes_it_raise(text: str) -> None:
    parse_arp(text)


def test_elsewhere_than_on_linux_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("tui.net.ownside", "tui.net.neighbours"):
        monkeypatch.setattr(f"{module}.PROC_NET", tmp_path / "no")
    assert sockets_at(5353, tmp_path / "no") == {}
    assert holders_of({1: 0}, tmp_path / "no", own_uid=1000) == (Holder(is_another_users=True),)
    monkeypatch.setattr(ownside, "SYS_CLASS_NET", tmp_path / "no")
    side = OwnSide(lambda address: "192.168.1.2")
    assert neighbours() == Neighbours(is_known=False)
    assert neighbours().arp("192.168.1.20") is Arp.UNKNOWN
    assert not side.is_telling
    assert side.gateway() is None
    assert side.port_5353() in (None, Port.HELD)
    assert is_tunnel("utun3")
    assert not is_tunnel("en0")


_UDP = """   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref
 5931: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   {uid}        0 {inode} 2 0000000 0
 5932: 00000000:14EA 00000000:0000 07 00000000:00000000 00:00000000 00000000   1000        0 99 2 0000000 0
 5933: garbage
"""


def test_who_has_the_port_of_mdns_is_named_where_this_user_may_know(tmp_path: Path) -> None:
    for name in ("net", "self/fd", "812/fd", "813/fd", "sys"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "net/udp").write_text(_UDP.format(uid=1000, inode=77))
    (tmp_path / "net/udp6").write_text(_UDP.format(uid=0, inode=78) + _UDP.format(uid=1000, inode=79))
    (tmp_path / "self/fd/5").symlink_to("socket:[79]")
    (tmp_path / "812/fd/3").symlink_to("socket:[77]")
    (tmp_path / "812/fd/4").symlink_to("/dev/null")
    (tmp_path / "812/comm").write_text("avahi\x1b[2J-daemon\n")
    found = sockets_at(5353, tmp_path)
    assert found == {77: 1000, 78: 0}  # not that of this program itself
    told = [one.words for one in holders_of(found, tmp_path, own_uid=1000)]
    assert told == ["avahi[2J-daemon (pid 812)", "another user's program"]
    assert [one.words for one in holders_of({5: 1000}, tmp_path, own_uid=1000)] == [
        "a program that cannot be seen from here"
    ]


LAN = Interface("wlan0", "192.168.1.2", "192.168.1.0/24")
VPN = Interface("wg0", "10.8.0.2", "10.8.0.2/32", is_tunnel=True)


def raising(number: int) -> ownside.SourceOf:
    def source(address: str) -> str:
        raise OSError(number, "no")

    return source


@pytest.mark.parametrize(
    ("source", "address", "way"),
    [
        (lambda _: "192.168.1.2", "192.168.1.20", (Route.LINK, "wlan0")),
        (lambda _: "192.168.1.2", "192.168.7.20", (Route.ROUTER, "wlan0")),
        (lambda _: "10.8.0.2", "192.168.1.20", (Route.TUNNEL, "wg0")),
        (lambda _: "192.168.1.2", "192.168.1.2", (Route.LINK, "lo")),
        (lambda _: "127.0.0.1", "127.0.0.5", (Route.LINK, "lo")),
        (lambda _: "172.17.0.1", "192.168.1.20", (Route.UNKNOWN, "")),
        (lambda _: "192.168.1.2", "p1.lan", (Route.UNKNOWN, "")),
        (raising(errno.ENETUNREACH), "192.168.1.20", (Route.NONE, "")),
        (raising(errno.EPERM), "192.168.1.20", (Route.UNKNOWN, "")),
    ],
)
def test_which_way_an_address_would_be_reached(source: ownside.SourceOf, address: str, way: tuple[Route, str]) -> None:
    assert OwnSide(source).way_to(address, (LAN, VPN)) == way


@pytest.mark.parametrize(
    ("source", "has_route"),
    [(lambda _: "192.168.1.2", True), (raising(errno.ENETUNREACH), False), (raising(errno.EPERM), None)],
)
def test_whether_multicast_has_a_route(source: ownside.SourceOf, has_route: bool | None) -> None:
    assert OwnSide(source).has_multicast_route() is has_route


def test_the_question_is_one_of_dns() -> None:
    from zeroconf import DNSIncoming  # type: ignore[attr-defined]  # exported, though its __all__ does not say so

    asked = DNSIncoming(QUESTION)
    assert asked.valid
    assert [(one.name, one.type, one.class_) for one in asked.questions] == [("_services._dns-sd._udp.local.", 12, 1)]
