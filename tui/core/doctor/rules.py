"""One rule a layer: evidence in, what it means out; None where that layer is not at fault. `RULES` goes from the wire
up, and the first that finds something names the layer.

Two places need a word. A device that is announced and yet has no ARP answer, or takes no connection, is `isolated`:
that rule stands with those two, since it says the same and knows more. And a MAC that is not the serial's is no fault
where the right device answers all the same: a repeater that speaks for it has its own.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.core.doctor.cause import (
    Cause,
    answers,
    ended,
    found,
    is_connected,
    is_unreached,
    keeps_values,
    main_way,
    percentile,
    says,
)
from tui.core.doctor.evidence import Arp, Evidence, Layer, Reach, Route, Said
from tui.core.model import key_of
from tui.core.moment import Moment
from tui.core.text import clean

SLOW_S = 1.0
"""A p95 above this is slow: rule `link` of the check (own choice)."""
LOST = 2
"""So many losses among a few requests are no accident; one or two a day are (Home Assistant, issue 122970)."""
LOST_PART = 0.03
"""Of many requests, so large a part: rule `link` of the check, a warning (own choice)."""
SLOW_GATEWAY_S = 0.2
"""A gateway is a wire or one hop of Wi-Fi away, and answers in a few milliseconds (own choice)."""
BEHIND_S = 120.0
"""A telegram that is older stands still, if its clock does not move either (own choice: twice what a clock may be
wrong in the check)."""
_LOCAL = ".local"
_OF_TIME = ("has expired", "is not valid yet")
"""How a certificate is called that a wrong clock of this computer makes invalid."""
_MAC = frozenset("0123456789abcdef")


Rule = Callable[[Evidence, Moment], Cause | None]


def no_address(evidence: Evidence, now: Moment) -> Cause | None:
    """This computer has none, and the device is not on this computer itself."""
    computer, device = evidence.computer, evidence.device
    if computer.interfaces or device.route not in (Route.NONE, Route.UNKNOWN) or answers(evidence):
        return None
    if device.route is Route.UNKNOWN and not (device.host and device.address is None):
        return None
    return found(evidence, now, Layer.NO_ADDRESS, "ipv6" if computer.has_ipv6 else "")


def no_route(evidence: Evidence, now: Moment) -> Cause | None:
    """Nothing leads there, its wire is out, or this computer's own firewall does not let it."""
    if ended(evidence, Reach.FORBIDDEN):
        return found(evidence, now, Layer.NO_ROUTE, "firewall")
    computer, device = evidence.computer, evidence.device
    is_cut_off = computer.is_cut_off and device.interface != "lo" and device.route is not Route.TUNNEL
    if (is_cut_off or device.interface in computer.down) and not answers(evidence) and not is_connected(evidence):
        return found(evidence, now, Layer.NO_ROUTE, "down")
    if device.route is Route.NONE:
        return found(evidence, now, Layer.NO_ROUTE)
    return None


def off_link(evidence: Evidence, now: Moment) -> Cause | None:
    """It is beyond a router or in a VPN, and nothing comes back."""
    route = evidence.device.route
    if route not in (Route.ROUTER, Route.TUNNEL) or not is_unreached(evidence):
        return None
    return found(evidence, now, Layer.OFF_LINK, "vpn" if route is Route.TUNNEL else "")


def no_name(evidence: Evidence, now: Moment) -> Cause | None:
    """Its name has no address, or nobody ever said where it is."""
    device = evidence.device
    if device.address is not None:
        return None
    host = device.host.partition(":")[0]
    if not host:
        variant = "unknown" if evidence.computer.mdns_used else "unasked"
    elif host.endswith(_LOCAL):
        variant = "local" if evidence.computer.mdns_used else "local unasked"
    else:
        variant = "" if "." in host else "bare"
    return found(evidence, now, Layer.NO_NAME, variant)


def isolated(evidence: Evidence, now: Moment) -> Cause | None:
    """It was heard on mDNS just now, on the same wire, and nothing else comes through."""
    device = evidence.device
    if device.announced and device.route in (Route.LINK, Route.UNKNOWN) and is_unreached(evidence):
        return found(evidence, now, Layer.ISOLATED)
    return None


