"""The socket in the state directory: the pages, for programs of the same user, who need no port for it.

The file is its owner's alone (0600). Who holds the lock beside it is the only one that may replace it, so what a
program that was killed left behind is replaced, and never one that is in use.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from tui.core.counting.today import Today
from tui.core.events import Event
from tui.core.model import Device, Fleet, State
from tui.core.moment import Now
from tui.core.out.newest import NAME, PAGE, Newest, in_order, newest_json, scope_of
from tui.core.past.history import place_of
from tui.core.settings import Settings
from tui.core.state import age_s, state_of
from tui.engine.clock import Clock
from tui.engine.files import make_folder
from tui.engine.history.lock import Lock
from tui.engine.out.pages import JSON, Pages
from tui.engine.out.sink import SinkState, Tell
from tui.net.httpserver import Answer, HttpServer, Request

SINK = "socket"
LOCK = "hwtui.sock.lock"
RETRY_S = 10.0
"""How often it is looked whether the program that holds the socket has ended (own choice)."""

TodayOf = Callable[[str, Now], Today | None]
"""What was counted at a place, see `Kept.today`."""

CAN = hasattr(socket, "AF_UNIX")
"""Whether this system has such sockets."""


class HereSink:
    """Answers at the socket of `folder` with `pages`, and `PAGE` for `hwtui read`."""

    def __init__(
        self, folder: Path, settings: Settings, pages: Pages, clock: Clock, today: TodayOf | None = None
    ) -> None:
        """With `today` it tells what was counted, too."""
        self.state = SinkState(SINK, str(folder / NAME))
        self._folder, self._pages, self._clock, self._today = folder, pages, clock, today
        self._scope = scope_of(settings)
        self._since = clock.now()
        self._fleet = Fleet()

    def heard(self, event: Event, fleet: Fleet) -> None:
        """See `Sink`."""
        self._fleet = fleet
        self._pages.heard(event, fleet)

    async def run(self, tell: Tell) -> None:
        """See `Sink`. While another program holds the socket, it waits for that to end, which is no fault."""
        lock = Lock(self._folder / LOCK)
        try:
            while True:
                fault = ""
                try:
                    make_folder(self._folder)
                    if lock.take():
                        await self._serve(tell)
                except OSError as error:
                    fault = f"cannot open {self.state.target}: {error.strerror or error}: hwtui read asks the devices"
                tell(replace(self.state, fault=fault, last_fault=fault or self.state.last_fault))
                await self._clock.sleep(RETRY_S)
        finally:
            lock.release()

    async def _serve(self, tell: Tell) -> None:
        """Until cancelled. Raises `OSError`."""
        path = self._folder / NAME
        bound = _bound_at(path)
        server = HttpServer(self._answer)
        try:
            await server.open_at(bound)
            tell(replace(self.state, fault=""))
            await asyncio.Event().wait()
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
            await server.close()
            bound.close()

    def _answer(self, request: Request) -> Answer | Awaitable[Answer]:
        return Answer(self._newest(), JSON) if request.path == PAGE else self._pages.answer(request)

    def _newest(self) -> bytes:
        now = self._clock.now()
        devices = [
            Newest(device.label, age_s(device, now), self._pages.row(device, days=self._days(device, now)))
            for device in (_as_asked(one, now) for one in in_order(self._fleet.devices.values()))
        ]
        running_s = now.age_of(self._since)
        return newest_json(devices, self._scope, running_s=running_s, counts=self._today is not None)

    def _days(self, device: Device, now: Now) -> dict[str, Today]:
        """What was counted at the places of a device."""
        if self._today is None:
            return {}
        kinds = {meter.type for meter in device.measurement.value.external} if device.measurement else set[str]()
        places = [device.key, *(place_of(device.key, kind) for kind in kinds)]
        return {place: day for place in places if (day := self._today(place, now)) is not None}


def _as_asked(device: Device, now: Now) -> Device:
    """What asking it now would tell: of one that does not answer, nothing that it said before."""
    if state_of(device, now) in (State.LIVE, State.FROZEN):
        return device
    return replace(device, measurement=None, system=None, switch=None, batteries=None)


def _bound_at(path: Path) -> socket.socket:
    """A socket with that name, of its owner alone. Raises `OSError`; what stands there and is no socket stays."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(0, "there is something else of this name")
        path.unlink()
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(OSError):  # on Linux the file gets this mode at once, on others only below
            os.fchmod(bound.fileno(), 0o600)
        bound.bind(str(path))
        os.chmod(path, 0o600)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound
