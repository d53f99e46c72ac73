"""Which subnets `devices --scan` asks."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from tui.engine.commands.subnet import subnets
from tui.net.interfaces import LocalNetwork


def _network(name: str, address: str, prefix: int) -> LocalNetwork:
    return LocalNetwork(name, address, IPv4Network((address, prefix), strict=False))


WIFI = _network("wlan0", "192.168.1.23", 24)
BRIDGE = _network("docker0", "172.17.0.1", 16)


@pytest.mark.parametrize(
    ("interfaces", "asked"),
    [
        ((), ["192.168.1.0/24"]),
        (("192.168.1.23",), ["192.168.1.0/24"]),
        (("172.17.0.1",), ["172.17.0.0/22"]),
        (("192.168.1.23", "172.17.0.1"), ["192.168.1.0/24", "172.17.0.0/22"]),
        (("127.0.0.1",), []),
    ],
)
def test_the_likeliest_subnet_is_asked_or_those_that_were_chosen_and_none_wider_than_a_22(
    interfaces: tuple[str, ...], asked: list[str]
) -> None:
    assert [str(network) for network in subnets([WIFI, BRIDGE], interfaces)] == asked


def test_without_a_network_there_is_nothing_to_ask() -> None:
    assert subnets([], ()) == []
