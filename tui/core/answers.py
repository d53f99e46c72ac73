"""Updates one device from its own answers: the part of `reduce` that does not need the fleet."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from tui.core.battery.batteries import Batteries
from tui.core.battery.following import astray_since
from tui.core.events import BatteriesRead, ClockStood, Measured, SwitchRead, SystemRead, TelegramRead
from tui.core.external import earlier_values
from tui.core.model import Device, Link, Problem, Read, State
from tui.core.moment import Moment, Now
from tui.core.reading import Switch, System

LATENCIES_KEPT = 60
CROWDED_INTERVAL_S = 5.0
"""Poll interval of a device that resets connections because another program polls it, too."""
CROWDED_FOR_S = 60.0
"""After this long without a reset, the other program is taken to have stopped."""

UPTIME_SLACK_S = 10.0
"""An uptime is in whole seconds, and may be told late (own choice)."""
LATE_INTERVALS = 3
"""So many intervals it may be late (own choice)."""
UPTIME_DRIFT = 1e-3
"""A device's clock and ours may go at speeds that differ by this (own choice; a quartz is better by far)."""
_NOTHING_SAID = System()
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
    clock, ran, repeats = _clock_told(device, event)
    started, restarts = _started(device, event.system, event.at)
    changed = event.at if moved else device.changed
    frozen = None if moved else device.frozen
    link = device.link
    return replace(
        device,
        measurement=Read(event.measurement, event.at),
        doubts=event.measurement.doubts or device.doubts,
        earlier=earlier_values(device.earlier, event.measurement.external),
        system=_merged_system(device, event.system, event.at, of_measurement=True),
        started=started,
        restarts=restarts,
        changed=changed,
        frozen=frozen,
        clock=clock,
        clock_ran=ran,
        clock_repeats=repeats,
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


def _merged_system(device: Device, system: System, at: Now, *, of_measurement: bool) -> Read[System] | None:
    """What it says about itself now; what it did not send stays. The Wi-Fi is told in percent or in dBm, never both.

    An answer that says nothing (of API v2, a measurement) makes nothing newer.
    """
    if of_measurement and system == _NOTHING_SAID:
        return device.system
    old = device.system.value if device.system else System()
    if system.wifi_strength_pct is not None or system.wifi_rssi_db is not None:
        old = replace(old, wifi_strength_pct=None, wifi_rssi_db=None)
    sent = {one.name: value for one in fields(System) if (value := getattr(system, one.name)) is not None}
    merged = replace(old, **sent)
    return Read(replace(merged, notes=old.notes) if of_measurement else merged, at)


def system_read(device: Device, event: SystemRead) -> Device:
    """The device with new facts about itself."""
    started, restarts = _started(device, event.system, event.at)
    system = _merged_system(device, event.system, event.at, of_measurement=False)
    return replace(device, system=system, started=started, restarts=restarts)


def _started(device: Device, system: System, at: Now) -> tuple[Moment | None, int]:
    """When it last started, and how often it was seen to start anew: it has been up for less than it must have."""
    if system.uptime_s is None:
        return device.started, device.restarts
    started = at.plus(-system.uptime_s)
    if device.started is None or device.system is None:
        return started, device.restarts
    late_s = LATE_INTERVALS * device.interval_s  # counts where time is made to pass faster, as in the demo
    slack_s = UPTIME_SLACK_S + late_s + UPTIME_DRIFT * at.age_of(device.system.at)
    return started, device.restarts + (started.monotonic > device.started.monotonic + slack_s)


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
    known_permissions = new.permissions is not None or bool(new.other_permissions)
    merged = Batteries(
        mode=new.mode if known_mode else old.mode,
        other_mode=new.other_mode if known_mode else old.other_mode,
        permissions=new.permissions if known_permissions else old.permissions,
        other_permissions=new.other_permissions if known_permissions else old.other_permissions,
        charge_to_full=old.charge_to_full if new.charge_to_full is None else new.charge_to_full,
        count=old.count if new.count is None else new.count,
        power_w=old.power_w if new.power_w is None else new.power_w,
        target_power_w=old.target_power_w if new.target_power_w is None else new.target_power_w,
        max_consumption_w=old.max_consumption_w if new.max_consumption_w is None else new.max_consumption_w,
        max_production_w=old.max_production_w if new.max_production_w is None else new.max_production_w,
        notes=new.notes,
    )
    read = Read(merged, event.at)
    return replace(device, batteries=read, astray=astray_since(device, read))


def telegram_read(device: Device, event: TelegramRead) -> Device:
    """The device with what its smart meter's clock said; None without one, unless it is told with each reading."""
    stamp = event.telegram.clock if event.telegram else None
    if stamp is not None:
        clock, ran = _clock_read(device, stamp, event.at)
        return replace(device, clock=clock, clock_ran=ran)
    tells = device.measurement is not None and "timestamp" in device.measurement.value.values
    return device if tells else replace(device, clock=None)


def _clock_told(device: Device, event: Measured) -> tuple[Read[datetime] | None, bool, int]:
    """The meter's clock, whether it was seen to move, and how often this time was told before; API v2 sends it with
    each reading."""
    stamp = event.measurement.values.get("timestamp")
    if not isinstance(stamp, datetime):
        return device.clock, device.clock_ran, 0
    clock, ran = _clock_read(device, stamp, event.at)
    return clock, ran, device.clock_repeats + 1 if clock is device.clock else 0


def _clock_read(device: Device, stamp: datetime, at: Now) -> tuple[Read[datetime], bool]:
    """The first sight of a time says most about the clock: it is the one nearest to when it was that time."""
    before = device.clock
    if before is None:
        return Read(stamp, at), device.clock_ran
    return (before, device.clock_ran) if before.value == stamp else (Read(stamp, at), True)


def clock_stood(device: Device, event: ClockStood) -> Device:
    """The device after a check of whether its smart meter has gone quiet."""
    if not event.still:
        over = device.problem is not None and device.problem.kind is State.FROZEN
        return replace(device, frozen=None, problem=None if over else device.problem)
    problem = Problem(State.FROZEN, _FROZEN_TEXT, device.changed or event.at)
    return replace(device, frozen=problem.since, problem=problem, last_problem=problem)
