"""What a browser is told where no tab can be shown."""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from typing import cast

import pytest

from tui.engine.commands.web import FILES, make_room
from tui.engine.tabs.hub import Hub
from tui.engine.tabs.nursery import Nursery
from tui.engine.tabs.tab import FULL, LATER, MOST_TABS, Tabs


class Browser:
    """One end of a WebSocket. `told` is how it was closed."""

    told: tuple[int, str] | None = None

    async def send(self, message: str | bytes, /) -> None:
        raise AssertionError(message)

    async def close(self, code: int = 1000, reason: str = "", /) -> None:
        self.told = code, reason

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        raise AssertionError


@pytest.fixture
def tabs() -> Iterator[Tabs]:
    """None of them needs a hub, as none begins."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Tabs(Nursery(ours), cast("Hub", None))


async def test_without_room_for_its_sockets_it_says_so(tabs: Tabs, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    browser = Browser()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "socketpair", none_left)
        await tabs.show(browser, {})
    why = "There is no room for one more tab: close some, or other programs (Too many open files)."
    assert browser.told == (LATER, why)
    assert len(why.encode()) <= 123  # RFC 6455, 5.5.1: what fits into a close
    assert tabs.open == 0


async def test_beyond_the_most_it_says_so(tabs: Tabs) -> None:
    tabs.open, browser = MOST_TABS, Browser()
    await tabs.show(browser, {})
    assert browser.told == (LATER, FULL)


def test_it_makes_room_for_all_tabs() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        make_room()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (
            min(FILES, before[1]) if before[1] > 0 else FILES,
            before[1],
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
