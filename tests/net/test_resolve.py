"""Which hosts have no address."""

from __future__ import annotations

import socket
from threading import Event
from typing import Any

import pytest

from tui.net.resolve import unresolvable


def test_addresses_and_names_with_an_address_are_fine() -> None:
    assert unresolvable(["192.168.1.20", "localhost", "localhost"], 5) == []


def test_a_name_without_an_address_is_told_once() -> None:
    assert unresolvable(["nosuch.invalid", "127.0.0.1", "nosuch.invalid"], 20) == ["nosuch.invalid"]


def test_an_address_is_never_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise AssertionError(arguments)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert unresolvable(["10.0.0.1"], 5) == []


def test_a_look_up_that_hangs_is_not_waited_for_longer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: over.wait(60))
    assert unresolvable(["slow.lan"], 0.01) == ["slow.lan"]
    over.set()
