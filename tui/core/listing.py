"""Devices as plain text, for people: the tables of `devices` and `read`, the lines of `watch`.

Words give the direction, not signs or arrows, so the text means the same in a mail, in a log and in any character set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tui.core.battery.group import has_batteries
from tui.core.battery.words import may_words, mode_name
from tui.core.counting.today import Today
from tui.core.doubt.meterclock import clock_words, reading_age_s
from tui.core.doubt.unmeasured import setting_hints
from tui.core.external import kind_name
from tui.core.link.spoken import NOT_PAIRED, without_key
from tui.core.model import Device, Fleet, Role, key_of
from tui.core.moment import Now
from tui.core.profiles import Profile
from tui.core.quantities import PHASES, QUANTITIES
from tui.core.reading import External
from tui.core.state import identified_state, state_of
from tui.core.table import cells, columns
from tui.core.wording import MISSING, api_word, direction_word, figure, long_age, power_word, stamp_words, watts

INDENT = "    "
LABEL_CELLS = 18
"""The least width of a name in `watch`, so that lines printed one by one still form columns."""


def devices_table(devices: Sequence[Device], now: Now) -> list[str]:
    """The devices: a heading, one line per device, and for a problem what to do about it."""
    head = ("NAME", "PRODUCT", "SERIAL", "ADDRESS", "API", "FIRMWARE", "STATE")
    rows = [
        (
            device.label,
            device.product_type or MISSING,
            device.serial or MISSING,
            device.endpoint.address if device.endpoint else MISSING,
            api_word(device) or MISSING,
            device.firmware_version or MISSING,
            identified_state(device, now).value,
        )
        for device in devices
    ]
    return _with_details(columns([head, *rows]), [[*problem_lines(device), *_not_better(device)] for device in devices])


def readings_table(
    devices: Sequence[Device], now: Now, profile: Profile, days: Mapping[str, Today] | None = None
) -> list[str]:
    """The readings: a heading, and one line per device with phases, other meters and problems below it.

    `days` has what was counted today and yesterday, by place.
    """
    head = ("NAME", "NOW", "", "IMPORT kWh", "EXPORT kWh", "TOTAL m3", "STATE")
    rows = [
        (
            device.label,
            *headline(device),
            *(
                figure(name, value) if (value := device.number(name)) is not None else ""
                for name in ("energy_import_kwh", "energy_export_kwh", "water_total_m3")
            ),
            state_of(device, now).value,
        )
        for device in devices
    ]
    # An empty column loses its heading, too.
    used = [any(row[index] for row in rows) for index in range(len(head))]
    shown = [name if name and keep else "" for name, keep in zip(head, used, strict=True)]
    lines = columns([shown, *rows], right=frozenset({1, 3, 4, 5}))
    names = {device.key: device.label for device in devices}
    fleet = Fleet({device.key: device for device in devices})
    told = _told(days or {}, fleet, now, profile)
    details = [
        [*_relations(device, names), *_details(device, now, profile), *told(device), *problem_lines(device)]
        for device in devices
    ]
    return _with_details(lines, details)


def _told(days: Mapping[str, Today], fleet: Fleet, now: Now, profile: Profile) -> Callable[[Device], Iterable[str]]:
    """What gives the lines of a device on today and yesterday."""
    if not days:
        return lambda device: ()
    from tui.core.counting.daywords import day_lines  # only with a history

    return lambda device: day_lines(device, days, fleet, now, ZoneInfo(profile.zone))


def watch_line(device: Device, clock: str) -> str:
    """One reading in one line; `clock` is its time as text."""
    label = device.label + " " * (LABEL_CELLS - cells(device.label))
    value, word = headline(device)
    return "  ".join([clock, label, f"{value:>11} {word:<11}", *_electricity(device)]).rstrip()


def headline(device: Device) -> tuple[str, str]:
    """The one figure that matters most, with its unit, and the word for its direction; of a battery its charge, too."""
    charge = device.number("state_of_charge_pct")
    power, flow = device.number("power_w"), device.number("water_flow_lpm")
    if power is not None:
        word = power_word(device, power)
        return f"{watts(power)} W", word if charge is None else f"{word} {figure('state_of_charge_pct', charge)} %"
    if charge is not None:
        return f"{figure('state_of_charge_pct', charge)} %", ""
    if flow is not None:
        return f"{figure('water_flow_lpm', flow)} l/min", ""
    if _shown(device, "power_w"):
        return MISSING, ""
    for name, quantity in QUANTITIES.items():
        if quantity.unit and (value := device.number(name)) is not None:
            return f"{figure(name, value)} {quantity.unit}", ""
    return MISSING, ""


def _relations(device: Device, names: Mapping[str, str]) -> list[str]:
    """Where else its power is counted, and whether it is inverted."""
    words = (("same smart meter as", device.same_meter_as), ("behind", device.behind))
    lines = [f"{word} {names.get(key_of(serial), serial)}" for word, serial in words if serial]
    return [*lines, *(["inverted: mounted upside down"] if device.is_inverted else [])]


def _electricity(device: Device) -> list[str]:
    """Voltages and currents, all phases of one kind together: "241.3 236.8 237.1 V"."""
    texts = []
    for stem, unit in (("voltage", "V"), ("current", "A")):
        names = [f"{stem}_l{phase}_{unit.lower()}" for phase in PHASES]
        found = [text.removesuffix(f" {unit}") for name in names if (text := _shown(device, name))]
        total = device.number(f"{stem}_{unit.lower()}")
        if not found and total is not None:
            found = [figure(f"{stem}_{unit.lower()}", total)]
        if found:
            texts.append(f"{' '.join(found)} {unit}")
    return texts


def _details(device: Device, now: Now, profile: Profile) -> list[str]:
    """What does not fit on a device's line: phases, tariff, switch and lock, meters behind the smart meter."""
    phases = [row for phase in PHASES if (row := _phase(device, phase, profile))]
    # A single phase repeats the line above.
    lines = columns(phases, right=frozenset({1, 3, 4})) if len(phases) > 1 else []
    lines += setting_hints(device, profile)[:1]
    facts = [] if len(phases) > 1 else _electricity(device)
    tariff = device.number("tariff")
    if tariff is not None:
        facts.append(f"tariff {profile.tariff_words(tariff)}")
    switch = device.switch.value if device.switch else None
    if switch and switch.power_on is not None:
        facts.append("switched on" if switch.power_on else "switched off")
    if switch and switch.switch_lock:
        facts.append("locked")
    lines += ["  ".join(facts)] if facts else []
    lines += _batteries(device)
    return lines + _external(device, now, profile)


