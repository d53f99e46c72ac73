"""A diagnosis as lines, as the page "what was tried" that an installer copies, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.evidence import Computer, Examined, Tried
from tui.core.doctor.network import remarks
from tui.core.doctor.past import before_words
from tui.core.doctor.words import SHORT, Weight
from tui.core.moment import Now
from tui.core.reading import Json
from tui.core.table import cells
from tui.core.text import clean

WIDTH = 80
NAME_CELLS = 18
"""As wide as "Water meter 76e61a"; a longer one is not cut, since it may be an address that somebody copies."""
SHORT_CELLS = 14


def line(patient: Patient) -> str:
    """Name, layer and what is so."""
    diagnosis = patient.diagnosis
    name = clean(patient.name)
    room = " " * max(0, NAME_CELLS - cells(name))
    return f"{name}{room}  {diagnosis.short:<{SHORT_CELLS}}  {diagnosis.text}".rstrip()


def lines(patient: Patient, zone: tzinfo, width: int = WIDTH) -> list[str]:
    """One line of a device that is well; of any other what to do, and what was tried, too. No wider than `width`."""
    diagnosis = patient.diagnosis
    told = textwrap.wrap(line(patient), width, subsequent_indent=" " * 10)
    if before := _before(patient, zone):
        told += _under("before", before, width)
    if diagnosis.advice:
        told += _under("do", diagnosis.advice, width)
    for layer, text, advice in diagnosis.also:
        told += _under("also", f"{SHORT[layer][0]}: {text}" + (f". {_capital(advice)}" if advice else ""), width)
    if diagnosis.weight is not Weight.FINE and diagnosis.tried:
        told += _under("tried", "; ".join(tried_words(one, zone) for one in diagnosis.tried), width)
    return told


def computer_lines(computer: Computer, line: str, width: int = WIDTH) -> list[str]:
    """This computer, and what is to be said of its network."""
    told = textwrap.wrap(f"This computer  {line}", width, subsequent_indent=" " * 15)
    for remark in remarks(computer):
        told += _under("note", remark.text + (f". {_capital(remark.advice)}" if remark.advice else ""), width)
    return told


def as_json(computer: Computer, patients: Iterable[Patient]) -> dict[str, Json]:
    """The whole, as `hwtui doctor --json` prints it; times in UTC, milliseconds with one decimal."""
    return {"computer": _computer_json(computer), "devices": [_device_json(one) for one in patients]}


def _device_json(patient: Patient) -> dict[str, Json]:
    device, diagnosis = patient.evidence.device, patient.diagnosis
    latency, (lost, asked) = patient.latency_s, patient.losses
    p50, p95 = latency or (None, None)
    return {
        "name": device.name,
        "serial": device.serial,
        "host": device.host or device.address,
        "layer": diagnosis.layer.value,
        "text": diagnosis.text,
        "advice": diagnosis.advice,
        "tried": [_tried_json(one) for one in diagnosis.tried],
        "latency_ms": {"p50": _ms(p50), "p95": _ms(p95)},
        "lost": lost,
        "asked": asked,
        "also": [{"layer": layer.value, "text": text, "advice": advice} for layer, text, advice in diagnosis.also],
        "before": _before_json(device, patient.at),
    }


def _before_json(device: Examined, now: Now | None) -> Json:
    """When it last answered before this examination, and where it was; null where that is not known."""
    last = device.last_answer
    at = None if last is None or now is None else datetime.fromtimestamp(now.utc_of(last), UTC)
    return {"last_answer": at.isoformat(timespec="seconds") if at else None, "address": device.before}


def _computer_json(computer: Computer) -> dict[str, Json]:
    interfaces: Sequence[Json] = [
        {"name": one.name, "address": one.address, "network": one.network, "vpn": one.is_tunnel, "down": one.is_down}
        for one in computer.interfaces
    ]
    port = computer.port_5353
    return {
        "interfaces": list(interfaces),
        "ipv6_only": computer.has_ipv6 and not computer.interfaces,
        "vpn": list(computer.vpns),
        "gateway": computer.gateway,
        "gateway_ms": _ms(computer.gateway_s),
        "mdns": {
            "used": computer.mdns_used,
            "heard": computer.heard if computer.mdns_used else None,
            "fault": computer.mdns_fault or None,
            "port_5353": port.value if port else None,
            "port_5353_by": [one.words for one in computer.holders],
            "multicast_route": computer.multicast_route,
        },
        "notes": [{"text": one.text, "advice": one.advice} for one in remarks(computer)],
    }


def _before(patient: Patient, zone: tzinfo) -> str:
    """What was known of it before; empty where that is nothing, or goes without saying."""
    if patient.at is None or patient.diagnosis.weight is Weight.FINE:
        return ""
    return ", ".join(before_words(patient.evidence.device, patient.at, zone))


def _tried_json(one: Tried) -> Json:
    return {
        "time": datetime.fromtimestamp(one.at_utc, UTC).isoformat(timespec="seconds"),
        "what": one.what,
        "result": one.result,
    }


def tried_words(one: Tried, zone: tzinfo) -> str:
    """ "TCP 80 14:31:52 no route"."""
    at = datetime.fromtimestamp(one.at_utc, zone)
    return f"{one.what} {at:%H:%M:%S} {one.result}"


def _under(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(f"  {label:<6}  {text}", width, subsequent_indent=" " * 10)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
