"""Updates one device from its own answers: the part of `reduce` that does not need the fleet."""

from __future__ import annotations

from dataclasses import replace

from tui.core.events import ClockStood, Measured, SwitchRead, SystemRead, TelegramRead
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
        api_enabled=True,
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
    old = device.system.value if device.system else System()
    strength = old if system.wifi_strength_pct is None and system.wifi_rssi_db is None else system
    return Read(
        System(
            wifi_ssid=old.wifi_ssid if system.wifi_ssid is None else system.wifi_ssid,
            wifi_strength_pct=strength.wifi_strength_pct,
            wifi_rssi_db=strength.wifi_rssi_db,
            cloud_enabled=old.cloud_enabled if system.cloud_enabled is None else system.cloud_enabled,
            notes=old.notes if of_measurement else system.notes,
        ),
        at,
    )


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
