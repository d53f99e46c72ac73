"""What a rule of the link doctor finds, and the values that its words may have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tui.core.doctor.evidence import Evidence, Layer, Reach, Said, Way
from tui.core.moment import Moment
from tui.core.text import clean
from tui.core.wording import long_age


@dataclass(frozen=True, slots=True)
class Cause:
    """What a rule found: the layer, the variant of its words, and the values in them."""

    layer: Layer
    variant: str = ""
    values: dict[str, str] = field(default_factory=dict)


def percentile(values: Sequence[float], part: float) -> float:
    """The nearest rank: of few values the largest is the p95."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


def main_way(evidence: Evidence) -> Way | None:
    """The endpoint that tells most: the one that said who it is, else one that answered, else the first."""
    ways = evidence.device.ways
    for best in (lambda way: way.said is Said.WHO, lambda way: way.said.is_answer):
        if found := next(filter(best, ways), None):
            return found
    return next(iter(ways), None)


def spell_s(seconds: float) -> str:
    """ "0.4 ms", "12 ms", "1.8 s"."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.001 else f"{1000 * seconds:.1f} ms"


def _values(evidence: Evidence, now: Moment) -> dict[str, str]:
    """The values that any text may have."""
    device, computer, way, mute = evidence.device, evidence.computer, main_way(evidence), without_values(evidence)
    ago = now.age_of(device.last_answer) if device.last_answer else None
    wifi = "" if device.wifi_pct is None else f", Wi-Fi {device.wifi_pct:.0f} %"
    ports = dict.fromkeys(str(one.endpoint.port) for one in device.ways)
    return {
        "address": device.address or device.host,
        "there": way.endpoint.address if way else device.host,
        "host": device.host or device.address or "",
        "name": device.host.partition(":")[0],
        "port": " and ".join(ports) or "80",
        "networks": computer.networks,
        "interface": device.interface,
        "down": ", ".join(computer.down),
        "serial": device.serial or "",
        "mac": device.mac or "",
        "since": "" if ago is None else f"; its last answer was {long_age(ago)} ago",
        "within": f"{round(way.within_s, 1):g} s" if way else "",
        "wifi": wifi,
        "detail": way.detail if way else "",
        "values": mute.values_detail if mute else "",
        "gateway": spell_s(computer.gateway_s or 0.0),
        "p50": spell_s(percentile(way.latencies_s, 0.5)) if way else "",
        "p95": spell_s(percentile(way.latencies_s, 0.95)) if way else "",
        "lost": str(way.lost if way else 0),
        "asked": str(way.asked if way else 0),
        "behind": long_age(max(0.0, device.behind_s or 0.0)),
        "before": device.before or "",
        "moved": f", since {long_age(now.age_of(device.moved))}" if device.moved else "",
        "elsewhere": ", ".join(device.elsewhere),
        "other": (way.serial if way else None) or "",
    }


def found(evidence: Evidence, now: Moment, layer: Layer, variant: str = "") -> Cause:
    return Cause(layer, variant, {name: clean(text, 160) for name, text in _values(evidence, now).items()})


def ended(evidence: Evidence, *ends: Reach) -> bool:
    ways = evidence.device.ways
    return bool(ways) and all(way.reach in ends for way in ways)


def says(evidence: Evidence, said: Said) -> bool:
    """Whether that is the best it said."""
    way = main_way(evidence)
    return way is not None and way.said is said


def without_values(evidence: Evidence) -> Way | None:
    """The endpoint that says who it is and does not tell its values, if no other one tells them."""
    ways = [way for way in evidence.device.ways if way.said is Said.WHO and way.values is not Said.NOTHING]
    return ways[0] if ways and all(way.values is not Said.WHO for way in ways) else None


def keeps_values(evidence: Evidence, said: Said) -> bool:
    """Whether that is what comes instead of its values."""
    way = without_values(evidence)
    return way is not None and way.values is said


def is_unreached(evidence: Evidence) -> bool:
    return ended(evidence, Reach.TIMEOUT, Reach.NOBODY, Reach.NO_WAY)


def answers(evidence: Evidence) -> bool:
    """Whether anything answers there."""
    return any(way.said.is_answer for way in evidence.device.ways)


def is_connected(evidence: Evidence) -> bool:
    return any(way.reach is Reach.ACCEPTED for way in evidence.device.ways)
