"""Screens in front of a view: they close once, however often the key is pressed.

Textual pops whatever is in front when a screen that is gone is dismissed again: two quick escapes, or a search that
ends while its dialog is being left, would take the view below with them.
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
    """The box in which a command is found."""

    def __init__(self) -> None:
        super().__init__(placeholder="find a command or a device")

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, if it is still there."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
