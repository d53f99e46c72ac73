"""The fleet, its links and the notes, as the support file has them."""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.checks.record import Observed
from tui.core.devicejson import device_json, iso_time
from tui.core.doctor.cause import percentile
from tui.core.model import Device, Fleet, Problem
from tui.core.moment import Moment, Now
from tui.core.reading import Json, System
from tui.engine.support.gaps import Gap
from tui.engine.support.settingsfacts import place

LAST_LATENCIES = 20


def fleet_facts(fleet: Fleet, now: Now) -> list[Json]:
    """Each device as `devices --json` tells it, with all its endpoints and what is known of how it is read."""
    return [
        {"device": name_of(device), **device_json(device, now, reading=False), **_more(device, now)}
        for device in fleet.devices.values()
    ]


def link_facts(
    fleet: Fleet, observed: Mapping[str, Observed], gaps: Mapping[str, list[Gap]] | None, now: Now
) -> list[Json]:
    """What became of the requests to each device since the program started, and its gaps in the last day."""
    rows: list[Json] = []
    for key, device in fleet.devices.items():
        told = {"gaps": None if gaps is None else _gaps(gaps.get(key, []))}
        rows.append({**_link(device, observed.get(key), now), **told})
    return rows


def _gaps(gaps: list[Gap]) -> Json:
    return [{"from": iso_time(begins), "to": iso_time(ends)} for begins, ends in gaps]


def note_facts(fleet: Fleet, now: Now) -> list[Json]:
    """What the program says of itself, and of each device what could not be read of its answers."""
    own: list[Json] = [
        {"device": None, "topic": note.topic, "text": note.text, "since": iso_time(now.utc_of(note.at))}
        for note in fleet.notes
    ]
    return own + [
        {"device": name_of(device), "topic": "answers", "text": text, "since": None}
        for device in fleet.devices.values()
        for text in device.notes
    ]


def name_of(device: Device) -> str:
    """What every part of the file calls a device: its serial, or how it was given where it has not said who it is."""
    return device.serial or device.key


def _more(device: Device, now: Now) -> dict[str, Json]:
    return {
        "endpoints": [place(endpoint) for endpoint in device.endpoints],
        "answered_over": list[Json](sorted(device.answered_over)),
        "spoken": device.spoken.api if device.spoken else None,
        "paired": device.paired,
        "forced_api": device.forced_api,
        "by_hand": device.by_hand,
        "remembered": device.remembered,
        "same_meter_as": device.same_meter_as,
        "last_problem": _problem(device.last_problem, now),
        "frozen": _at(device.frozen, now),
    }


def _link(device: Device, observed: Observed | None, now: Now) -> dict[str, Json]:
    link = device.link
    polls = observed.polls if observed else None
    system = device.system.value if device.system else System()
    latencies = polls.latencies_s if polls and polls.latencies_s else link.latencies_s
    return {
        "device": name_of(device),
        "serial": device.serial,
        "host": device.endpoint.host if device.endpoint else None,
        "port": device.endpoint.port if device.endpoint else None,
        "answered": polls.answered if polls else link.answered,
        "lost": polls.lost if polls else link.lost,
        "lost_in_a_row": link.lost_in_a_row,
        "latency_ms": {
            "p50": _ms(percentile(latencies, 0.5)) if latencies else None,
            "p95": _ms(percentile(latencies, 0.95)) if latencies else None,
            "last": [_ms(one) for one in latencies[-LAST_LATENCIES:]],
        },
        "last_answer": _at(link.last_answer, now),
        "another_program_reads_it": link.crowded,
        "started": _at(device.started, now),
        "restarts": device.restarts,
        "wifi_pct": system.wifi_pct,
        "wifi_rssi_db": system.wifi_rssi_db,
        "addresses": [
            {"host": host, "since": iso_time(now.utc - (now.monotonic - at))}
            for host, at in (observed.addresses if observed else ())
        ],
    }


def _problem(problem: Problem | None, now: Now) -> Json:
    if problem is None:
        return None
    return {"kind": problem.kind.value, "text": problem.text, "since": _at(problem.since, now)}


def _at(moment: Moment | None, now: Now) -> Json:
    return None if moment is None else iso_time(now.utc_of(moment))


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
