"""The page of the link doctor: every device is examined when it is opened, and again when someone asks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.events import ScreenResume, ScreenSuspend
from textual.message import Message

from tui.core.model import Device
from tui.engine.report.writing import ReportError, check_writable, write_report
from tui.ui.examining import Examining
from tui.ui.keys import DOCTOR, LINKS, bindings_of
from tui.ui.screens.deliberate import Confirm
from tui.ui.screens.view import View
from tui.ui.session import Session
from tui.ui.widgets.chrome import Keys
from tui.ui.widgets.doctor import DoctorText, DoctorTitle, RowPicked


class News(Message):
    """The examination has found something; several at once are as good as one."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, News)


class DoctorView(View):
    """Why a device does not answer, worst first."""

    VIEW = DOCTOR
    BINDINGS = bindings_of(DOCTOR)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.examining = Examining(session)
        self._text = DoctorText(session, self.examining)
        self._is_due = True

    def compose(self) -> ComposeResult:
        yield DoctorTitle(self.session, self.examining)
        yield self._text
        yield Keys(self.session, DOCTOR)

    def opened(self) -> None:
        """It comes to the front from another view: examine anew, and begin with the device that is selected there."""
        self._is_due = True
        self._text.is_whole = False
        self.examining.begin_with(self.session.selected)

    def show(self) -> None:
        """Draw what is known by now; behind a frozen screen nobody is asked."""
        if self._is_due and self.session.frozen is None:
            self._is_due = False
            self._examine()
        self.examining.refresh()
        super().show()

    @on(ScreenResume)
    def _begin(self) -> None:
        self.show()

    @on(ScreenSuspend)
    def _end(self) -> None:
        """Nobody is asked any more once the page is left; a dialog in front of it leaves it."""
        if self not in self.app.screen_stack:
            self.examining.stop()

    def on_unmount(self) -> None:
        """The program ends."""
        self.examining.stop()

    @work(group="examine", exclusive=True)
    async def _examine(self) -> None:
        await self.examining.run(self._wake)
        if self.is_current:
            self.show()

    def _wake(self) -> None:
        """Called in the thread of the examination."""
        self.post_message(News())

    @on(News)
    def _told(self) -> None:
        if self.is_current:
            self.show()

    @on(RowPicked)
    def _row_picked(self, event: RowPicked) -> None:
        self.examining.choose(event.key)
        self.show()

    def chosen(self) -> Device | None:
        """The device that the page points at, also where it went there by itself: keys are about that one."""
        row = self.examining.row
        if row is not None and row.device is None:
            self.say(f"{row.name} is known to this examination alone: a in the view of the links adds it.")
            return None
        if row is not None:
            self.examining.choose(row.key)
        return super().chosen()

    def action_again(self) -> None:
        """Examine all again."""
        if self.session.frozen is not None:
            self.say("The screen is frozen: space goes on.")
        elif not self.is_recording() and not self.is_afar() and not self.examining.is_looking:
            self._examine()
            self.show()

    def action_tried(self) -> None:
        """Show what was tried whole, or the list again."""
        self._text.turn()
        self.show()

    def action_move(self, by: int) -> None:
        """Choose another device, or scroll."""
        if self._text.is_whole:
            self._text.scroll_rows(by)
        else:
            self.examining.move(by)
        self.show()

    def action_page(self, by: int) -> None:
        """Scroll by a page, or choose a device ten rows further."""
        self.action_move(by * (self._text.room if self._text.is_whole else 10))

    def action_back(self) -> None:
        """From what was tried to the list, and from there to the links."""
        if self._text.is_whole:
            self.action_tried()
        else:
            self.action_view(LINKS)

    def action_copy(self) -> None:
        """Copy what was tried (OSC 52: also over SSH)."""
        self.app.copy_to_clipboard("\n".join(self.examining.told()))
        self.say("Copied what was tried. Where the terminal takes no copies, w writes it to a file.")

    @work(group="write", exclusive=True)
    async def action_write(self) -> None:
        """Write what was tried into the folder in which the program was started."""
        if self.is_afar():
            return
        at = datetime.fromtimestamp(self.session.newest.now.utc, ZoneInfo(self.session.profile.zone))
        text = "\n".join([f"hwtui doctor, {at.isoformat(sep=' ', timespec='minutes')}", "", *self.examining.told(), ""])
        try:
            path = Path.cwd() / f"hwtui-doctor-{at:%Y-%m-%d-%H%M}.txt"
            check_writable(path)
            if path.exists() and not await self.app.push_screen_wait(
                Confirm("Write over it?", [f"There is {path.name}."])
            ):
                self.say("Nothing was written.")
                return
            await asyncio.to_thread(write_report, path, text)
        except (ReportError, OSError) as error:
            self.say(f"Not written: {error}", bad=True)
        else:
            self.say(f"Written: {path}")
