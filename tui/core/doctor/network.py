"""What is to be said of this computer and its network as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tui.core.doctor.cause import spell_s
from tui.core.doctor.evidence import Computer, Port
from tui.core.doctor.rules import SLOW_GATEWAY_S
from tui.core.doctor.words import NETWORK, Weight


class Remark(NamedTuple):
    """One of them."""

    text: str
    advice: str
    weight: Weight


def remarks(computer: Computer) -> list[Remark]:
    """All that apply, from the wire up."""
    values = {
        "down": ", ".join(computer.down),
        "vpns": ", ".join(computer.vpns),
        "gateway": computer.gateway or "",
        "gateway_s": spell_s(computer.gateway_s or 0.0),
        "fault": computer.mdns_fault,
        "held_by": computer.held_by or "another program",
    }
    return [
        Remark(NETWORK[key].text.format_map(values), NETWORK[key].advice.format_map(values), weight)
        for key, weight in _keys(computer)
    ]


def _keys(computer: Computer) -> Iterator[tuple[str, Weight]]:
    if not computer.interfaces:
        yield ("ipv6-only" if computer.has_ipv6 else "no-address"), Weight.MEND
    elif computer.is_cut_off:
        yield "down", Weight.MEND
    if computer.vpns:
        yield "vpn", Weight.FINE
    is_cut_off = computer.is_cut_off or not computer.interfaces  # what follows from that is not told beside it
    if computer.gateway and computer.gateway_asked and computer.gateway_s is None and not is_cut_off:
        yield "no-gateway", Weight.FINE  # one that drops what it does not serve is no fault
    elif computer.gateway_s is not None and computer.gateway_s > SLOW_GATEWAY_S:
        yield "slow-gateway", Weight.LOOK
    if computer.mdns_used:
        if computer.mdns_fault and not is_cut_off:
            yield "fault", Weight.LOOK
        elif computer.port_5353 is Port.HELD:
            yield "held", Weight.LOOK
        elif not computer.heard and not is_cut_off:
            yield "deaf", Weight.LOOK
        if computer.port_5353 is Port.SHARED and computer.holders:
            yield "shared", Weight.FINE
        if computer.multicast_route is False and not is_cut_off:
            yield "no-multicast-route", Weight.FINE
    if not computer.is_telling:
        yield "untold", Weight.FINE


def summary(computer: Computer) -> str:
    """This computer in one line: its addresses, its gateway, what was heard."""
    parts = [
        f"{one.name} {one.address}/{one.network.partition('/')[2]}{' down' * one.is_down}"
        for one in computer.interfaces[:3]
    ]
    parts += [f"and {len(computer.interfaces) - 3} more"] if len(computer.interfaces) > 3 else []
    parts = parts or ["no network address"]
    if computer.gateway and (computer.gateway_asked or computer.gateway_s is not None):
        took = "does not answer" if computer.gateway_s is None else f"answers in {spell_s(computer.gateway_s)}"
        parts.append(f"gateway {took}")
    if computer.mdns_used:
        parts.append(f"mDNS heard: {computer.heard}")
    return ", ".join(parts)