def no_arp(evidence: Evidence, now: Moment) -> Cause | None:
    """Nobody in this network has its address."""
    device = evidence.device
    silent = device.arp is Arp.SILENT or (device.route is Route.LINK and ended(evidence, Reach.NOBODY))
    return found(evidence, now, Layer.NO_ARP) if silent and is_unreached(evidence) else None


def wrong_mac(evidence: Evidence, now: Moment) -> Cause | None:
    """Somebody else has its address: the serial is the MAC (API documentation, discovery)."""
    device, way = evidence.device, main_way(evidence)
    serial = key_of(device.serial or "")
    if not serial:
        return None
    if way is not None and way.said is Said.WHO and way.serial is not None:
        return found(evidence, now, Layer.WRONG_MAC, "serial") if key_of(way.serial) != serial else None
    is_mac = len(serial) == 12 and set(serial) <= _MAC
    if device.mac and is_mac and not device.mac_is_shared and key_of(device.mac) != serial:
        return found(evidence, now, Layer.WRONG_MAC)
    return None


def refused(evidence: Evidence, now: Moment) -> Cause | None:
    """Nothing listens there."""
    ways = evidence.device.ways
    if answers(evidence) or not any(way.reach is Reach.REFUSED for way in ways) or is_connected(evidence):
        return None
    if any(one.address == evidence.device.address for one in evidence.computer.interfaces):
        return found(evidence, now, Layer.REFUSED, "self")
    return found(evidence, now, Layer.REFUSED, "off" if evidence.device.says_off else "")


def reset(evidence: Evidence, now: Moment) -> Cause | None:
    """The connection is taken away, or at least when it is asked for its values."""
    if keeps_values(evidence, Said.RESET):
        return found(evidence, now, Layer.RESET, "values")
    ways = evidence.device.ways
    cut = any(way.reach is Reach.RESET or way.said is Said.RESET for way in ways)
    return found(evidence, now, Layer.RESET) if cut and not answers(evidence) else None


def timeout(evidence: Evidence, now: Moment) -> Cause | None:
    """Nothing came in time: no connection, no answer on it, or no values in it."""
    if keeps_values(evidence, Said.TIMEOUT):
        return found(evidence, now, Layer.TIMEOUT, "values")
    ways = evidence.device.ways
    if answers(evidence) or not ways:
        return None
    if any(way.said is Said.TIMEOUT for way in ways):
        return found(evidence, now, Layer.TIMEOUT, "after")
    there = evidence.device.arp is Arp.ANSWERED
    return found(evidence, now, Layer.TIMEOUT, "there" if there else "before") if is_unreached(evidence) else None


def slow(evidence: Evidence, now: Moment) -> Cause | None:
    """It answers late, or not always."""
    way = main_way(evidence)
    if way is None or not way.said.is_answer:
        return None
    is_lossy = way.lost >= max(LOST, LOST_PART * way.asked)
    is_late = percentile(way.latencies_s, 0.95) > SLOW_S
    if not is_late and not is_lossy:
        return None
    gateway_s = evidence.computer.gateway_s
    here = "here" if gateway_s and gateway_s > SLOW_GATEWAY_S else ""
    loses = "loses" if is_lossy and not is_late else ""  # the word of the layer alone would hide it
    return found(evidence, now, Layer.SLOW, f"{loses} {here}".strip())


def not_http(evidence: Evidence, now: Moment) -> Cause | None:
    """Something else speaks there."""
    return found(evidence, now, Layer.NOT_HTTP) if says(evidence, Said.NOT_HTTP) else None


def not_homewizard(evidence: Evidence, now: Moment) -> Cause | None:
    """A web server, but not that of a meter."""
    return found(evidence, now, Layer.NOT_HOMEWIZARD) if says(evidence, Said.NOT_HOMEWIZARD) else None


def api_off(evidence: Evidence, now: Moment) -> Cause | None:
    """Its owner has to turn its Local API on. A device that is paired needs none."""
    off = any(way.said is Said.API_OFF for way in evidence.device.ways) and not says(evidence, Said.WHO)
    return found(evidence, now, Layer.API_OFF) if off or keeps_values(evidence, Said.API_OFF) else None


