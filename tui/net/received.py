"""What the kernel has received on a connection that nobody reads, when, and whether the other side has hung up.

Linux keeps the time (tcp(7), TCP_INFO); `struct tcp_info` of <linux/tcp.h> only grows at its end. It counts in ticks
of the kernel, of 1 to 10 ms.
"""

from __future__ import annotations

import asyncio
import select
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
_LAST_DATA_RECV = 8 + 11 * 4
"""Where it stands: eight bytes and eleven words come before it."""
_MILLISECONDS = struct.Struct("=I")


CAN_WAIT = sys.platform == "linux"
"""Whether what waits can be told, and how long it has waited."""


def is_readable(connection: socket.socket) -> bool:
    """Whether there is something to read: data, or the end of the connection. Does not wait."""
    if connection.fileno() < 0:  # it broke when something was sent, and was closed
        return True
    found = select.poll()
    found.register(connection, select.POLLIN)
    return bool(found.poll(0))


def received_ago_s(connection: socket.socket) -> float:
    """Seconds since data came last; 0 where the system does not tell, or no data has come."""
    if _TCP_INFO is None:
        return 0.0
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _LAST_DATA_RECV + _MILLISECONDS.size)
        return float(_MILLISECONDS.unpack_from(told, _LAST_DATA_RECV)[0]) / 1000
    except (OSError, struct.error):  # it is closed, or this kernel tells less
        return 0.0


class HangUp:
    """Tells, once, that the other side of a connection has hung up, even while nobody reads it.

    Linux wakes nobody for data that nobody asked for (epoll(7)): an epoll of its own, which asks only for the end, is
    what the loop watches. It is a file more for each connection, and costs nothing while that lives. Where there is no
    epoll, or no file left, nothing is told: the end is found when the connection is read.
    """

    def __init__(self, connection: socket.socket, tell: Callable[[], None]) -> None:
        """`tell` is called by the running loop. Close this after use."""
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._ends: select.epoll | None = None
        if sys.platform == "linux" and connection.fileno() >= 0:
            with suppress(OSError):
                self._ends = select.epoll()
                self._ends.register(connection, select.EPOLLRDHUP)  # EPOLLHUP and EPOLLERR are always told
                self._loop.add_reader(self._ends.fileno(), self._told)

    def close(self) -> None:
        """Tell nothing any more."""
        if self._ends is not None:
            self._loop.remove_reader(self._ends.fileno())
            self._ends.close()
            self._ends = None

    def _told(self) -> None:
        self.close()
        self._tell()
