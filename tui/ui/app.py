"""The app: themes, views, and delivery from the mailbox to the active view. Everything else is in the views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.message import Message

from tui.engine.mailbox import Mailbox
from tui.ui.alarmed import AlarmedApp
from tui.ui.console import Lamp
from tui.ui.keys import OVERVIEW, WALL
from tui.ui.later import LaterViews, commands_of_palette
from tui.ui.only_glyphs import OnlyGlyphs
from tui.ui.screens.view import View, seen
from tui.ui.session import Session
from tui.ui.stopping import StoppableApp
from tui.ui.theme import THEMES
from tui.ui.upkeep import Upkeep
from tui.ui.widgets.scrollbar import draw_scrollbars_in_whole_cells

TWICE_WITHIN_S = 3.0


class SnapshotReady(Message):
    """A snapshot is in the mailbox."""


class HwtuiApp(LaterViews, AlarmedApp, StoppableApp):
    """Shows a session. Snapshots come through the mailbox; only the active view gets them."""

    TITLE = "hwtui"
    CSS_PATH = "hwtui.tcss"
    NOTIFICATION_TIMEOUT = 6
    COMMANDS: ClassVar = {commands_of_palette}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", "quit", show=False, priority=True),
        Binding("ctrl+q", "leave_kiosk", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "suspend", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "commands", show=False, priority=True),
    ]

    def __init__(
        self,
        session: Session,
        mailbox: Mailbox,
        theme: str,
        *,
        ansi: bool = False,
        clock: Callable[[], float] = monotonic,
        on_first_picture: Callable[[], None] | None = None,
        lamp: Lamp | None = None,
    ) -> None:
        super().__init__(driver_class=lamp.driver_class() if lamp else None, ansi_color=ansi or None)
        for one in THEMES.values():
            self.register_theme(one)
        self._start_with(theme)
        self.session = session
        self._mailbox = mailbox
        self._clock = clock
        self._on_first_picture = on_first_picture
        self._asked_to_leave = -TWICE_WITHIN_S
        self._upkeep = Upkeep(lamp)
        self._only_glyphs = OnlyGlyphs(session.glyphs)
        draw_scrollbars_in_whole_cells()
        self.animation_level = "none"  # a transition costs more bytes and CPU than everything else together

    def _start_with(self, theme: str) -> None:
        """Set the first theme without a theme change, which would make Textual read all its style sheets twice."""
        self.set_reactive(HwtuiApp.theme, theme)
        self.watch_theme(theme)
        self.set_class(self.current_theme.dark, "-dark-mode")
        self.set_class(not self.current_theme.dark, "-light-mode")
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colour names, for themes that do not define them."""
        return dict(THEMES["dark"].variables)

    def watch_theme(self, name: str) -> None:
        """Do not convert the colours of a theme that uses the terminal's own colours, or none."""
        if name in THEMES:
            self.ansi_color = THEMES[name].ansi or self.no_color

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own filters, and the one that keeps every row within the glyph set.

        Not `ANSIToTruecolor`: each of our themes has one kind of colours, and each filter copies every row.
        """
        return [*(one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)), self._only_glyphs]

    def on_mount(self) -> None:
        """Show the first view, and let the engine wake the app."""
        self.show_first(WALL if self.session.settings.kiosk else OVERVIEW)
        self._mailbox.connect(self._wake)
        if self._on_first_picture is not None:
            self.call_after_refresh(self._on_first_picture)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a kiosk, no single key may quit, suspend or open the palette."""
        if self.session.settings.kiosk and action in ("leave", "suspend_process", "command_palette"):
            return False
        return super().check_action(action, parameters)

    def action_command_palette(self) -> None:
        """Show the palette over a view, but not over a dialog, which must be answered first."""
        from tui.ui.screens.modal import Palette

        if isinstance(self.screen, View):
            self.push_screen(Palette())

    def action_leave(self) -> None:
        """Quit, from any screen."""
        self.exit()

    def action_leave_kiosk(self) -> None:
        """Quit; a kiosk quits only at the second press within a few seconds."""
        before, self._asked_to_leave = self._asked_to_leave, self._clock()
        if not self.session.settings.kiosk or self._asked_to_leave - before < TWICE_WITHIN_S:
            self.exit()

    def on_unmount(self) -> None:
        """Disconnect the mailbox: it must not wake an app that has ended."""
        self._mailbox.disconnect()

    def _wake(self) -> None:
        """Announce a snapshot in the mailbox (called in the engine's thread)."""
        self.post_message(SnapshotReady())

    def on_snapshot_ready(self) -> None:
        """Take the newest snapshot and show it on the active view."""
        if (snapshot := self._mailbox.take()) is None:
            return
        held = self.session.frozen
        if why_resumed := self.session.take(snapshot):
            self.notify(why_resumed, markup=False)
        if isinstance(view := seen(self.screen_stack), View) and (held is None or self.session.frozen is not held):
            view.show_newest()
        self._upkeep.after_picture(self.screen)
