"""The addresses of host names."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from tui.net.errors import NoAddress
from tui.net.resolve import Names


def answering(*addresses: str) -> Any:
    """A system that knows these addresses for every name."""
    return lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]


async def test_addresses_and_names_with_an_address_are_fine() -> None:
    names = Names()
    assert await names.missing(["192.168.1.20", "localhost", "localhost"], 5) == []
    assert await names.address_of("localhost") == "127.0.0.1"
    assert names.has_address("localhost")


async def test_a_name_without_an_address_is_told_once() -> None:
    names = Names()
    assert await names.missing(["nosuch.invalid", "127.0.0.1", "nosuch.invalid"], 20) == ["nosuch.invalid"]
    with pytest.raises(NoAddress):
        await names.address_of("nosuch.invalid")
    assert not names.has_address("nosuch.invalid")


@pytest.mark.parametrize("name", ["a..b", "a" * 300, "\0"])
async def test_what_is_no_name_has_no_address(name: str) -> None:
    with pytest.raises(NoAddress):
        await Names().address_of(name)


async def test_an_address_is_never_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise AssertionError(arguments)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert await Names().missing(["10.0.0.1"], 5) == []


async def test_a_name_that_has_moved_is_found_at_its_new_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names()
    for address in ("10.0.0.1", "10.0.0.2"):
        monkeypatch.setattr(socket, "getaddrinfo", answering(address))
        assert await names.address_of("p1.lan") == address


async def test_a_look_up_that_hangs_holds_up_nobody_and_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: object) -> Any:
        assert over.wait(60)
        return answering("10.0.0.1")()

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    names = Names()
    try:
        assert await names.missing(["slow.lan"], 0.01) == ["slow.lan"]
        assert await names.missing(["slow.lan"], 0.01) == ["slow.lan"]
        assert [thread.name for thread in threading.enumerate()].count("name slow.lan") == 1
    finally:
        over.set()
    async with asyncio.timeout(10):
        assert await names.address_of("slow.lan") == "10.0.0.1"
