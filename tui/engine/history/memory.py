"""A history that is on no disk: for the demo, which leaves no trace."""

from __future__ import annotations

import sqlite3

from tui.engine.history.schema import statements

FAULT = sqlite3.Error
"""What its connections raise."""


def address_of(name: str) -> str:
    """The URI under which other connections of this process see it, with `uri=True`.

    They set `PRAGMA read_uncommitted = 1`: the tables of a shared cache are locked one by one, and no busy handler
    waits for that.
    """
    return f"file:{name}?mode=memory&cache=shared"


def in_memory(name: str) -> sqlite3.Connection:
    """An empty database; it is gone when the last connection to it is closed. Any thread may use it, one at a time."""
    connection = sqlite3.connect(address_of(name), uri=True, check_same_thread=False, isolation_level=None)
    for statement in statements():
        connection.execute(statement)
    return connection
