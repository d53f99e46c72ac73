"""The networks this machine is in, on machines of all kinds: the kernel's files are ones the test wrote."""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import ifaddr
import pytest

from tui.net import interfaces
from tui.net.interfaces import (
    RECENT_S,
    RecentNetworks,
    addresses_of,
    default_gateway,
    local_networks,
    mac_of,
    near_subnets,
    network_id,
    network_key,
)

ROUTE_HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
ARP_HEADER = "IP address       HW type     Flags       HW address            Mask     Device"


def hex_of(address: str) -> str:
    """An address as `/proc/net/route` writes it: its bytes as one number of this machine."""
    return f"{int.from_bytes(IPv4Address(address).packed, sys.byteorder):08X}"


def default_route(name: str, gateway: str, metric: int = 0, flags: str = "0003") -> str:
    return f"{name}\t00000000\t{hex_of(gateway)}\t{flags}\t0\t0\t{metric}\t00000000\t0\t0\t0"


def neighbour(address: str, mac: str, flags: str = "0x2") -> str:
    return f"{address}      0x1         {flags}         {mac}     *        eth0"


class Machine:
    """A machine with these interfaces, as `ifaddr`, `/proc/net` and `/sys/class/net` tell of it."""

    def __init__(self, root: Path) -> None:
        self.adapters: list[ifaddr.Adapter] = []
        self.proc, self.sys = root / "proc", root / "sys"
        self.proc.mkdir()
        self.sys.mkdir()

    def has(self, name: str, *addresses: str, state: str = "up", card: bool = True) -> None:
        ips = []
        for text in addresses:
            address, prefix = text.split("/")
            ips.append(ifaddr.IP((address, 0, 0) if ":" in address else address, int(prefix), name))
        self.adapters.append(ifaddr.Adapter(name, name, ips))
        if state:
            (self.sys / name / "device").mkdir(parents=True) if card else (self.sys / name).mkdir()
            (self.sys / name / "operstate").write_text(state + "\n")

    def routes(self, *lines: str) -> None:
        (self.proc / "route").write_text("\n".join((ROUTE_HEADER, *lines)) + "\n")

    def neighbours(self, *lines: str) -> None:
        (self.proc / "arp").write_text("\n".join((ARP_HEADER, *lines)) + "\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: machine.adapters)
    monkeypatch.setattr(interfaces, "PROC_NET", machine.proc)
    monkeypatch.setattr(interfaces, "SYS_CLASS_NET", machine.sys)
    return machine


def names() -> list[str]:
    return [network.name for network in local_networks()]


def test_a_network_has_a_name_an_address_and_a_subnet(machine: Machine) -> None:
    machine.has("lo", "127.0.0.1/8", "::1/128", state="unknown", card=False)
    machine.has("eth0", "192.168.1.7/24", "fe80::1/64")
    assert local_networks() == [interfaces.LocalNetwork("eth0", "192.168.1.7", IPv4Network("192.168.1.0/24"))]


def test_the_network_of_the_default_route_comes_first_then_cards_then_the_rest(machine: Machine) -> None:
    machine.has("docker0", "172.17.0.1/16", card=False)
    machine.has("eth0", "10.0.0.7/24")
    machine.has("wlan0", "192.168.1.7/24")
    assert names() == ["eth0", "wlan0", "docker0"]
    machine.routes(default_route("eth0", "10.0.0.1", metric=200), default_route("wlan0", "192.168.1.1", metric=100))
    assert names() == ["wlan0", "eth0", "docker0"]


def test_interfaces_that_are_down_and_tunnels_of_one_address_are_left_out(machine: Machine) -> None:
    machine.has("eth0", "192.168.1.7/24", state="down")
    machine.has("docker0", "172.17.0.1/16", state="down", card=False)
    machine.has("wg0", "10.9.0.2/32", state="unknown", card=False)
    machine.has("tun0", "10.8.0.2/31", state="unknown", card=False)
    machine.has("wlan0", "192.168.2.7/24")
    assert names() == ["wlan0"]


def test_a_self_given_address_counts_only_where_there_is_nothing_better(machine: Machine) -> None:
    machine.has("eth0", "169.254.7.7/16")
    assert names() == ["eth0"]
    machine.has("wlan0", "192.168.1.7/24")
    assert names() == ["wlan0"]


def test_near_are_the_subnets_of_all_addresses_or_of_those_named_and_never_loopback(machine: Machine) -> None:
    machine.has("lo", "127.0.0.1/8", state="unknown", card=False)
    machine.has("wlan0", "192.168.1.7/24")
    machine.has("eth0", "169.254.7.7/16")
    house, self_given = IPv4Network("192.168.1.0/24"), IPv4Network("169.254.0.0/16")
    assert near_subnets() == [house, self_given]
    assert near_subnets(["169.254.7.7"]) == [self_given]
    assert near_subnets(["192.168.1.7", "127.0.0.1"]) == [house]


def test_recent_networks_are_looked_up_anew_after_a_few_seconds(machine: Machine) -> None:
    moment = 0.0
    recent = RecentNetworks(clock=lambda: moment)
    assert recent() == ()
    machine.has("wlan0", "192.168.1.7/24")
    moment = RECENT_S - 0.1
    assert recent() == ()
    moment = RECENT_S
    assert [network.name for network in recent()] == ["wlan0"]


def test_recent_networks_are_those_asked_for(machine: Machine) -> None:
    machine.has("eth0", "10.0.0.7/24")
    machine.has("wlan0", "192.168.1.7/24")
    assert [network.name for network in RecentNetworks(["192.168.1.7"])()] == ["wlan0"]


def test_a_system_without_the_kernels_files_lists_all_its_networks(machine: Machine) -> None:
    machine.has("en0", "192.168.1.7/24", state="")
    machine.has("{846EE342-7039-11DE-9D20-806E6F6E6963}", "10.0.0.7/24", state="")
    assert len(local_networks()) == 2
    assert network_id() == network_key(IPv4Network("192.168.1.0/24"))


def refuse() -> list[ifaddr.Adapter]:
    raise PermissionError(13, "Permission denied")


def test_a_system_that_does_not_tell_its_addresses_has_no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ifaddr, "get_adapters", refuse)
    assert (local_networks(), addresses_of(()), addresses_of(["127.0.0.1"]), network_id()) == ([], (), (), None)


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ((), ("192.168.1.7", "10.0.0.7")),
        (("10.0.0.7",), ("10.0.0.7",)),
        (("10.0.0.7", "10.0.0.7"), ("10.0.0.7",)),
        (("127.0.0.1",), ("127.0.0.1",)),
        (("127.8.8.8",), ("127.8.8.8",)),
        (("10.0.0.8",), ()),
        (("10.0.0.8", "192.168.1.7"), ("192.168.1.7",)),
        (("eth0", "", "::1", "10.0.0.07", "10.0.0"), ()),
    ],
)
def test_mdns_is_used_on_the_addresses_asked_for_that_are_there_else_on_all_networks(
    machine: Machine, asked: tuple[str, ...], used: tuple[str, ...]
) -> None:
    machine.has("lo", "127.0.0.1/8", state="unknown", card=False)
    machine.has("eth0", "192.168.1.7/24")
    machine.has("eth1", "10.0.0.7/24")
    assert addresses_of(asked) == used


