"""Asks a hwtui of the same user that runs already, `record` or `serve`, instead of the devices.

It is done before anything of the engine is loaded, without asyncio: a status line asks every few seconds.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path

from tui.core.out.newest import NAME, PAGE, Newest, parse_newest, scope_of
from tui.core.settings import Settings

WITHIN_S = 0.5
"""For all of it; then the devices are asked."""
MOST_BYTES = 4 * 1024 * 1024
"""Of an answer (own choice: 250 devices make 0.5 MB)."""
_REQUEST = f"GET {PAGE} HTTP/1.1\r\nHost: hwtui\r\nConnection: close\r\n\r\n".encode()
_OK = b"HTTP/1.1 200 "


def newest_from_running(settings: Settings, words: Sequence[str] = (), *, days: bool = False) -> list[Newest] | None:
    """The devices that `words` name, by name or serial, or all of them, as the running one knows them, if that may
    stand for asking them; None where they are to be asked.

    They are to be asked where the running one asks others, as where hosts were named for this call alone, has just
    begun, hangs, talks nonsense, or belongs to another user. With `days` it must tell what was counted today, if there
    is a history here. Never raises.
    """
    if settings.state_dir is None or not hasattr(socket, "AF_UNIX"):
        return None
    body = _page(settings.state_dir / NAME)
    if body is None:
        return None
    counts = days and history_at(settings) is not None
    return parse_newest(body, scope_of(settings), words, running_s=settings.patience_s, counts=counts)


def history_at(settings: Settings) -> Path | None:
    """The history that these settings have; None where there is none."""
    from tui.engine.history.schema import FILE

    if settings.state_dir is None or not settings.history:
        return None
    path = settings.state_dir / FILE
    return path if os.path.exists(path) else None  # `Path.exists` raises for one that is out of reach


def _page(path: Path) -> bytes | None:
    """The body of the page, whole; None if it does not come in time."""
    end = time.monotonic() + WITHIN_S
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(WITHIN_S)
            asking.connect(str(path))
            if not _is_ours(asking, path):
                return None
            asking.sendall(_REQUEST)
            answer = bytearray()
            while part := asking.recv(256 * 1024):
                answer += part
                left_s = end - time.monotonic()
                if left_s <= 0 or len(answer) > MOST_BYTES:
                    return None
                asking.settimeout(left_s)
    except (OSError, ValueError):  # nobody is there, it hangs, or a path is no path
        return None
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    return body if head.startswith(_OK) else None


def _is_ours(asked: socket.socket, path: Path) -> bool:
    """Whether this user answers at it: the kernel knows on Linux; elsewhere the owner of the file counts."""
    if hasattr(socket, "SO_PEERCRED"):
        _, user, _ = struct.unpack("3i", asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        return bool(user == os.getuid())
    return os.lstat(path).st_uid == os.getuid()
