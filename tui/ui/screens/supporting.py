"""The support file from the palette, into the folder in which the program was started. Loaded when it is asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tui.core.events import Remembered
from tui.core.model import Fleet
from tui.core.reading import Identity
from tui.core.settings import Settings, SettingsError
from tui.engine.clock import SystemClock
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.report.writing import ReportError, check_writable, write_report
from tui.engine.support.making import Found, support_text
from tui.engine.synchronised import is_synchronised
from tui.ui.screens.actions import DeviceActions
from tui.ui.screens.deliberate import Confirm
from tui.ui.session import Session


async def write_support(view: DeviceActions) -> None:
    """Write what is known by now, after a look at the links of a real house, and say where it is or why not."""
    session = view.session
    snapshot = session.newest
    at = datetime.fromtimestamp(snapshot.now.utc, ZoneInfo(session.profile.zone))
    try:
        path = Path.cwd() / f"hwtui-support-{at:%Y-%m-%d-%H%M}.json"
        check_writable(path)
        installation = replace(session.installation, synchronised=is_synchronised())
    except (ReportError, SettingsError, OSError) as error:
        view.say(f"No support file: {error}", bad=True)
        return
    if path.exists() and not await view.app.push_screen_wait(Confirm("Write over it?", [f"There is {path.name}."])):
        view.say("No support file was written.")
        return
    if _is_real(session):
        view.say("Looking at each device for some seconds ...")
    record = session.engine.record(snapshot.now, installation)
    outcome = await asyncio.to_thread(_examined, session.settings, snapshot.fleet) if _is_real(session) else None
    found = Found(session.settings, snapshot.fleet, record, outcome)
    why_not = await asyncio.to_thread(_written, path, found)
    view.say(why_not or f"Written: {path}. Read it before you send it.", bad=why_not is not None)


def _is_real(session: Session) -> bool:
    """Whether there is a network to ask: a demo and a recording have none."""
    has_file = session.config_file is not None or session.without_config is not None
    return session.replay is None and has_file


def _examined(settings: Settings, fleet: Fleet) -> Outcome:
    """What the doctor finds, in a thread and a loop of its own: the engine goes on measuring."""
    clock = SystemClock()
    known = [
        Remembered(Identity(one.serial, one.product_type or ""), one.endpoint, clock.now())
        for one in fleet.devices.values()
        if one.serial is not None and one.endpoint is not None
    ]
    return asyncio.run(Doctor(settings, clock, remembered=known).run(lambda patient: None))


def _written(path: Path, found: Found) -> str | None:
    """Why it could not be written; None if it was."""
    try:
        write_report(path, support_text(found))
    except ReportError as error:
        return f"No support file: {error}"
    return None
