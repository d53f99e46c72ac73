"""A reader that is closed while it is read."""

from __future__ import annotations

import threading
from sqlite3 import Connection
from zoneinfo import ZoneInfo

import pytest

from tui.engine.history.memory import MemoryHistory

ZONE = ZoneInfo("Europe/Amsterdam")
LONG = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT max(told(i)) FROM n"


@pytest.mark.parametrize("stalls", [True, False])
def test_to_close_it_cuts_short_a_question_of_another_thread_and_pulls_nothing_from_under_it(stalls: bool) -> None:
    """SQLite ends the whole program where a connection is closed that another thread is using."""
    history = MemoryHistory(ZONE)
    asked, go_on = threading.Event(), threading.Event()
    answers: list[object] = []

    def question(connection: Connection) -> object:
        if stalls:
            connection.create_function("told", 1, lambda i: asked.set())
            return connection.execute(LONG).fetchone()
        asked.set()
        go_on.wait(20)
        return connection.execute("SELECT 7").fetchone()

    def ask() -> None:
        otherwise: object = "nothing"
        answers.append(history.reader.ask(question, otherwise))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    assert asked.wait(20)
    history.reader.close()
    go_on.set()
    thread.join(20)
    assert not thread.is_alive()
    assert answers in (["nothing"], [(7,)])
    assert history.reader.ask(lambda db: db.execute("SELECT 8").fetchone(), None) == (8,)
    history.close()