def test_the_key_of_a_network_is_that_of_its_subnet_gateway_and_the_gateways_mac(machine: Machine) -> None:
    machine.has("wlan0", "192.168.1.7/24")
    machine.routes(default_route("wlan0", "192.168.1.1"))
    machine.neighbours(neighbour("192.168.1.1", "02:fc:00:00:00:05"))
    house = IPv4Network("192.168.1.0/24")
    assert network_id() == network_key(house, IPv4Address("192.168.1.1"), "02:FC:00:00:00:05")
    machine.neighbours(neighbour("192.168.1.1", "02:fc:00:00:00:06"))
    assert network_id() not in (None, network_key(house, IPv4Address("192.168.1.1"), "02:fc:00:00:00:05"))


@pytest.mark.parametrize(
    "table",
    [[], [neighbour("192.168.1.1", "00:00:00:00:00:00", "0x0")], [neighbour("192.168.1.9", "02:fc:00:00:00:05")]],
)
def test_there_is_no_key_while_the_gateway_has_not_been_met(machine: Machine, table: list[str]) -> None:
    machine.has("wlan0", "192.168.1.7/24")
    machine.routes(default_route("wlan0", "192.168.1.1"))
    machine.neighbours(*table)
    assert network_id() is None


def test_the_key_is_that_of_the_subnet_where_no_gateway_or_no_macs_can_be_read(machine: Machine) -> None:
    machine.has("wlan0", "192.168.1.7/24")
    subnet_alone = network_key(IPv4Network("192.168.1.0/24"))
    assert network_id() == subnet_alone
    machine.routes(default_route("wlan0", "192.168.1.1"))
    assert network_id() == subnet_alone
    machine.routes()
    machine.neighbours(neighbour("192.168.1.9", "02:fc:00:00:00:05"))
    assert network_id() == subnet_alone


def test_a_self_given_address_is_no_network_to_remember(machine: Machine) -> None:
    machine.has("eth0", "169.254.7.7/16")
    assert network_id() is None


def test_a_key_is_short_and_tells_nothing() -> None:
    key = network_key(IPv4Network("192.168.1.0/24"), IPv4Address("192.168.1.1"), "02:fc:00:00:00:05")
    assert len(key) == 16
    assert int(key, 16) >= 0


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], None),
        ([default_route("eth0", "10.0.0.1")], ("eth0", IPv4Address("10.0.0.1"))),
        (
            [
                default_route("a", "10.0.0.1", 600),
                default_route("b", "10.0.0.2", 100),
                default_route("c", "10.0.0.3", 300),
            ],
            ("b", IPv4Address("10.0.0.2")),
        ),
        ([default_route("tun0", "0.0.0.0", flags="0001")], None),  # noqa: S104 - a route without a gateway
        ([default_route("eth0", "10.0.0.1", flags="0002")], None),  # not up
        ([default_route("eth0", "10.0.0.1").replace("00000000", "0000FEA9")], None),  # not the default
        (
            ["", "eth0", "eth0 x y z 0 0 0 0 0 0 0", default_route("eth1", "10.0.0.1")],
            ("eth1", IPv4Address("10.0.0.1")),
        ),
        (["eth0\t00000000\tFFFFFFFFFF\t0003\t0\t0\t0\t00000000\t0\t0\t0"], None),
    ],
)
def test_the_default_gateway_is_read_from_the_route_of_least_metric(
    lines: list[str], found: tuple[str, IPv4Address] | None
) -> None:
    assert default_gateway("\n".join((ROUTE_HEADER, *lines))) == found


def test_macs_are_read_from_tables_with_odd_lines() -> None:
    table = "\n".join((ARP_HEADER, "", "x", "10.0.0.1 0x1 zz 02:00 *", neighbour("10.0.0.1", "02:fc:00:00:00:05")))
    assert mac_of(table, IPv4Address("10.0.0.1")) == "02:fc:00:00:00:05"
    assert mac_of(table, IPv4Address("10.0.0.11")) is None
    assert mac_of("", IPv4Address("10.0.0.1")) is None


def test_this_machine_can_be_asked() -> None:
    assert all(not IPv4Address(network.address).is_loopback for network in local_networks())
    assert network_id() == network_id()
