"""What one announcement says, and what is never believed of it."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeroconf import BadTypeInNameException, ServiceInfo

from tui.core.events import Seen
from tui.core.link.private import choose_address
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.net.announcement import Ignored, read, service_of

NOW = Now(1_700_000_000.0, 5.0)
V1 = "_hwenergy._tcp.local."
V2 = "_homewizard._tcp.local."
TXT: dict[str, str | None] = {
    "api_enabled": "1",
    "path": "/api/v1",
    "serial": "3c39e7aabbcc",
    "product_name": "P1 Meter",
    "product_type": "HWE-P1",
}


def info(
    txt: dict[str, str | None] | bytes = TXT,
    service: str = V1,
    port: int | None = 80,
    addresses: tuple[str, ...] = ("192.168.1.20",),
    name: str = "p1meter-AABBCC",
) -> ServiceInfo:
    return ServiceInfo(service, f"{name}.{service}", port, properties=txt, parsed_addresses=list(addresses))


def seen(announced: ServiceInfo) -> Seen:
    result = read(announced, NOW)
    assert isinstance(result, Seen), result
    return result


def reason(announced: ServiceInfo) -> str:
    result = read(announced, NOW)
    assert isinstance(result, Ignored), result
    return result.reason


def test_a_v1_announcement_names_the_device_and_where_it_is() -> None:
    assert seen(info()) == Seen(
        Endpoint("192.168.1.20", 80, "v1"), "3c39e7aabbcc", NOW, "HWE-P1", "P1 Meter", api_enabled=True
    )


def test_a_v2_announcement_is_an_endpoint_of_api_v2_and_says_nothing_of_api_v1() -> None:
    txt: dict[str, str | None] = {
        "api_version": "2.2.0",
        "id": "appliance/p1dongle/3c39e7aabbcc",
        "serial": "3c39e7aabbcc",
        "product_name": "P1 Meter",
        "product_type": "HWE-P1",
    }
    assert seen(info(txt, V2, 443)) == Seen(
        Endpoint("192.168.1.20", 443, "v2"), "3c39e7aabbcc", NOW, "HWE-P1", "P1 Meter", api_enabled=None
    )


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [("1", True), ("0", False), ("", None), (None, None), ("2", None), ("true", None), (" 1\x00", True)],
)
def test_only_0_and_1_say_whether_the_api_is_on(sent: str | None, read_as: bool | None) -> None:
    assert seen(info({**TXT, "api_enabled": sent})).api_enabled is read_as


def test_a_device_that_sends_only_a_serial_is_seen() -> None:
    assert seen(info({"serial": "3c39e7aabbcc"})) == Seen(Endpoint("192.168.1.20"), "3c39e7aabbcc", NOW)


@pytest.mark.parametrize(
    ("txt", "serial", "product_type"),
    [
        (b"\x0fserial=3c39e7aa\x13product_type=HWE-P1", "3c39e7aa", "HWE-P1"),
        (b"\x0fSERIAL=3c39e7aa\x13Product_Type=HWE-P1", "3c39e7aa", "HWE-P1"),
        (b"\x0cserial=first\x0dserial=second", "first", None),
        (b"\x0cserial=first\x0dSerial=second", "first", None),
        (b"\x0fserial=3c39e7aa\x0cproduct_type", "3c39e7aa", None),
        (b"\x0fserial=3c39e7aa\x0dproduct_type=", "3c39e7aa", None),
        (b"\x0fserial=3c39e7aa\x00\x00\x01=\xffcut off", "3c39e7aa", None),
        (b"\x0fserial=3c39e7aa\x03\xff\xfe=\x04\x80=\x81\x82", "3c39e7aa", None),
    ],
)
def test_odd_txt_records_are_read_as_far_as_they_go(txt: bytes, serial: str, product_type: str | None) -> None:
    announced = seen(info(txt))
    assert (announced.serial, announced.product_type) == (serial, product_type)


def test_hostile_text_loses_what_could_move_the_cursor_or_hide() -> None:
    announced = seen(
        info(
            {
                "serial": "\x1b]0;owned\x073c39\u202ee7\u200b",
                "product_name": "P1\n\x1b[2J[red]Meter" + "a\u0301" * 9 + "\u0301" * 25,
                "product_type": "HWE\x00-P1" + "x" * 200,
            }
        )
    )
    texts = (announced.serial, announced.product_name or "", announced.product_type or "")
    assert all(text.isprintable() and 0 < len(text) <= 64 for text in texts)
    assert announced.serial == "]0;owned3c39e7"


@pytest.mark.parametrize("serial", ["", None, " ", "\x1b\x00", "\u200b\u202e"])
def test_an_announcement_without_a_visible_serial_is_ignored(serial: str | None) -> None:
    assert "without a serial" in reason(info({**TXT, "serial": serial}))


def test_an_announcement_without_a_txt_record_is_ignored() -> None:
    assert "without a serial" in reason(info(b""))


@pytest.mark.parametrize("port", [0, None])
def test_an_announcement_without_a_port_is_ignored(port: int | None) -> None:
    assert "without a port" in reason(info(port=port))


def test_the_path_of_an_announcement_is_not_followed() -> None:
    assert seen(info({**TXT, "path": "http://198.51.100.9/"})) == seen(info())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "8.8.8.8",
        "127.0.0.1",
        "127.9.9.9",
        "100.64.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.2.1",
        "192.169.0.1",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fd00::2",
    ],
)
def test_an_address_that_is_neither_private_nor_link_local_ipv4_is_never_used(address: str) -> None:
    assert "without a private IPv4 address" in reason(info(addresses=(address,)))
    assert seen(info(addresses=(address, "10.0.0.7"))).endpoint.host == "10.0.0.7"


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.178.20", "169.254.7.7"])
def test_private_and_link_local_addresses_are_used(address: str) -> None:
    assert seen(info(addresses=(address,))).endpoint.host == address


def test_no_address_at_all_is_ignored() -> None:
    assert "without a private IPv4 address" in reason(info(addresses=()))


def test_loopback_is_used_only_where_it_was_asked_for() -> None:
    assert choose_address(["127.3.2.1"], (), loopback=False) is None
    assert choose_address(["127.3.2.1"], (), loopback=True) == "127.3.2.1"


HOUSE = IPv4Network("192.168.1.0/24")
SELF_GIVEN = IPv4Network("169.254.0.0/16")


@pytest.mark.parametrize(
    ("addresses", "near", "chosen"),
    [
        (["192.168.1.21", "192.168.1.20"], (), "192.168.1.21"),
        (["192.168.1.21", "192.168.1.20"], (HOUSE,), "192.168.1.21"),
        (["10.0.0.9", "192.168.1.20"], (HOUSE,), "192.168.1.20"),
        (["10.0.0.9", "192.168.1.20"], (), "10.0.0.9"),
        (["10.0.0.9"], (HOUSE,), "10.0.0.9"),
        (["8.8.8.8", "10.0.0.9"], (IPv4Network("8.8.8.0/24"),), "10.0.0.9"),
        (["nonsense", "10.0.0.9"], (), "10.0.0.9"),
        (["169.254.7.7", "192.168.1.20"], (), "192.168.1.20"),
        (["192.168.1.20", "169.254.7.7"], (), "192.168.1.20"),
        (["169.254.7.7", "192.168.1.20"], (HOUSE,), "192.168.1.20"),
        (["169.254.7.7", "10.0.0.9"], (HOUSE,), "10.0.0.9"),
        (["169.254.7.7", "169.254.8.8"], (HOUSE,), "169.254.7.7"),
        (["169.254.7.7", "8.8.8.8"], (HOUSE,), "169.254.7.7"),
        (["10.0.0.9", "169.254.7.7"], (SELF_GIVEN,), "169.254.7.7"),
        (["10.0.0.9", "169.254.7.7"], (HOUSE, SELF_GIVEN), "169.254.7.7"),
        (["169.254.7.7", "192.168.1.20"], (HOUSE, SELF_GIVEN), "192.168.1.20"),
    ],
)
def test_of_several_addresses_the_newest_in_a_near_subnet_is_chosen_else_the_newest_and_self_given_ones_come_last(
    addresses: list[str], near: tuple[IPv4Network, ...], chosen: str
) -> None:
    assert choose_address(addresses, near, loopback=False) == chosen


@pytest.mark.parametrize(
    ("addresses", "near", "last_resort"),
    [
        (("169.254.7.7",), (HOUSE,), True),
        (("169.254.7.7",), (), True),
        (("169.254.7.7",), (HOUSE, SELF_GIVEN), False),
        (("169.254.7.7", "192.168.1.20"), (), False),
        (("192.168.1.20",), (), False),
    ],
)
def test_an_address_that_this_computer_is_not_on_the_net_of_is_a_last_resort(
    addresses: tuple[str, ...], near: tuple[IPv4Network, ...], last_resort: bool
) -> None:
    result = read(info(addresses=addresses), NOW, near)
    assert isinstance(result, Seen)
    assert result.last_resort is last_resort


@given(st.lists(st.sampled_from(["169.254.7.7", "169.254.1.2", "10.0.0.9", "192.168.1.20"]), min_size=1))
def test_a_self_given_address_is_chosen_only_where_there_is_no_other(addresses: list[str]) -> None:
    chosen = choose_address(addresses, (HOUSE,), loopback=False) or ""
    assert chosen.startswith("169.254.") is all(address.startswith("169.254.") for address in addresses)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        (f"p1meter-AABBCC.{V1}", V1),
        (f"p1meter-AABBCC.{V2}", V2),
        ("P1METER-aabbcc._HWENERGY._tcp.LOCAL.", "_HWENERGY._tcp.LOCAL."),
        (f"with.dots.{V1}", V1),
        (V1, None),
        (f"not{V1}", None),
        ("printer._ipp._tcp.local.", None),
        ("", None),
    ],
)
def test_a_name_is_ours_by_its_ending_in_any_case(name: str, service: str | None) -> None:
    assert service_of(name) == service


def test_a_service_type_in_capitals_is_the_same_service() -> None:
    announced = ServiceInfo(
        "_HWENERGY._tcp.local.",
        "P1._HWENERGY._tcp.local.",
        80,
        properties={"serial": "aa"},
        parsed_addresses=["10.0.0.1"],
    )
    assert seen(announced).endpoint.api == "v1"


@given(
    txt=st.binary(max_size=400),
    address=st.ip_addresses(v=4).map(str),
    port=st.integers(0, 65535),
    name=st.text(st.characters(blacklist_characters=".", blacklist_categories=["Cs"]), min_size=1, max_size=30),
)
def test_any_announcement_is_seen_or_ignored_and_its_words_are_fit_to_show(
    txt: bytes, address: str, port: int, name: str
) -> None:
    try:
        announced = info(txt, addresses=(address,), port=port, name=name)
    except BadTypeInNameException:
        return
    result = read(announced, NOW)
    if isinstance(result, Seen):
        words = [result.serial, result.product_type, result.product_name]
        assert all(word is None or (word.isprintable() and len(word) <= 64) for word in words)
    else:
        assert result.reason.isprintable()
