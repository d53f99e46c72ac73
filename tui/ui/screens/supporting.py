"""The support file from the palette, into the folder in which the program was started. Loaded when it is asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tui.core.checks.record import Record
from tui.core.model import Fleet
from tui.core.past.history import Past
from tui.core.settings import SettingsError
from tui.engine.clock import Clock, SystemClock
from tui.engine.command import CommandError
from tui.engine.doctor.apart import Apart
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.monitor import Monitor
from tui.engine.report.writing import ReportError, check_writable, write_report
from tui.engine.source import TokenOf
from tui.engine.support.doctoring import doctor_for
from tui.engine.support.gaps import gaps_of
from tui.engine.support.making import DEMO, REAL, RECORDING, Found, support_text
from tui.engine.synchronised import is_synchronised
from tui.ui.screens.actions import DeviceActions
from tui.ui.screens.deliberate import Confirm
from tui.ui.session import Session


async def write_support(view: DeviceActions) -> None:
    """Write what is known by now, after a look at the links, and say where it is or why not."""
    if view.is_afar():
        return
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
    if session.replay is None:
        view.say("Looking at each device for some seconds ...")
    snapshot = session.newest
    record = session.engine.record(snapshot.now, installation)
    outcome = await _examined(session, snapshot.fleet, record)
    found = Found(session.settings, snapshot.fleet, record, outcome, house=_kind(session), sinks=session.engine.sinks)
    why_not = await asyncio.to_thread(_written, path, found, session.engine.kept.past)
    view.say(why_not or f"Written: {path}. Read it before you send it.", bad=why_not is not None)


def _kind(session: Session) -> str:
    """A demo has no config file, and nothing says why."""
    if session.replay is not None:
        return RECORDING
    return DEMO if session.config_file is None and session.without_config is None else REAL


async def _examined(session: Session, fleet: Fleet, record: Record) -> Outcome | None:
    """What the doctor finds, in a thread and a loop of its own: the engine goes on measuring. Cancelling ends it."""
    kind = _kind(session)
    if kind == RECORDING:
        return None
    clock, token_of = await _of_engine(session)

    def make() -> Doctor:
        past = session.engine.kept.past
        return doctor_for(session.settings, fleet, record, clock, past, token_of=token_of, simulated=kind == DEMO)

    apart = Apart(make, lambda news: None)
    try:
        return await asyncio.to_thread(apart.run)
    except OSError:  # of a network that goes away meanwhile; the rest of the file is worth having
        return None
    finally:
        apart.cancel()


async def _of_engine(session: Session) -> tuple[Clock, TokenOf | None]:
    """The clock that the house goes by, and the tokens in use, which belong to the engine's thread."""

    async def both(monitor: Monitor) -> tuple[Clock, TokenOf]:
        return monitor.clock, {key: monitor.tokens.of(key) for key in monitor.tokens.all}.get

    try:
        return await asyncio.wrap_future(session.engine.call(both))
    except CommandError:  # it is still starting
        return SystemClock(), None


def _written(path: Path, found: Found, past: Past | None) -> str | None:
    """Why it could not be written; None if it was."""
    found = replace(found, gaps=gaps_of(past, found.fleet.devices, found.now))
    try:
        write_report(path, support_text(found))
    except ReportError as error:
        return f"No support file: {error}"
    return None
