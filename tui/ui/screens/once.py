"""Closing a screen once, however often the key for it was pressed."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class ClosedOnce(Screen[T]):
    """Textual pops whatever is in front when a screen that is gone is dismissed again: two quick escapes, or a search
    that ends while its dialog is being left, would take the view below with them."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close it, if it is still there."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
