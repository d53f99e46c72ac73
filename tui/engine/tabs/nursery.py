"""Processes for tabs, forked off one that has loaded the screen already.

A process of its own for each tab would load Textual anew: half a second of a core and some 50 MB each. Forked, they
share what was loaded. That is done by a process that has neither threads nor sockets, as after a fork only one thread
goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

Show = Callable[[socket.socket, int, int], int]
"""Shows the screen on stdin and stdout, fed through the socket, in so many columns and rows; its exit code."""

_ORDER, _NEWS = struct.Struct("!cIHH"), struct.Struct("!cII")
"""What to do, of which process or under which number, in how many columns and rows; what was done, of which process,
and under which number."""
_START, _KILL = b"S", b"K"
_STARTED, _ENDED = b"S", b"E"
_LOADED = 0
"""The number under which it says that it can begin."""

_NO_ROOM = "no room for one more tab: close some, or other programs"
LAST_S = 2.0
"""For tabs to end by themselves when the engine has gone."""

log = logging.getLogger(__name__)


class NurseryError(Exception):
    """No process can be started; the text says why."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that shows a tab. Of the pairs of sockets these are our ends."""

    pid: int
    terminal: socket.socket
    feed: socket.socket
    over: asyncio.Future[None]
    """Done when the process has ended."""


