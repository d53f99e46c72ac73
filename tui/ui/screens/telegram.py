"""The telegram of one P1: read when it is opened, then every ten seconds, and when someone asks."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.events import ScreenResume, ScreenSuspend
from textual.timer import Timer

from tui.ui.keys import DEVICE, TELEGRAM, bindings_of
from tui.ui.screens.view import View
from tui.ui.session import Session
from tui.ui.telegramming import EVERY_S, Telegrams
from tui.ui.widgets.chrome import Keys
from tui.ui.widgets.telegram import TelegramHead, TelegramText

AT_ONCE_S = 0.001
"""A timer needs some time."""


class TelegramView(View):
    """Line by line, in words or as the meter sent it."""

    VIEW = TELEGRAM
    BINDINGS = bindings_of(TELEGRAM)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.telegrams = Telegrams(session)
        self.came_from: str = DEVICE
        """The view to go back to."""
        self._text = TelegramText(session, self.telegrams)
        self._next: Timer | None = None

    def compose(self) -> ComposeResult:
        yield TelegramHead(self.session, self.telegrams, self._text)
        yield self._text
        yield Keys(self.session, TELEGRAM)

    def about(self, key: str | None) -> None:
        """Show the telegram of a device, from its first line."""
        self.telegrams.about(key)
        self._text.from_the_top()

    def show(self) -> None:
        """Draw; the rule says whether there is more than fits, which only drawing tells."""
        super().show()
        self.query_one(TelegramHead).redraw()

    @on(ScreenResume)
    def _begin(self) -> None:
        """Read it when that is due: at once if it is new here."""
        self._wait(self.telegrams.due_in_s())

    @on(ScreenSuspend)
    def _end(self) -> None:
        """Ask no more while another screen is in front."""
        if self._next is not None:
            self._next.stop()
            self._next = None

    def _wait(self, seconds: float) -> None:
        self._end()
        self._next = self.set_timer(max(seconds, AT_ONCE_S), self._read)

    @work(group="telegram")
    async def _read(self) -> None:
        """Read it, unless that is under way: who comes second waits for the first."""
        await self.telegrams.read()
        if self.is_current:
            self.show()
        if self.is_active:  # behind a dialog it is visible, and asks for nothing all the same
            self._wait(EVERY_S)

    def action_read(self) -> None:
        """Read it again now."""
        if self.session.frozen is not None:
            self.say("The screen is frozen: space goes on.")
        elif self.telegrams.may_ask:
            self._read()

    def action_freeze(self) -> None:
        """Freeze the screen, or go on: then it is read again when that is due."""
        super().action_freeze()
        self._wait(self.telegrams.due_in_s())

    def action_raw(self) -> None:
        """Show the lines as they came, or in words."""
        self._text.raw = not self._text.raw
        self.show()

    def action_move(self, by: int) -> None:
        """Scroll."""
        self._text.scroll_rows(by)
        self.show()

    def action_page(self, by: int) -> None:
        """Scroll by a page."""
        self.action_move(by * max(1, self._text.room - 1))

    def action_back(self) -> None:
        """Go back to where it was opened."""
        self.action_view(self.came_from)
