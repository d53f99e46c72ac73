"""Screens in front of a view: they close only once, however often the key is pressed.

When a closed screen is dismissed again, Textual pops whatever is in front: two quick escapes, or a search that ends
while its dialog is closing, would close the view, too.
"""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen

T = TypeVar("T")


class Modal(ModalScreen[T]):
    """A screen in front of a view."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close it, if it is still there."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Palette(CommandPalette):
    """The box to find a command in."""

    def __init__(self) -> None:
        super().__init__(placeholder="find a command or a device")

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, if it is still there."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
