"""What a report says of each device, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from tui.core.checks.record import Observed, Record
from tui.core.checks.words import Words
from tui.core.devicejson import device_json
from tui.core.external import kind_name
from tui.core.model import Device
from tui.core.quantities import QUANTITIES
from tui.core.reading import External, Json
from tui.core.state import state_of
from tui.core.text import readable_id
from tui.core.wording import wifi_words
from tui.engine.report.curves import Curve, small_curve

SLOWEST_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device: its name, its facts as pairs of words, its power, and the same as JSON."""

    name: str
    product: str
    state: str
    facts: tuple[tuple[str, str], ...]
    problem: str
    power: Curve | None
    data: Mapping[str, Json]


def facts_of(one: Observed, record: Record, words: Words) -> DeviceFacts:
    """The facts of a device in the words of a language."""
    device, phrases = one.device, words.phrases
    return DeviceFacts(
        device.label,
        device.product.label if device.product.is_known else device.product_type or device.product.label,
        phrases[f"state_{state_of(device, record.now).value.replace('-', '_')}"],
        tuple((phrases[key], value) for key, value in _facts(one, record, words) if value),
        device.problem.text if device.problem else "",
        small_curve(one, record),
        _data(one, record),
    )


def _facts(one: Observed, record: Record, words: Words) -> Iterator[tuple[str, str]]:
    device, phrases = one.device, words.phrases
    versions = [device.product_type or "", f"firmware {device.firmware_version}" if device.firmware_version else ""]
    yield "fact_product", ", ".join(filter(None, versions))
    yield "fact_serial", device.serial or ""
    yield "fact_address", _address(device)
    yield "fact_role", phrases[f"role_{device.role.value}"] if device.role else ""
    yield "fact_wifi", _wifi(device)
    yield "fact_meter", _smart_meter(device)
    yield "fact_polls", _polls(one, phrases, recorded=record.installation.recorded)
    yield "fact_power", _power(one, phrases)
    for key, quantity in (("fact_import", "energy_import_kwh"), ("fact_export", "energy_export_kwh")):
        value = device.number(quantity)
        yield key, f"{value:.3f} kWh" if value is not None else ""
    water = device.number("water_total_m3")
    yield "fact_water", f"{water:.3f} m3" if water is not None else ""
    for meter in device.measurement.value.external if device.measurement else ():
        yield "fact_external", _external(meter, words, record)


def _address(device: Device) -> str:
    if device.endpoint is None:
        return ""
    return f"{device.endpoint.address}, API v2" if device.endpoint.api == "v2" else device.endpoint.address


def _wifi(device: Device) -> str:
    system = device.system.value if device.system else None
    strength = wifi_words(system)
    return ", ".join(filter(None, (system.wifi_ssid if system else None, strength)))


def _smart_meter(device: Device) -> str:
    measurement = device.measurement.value if device.measurement else None
    if measurement is None or not device.product.is_grid_meter:
        return ""
    version = measurement.number("protocol_version")
    # DSMR sends "50" for 5.0 and "42" for 4.2
    dsmr = f"DSMR {version / 10:.1f}" if version is not None and version >= 10 else ""
    return ", ".join(
        filter(None, (measurement.text("meter_model"), dsmr, readable_id(measurement.text("unique_id") or "")))
    )


def _polls(one: Observed, phrases: Mapping[str, str], *, recorded: bool) -> str:
    polls = one.polls
    counted = phrases["polls_recorded" if recorded else "polls"].format(answered=polls.answered, lost=polls.lost)
    return ", ".join(filter(None, (counted, _latency(polls.latencies_s, phrases))))


def _latency(latencies_s: tuple[float, ...], phrases: Mapping[str, str]) -> str:
    if not latencies_s:
        return ""
    return phrases["latency"].format(median=round(1000 * median(latencies_s)))


def slow_answer_s(latencies_s: tuple[float, ...]) -> float:
    """The time within which 95 % of the answers came."""
    return sorted(latencies_s)[min(len(latencies_s) - 1, int(SLOWEST_SHARE * len(latencies_s)))]


def _power(one: Observed, phrases: Mapping[str, str]) -> str:
    power = one.device.number("power_w")
    if power is None:
        return ""
    word = phrases["drawing" if power > 0 else "delivering"]
    return f"{abs(power):.0f} W {word}" if round(power) else "0 W"


def _external(meter: External, words: Words, record: Record) -> str:
    term = words.term(meter.type)
    name = kind_name(meter.type) if term == meter.type else f"{term[:1].upper()}{term[1:]}"
    stamp = meter.timestamp
    today = datetime.fromtimestamp(record.now.utc, record.zone).date()
    read = "" if stamp is None else f"{stamp:%H:%M}" if stamp.date() == today else f"{stamp:%Y-%m-%d %H:%M}"
    read = read and words.phrases["read_at"].format(at=read)
    return ", ".join(
        filter(
            None, (f"{name} {meter.value:.3f} {meter.unit or ''}".rstrip(), read, readable_id(meter.unique_id or ""))
        )
    )


def _data(one: Observed, record: Record) -> dict[str, Json]:
    """The device as in `hwtui read --json`, and what the check saw of its polls and its counters."""
    row = device_json(one.device, record.now, reading=True, zone=record.zone)
    polls = one.polls
    row["polls"] = {
        "answered": polls.answered,
        "lost": polls.lost,
        "median_s": round(median(polls.latencies_s), 4) if polls.latencies_s else None,
        "p95_s": round(slow_answer_s(polls.latencies_s), 4) if polls.latencies_s else None,
    }
    row["growth"] = {name: round(one.totals[name].growth, 6) for name in QUANTITIES if name in one.totals}
    return row
