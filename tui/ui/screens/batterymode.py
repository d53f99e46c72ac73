"""The key m: the mode of the batteries is picked in a dialog, set, and read back.

No text does it, pasted or typed, however slowly, as with everything that reaches a device (`deliberate`): enter counts
only after an arrow key, which no text contains, and not after letters that mean nothing here.
"""

from __future__ import annotations

from math import inf
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key, Paste
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from tui.core.battery.batteries import Batteries, Mode, Wanted
from tui.core.battery.control import Change, NoChange, plan
from tui.core.battery.modeform import ModeForm, form_of
from tui.core.byhand import FASTEST_S, WAIT_S
from tui.core.model import Device
from tui.core.switching import controller_for, mode_refusal
from tui.ui.draw.batterymode import Drawn, mode_dialog
from tui.ui.draw.lines import Lines
from tui.ui.glyphs import Glyphs
from tui.ui.screens.actions import DeviceActions
from tui.ui.screens.deliberate import DO_IT, LEAST_SIZE
from tui.ui.screens.modal import Modal
from tui.ui.widgets.rows import Rows

_ARROWS = {"up": -1, "down": 1, "k": -1, "j": 1}
_BOXES = {"left": -1, "right": 1}
_NO_ARROW = f"Pick it with the arrow keys first, or press {DO_IT}."
_TOO_FAST = f"That came faster than a hand types: pick it with the arrow keys, or press {DO_IT}."


async def set_mode(view: DeviceActions) -> None:
    """Ask for the mode of the batteries of the selected device, set it, and say what became of it."""
    if view.is_recording() or view.chosen() is None:
        return
    meter = _meter(view)
    if meter is None or _refused(view, meter):
        return
    now = await view.ask_engine(lambda monitor: monitor.read_batteries(meter.key))
    if now is None:
        return
    cloud = meter.system.value.cloud_enabled if meter.system else None
    dialog = AskMode(now, meter.api_version, cloud, view.session.glyphs)
    wanted = await view.app.push_screen_wait(dialog)
    if wanted is None:
        view.say("The batteries stay as they are.")
        return
    if _refused(view, view.session.newest.fleet.devices.get(meter.key, meter)):  # it may have been open for an hour
        return
    became = await view.ask_engine(lambda monitor: monitor.set_batteries(meter.key, wanted))
    if became is not None:
        view.say(f"Batteries of {meter.label}: {became.text}.", bad=not became.done)


def _meter(view: DeviceActions) -> Device | None:
    """The meter that controls the batteries of the selected device; None, and a message, where none does."""
    device = view.session.live_device
    if device is None:
        return None
    meter = controller_for(device, view.session.newest.fleet)
    if meter is None and device.product.is_battery:
        view.say("The mode is set on the meter that controls the batteries: select that, and press m.", bad=True)
    return meter or (None if device.product.is_battery else device)


def _refused(view: DeviceActions, meter: Device) -> bool:
    session = view.session
    frozen = session.frozen is not None
    text = mode_refusal(meter, session.newest.now, read_only=session.settings.read_only, frozen=frozen)
    if text:
        view.say(text, bad=True)
    return text is not None


