"""One socket that a device pushes over: how it is held and asked, and what is known of the device at its other end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, Self

from tui.core.api.v2 import Message
from tui.core.link.beat import next_beat
from tui.core.link.pace import USUAL_S, Pace
from tui.core.moment import Now
from tui.core.products import Product, product_of
from tui.core.reading import Identity
from tui.engine.clock import Clock
from tui.net.errors import DeviceError, Unreachable

SYSTEM_EVERY_S = 60.0
"""Its Wi-Fi and uptime: pushed only when its LED or the cloud is switched (API notes, 4.6)."""
BATTERIES_EVERY_S = 10.0
"""The power of the batteries, where it is not pushed: the documentation promises only their mode and target."""
BEAT_S = 1.0
LEAST_REST_S = 0.1
"""A beat that is nearer is left out: timers may be a little early."""
OVERSLEPT_S = 2.0
"""A rest that ends so late was none of this program's: the computer was suspended, or is overburdened (own choice)."""
SAME_WITHIN_S = 0.5
"""The first value once more, so soon after it, is the other answer (own choice): nothing is pushed twice a second."""


class Socket(Protocol):
    """A socket that took the token. `net.push.PushSocket` is the one over TLS; `receive` raises `DeviceError`."""

    @property
    def serial(self) -> str | None:
        """As the certificate at its other end names it."""
        ...

    @property
    def is_empty(self) -> bool:
        """Whether all that has come was received, its end included."""
        ...

    @property
    def has_waiting(self) -> bool:
        """Whether something came while it was held, or its end."""
        ...

    @property
    def age_s(self) -> float:
        """How many seconds ago something came last; 0 if that is not known."""
        ...

    async def receive(self) -> Message: ...
    def hold(self, wake: Callable[[], None]) -> None: ...
    def release(self) -> None: ...
    def subscribe(self, topic: str) -> None: ...
    def ask(self, topic: str) -> None: ...
    def fail(self, error: DeviceError) -> None: ...
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class Session:
    """One socket, and what is known of the device at its other end."""

    socket: Socket
    pace: Pace
    system_at: float
    """When that is asked for next; so `batteries_at`."""
    batteries_at: float
    asked: bool = False
    """Whether a value was asked for since the last one was pushed; so `answered`."""
    answered: bool = False
    first: tuple[object, float] | None = None
    """The data of the first value, and when it came; None once there was another one."""
    identity: Identity | None = None
    held: dict[str, tuple[Message, Now]] = field(default_factory=dict)
    """What came before it was known who sends it: the newest of each type."""
    overslept: float | None = None
    """Since when it has rested, if that became far longer than a beat; None: it did not."""
    woken_at: float = 0.0
    """When such a rest ended last: the silence until then was not the device's."""

    @classmethod
    def begun(cls, socket: Socket, now: float) -> Self:
        """One that was opened at `now` (monotonic seconds)."""
        return cls(socket, Pace(now), now + SYSTEM_EVERY_S, now + BATTERIES_EVERY_S)

    @property
    def product(self) -> Product:
        return product_of(self.identity.product_type if self.identity else None)

    def repeats_first(self, data: object, at: float) -> bool:
        """Whether it is the first value once more: both subscribed to and asked for, it may be sent twice."""
        if self.pace.last is None:
            self.first = data, at
            return False
        first, self.first = self.first, None
        return first is not None and first[0] == data and at - first[1] < SAME_WITHIN_S

    def age_s(self, now: float) -> float:
        """How many seconds before `now` what is received came, at most.

        The kernel's count of it does not go on while the computer sleeps: a value from before that is no new one.
        """
        return min(self.socket.age_s, BEAT_S) if self.overslept is None else now - self.overslept

    def batteries_told(self, count: int | None, now: float) -> None:
        """The group of batteries was told; without any it is asked for less often."""
        self.batteries_at = now + (SYSTEM_EVERY_S if count == 0 else BATTERIES_EVERY_S)

    def look(self, now: float) -> float:
        """Do what is due, and return after how many seconds something is again; 0 if nothing will be."""
        socket, pace = self.socket, self.pace
        if now >= pace.give_up_at:
            socket.fail(Unreachable(f"Connected, but nothing pushed for {now - pace.since:.0f} s: connecting anew"))
            return 0.0
        if now >= pace.ask_at and not self.asked:
            self.asked = True
            socket.ask("measurement")
        if now >= self.system_at:
            self.system_at = now + SYSTEM_EVERY_S
            socket.ask("system")
        if now >= self.batteries_at and not self.product.is_battery:
            self.batteries_at = now + BATTERIES_EVERY_S
            socket.ask("batteries")
        due = [pace.give_up_at if self.asked else pace.ask_at, self.system_at]
        if not self.product.is_battery:
            due.append(self.batteries_at)
        return max(min(due) - now, USUAL_S)

    async def rest(self, clock: Clock, beats: float) -> None:
        """Let what comes wait for a beat, a whole number of `BEAT_S` after `beats` (monotonic), or until it ends.

        Ten devices that each wake the program at a moment of their own cost twice as much as together.
        """
        socket, self.overslept = self.socket, None
        task, has_ended = asyncio.current_task(), False

        def wake() -> None:  # as `asyncio.timeout` does, at a quarter of its cost: each device rests once a second
            nonlocal has_ended
            has_ended = task is not None and task.cancel()

        socket.hold(wake)
        try:
            while True:
                now = clock.now().monotonic
                beat = next_beat(beats, BEAT_S, now + LEAST_REST_S)
                await clock.sleep(beat - now)
                if socket.has_waiting:
                    break
        except asyncio.CancelledError:
            if not has_ended or task is None or task.uncancel():  # somebody else wants it to end, too
                raise
        finally:
            socket.release()
        woken_at = clock.now().monotonic
        if woken_at - beat > OVERSLEPT_S:
            self.overslept, self.woken_at = now, woken_at