class Nursery:
    """Our side. Make it with `begin`, before there are threads, then `await load()`."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, asyncio.Future[None]] = {}
        self._number = _LOADED
        self._started: asyncio.Future[tuple[int, asyncio.Future[None]]]
        """The process that was asked for under that number."""
        self._turn = asyncio.Lock()
        self._said = b""
        self.gone: asyncio.Future[None]
        """Done when the process that forks has ended."""

    @classmethod
    def begin(cls, load: Callable[[], Show]) -> Nursery:
        """Fork it off. `load` is called there, and gives what each child does."""
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        if os.fork() == 0:
            ours.close()
            status = 1
            try:
                status = _Nurse(theirs, load()).run()
            except KeyboardInterrupt:
                status = 130
            except BaseException:
                log.exception("tabs cannot be shown")
            finally:
                os._exit(status)
        theirs.close()
        ours.setblocking(False)
        return cls(ours)

    async def load(self) -> None:
        """Wait until it can start a tab. Raises `NurseryError`."""
        loop = asyncio.get_running_loop()
        self.gone, self._started = loop.create_future(), loop.create_future()
        loop.add_reader(self._control, self._hear)
        await self._answer()

    async def start(self, columns: int, rows: int) -> Child:
        """Start a process for a tab. Raises `NurseryError`."""
        async with self._turn:
            terminal, its_terminal = _pair()
            try:
                feed, its_feed = _pair()
            except NurseryError:
                terminal.close()
                its_terminal.close()
                raise
            try:
                self._started = asyncio.get_running_loop().create_future()
                self._number = self._number % 0xFFFF_FFFF + 1
                order = _ORDER.pack(_START, self._number, columns, rows)
                socket.send_fds(self._control, [order], [its_terminal.fileno(), its_feed.fileno()])
                pid, over = await self._answer()
                if not pid:
                    raise NurseryError(_NO_ROOM)
            except BaseException as error:
                terminal.close()
                feed.close()
                if isinstance(error, OSError):
                    raise NurseryError("no way to start a tab any more: start hwtui web again") from None
                raise
            finally:
                its_terminal.close()
                its_feed.close()
            return Child(pid, terminal, feed, over)

    def kill(self, child: Child) -> None:
        """End it at once, if it has not ended."""
        if not child.over.done():
            with contextlib.suppress(OSError):
                self._control.send(_ORDER.pack(_KILL, child.pid, 0, 0))

    def close(self) -> None:
        """End it, and with it all that it started."""
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()

    async def _answer(self) -> tuple[int, asyncio.Future[None]]:
        await asyncio.wait((self._started, self.gone), return_when=asyncio.FIRST_COMPLETED)
        if not self._started.done():
            raise NurseryError("no way to start a tab: a log file has details")
        return self._started.result()

    def _hear(self) -> None:
        try:
            data = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._control)
            if not self.gone.done():
                self.gone.set_result(None)
            return
        self._said += data
        while len(self._said) >= _NEWS.size:
            (kind, pid, number), self._said = _NEWS.unpack_from(self._said), self._said[_NEWS.size :]
            if kind == _ENDED:
                if (over := self._children.pop(pid, None)) is not None:
                    over.set_result(None)
                continue
            over = asyncio.get_running_loop().create_future()
            if pid:
                self._children[pid] = over
            if number == self._number and not self._started.done():  # else nobody waits for it any more, and it ends
                self._started.set_result((pid, over))


def _pair() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair()
    except OSError as error:
        raise NurseryError(f"{_NO_ROOM} ({error.strerror})") from None


class _Nurse:
    """The other side: one thread, no loop. It ends when our side has."""

    def __init__(self, control: socket.socket, show: Show) -> None:
        self._control, self._show = control, show
        self._children: set[int] = set()
        self._wake, self._waker = os.pipe()

    def run(self) -> int:
        """Start and reap until there is nobody to do it for."""
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the engine gets them, too, and tells by ending
        gc.collect()
        gc.freeze()  # what is shared stays so: a collection would write into each of its pages
        with contextlib.suppress(BrokenPipeError):  # the engine has ended already
            self._control.send(_NEWS.pack(_STARTED, 0, _LOADED))
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._wake], [], [])
            if self._wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._obey():
                break
        self._let_end()
        return 0

    def _let_end(self) -> None:
        """They end by themselves, as their engine has; who does not is ended."""
        until = time.monotonic() + LAST_S
        while self._children and time.monotonic() < until:
            self._reap()
            time.sleep(0.02)
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        order, ends, _, _ = socket.recv_fds(self._control, _ORDER.size, 2)
        if len(order) != _ORDER.size:
            for end in ends:
                os.close(end)
            return False
        kind, number, columns, rows = _ORDER.unpack(order)
        if kind == _KILL and number in self._children:
            os.kill(number, signal.SIGKILL)
        if kind == _START:
            pid = self._start(ends, columns, rows)
            self._control.send(_NEWS.pack(_STARTED, pid, number))
        return True

    def _start(self, ends: list[int], columns: int, rows: int) -> int:
        """The process; 0 if there is no room for one."""
        try:
            pid = os.fork()
        except OSError:
            log.exception("a tab cannot be started")
            pid = -1
        if pid == 0:
            status = 1
            try:
                self._let_go()
                status = _as_child(self._show, ends, columns, rows)
            except BrokenPipeError:
                pass  # the engine has ended before it could say good-bye
            except BaseException:
                log.exception("a tab ended")
            finally:
                logging.shutdown()
                os._exit(status)
        for end in ends:
            os.close(end)
        if pid < 0:
            return 0
        self._children.add(pid)
        return pid

    def _let_go(self) -> None:
        """A child keeps nothing of the one that forks."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        self._control.close()
        os.close(self._wake)
        os.close(self._waker)

    def _reap(self) -> None:
        while self._children:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._children.discard(pid)
            with contextlib.suppress(OSError):
                self._control.send(_NEWS.pack(_ENDED, pid, 0))


def _as_child(show: Show, ends: list[int], columns: int, rows: int) -> int:
    os.setsid()  # so that ctrl+z stops nobody else
    terminal, feed = ends
    os.dup2(terminal, 0)
    os.dup2(terminal, 1)
    os.close(terminal)
    # The driver of the screen reads and writes through these; a service may have been started without them.
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    os.environ["COLUMNS"], os.environ["ROWS"] = str(columns), str(rows)
    return show(socket.socket(fileno=feed), columns, rows)
