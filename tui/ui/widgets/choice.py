"""A field with a few options: left and right go through them, typing finds one by its first letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.events import Blur, Click, Focus, Key, Paste
from textual.reactive import reactive
from textual.widget import Widget

from tui.ui.draw.lines import fit
from tui.ui.glyphs import Glyphs

V = TypeVar("V")
_CAPTION = 10


class Choice(Widget, Generic[V], can_focus=True):
    """One row: a caption and the chosen option. A mark shows the focus, so that it is visible without colours."""

    BINDINGS: ClassVar[list[BindingType]] = [("left", "pick(-1)", "before"), ("right", "pick(1)", "next")]

    at: reactive[int] = reactive(0)

    def __init__(
        self,
        caption: str,
        options: Sequence[tuple[str, V]],
        value: V,
        glyphs: Glyphs,
        *,
        id: str,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id, classes="choice")
        self._caption = caption
        self._options = options
        self._glyphs = glyphs
        self._typed = ""
        self._was_focused = False
        values = [one for _, one in options]
        self.set_reactive(Choice.at, values.index(value) if value in values else 0)

    @property
    def value(self) -> V:
        """The chosen option."""
        return self._options[self.at][1]

    @property
    def words(self) -> str:
        """The chosen option as shown."""
        return self._options[self.at][0]

    def choose(self, value: V) -> None:
        """Choose the option with this value."""
        self.at = [one for _, one in self._options].index(value)

    def render(self) -> Content:
        """The row, fitted to the width."""
        focused = self.has_focus
        head = f"{'>' if focused else ' '} {self._caption:<{_CAPTION}}"
        room = max(1, self.size.width - len(head) - 4)
        words = self.words if cell_len(self.words) <= room else fit(self.words, room, self._glyphs).rstrip()
        return Content(f"{head}< {words} >" if focused else f"{head}  {words}")

    def action_pick(self, by: int) -> None:
        """Choose the previous or next option; the first follows the last."""
        self._typed = ""
        self.at = (self.at + by) % len(self._options)

    def on_key(self, event: Key) -> None:
        """Choose by typing a word or its beginning; the same letter again goes on to the next such word."""
        if event.is_printable and event.character:
            event.stop()
            self._type(event.character)

    def on_paste(self, event: Paste) -> None:
        """Treat pasted text as typed text."""
        event.stop()
        for character in event.text[:80]:
            self._type(character)

    def _type(self, character: str) -> None:
        longer = self._typed + character.casefold()
        for typed, first in ((longer, self.at), (character.casefold(), self.at + 1)):
            order = [(first + step) % len(self._options) for step in range(len(self._options))]
            found = next((at for at in order if self._options[at][0].casefold().startswith(typed)), None)
            if found is not None:
                self._typed, self.at = typed, found
                return
        self._typed = ""

    def on_click(self, event: Click) -> None:
        """Choose the next option, if the field has the focus."""
        if self._was_focused:
            self.action_pick(1)
        self._was_focused = True

    def on_focus(self, event: Focus) -> None:
        """Show the focus."""
        self._typed = ""
        self.refresh()

    def on_blur(self, event: Blur) -> None:
        """Stop showing the focus."""
        self._was_focused = False
        self.refresh()
