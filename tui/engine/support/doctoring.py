"""The link doctor for a support file: it looks at every device of the fleet, and knows what was seen of each before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.core.checks.record import Record
from tui.core.doctor.past import NOTHING, past_of
from tui.core.events import Remembered
from tui.core.model import Fleet
from tui.core.past.history import Past
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.doctor.doctor import Doctor
from tui.engine.doctor.house import plan_of
from tui.engine.doctor.lastseen import all_last_seen
from tui.engine.source import TokenOf


def doctor_for(
    settings: Settings,
    fleet: Fleet,
    record: Record,
    clock: Clock,
    past: Past | None,
    *,
    cached: Iterable[Remembered] = (),
    wanted: Iterable[str] = (),
    token_of: TokenOf | None = None,
    simulated: bool = False,
) -> Doctor:
    """One that has yet to run; it may wait for the disk of the history. `cached` are devices of earlier runs; `wanted`
    are keys of devices that are looked at even if the fleet has none of them; `token_of` gives the tokens in use, else
    those on disk are taken.

    Of a `simulated` house only this computer is asked, and nobody is listened to.
    """
    plan = plan_of(settings, fleet, clock.now(), simulated=simulated)
    observed = {one.key: one for one in record.observed}
    pasts = {key: past_of(device, observed.get(key)) for key, device in fleet.devices.items()}
    silent = {*plan.wanted, *(one.identity.serial.casefold() for one in cached)}
    silent = {key for key in silent if pasts.get(key, NOTHING).last_answer is None}
    pasts |= all_last_seen(past, silent, clock.now()) if past else {}
    own = plan.settings
    if simulated:  # where time is faster, delays are longer by its clock, which is not ours
        own = replace(own, mdns=False)
        pasts = {key: replace(one, latencies_s=()) for key, one in pasts.items()}
    known = (*plan.remembered, *cached)
    return Doctor(own, clock, wanted=(*plan.wanted, *wanted), remembered=known, pasts=pasts, token_of=token_of)
