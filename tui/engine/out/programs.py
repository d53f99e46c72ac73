"""Starts the programs of alarms: one at a time, without a shell, and for ten seconds at most.

A program gets this one's environment and folder, but no terminal: its input is empty, what it prints goes nowhere, and
it is the first of a session of its own. So it cannot draw into the screen, a ctrl+c there does not end it, and what it
started is ended with it when its time is over.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path

from tui.core.alarms.calls import calls, tells
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import Told, alarm_of
from tui.core.text import quoted
from tui.engine.clock import Clock
from tui.engine.out.hand import MOST_WAITING, Hand

LONGEST_S = 10.0
KILLED_S = 1.0
"""A killed process is waited for so long: one that hangs in a disk ends later (own choice)."""
NOT_FOUND, NOT_RUN = 127, 126
"""Statuses of a shell or `env` that was told to start something (POSIX, 2.8.2)."""


class Programs(Hand):
    """See the module; `config` is the file that they come from."""

    def __init__(
        self,
        config: Path | None,
        clock: Clock,
        zone: tzinfo,
        changed: Callable[[], None],
        *,
        longest_s: float = LONGEST_S,
    ) -> None:
        super().__init__(clock, zone, changed)
        self._longest_s = longest_s
        self.refusal = "" if config is None else why_not_as_root(config)
        """Why nothing is started, and what to do."""

    def put(self, event: Told) -> None:
        """See `Hand`; nothing is done for what its program does not ask about."""
        if tells(alarm_of(event).rule, event) and not self.refusal:
            super().put(event)

    async def run(self) -> None:
        """See `Hand`."""
        while True:
            events = await self._queue.take(MOST_WAITING)
            for words in calls(events, self._clock.now(), self._zone):
                self._ended(await self._start(words))

    async def _start(self, words: Sequence[str]) -> str:
        """Start one and wait for its end; what went wrong."""
        name = f'"{quoted(Path(words[0]).name, 60)}"'
        charset = sys.getfilesystemencoding()
        told = [word.encode(charset, "replace").decode(charset) for word in words]
        try:
            process = await asyncio.create_subprocess_exec(
                *told, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
            )
        except FileNotFoundError:
            return f"there was no program {name}: install it, or give its whole path"
        except PermissionError:
            return f"{name} could not be started: make it executable with chmod +x, or give the path of a program"
        except OSError as error:
            return f"{name} could not be started: {error.strerror}: try it in a terminal"
        try:
            async with asyncio.timeout(self._longest_s):
                status = await process.wait()
        except TimeoutError:
            return f"{name} took longer than {self._longest_s:g} s and was ended: let it go on in the background"
        finally:
            await _end(process)
        if status in (NOT_FOUND, NOT_RUN):
            return f"{name} ended with {status}, so what it starts was not found or may not run: try it in a terminal"
        return f"{name} ended with {status}: try it in a terminal" if status else ""


async def _end(process: Process) -> None:
    """End it and what it has started, unless it has ended by itself."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(KILLED_S):
            await process.wait()


def missing_programs(rules: Sequence[Rule]) -> list[str]:
    """A sentence for each program of these alarms that could not be started now."""
    named = dict.fromkeys(rule.run[0] for rule in rules if rule.run and "{" not in rule.run[0])
    return [
        f'an alarm starts "{quoted(Path(name).name, 60)}", which is not there or may not run: give its whole path, and '
        "make it executable with chmod +x"
        for name in named
        if shutil.which(name) is None
    ]


def why_not_as_root(config: Path) -> str:
    """Why root starts no program of this file, and what to do; "" for other users, and where only root can write it.

    Else whoever can write the file, or put another in its place, could have root start anything.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return ""
    for path in (config, config.parent):
        with suppress(OSError):
            found = path.stat()
            # In a folder like /tmp, with this bit, nobody else can put another file in the place of root's.
            is_shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not is_shared
            if found.st_uid != 0 or others_write:
                return (
                    f"no program is started as root, since others can write {path}: "
                    "make it root's with chown and chmod go-w, or run hwtui as yourself"
                )
    return ""
