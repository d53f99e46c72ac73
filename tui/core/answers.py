"""Updates one device from its own answers: the part of `reduce` that does not need the fleet."""

from __future__ import annotations

from dataclasses import fields, replace

from tui.core.batteries import Batteries
from tui.core.events import BatteriesRead, ClockStood, Measured, SwitchRead, SystemRead, TelegramRead
from tui.core.external import earlier_values
from tui.core.model import Device, Link, Problem, Read, State
from tui.core.moment import Now
from tui.core.reading import Switch, System

LATENCIES_KEPT = 60
CROWDED_INTERVAL_S = 5.0
"""Poll interval of a device that resets connections because another program polls it, too."""
CROWDED_FOR_S = 60.0
"""After this long without a reset, the other program is taken to have stopped."""

_FROZEN_TEXT = "it answers, but its smart meter sends nothing new: check the cable in the P1 port"


def measured(device: Device, event: Measured) -> Device:
    """The device with new values, and with what they say about its state and its link."""
    before = device.measurement.value if device.measurement else None
    moved = (
        before is None
        or before.values != event.measurement.values
        or before.external != event.measurement.external
        or device.changed is None
    )
    changed = event.at if moved else device.changed
    frozen = None if moved else device.frozen
    link = device.link
    return replace(
        device,
        measurement=Read(event.measurement, event.at),
        doubts=event.measurement.doubts or device.doubts,
        earlier=earlier_values(device.earlier, event.measurement.external),
        system=_merged_system(device, event.system, event.at, of_measurement=True),
        changed=changed,
        frozen=frozen,
        problem=Problem(State.FROZEN, _FROZEN_TEXT, frozen) if frozen else None,
        api_enabled=device.api_enabled if device.spoken and device.spoken.api == "v2" else True,
        remembered=False,
        interval_s=event.interval_s,
        link=Link(
            answered=link.answered + 1,
            lost=link.lost,
            latencies_s=link.latencies_s
            if event.latency_s is None
            else (*link.latencies_s, event.latency_s)[-LATENCIES_KEPT:],
            last_answer=event.at,
            crowded=link.crowded and _was_crowded_lately(device, event),
        ),
    )


def _was_crowded_lately(device: Device, event: Measured) -> bool:
    """Whether it is still polled less often, or would be if the user's own interval were not that long already."""
    last = device.last_problem
    lately = last is not None and event.at.age_of(last.since) < CROWDED_FOR_S
    return event.interval_s >= CROWDED_INTERVAL_S and lately


def _merged_system(device: Device, system: System, at: Now, *, of_measurement: bool) -> Read[System]:
    """What it says about itself now; what it did not send stays. The Wi-Fi is told in percent or in dBm, never both."""
    old = device.system.value if device.system else System()
    if system.wifi_strength_pct is not None or system.wifi_rssi_db is not None:
        old = replace(old, wifi_strength_pct=None, wifi_rssi_db=None)
    sent = {one.name: value for one in fields(System) if (value := getattr(system, one.name)) is not None}
    merged = replace(old, **sent)
    return Read(replace(merged, notes=old.notes) if of_measurement else merged, at)


def system_read(device: Device, event: SystemRead) -> Device:
    """The device with new facts about itself."""
    return replace(device, system=_merged_system(device, event.system, event.at, of_measurement=False))


def switch_read(device: Device, event: SwitchRead) -> Device:
    """The device with its switch updated; fields that were not sent keep their value."""
    old, new = device.switch.value if device.switch else Switch(), event.switch
    merged = Switch(
        power_on=old.power_on if new.power_on is None else new.power_on,
        switch_lock=old.switch_lock if new.switch_lock is None else new.switch_lock,
        brightness=old.brightness if new.brightness is None else new.brightness,
        notes=new.notes,
    )
    return replace(device, switch=Read(merged, event.at))


def batteries_read(device: Device, event: BatteriesRead) -> Device:
    """The device with what it says about its batteries; a push may carry only what changed."""
    old, new = device.batteries.value if device.batteries else Batteries(), event.batteries
    known_mode = new.mode is not None or new.other_mode is not None
    merged = Batteries(
        mode=new.mode if known_mode else old.mode,
        other_mode=new.other_mode if known_mode else old.other_mode,
        permissions=old.permissions if new.permissions is None else new.permissions,
        charge_to_full=old.charge_to_full if new.charge_to_full is None else new.charge_to_full,
        count=old.count if new.count is None else new.count,
        power_w=old.power_w if new.power_w is None else new.power_w,
        target_power_w=old.target_power_w if new.target_power_w is None else new.target_power_w,
        max_consumption_w=old.max_consumption_w if new.max_consumption_w is None else new.max_consumption_w,
        max_production_w=old.max_production_w if new.max_production_w is None else new.max_production_w,
        notes=new.notes,
    )
    return replace(device, batteries=Read(merged, event.at))


def telegram_read(device: Device, event: TelegramRead) -> Device:
    """The device with what its smart meter's clock said."""
    clock = event.telegram.clock if event.telegram else None
    return replace(device, clock=None if clock is None else Read(clock, event.at))


def clock_stood(device: Device, event: ClockStood) -> Device:
    """The device after a check of whether its smart meter has gone quiet."""
    if not event.still:
        over = device.problem is not None and device.problem.kind is State.FROZEN
        return replace(device, frozen=None, problem=None if over else device.problem)
    problem = Problem(State.FROZEN, _FROZEN_TEXT, device.changed or event.at)
    return replace(device, frozen=problem.since, problem=problem, last_problem=problem)