class ModeRows(Rows):
    """What is picked, as tall as its rows."""

    DEFAULT_CSS = "ModeRows { height: auto; }"

    def __init__(
        self, form: ModeForm, now: Batteries, api_version: str | None, cloud: bool | None, glyphs: Glyphs
    ) -> None:
        super().__init__(id="modes")
        self.form = form
        self._now = now
        self._api_version = api_version
        self._cloud = cloud
        self._glyphs = glyphs

    def change(self, form: ModeForm) -> None:
        """Show what is picked now."""
        self.form = form
        self.redraw()
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows, for a height of `auto`."""
        return len(self.draw(width, 0))

    def draw(self, width: int, height: int) -> Lines:
        return self._drawn(width).rows

    @property
    def planned(self) -> Change | NoChange:
        """What picking this leads to."""
        return plan(self._now, self.form.wanted, self._api_version, cloud_enabled=self._cloud)

    def _drawn(self, width: int) -> Drawn:
        return mode_dialog(self.form, self._now, self.planned, self._glyphs, width)

    def at(self, x: int, y: int) -> Mode | int | None:
        """The mode or the box at a cell."""
        drawn = self._drawn(self.size.width)
        boxes = [box for start, box in drawn.boxes.get(y, []) if start <= x]
        return drawn.modes.get(y) or (boxes[-1] if boxes else None)


class AskMode(Modal[Wanted | None]):
    """Asks for the mode, and for what the batteries may do in it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "cancel")]

    def __init__(self, now: Batteries, api_version: str | None, cloud: bool | None, glyphs: Glyphs) -> None:
        super().__init__()
        self._count = now.count
        self._rows = ModeRows(form_of(now, api_version), now, api_version, cloud, glyphs)
        self._opens = inf
        """From when on a key counts: what was typed before the dialog could be read is no answer."""
        self._last = -inf
        self._armed = False
        """Whether enter sets it: the last that was done here was done by hand."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide") as box:
            title = "Mode of the batteries"
            box.border_title = Content(f"{title} ({self._count})" if self._count is not None else title)
            box.border_subtitle = "esc leaves it as is"
            yield self._rows
            yield Static("", id="error")

    def on_mount(self) -> None:
        """Begin to count when the dialog is drawn."""
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._opens = Message().time + WAIT_S  # the clock of the keys
        self._show_end()

    def _show_end(self) -> None:
        """Where there are too few rows, what would be and how to do it matter most."""
        self.query_one(".box").scroll_end(animate=False)

    def _change(self, form: ModeForm) -> None:
        self._rows.change(form)
        self.call_after_refresh(self._show_end)

    def _say(self, text: str) -> None:
        error = self.query_one("#error", Static)
        if str(error.content) != text:
            error.update(Content(text))
            error.call_after_refresh(error.scroll_visible)

    def on_key(self, event: Key) -> None:
        """Take every key but esc and those of the app."""
        key = event.key
        if key == "escape":
            return
        event.stop()
        fast, self._last = event.time - self._last < FASTEST_S, max(event.time, self._last)
        if event.time < self._opens:
            return
        if key == "backspace":  # as in a view; for phones without esc
            self.dismiss(None)
        elif key == DO_IT:
            self._set(_TOO_FAST if fast else "")
        elif key == "enter":
            self._set(_TOO_FAST if fast else "" if self._armed else _NO_ARROW)
        elif key in _ARROWS or key in _BOXES or key == "space":
            self._pick(key)
        elif event.is_printable:
            self._armed = False
            self._say(_NO_ARROW)

    def _pick(self, key: str) -> None:
        form, before = self._rows.form, self._armed
        if key in _ARROWS:
            form = form.move(_ARROWS[key])
        elif key in _BOXES:
            form = form.mark(_BOXES[key])
        else:
            form = form.tick()
        self._armed = before or key in ("up", "down", "left", "right")
        if self._armed:
            self._say("")
        self._change(form)

    def _set(self, why_not: str) -> None:
        if not why_not and (self.size.width < LEAST_SIZE.width or self.size.height < LEAST_SIZE.height):
            why_not = f"Nothing was set: first make the screen {LEAST_SIZE.width} x {LEAST_SIZE.height} or larger."
        planned = self._rows.planned
        if not why_not and isinstance(planned, NoChange) and not planned.is_so:
            why_not = "Pick a mode first."
        if why_not:
            self._armed = False
            self._say(why_not)
        else:
            self.dismiss(self._rows.form.wanted)

    def on_paste(self, event: Paste) -> None:
        """Pasted text picks nothing, and enter does not count after it."""
        event.stop()
        self._armed = False
        self._last = event.time
        self._say(_NO_ARROW)

    def on_click(self, event: Click) -> None:
        """Pick what is clicked."""
        at = self._rows.at(*(event.screen_offset - self._rows.region.offset))
        if at is None:
            return
        self._armed = True
        form = self._rows.form
        self._change(form.pick(at) if isinstance(at, Mode) else form.tick(at))
