"""The telegram of the simulated smart meter, as its P1 port sends it: CRLF lines, closed by a CRC-16/ARC.

Facts: DSMR 5.0.2 P1 companion standard, chapters 5.2 (the checksum runs from `/` up to and including `!`) and 6.12
(OBIS codes); for Flanders e-MUCS P1 (0-0:96.1.4, 1-0:1.4.0, 1-0:1.6.0, 0-0:98.1.0, 0-n:24.2.3).
"""

from __future__ import annotations

from tui.core.telegram import crc16
from tui.engine.demo.house import GridReading
from tui.engine.demo.smartmeter import (
    ANY_FAILURES,
    CUTS,
    LONG_FAILURES,
    SAGS,
    SWELLS,
    Currents,
    SmartMeter,
    dsmr_stamp,
)

_PHASE_GROUPS = (20, 40, 60)
"""Value group C of an OBIS code begins here for L1, L2 and L3."""


def telegram(reading: GridReading, meter: SmartMeter) -> bytes:
    """The telegram with this reading."""
    head = f"/{meter.header}\r\n\r\n"
    body = "".join(f"{line}\r\n" for line in (*_identity(reading, meter), *_energy(reading), *_lines(reading, meter)))
    checked = f"{head}{body}!".encode("ascii")
    return checked + f"{crc16(checked):04X}\r\n".encode("ascii")


def _identity(reading: GridReading, meter: SmartMeter) -> list[str]:
    version = "0-0:96.1.4(50217)" if meter.is_belgian else f"1-3:0.2.8({meter.version})"
    return [version, f"0-0:1.0.0({dsmr_stamp(reading.second)})", f"0-0:96.1.1({meter.unique_id})"]


def _energy(reading: GridReading) -> list[str]:
    return [
        *(f"1-0:1.8.{tariff}({kwh:010.3f}*kWh)" for tariff, kwh in enumerate(reading.import_kwh, 1)),
        *(f"1-0:2.8.{tariff}({kwh:010.3f}*kWh)" for tariff, kwh in enumerate(reading.export_kwh, 1)),
        f"0-0:96.14.0({reading.tariff:04d})",
    ]


def _lines(reading: GridReading, meter: SmartMeter) -> list[str]:
    lines = _demand(reading) if meter.has_demand else []
    lines += [f"1-0:1.7.0({_kilowatts(reading.watts)})", f"1-0:2.7.0({_kilowatts(-reading.watts)})"]
    if meter.has_events:
        lines += [f"0-0:96.7.21({ANY_FAILURES:05d})", f"0-0:96.7.9({LONG_FAILURES:05d})", _cuts()]
        for group, sags in zip(_PHASE_GROUPS, SAGS, strict=True):
            lines.append(f"1-0:{group + 12}.32.0({sags:05d})")
        for group, swells in zip(_PHASE_GROUPS, SWELLS, strict=True):
            lines.append(f"1-0:{group + 12}.36.0({swells:05d})")
    if meter.has_voltage:
        for group, volts in zip(_PHASE_GROUPS, meter.phase_volts(reading), strict=True):
            lines.append(f"1-0:{group + 12}.7.0({volts:05.1f}*V)")
    amperes = "{:06.2f}" if meter.currents is Currents.HUNDREDTHS else "{:03.0f}"
    for group, current in zip(_PHASE_GROUPS, meter.phase_amperes(reading), strict=True):
        lines.append(f"1-0:{group + 11}.7.0({amperes.format(abs(current))}*A)")
    for group, watts in zip(_PHASE_GROUPS, meter.phase_watts(reading), strict=True):
        lines.append(f"1-0:{group + 1}.7.0({_kilowatts(watts)})")
        lines.append(f"1-0:{group + 2}.7.0({_kilowatts(-watts)})")
    lines.append(f"0-0:96.13.0({meter.message.encode('ascii').hex().upper()})")
    gas = "24.2.3" if meter.is_belgian else "24.2.1"
    lines += _external(1, "003", meter.gas_id, gas, reading.gas_at, reading.gas_m3)
    if meter.water_id:
        lines += _external(2, "007", meter.water_id, "24.2.1", reading.water_at, reading.water_m3)
    return lines


def _cuts() -> str:
    """The log of long power cuts: when each ended, and how long it lasted."""
    entries = "".join(f"({ended})({lasted_s:010d}*s)" for ended, lasted_s in CUTS)
    return f"1-0:99.97.0({len(CUTS)})(0-0:96.7.19){entries}"


def _demand(reading: GridReading) -> list[str]:
    lines = [f"1-0:1.4.0({_kilowatts(reading.average_w)})"]
    if reading.peak.at:
        lines.append(f"1-0:1.6.0({dsmr_stamp(reading.peak.at)})({_kilowatts(reading.peak.watts)})")
    months = "".join(
        f"({dsmr_stamp(past.closed)})({dsmr_stamp(past.at)})({_kilowatts(past.watts)})" for past in reading.past_peaks
    )
    return [*lines, f"0-0:98.1.0({len(reading.past_peaks)})(1-0:1.6.0)(1-0:1.6.0){months}"]


def _external(channel: int, kind: str, unique_id: str, code: str, at: int, value: float) -> list[str]:
    return [
        f"0-{channel}:24.1.0({kind})",
        f"0-{channel}:96.1.0({unique_id})",
        f"0-{channel}:{code}({dsmr_stamp(at)})({value:09.3f}*m3)",
    ]


def _kilowatts(watts: float) -> str:
    """Whole watts in kW; a value below 0 becomes 0, since the other direction has its own line."""
    return f"{max(0, round(watts)) / 1000:06.3f}*kW"
