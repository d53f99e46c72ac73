"""A part of a view: rows that know the session."""

from __future__ import annotations

from tui.ui.session import Session
from tui.ui.widgets.rows import Rows


class Part(Rows):
    """Rows about the session; the view calls `redraw` when there is something new."""

    def __init__(self, session: Session, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.session = session
