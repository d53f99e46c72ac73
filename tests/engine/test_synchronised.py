"""Whether this computer's clock is synchronised, by what its kernel says."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import pytest

from tui.engine.synchronised import is_synchronised


@pytest.mark.parametrize(("state", "known"), [(0, True), (1, True), (4, True), (5, False), (-1, None)])
def test_the_kernel_says_so(monkeypatch: pytest.MonkeyPatch, state: int, known: bool | None) -> None:
    asked: list[bytes] = []

    def adjtimex(buffer: ctypes.Array[ctypes.c_char]) -> int:
        asked.append(buffer.raw)
        return state

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(adjtimex=adjtimex))
    assert is_synchronised() is known
    assert set(b"".join(asked)) == {0}  # it asks, and sets nothing


@pytest.mark.parametrize("library", [SimpleNamespace(), OSError("no C library")])
def test_without_the_call_it_is_not_known(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    def load(name: str | None) -> object:
        if isinstance(library, OSError):
            raise library
        return library

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", load)
    assert is_synchronised() is None


def test_other_systems_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", None)
    assert is_synchronised() is None
