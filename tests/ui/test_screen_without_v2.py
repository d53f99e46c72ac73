"""Who has no device with API v2 pays nothing for it: no context of TLS is made and no WebSocket loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.ui.ptys import environment, size, terminal

WITHOUT = """
import asyncio, ssl, sys
class Never(ssl.SSLContext):
    def __new__(cls, *_, **__):
        raise AssertionError("an SSLContext was made")
ssl.SSLContext = Never
from tui.cli import main
done = main(sys.argv[1:])
print("END", done, [name for name in ("tui.net.tls", "tui.net.vendorca", "websockets") if name in sys.modules])
"""


def test_the_first_picture_makes_no_context(tmp_path: Path) -> None:
    """A host with a port of its own is asked over API v1 only, and refuses."""
    words = ("--host", "127.0.0.1:1", "--no-mdns", "--state-dir", str(tmp_path))
    env = environment() | {"HOME": str(tmp_path)}
    with terminal((sys.executable, "-c", WITHOUT, *words), env=env) as screen:
        size(screen, 24, 80)
        screen.until(b"refused")
        os.write(screen.screen, b"q")
        assert screen.ends() == 0
    assert screen.written.rpartition(b"END ")[2].startswith(b"0 []")


def test_the_command_line_by_itself_loads_neither_ssl_nor_websockets() -> None:
    code = "import sys, tui.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "tui.cli" in loaded
    assert not {"ssl", "_ssl", "websockets", "httpx", "tui.net.tls"} & set(loaded)