def not_paired(evidence: Evidence, now: Moment) -> Cause | None:
    """It speaks API v2 and wants a token; or it has forgotten the one that this program has."""
    for way in evidence.device.ways:
        if way.said is Said.NOT_PAIRED and (way.had_token or not says(evidence, Said.WHO)):
            return found(evidence, now, Layer.NOT_PAIRED, "refused" if way.had_token else "")
    return found(evidence, now, Layer.NOT_PAIRED, "refused") if keeps_values(evidence, Said.NOT_PAIRED) else None


def certificate(evidence: Evidence, now: Moment) -> Cause | None:
    """It shows the certificate of another device, or of nobody that is trusted."""
    for way in evidence.device.ways:
        if way.said is Said.CERTIFICATE:
            variant = "clock" if way.detail.endswith(_OF_TIME) else ""
            cause = found(evidence, now, Layer.CERTIFICATE, variant)
            return Cause(cause.layer, cause.variant, {**cause.values, "detail": clean(way.detail, 160)})
    return None


def bad_answer(evidence: Evidence, now: Moment) -> Cause | None:
    """A device, but its answer is damaged, or tells no values."""
    if keeps_values(evidence, Said.BAD):
        return found(evidence, now, Layer.BAD_ANSWER, "values")
    return found(evidence, now, Layer.BAD_ANSWER) if says(evidence, Said.BAD) else None


def frozen(evidence: Evidence, now: Moment) -> Cause | None:
    """It answers with a telegram that is old, and whose clock does not move."""
    device = evidence.device
    is_old = device.behind_s is not None and device.behind_s > BEHIND_S
    return found(evidence, now, Layer.FROZEN) if is_old and device.clock_moved is False else None


def not_announced(evidence: Evidence, now: Moment) -> Cause | None:
    """It answers, and nothing was heard of it on mDNS although it could have been."""
    if evidence.device.announced is not False or not answers(evidence):
        return None
    return found(evidence, now, Layer.NOT_ANNOUNCED, "" if evidence.computer.heard else "deaf")


def two_of_one_serial(evidence: Evidence, now: Moment) -> Cause | None:
    """Another address answers with the same serial, at the same time."""
    return found(evidence, now, Layer.TWO_OF_ONE_SERIAL) if evidence.device.elsewhere else None


def moved(evidence: Evidence, now: Moment) -> Cause | None:
    """It answers, but not where it was."""
    device = evidence.device
    gone = device.before is not None and device.before != device.address
    return found(evidence, now, Layer.MOVED) if gone and answers(evidence) else None


def well(evidence: Evidence, now: Moment) -> Cause:
    """Nothing is wrong with the way to it; a meter whose clock is wrong is told along with that. Where nothing answered
    and no rule knows why, nobody is called well."""
    if not answers(evidence):
        return found(evidence, now, Layer.TIMEOUT, "before")
    late = evidence.device.behind_s is not None and evidence.device.behind_s > BEHIND_S
    return found(evidence, now, Layer.WELL, "clock" if late else "")


RULES: tuple[Rule, ...] = (
    no_address,
    no_route,
    off_link,
    no_name,
    isolated,
    no_arp,
    wrong_mac,
    refused,
    reset,
    timeout,
    slow,
    not_http,
    not_homewizard,
    api_off,
    not_paired,
    certificate,
    bad_answer,
    frozen,
    not_announced,
    two_of_one_serial,
    moved,
)
"""From the wire up. What none of them finds fault with is well."""

CUT = frozenset(
    {
        *(Layer.NO_ADDRESS, Layer.NO_ROUTE, Layer.OFF_LINK, Layer.NO_NAME, Layer.ISOLATED, Layer.NO_ARP),
        *(Layer.WRONG_MAC, Layer.REFUSED, Layer.RESET, Layer.TIMEOUT),
    }
)
"""Where the way ends: of these the deepest is the cause, and the others follow from it."""


def causes(evidence: Evidence, now: Moment) -> list[Cause]:
    """Everything that is wrong, the deepest first, and then what follows from it."""
    return [cause for rule in RULES if (cause := rule(evidence, now)) is not None]
