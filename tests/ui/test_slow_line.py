"""Keys over a slow line: a sequence may come in pieces."""

from __future__ import annotations

import os
import time

import pytest

from tests.ui.ptys import environment, own_terminal, terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")

SSH = {"SSH_CONNECTION": "192.168.1.9 50000 192.168.1.5 22"}
END_OF_PAGE = b"bad data"
"""The end of the help, which is seen once it has been scrolled."""


@pytest.mark.parametrize(
    ("env", "stays"), [(SSH, True), (SSH | {"ESCDELAY": "20"}, False), ({"ESCDELAY": "500"}, True)]
)
def test_an_arrow_key_in_two_pieces_closes_no_panel_over_ssh(env: dict[str, str], stays: bool) -> None:
    given = {name: value for name, value in environment().items() if name not in ("SSH_CONNECTION", "ESCDELAY")}
    with terminal(before=own_terminal, env=given | env) as it:
        it.until(b"House ")
        os.write(it.screen, b"?")
        it.until(b"walk through the past")
        it.written = b""
        os.write(it.screen, b"\x1b")
        time.sleep(0.15)  # the line does this, not the program
        os.write(it.screen, b"[F")
        it.until(END_OF_PAGE if stays else b"Devices")
        os.write(it.screen, b"bq" if stays else b"q")
        assert it.ends() == 0


def test_esc_alone_works_over_ssh() -> None:
    with terminal(before=own_terminal, env=environment() | SSH) as it:
        it.until(b"House ")
        os.write(it.screen, b"?")
        it.until(b"walk through the past")
        it.written = b""
        os.write(it.screen, b"\x1b")
        it.until(b"Devices")
        os.write(it.screen, b"q")
        assert it.ends() == 0
