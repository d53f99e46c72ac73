"""Dialogs before something is done to a device or a network: no text does it, typed or pasted, however slowly.

From a serial line, a KVM, or a paste where the terminal knows no bracketed paste, text comes as keys: letters, blanks,
tabs and enter. So the key that does it is none of these, nor is one that closes the dialog: the rest of the text ends
in the dialog and not in the view behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key, Paste
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from tui.core.byhand import ByHand
from tui.ui.screens.dialogs import Dialog

DO_IT = "ctrl+o"
"""One byte on every line and in every terminal, unlike function keys and arrows; no shell or multiplexer takes it."""
LEAST_SIZE = Size(30, 8)
"""The least size at which the title and the field below it are visible."""


class Confirm(Dialog[bool | None]):
    """A question about something harmless."""

    BINDINGS: ClassVar[list[BindingType]] = [(DO_IT, "dismiss(True)", "yes"), ("backspace", "dismiss(None)", "no")]

    def fields(self) -> ComposeResult:
        yield Static(f"{DO_IT} does it, esc does not.", classes="words")


class Deliberate(Dialog[bool | None]):
    """A question about something dangerous: a word, typed by hand, and then the key, on a screen that shows it all."""

    def __init__(self, title: str, words: Sequence[str], *, word: str, otherwise: str) -> None:
        super().__init__(title, [*words, f"Type {word}, then press {DO_IT}. {otherwise}"])
        self._word = word
        self._entry: ByHand | None = None
        """None until the question is on the screen."""
        self._drawn: tuple[str, str] | None = None

    def fields(self) -> ComposeResult:
        with Horizontal(classes="prompt"):
            yield Static(">")
            yield Static(id="typed")

    def on_mount(self) -> None:
        """Begin to count when the question is drawn."""
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._entry = ByHand(self._word, Message().time)  # the clock of the keys
        self._show()

    def _show(self, hint: str = "") -> None:
        entry = self._entry
        if entry is None or (entry.typed, entry.flaw or hint) == self._drawn:
            return  # a whole file may be typed into it
        self._drawn = entry.typed, entry.flaw or hint
        field = self.query_one("#typed", Static)
        field.update(Content(f"{entry.typed}_"))
        self.refuse(entry.flaw or hint)
        field.call_after_refresh(field.scroll_visible)

    def on_key(self, event: Key) -> None:
        """Take every key but esc and those of the app."""
        if event.key == "escape":
            return
        event.stop()
        entry, hint = self._entry, ""
        if entry is None:
            return
        if event.key == "backspace":
            if not entry.typed and not entry.flaw:  # as in a view; for phones without esc
                self.dismiss(None)
                return
            entry.clear()
        elif event.key == DO_IT:
            if entry.confirm(event.time):
                hint = self._do_it()
            elif not entry.typed:
                hint = f"Type {self._word} first."
        elif event.character is not None:
            entry.type(event.character, event.time)
            hint = f"Now press {DO_IT}." if entry.complete else ""
        self._show(hint)

    def _do_it(self) -> str:
        """Close, or why not."""
        if self.size.width < LEAST_SIZE.width or self.size.height < LEAST_SIZE.height:
            return f"Nothing was done: first make the screen {LEAST_SIZE.width} x {LEAST_SIZE.height} or larger."
        self.dismiss(True)
        return ""

    def on_paste(self, event: Paste) -> None:
        """Pasted text is not typed by hand."""
        event.stop()
        if self._entry is not None:
            self._entry.paste(event.time)
            self._show()
