"""The link doctor as the screen has it: an examination beside the engine, and what the polls say where there is none.

Loaded when it is first asked for. Nothing of it ticks: what was before is looked up once a minute while someone looks.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.evidence import Computer, Layer
from tui.core.doctor.meaning import Known, known
from tui.core.doctor.network import summary
from tui.core.doctor.pages import WIDTH, computer_lines, lines
from tui.core.doctor.past import NOTHING, LinkPast, past_of
from tui.core.doctor.words import SHORT
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.text import clean
from tui.engine.clock import Clock, SystemClock
from tui.engine.command import CommandError
from tui.engine.doctor.apart import Apart
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.doctor.house import plan_of
from tui.engine.doctor.lastseen import all_last_seen
from tui.engine.mailbox import Snapshot
from tui.engine.monitor import Monitor
from tui.engine.source import TokenOf
from tui.ui.draw.doctor import Page, Row
from tui.ui.session import Session

PAST_EVERY_S = 60.0
"""By the clock of the house: what was before is kept by the minute."""
DEMO = "A demo has no network to examine: all of its devices are on this computer."
RECORDING = "This is a recording: nobody is asked, and losses and delays are not in it."
AFAR = "In a browser nobody is examined: hwtui doctor does it, on the computer that hwtui runs on."
FROZEN = "The screen is frozen, and nobody was examined before: space goes on."
_DEEPEST = {layer: place for place, layer in enumerate(Layer)}


class Examining:
    """One examination after the other, and the page that shows the last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._computer: Computer | None = None
        self._patients: dict[str, Patient] = {}
        self._fresh: set[str] = set()
        """Of whom the examination under way has told, or the last one."""
        self._pasts: dict[str, LinkPast] = {}
        self._looked_up: Now | None = None
        self._trouble = ""
        self._inbox: deque[Computer | Patient] = deque()
        """What the examination found since it was last asked. Another thread puts it there."""
        self._apart: Apart | None = None
        self._shown: tuple[Snapshot, Page] | None = None
        self._chosen: str | None = None
        """The key of the device that all is shown of,"""
        self._was_chosen_here = False
        """and whether it is so whatever others are like."""

    # ------------------------------------------------------------------ the examination

    @property
    def is_looking(self) -> bool:
        """Whether one is under way."""
        return self._apart is not None

    @property
    def is_simulated(self) -> bool:
        """Whether the house is on this computer alone: a demo has no config file, and nothing says why."""
        return self._session.config_file is None and self._session.without_config is None

    async def run(self, wake: Callable[[], None]) -> None:
        """Examine all; `wake` is called from another thread when there is news. Cancelling ends it."""
        if self._session.replay is not None or self._session.is_afar:
            return
        if self._apart is not None:
            self._apart.cancel()
        clock, token_of = await self._of_engine()
        inbox = self._inbox = deque()  # what another one still tells, is told to nobody
        snapshot = self._session.newest
        self._look_up(snapshot)

        def hear(news: Computer | Patient) -> None:
            inbox.append(news)
            wake()

        apart = self._apart = Apart(partial(self._doctor, snapshot.fleet, clock, token_of, dict(self._pasts)), hear)
        self._fresh, self._trouble = set(), ""
        try:
            outcome = await asyncio.to_thread(apart.run)
        except OSError as error:
            outcome, self._trouble = None, f"It broke off: {error.strerror}. Enter tries again."
        finally:
            apart.cancel()
            if self._apart is apart:
                self._apart = None
        self._hear_all()
        if outcome is not None and self._inbox is inbox:
            self._end(outcome, snapshot.fleet)

    def stop(self) -> None:
        """End the examination, if there is one."""
        if self._apart is not None:
            self._apart.cancel()

    async def _of_engine(self) -> tuple[Clock, TokenOf | None]:
        """The clock that the house goes by, and the tokens in use, which belong to the engine's thread."""

        async def both(monitor: Monitor) -> tuple[Clock, TokenOf]:
            # also those that were refused: asked with one once more, the device says that it no longer knows it
            return monitor.clock, {key: token.secret for key, token in monitor.tokens.all.items()}.get

        try:
            return await asyncio.wrap_future(self._session.engine.call(both))
        except CommandError:  # it is still starting
            return SystemClock(), None

    def _doctor(self, fleet: Fleet, clock: Clock, token_of: TokenOf | None, pasts: dict[str, LinkPast]) -> Doctor:
        """Called in the thread of the examination: the history is on a disk."""
        now = clock.now()
        if self.is_simulated:  # where time is faster delays are longer by its clock, which is not ours
            pasts = {key: replace(past, latencies_s=()) for key, past in pasts.items()}
        plan = plan_of(self._session.settings, fleet, now, simulated=self.is_simulated)
        if (history := self._session.engine.kept.past) is not None:
            silent = [key for key in plan.wanted if pasts.get(key, NOTHING).last_answer is None]
            pasts |= all_last_seen(history, silent, now)
        return Doctor(
            plan.settings, clock, wanted=plan.wanted, remembered=plan.remembered, pasts=pasts, token_of=token_of
        )

    def _hear_all(self) -> None:
        while self._inbox:
            news = self._inbox.popleft()
            if isinstance(news, Computer):
                self._computer = news
            else:
                key = self._key_of(news)
                self._patients[key] = news
                self._fresh.add(key)

    def _end(self, outcome: Outcome, fleet: Fleet) -> None:
        self._computer = outcome.computer
        self._patients = {self._key_of(one): one for one in outcome.patients}
        self._fresh = set(fleet.devices) | set(self._patients)

    def _key_of(self, patient: Patient) -> str:
        """Of the device in the fleet; of one that is not there its serial or its host."""
        examined, devices = patient.evidence.device, self._session.newest.fleet.devices
        if examined.serial is not None and (key := key_of(examined.serial)) in devices:
            return key
        there = (one.key for one in devices.values() if any(it.address == examined.host for it in one.endpoints))
        return next(there, key_of(examined.serial or examined.host or patient.name))

    # ------------------------------------------------------------------ the page

    @property
    def page(self) -> Page:
        """What there is to draw, as of `refresh`."""
        if self._shown is None:
            self.refresh()
        assert self._shown is not None  # noqa: S101  (`refresh` sets it)
        return self._shown[1]

    def refresh(self) -> None:
        """Take in what is new; nothing while the screen is frozen."""
        session = self._session
        shown = session.shown
        if session.frozen is not None and self._shown is not None and self._shown[0] is shown:
            return
        self._hear_all()
        self._look_up(shown)
        self._shown = (
            shown,
            Page(
                tuple(self._rows(shown)),
                self._computer,
                shown.now,
                self._notice,
                self._trouble,
                self.is_looking,
                session.replay is not None,
            ),
        )

    @property
    def _notice(self) -> str:
        """Why there is no network to be examined, or nothing to be seen of it."""
        if self._session.replay is not None:
            return RECORDING
        if self._session.is_afar:
            return AFAR
        if self.is_simulated:
            return DEMO
        return FROZEN if self._computer is None and self._session.frozen is not None else ""

    def _rows(self, shown: Snapshot) -> list[Row]:
        devices = shown.fleet.devices
        rows = [self._row(key, device, shown.now) for key, device in devices.items()]
        rows += [self._stranger(key, patient) for key, patient in self._patients.items() if key not in devices]
        return sorted(
            rows, key=lambda row: (-row.weight, _DEEPEST.get(row.layer or Layer.WELL, 0), row.name.casefold())
        )

    def _row(self, key: str, device: Device, now: Now) -> Row:
        past = self._pasts.get(key, NOTHING)
        is_fresh = key in self._fresh or self._session.replay is not None or self._session.is_afar
        return Row(key, device.label, device, known(device, past, now), self._patients.get(key), is_fresh, past)

    def _stranger(self, key: str, patient: Patient) -> Row:
        """A device that the examination alone knows of."""
        diagnosis = patient.diagnosis
        return Row(
            key, clean(patient.name), None, Known(diagnosis.layer, diagnosis.text), patient, key in self._fresh, NOTHING
        )

    def _look_up(self, shown: Snapshot) -> None:
        """What was before, now and then."""
        last = self._looked_up
        if (
            last is not None
            and shown.now.age_of(last) < PAST_EVERY_S
            and self._pasts.keys() == shown.fleet.devices.keys()
        ):
            return
        self._looked_up = shown.now
        observed = self._session.engine.observed
        self._pasts = {key: past_of(device, observed(key, shown.now)) for key, device in shown.fleet.devices.items()}

    def begin_with(self, key: str | None) -> None:
        """Show all of this device first; if it is well and others are not, of the worst one."""
        self._chosen, self._was_chosen_here = key, False

    @property
    def row(self) -> Row | None:
        """The device that all is shown of."""
        rows = self.page.rows
        if not rows:
            return None
        found = next((row for row in rows if row.key == self._chosen), rows[0])
        return found if self._was_chosen_here or found.weight else rows[0] if rows[0].weight else found

    def choose(self, key: str) -> None:
        """Show all of a device; it is the selected one in other views, too, where they know it."""
        self._chosen, self._was_chosen_here = key, True
        if key in self._session.newest.fleet.devices:
            self._session.selected = key

    def move(self, by: int) -> None:
        """Choose another device, so many rows further."""
        keys, row = [one.key for one in self.page.rows], self.row
        if row is not None:
            self.choose(keys[min(len(keys) - 1, max(0, keys.index(row.key) + by))])

    def told(self, width: int = WIDTH) -> list[str]:
        """What was tried, as `hwtui doctor` prints it: to be read whole, copied or kept."""
        page, zone = self.page, ZoneInfo(self._session.profile.zone)
        told = [*textwrap.wrap(page.notice, width), ""] if page.notice else []
        for row in page.rows:
            if row.patient is not None:
                told += lines(row.patient, zone, width)
            else:
                word = SHORT[row.layer][0] if row.layer else "not yet"
                text = f"{clean(row.name):<18}  {word:<14}  {row.text}; not examined{' yet' * page.is_looking}"
                told += textwrap.wrap(text, width, subsequent_indent=" " * 10)
        if page.computer is not None:
            told += computer_lines(page.computer, summary(page.computer), width)
        return told
