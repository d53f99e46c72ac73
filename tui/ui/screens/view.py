"""What every view can do: show the newest snapshot, move, sort, filter, freeze, and go to another view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.events import ScreenResume, ScreenSuspend
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui.engine.configfile import remember_fuse
from tui.ui.behind import Behind
from tui.ui.keys import FILTERED, KEYS, OVERVIEW, WALL, works_in_kiosk
from tui.ui.screens.actions import DeviceActions
from tui.ui.session import Session
from tui.ui.upkeep import repaint
from tui.ui.widgets.devices import Picked
from tui.ui.widgets.rows import Rows


class FilterBar(Input):
    """The input for the filter, in place of the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "screen.unfilter", "clear")]

    def __init__(self, wanted: str, what: str) -> None:
        super().__init__(wanted, placeholder=f"{what}; enter keeps, esc clears", id="filter")


class View(DeviceActions, Screen[None]):
    """A full-screen view of the session. Only the active one gets new snapshots."""

    HORIZONTAL_BREAKPOINTS = [(0, "-phone"), (72, "-normal"), (110, "-wide"), (150, "-huge")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (12, "-tall")]  # noqa: RUF012 - as Textual declares it
    BLANK = True  # its parts draw everything
    VIEW: ClassVar[str]
    FILTERS_BY: ClassVar[str] = "name, address or serial"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._behind = Behind()

    async def on_mount(self) -> None:
        """Have the band of alarms on top, for who has some."""
        if self.session.settings.alarms:
            from tui.ui.widgets.alarms import AlarmBand

            await self.mount(AlarmBand(self.session))

    @property
    def wanted(self) -> str:
        """The words of the filter."""
        return self.session.wanted

    def filter_by(self, words: str) -> None:
        """Filter the list; a selected device that it hides gives way to the first one left."""
        self.session.wanted = words
        rows = self.session.devices()
        if words and rows and self.session.selected not in {device.key for device in rows}:
            self.session.selected = rows[0].key

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a kiosk only the view keys work."""
        if self.session.settings.kiosk and self.has_action(action):
            return works_in_kiosk(action)
        return super().check_action(action, parameters)

    @property
    def graph_subject(self) -> tuple[str | None, str | None]:
        """The key of the device and the quantity that the graph view should show; None: as they are."""
        return None, None

    def has_action(self, action: str) -> bool:
        """Whether a key of this view does it."""
        return any(key.action.partition("(")[0] == action for key in KEYS)

    def action_quit(self) -> None:
        """Quit."""
        self.app.exit()

    @on(ScreenResume)
    def show(self) -> None:
        """Draw the session as it is now; only changes are sent."""
        for rows in self.walk_children(Rows):
            rows.redraw()

    def show_newest(self) -> None:
        """Draw a new snapshot: behind a dialog, where that takes many bytes, not each one."""
        if self.is_active or self._behind.is_due(self.session.shown):
            self.show()

    @on(ScreenSuspend)
    def rest(self) -> None:
        """Drop the rows while another screen is in front."""
        repaint(self)

    def on_resize(self) -> None:
        """Draw again once every part has its new size: the rules depend on the boxes below them."""
        self.call_after_refresh(self.show)

    def action_move(self, by: int) -> None:
        """Select another device."""
        self.session.move(by)
        self.show()

    def on_mouse_scroll_down(self) -> None:
        """Do what j does, wherever the mouse is."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """Do what k does, wherever the mouse is."""
        self.action_move(-1)

    def action_view(self, name: str) -> None:
        """Go to another view."""
        if name != self.VIEW:
            self.app.switch_screen(name)

    def action_back(self) -> None:
        """Clear the filter if there is one, else go to the overview."""
        if self.wanted and self.VIEW in FILTERED:
            self.filter_by("")
            self.show()
        else:
            self.action_view(WALL if self.session.settings.kiosk else OVERVIEW)

    def action_open(self) -> None:
        """Open the selected device."""
        if self.chosen():
            self.action_view("device")

    def action_sort(self) -> None:
        """Switch the list to the next sort order."""
        order = self.session.next_sort()
        self.notify(f"Sorted by {order}.", timeout=2, markup=False)
        self.show()

    def action_freeze(self) -> None:
        """Freeze the screen, or resume."""
        self.session.freeze()
        self.show()

    def action_hide_alarms(self) -> None:
        """Hide the band of alarms until there is another one."""
        if self.session.hide_alarms():
            self.show()
        else:
            self.say("No alarm is shown: see hwtui help alarms.")

    @work(group="fuse", exclusive=True)
    async def action_fuse(self) -> None:
        """Pick and save the main fuse. It changes no device."""
        from tui.ui.screens.askfuse import AskFuse

        session = self.session
        asked = AskFuse(session.fuse, session.glyphs, has_neutral=session.profile.has_neutral)
        answer = await self.app.push_screen_wait(asked)
        if answer is None:
            return
        session.fuse = fuse = answer.fuse
        self.show()
        where = session.settings.typed.get("fuse")
        only_now = f" The next start has that of {where} again." if where else ""
        self.say((f"The main fuse is {fuse}." if fuse else "The main fuse is not known.") + only_now)
        self.keep(lambda path: remember_fuse(path, fuse))

    def action_help(self) -> None:
        """Show what the keys do."""
        from tui.ui.screens.help import Help  # not needed for the first frame

        self.app.push_screen(Help(self.session, self.VIEW))

    async def action_filter(self) -> None:
        """Open the input for the filter."""
        if not self.query(FilterBar):
            bar = FilterBar(self.wanted, self.FILTERS_BY)
            await self.mount(bar)
            bar.focus()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self.filter_by(event.value)
        self.show()

    @on(Input.Submitted, "#filter")
    async def _filtered(self) -> None:
        await self.query(FilterBar).remove()
        self.show()

    @on(Picked)
    def _picked(self, event: Picked) -> None:
        self.session.selected = event.key
        if event.opened:
            self.action_open()
        self.show()

    async def action_unfilter(self) -> None:
        """Clear the filter and close its input."""
        await self.query(FilterBar).remove()
        self.filter_by("")
        self.show()


def seen(stack: Sequence[Screen[Any]]) -> Screen[Any]:
    """The screen in front, or the one that is seen behind the dialogs in front."""
    return next((one for one in reversed(stack) if not isinstance(one, ModalScreen)), stack[-1])
