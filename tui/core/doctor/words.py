"""Every word of the link doctor: by layer, and by layer and variant. Values in braces come from the rules."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from tui.core.doctor.evidence import Layer

HOW_TO_TURN_ON = "HomeWizard app, Settings > Meters > your meter > Local API"
"""Where the switch is: API documentation, getting started."""


class Weight(IntEnum):
    """How much it matters: as the exit codes of `hwtui check`."""

    FINE = 0
    LOOK = 1
    MEND = 2


SHORT: dict[Layer, tuple[str, Weight]] = {
    Layer.NO_ADDRESS: ("no address", Weight.MEND),
    Layer.NO_ROUTE: ("no route", Weight.MEND),
    Layer.OFF_LINK: ("off network", Weight.MEND),
    Layer.NO_NAME: ("no name", Weight.MEND),
    Layer.NO_ARP: ("no ARP answer", Weight.MEND),
    Layer.WRONG_MAC: ("other device", Weight.MEND),
    Layer.REFUSED: ("refused", Weight.MEND),
    Layer.RESET: ("reset", Weight.MEND),
    Layer.TIMEOUT: ("no answer", Weight.MEND),
    Layer.SLOW: ("slow", Weight.LOOK),
    Layer.NOT_HTTP: ("not HTTP", Weight.MEND),
    Layer.NOT_HOMEWIZARD: ("not HomeWizard", Weight.MEND),
    Layer.API_OFF: ("API off", Weight.MEND),
    Layer.NOT_PAIRED: ("not paired", Weight.MEND),
    Layer.CERTIFICATE: ("certificate", Weight.MEND),
    Layer.BAD_ANSWER: ("bad answer", Weight.MEND),
    Layer.FROZEN: ("frozen", Weight.MEND),
    Layer.ISOLATED: ("isolated", Weight.MEND),
    Layer.NOT_ANNOUNCED: ("not announced", Weight.LOOK),
    Layer.TWO_OF_ONE_SERIAL: ("two of one", Weight.LOOK),
    Layer.MOVED: ("moved", Weight.LOOK),
    Layer.WELL: ("well", Weight.FINE),
}
"""The word of a layer, of 14 characters at most, and how much it matters."""


class Words(NamedTuple):
    """What is so, and what to do next."""

    text: str
    advice: str


_LIGHT = "see whether its light is on; try it nearer to the access point"
_RIGHT = "is this the right address? The app shows it under the meter"

TEXTS: dict[tuple[Layer, str], Words] = {
    (Layer.NO_ADDRESS, ""): Words(
        "this computer has no network address", "plug in its cable, or join the Wi-Fi of the meters"
    ),
    (Layer.NO_ADDRESS, "ipv6"): Words(
        "this computer has IPv6 alone, and meters speak IPv4", "turn on IPv4 (DHCP) in its network settings"
    ),
    (Layer.NO_ROUTE, ""): Words(
        "no way to {address}: this computer is in {networks}",
        "join the network of the meters; if this is it, look up the address in the app",
    ),
    (Layer.NO_ROUTE, "down"): Words(
        "this computer's own connection is down ({down})", "plug in its cable, or join the Wi-Fi of the meters"
    ),
    (Layer.NO_ROUTE, "firewall"): Words(
        "this computer's own firewall forbids {address}", "allow TCP {port} to the local network in it"
    ),
    (Layer.OFF_LINK, ""): Words(
        "{address} is in another network than this computer ({networks}), and nothing comes back from there",
        "join the network of the meters, not a guest network",
    ),
    (Layer.OFF_LINK, "vpn"): Words(
        "the way to {address} leads into a VPN ({interface})", "end the VPN, or leave the local network out of it"
    ),
    (Layer.NO_NAME, ""): Words("the name {name} has no address", "use the address that the app shows under the meter"),
    (Layer.NO_NAME, "bare"): Words(
        "{name} is neither a device that is known nor a name with an address",
        "is it spelled right? hwtui devices lists those that are known; else use the address that the app shows",
    ),
    (Layer.NO_NAME, "unasked"): Words(
        "no address of it is known, and mDNS was not asked",
        "leave out --no-mdns, or name its address: hwtui doctor ADDRESS",
    ),
    (Layer.NO_NAME, "local unasked"): Words(
        "the system knows no address for {name}, and mDNS was not asked",
        "leave out --no-mdns, or use the address that the app shows under the meter",
    ),
    (Layer.NO_NAME, "local"): Words("nothing answers to the name {name}", _LIGHT),
    (Layer.NO_NAME, "unknown"): Words(
        "it is not announced here, and no address of it is known",
        "is it in this network? Then name its address: hwtui doctor ADDRESS",
    ),
    (Layer.ISOLATED, ""): Words(
        "announces itself at {address}, but answers nothing else",
        "turn off client isolation in the access point (guest network, AP isolation)",
    ),
    (Layer.NO_ARP, ""): Words("nobody has {address} in this network{since}", _LIGHT),
    (Layer.WRONG_MAC, ""): Words(
        "{address} belongs to another device ({mac}), not to {serial}",
        "look up its address in the app, and give it a fixed one in the router (a repeater may show its own MAC)",
    ),
    (Layer.WRONG_MAC, "serial"): Words(
        "{other} answers at {address}, not {serial}",
        "look up its address in the app, and give it a fixed one in the router",
    ),
    (Layer.REFUSED, ""): Words("{address} refuses a connection to port {port}", f"{_RIGHT}. If it is, restart it"),
    (Layer.REFUSED, "self"): Words(
        "{address} is this computer itself, and refuses a connection to port {port}",
        "use the address of the meter, which the app shows under it",
    ),
    (Layer.REFUSED, "off"): Words(
        "{address} refuses a connection to port {port}, and it announces its Local API as off", HOW_TO_TURN_ON
    ),
    (Layer.RESET, ""): Words(
        "{address} resets the connection", "does another program read this device? End it, or restart the device"
    ),
    (Layer.RESET, "values"): Words(
        "tells only who it is, and resets the connection when it is asked for its values",
        "does another program read this device? End it, or restart the device",
    ),
    (Layer.TIMEOUT, "before"): Words("no connection to {address} within {within}{since}", _LIGHT),
    (Layer.TIMEOUT, "there"): Words(
        "no connection to {address} within {within}, though ARP answers there{since}",
        "it is in the network, or has just left it: restart it, or try it nearer to the access point",
    ),
    (Layer.TIMEOUT, "after"): Words(
        "connected, but no answer within {within} to any of {asked} requests", "if it stays so, restart it"
    ),
    (Layer.TIMEOUT, "values"): Words(
        "tells only who it is, and no values: {values}", "restart it; newer firmware may mend it"
    ),
    (Layer.SLOW, ""): Words("p95 {p95}, {lost} of {asked} lost{wifi}", "try it nearer to the access point"),
    (Layer.SLOW, "here"): Words(
        "p95 {p95}, {lost} of {asked} lost{wifi}",
        "this computer's own link is slow: its gateway takes {gateway}. Try a cable",
    ),
    (Layer.SLOW, "loses"): Words(
        "loses answers: {lost} of {asked} did not come, p95 of the others {p95}{wifi}",
        "try it nearer to the access point",
    ),
    (Layer.SLOW, "loses here"): Words(
        "loses answers: {lost} of {asked} did not come, p95 of the others {p95}{wifi}",
        "this computer's own link is slow: its gateway takes {gateway}. Try a cable",
    ),
    (Layer.NOT_HTTP, ""): Words("what answers at {address}, port {port}, does not speak HTTP", _RIGHT),
    (Layer.NOT_HOMEWIZARD, ""): Words("a web server answers at {address}, but no HomeWizard device: {detail}", _RIGHT),
    (Layer.API_OFF, ""): Words("answers that its Local API is off", HOW_TO_TURN_ON),
    (Layer.NOT_PAIRED, ""): Words("answers over HTTPS, which needs a pairing", "press p on it, or: hwtui pair {host}"),
    (Layer.NOT_PAIRED, "refused"): Words(
        "no longer knows this computer: its token is refused", "pair it again: press p on it, or: hwtui pair {host}"
    ),
    (Layer.CERTIFICATE, ""): Words("{detail}", "look up its address in the app. If it is right, pair it again"),
    (Layer.CERTIFICATE, "clock"): Words(
        "{detail}", "is this computer's clock right? Set it; if it is, newer firmware of the device may mend it"
    ),
    (Layer.BAD_ANSWER, ""): Words("its answer cannot be read: {detail}", "restart it; newer firmware may mend it"),
    (Layer.BAD_ANSWER, "values"): Words(
        "tells only who it is; its values cannot be read: {values}", "restart it; newer firmware may mend it"
    ),
    (Layer.FROZEN, ""): Words(
        "answers, but its smart meter's telegram has stood still for {behind}", "check the cable in the P1 port"
    ),
    (Layer.NOT_ANNOUNCED, ""): Words(
        "answers, but mDNS does not announce it", "it is not found by itself: keep its address in the config file"
    ),
    (Layer.NOT_ANNOUNCED, "deaf"): Words(
        "answers, but nothing at all is heard on mDNS",
        "mDNS is blocked here (access point, firewall): keep its address in the config file",
    ),
    (Layer.TWO_OF_ONE_SERIAL, ""): Words(
        "{serial} answers at {there} and at {elsewhere}",
        "one of them is no meter, or copies one: take it away, or change its serial",
    ),
    (Layer.MOVED, ""): Words(
        "was at {before}, and answers at {there} now{moved}",
        "give it a fixed address in the router, and use that where the old one is written",
    ),
    (Layer.WELL, ""): Words("p50 {p50}, p95 {p95}, {lost} of {asked} lost", ""),
    (Layer.WELL, "clock"): Words(
        "p50 {p50}, p95 {p95}, {lost} of {asked} lost; its smart meter's clock is {behind} behind this computer's", ""
    ),
}
"""By layer and variant."""

NETWORK: dict[str, Words] = {
    "no-address": TEXTS[Layer.NO_ADDRESS, ""],
    "ipv6-only": TEXTS[Layer.NO_ADDRESS, "ipv6"],
    "down": Words(
        "no network connection of this computer is up ({down})", "plug in its cable, or join the Wi-Fi of the meters"
    ),
    "vpn": Words("a VPN is up ({vpns})", "if devices do not answer, end it, or leave the local network out of it"),
    "no-gateway": Words(
        "the gateway {gateway} does not answer", "is this computer's cable in, or its Wi-Fi connected?"
    ),
    "slow-gateway": Words(
        "the gateway takes {gateway_s}: this computer's own link is slow", "try a cable, or go nearer"
    ),
    "deaf": Words("nothing is heard on mDNS", "is it blocked (access point, firewall)? Then name devices by address"),
    "fault": Words("mDNS could not start: {fault}", "name devices by address: hwtui doctor ADDRESS"),
    "held": Words(
        "UDP port 5353 is kept for itself by {held_by}",
        "announcements are not heard at once: end it, or let it share",
    ),
    "shared": Words("UDP port 5353 is shared with {held_by}", ""),
    "no-multicast-route": Words(
        "no route for multicast (224.0.0.251)", "other mDNS programs may be deaf here; this one uses each interface"
    ),
    "untold": Words("this system does not tell its neighbours (ARP) and routes", ""),
}
"""Of the network as a whole."""