def _batteries(device: Device) -> list[str]:
    """The group of batteries that a meter controls: its mode, what it may do, its power and its target."""
    group = device.batteries.value if device.batteries else None
    if group is None or not has_batteries(group):
        return []
    parts = [words for words in (f"mode {mode_name(group)}", may_words(group)) if words]
    for word, power in (("", group.power_w), ("target ", group.target_power_w)):
        if power is not None:
            parts.append(f"{word}{watts(power)} W {direction_word(Role.BATTERY, power)}")
    return [f"batteries{'' if group.count is None else f': {group.count}'}  {', '.join(parts)}"]


def _phase(device: Device, phase: int, profile: Profile) -> tuple[str, ...] | None:
    """One phase; without neutral its power means nothing, and a phase of zeros is not measured."""
    power, current, voltage = (f"power_l{phase}_w", f"current_l{phase}_a", f"voltage_l{phase}_v")
    if not any(_shown(device, name) for name in (power, current, voltage)):
        return None
    if not profile.has_neutral:
        lacks = not device.number(current) and not device.number(voltage)
        return (
            f"L{phase}",
            "",
            "",
            *([MISSING, MISSING] if lacks else [_shown(device, current), _shown(device, voltage)]),
        )
    watt = device.number(power)
    word = direction_word(None, watt) if watt is not None else ""
    return (f"L{phase}", _shown(device, power), word, _shown(device, current), _shown(device, voltage))


def _shown(device: Device, name: str) -> str:
    """A value with its unit, "--" for a zero that is no value, "" for what was not sent."""
    if (value := device.number(name)) is not None:
        return f"{figure(name, value)} {QUANTITIES[name].unit}"
    return MISSING if device.measurement and name in device.measurement.value.unmeasured else ""


def _external(device: Device, now: Now, profile: Profile) -> list[str]:
    meters = device.measurement.value.external if device.measurement else ()
    if not meters:
        return []
    zone = ZoneInfo(profile.zone)
    today = datetime.fromtimestamp(now.utc, zone).replace(tzinfo=None)
    rows = [
        (
            kind_name(meter.type),
            f"{meter.value:.3f}",
            meter.unit or "",
            _read_words(device, meter, today, now, zone),
        )
        for meter in meters
    ]
    words = clock_words(device, now, zone)
    return [*columns(rows, right=frozenset({1})), *([words] if words else [])]


def _read_words(device: Device, meter: External, today: datetime, now: Now, zone: ZoneInfo) -> str:
    if meter.timestamp is None:
        return "with an impossible time" if meter.misdated else ""
    age = reading_age_s(device, meter, now, zone)
    ago = "clock ahead" if age is None else f"{long_age(age)} ago"
    return f"read {stamp_words(meter.timestamp, today)}, {ago}"


def problem_lines(device: Device) -> list[str]:
    """What keeps it from being read, and what to do about it; none where nothing does."""
    problem = device.problem
    if problem and problem.text != NOT_PAIRED:
        return [without_key(problem.text)]
    if device.endpoint and not device.v1_endpoint and not device.paired:
        return ["it answers over API v2, which is read once it is paired: hwtui pair"]
    return [without_key(problem.text)] if problem else []


def _not_better(device: Device) -> list[str]:
    """Why it is read over no better API, unless its problem is all that matters."""
    spoken = device.spoken
    if spoken is None or spoken.why_not is None or device.problem is not None:
        return []
    return [f"read over API {spoken.api}{'' if spoken.api == 'v1' else ', polled'}: {without_key(spoken.why_not)}"]


def _with_details(lines: Sequence[str], details: Iterable[Sequence[str]]) -> list[str]:
    """The heading, then each line with its own details below it, indented."""
    heading, *rest = lines
    result = [heading]
    for line, below in zip(rest, details, strict=True):
        result += [line, *(INDENT + detail for detail in below)]
    return result
