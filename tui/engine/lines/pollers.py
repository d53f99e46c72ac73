"""The running lines: one for each device that can be asked, and proofs of addresses that are only announced."""

from __future__ import annotations

import asyncio
import itertools

from tui.core.link.beat import phase_of
from tui.core.link.claims import elsewhere
from tui.core.model import Device, Endpoint, Fleet
from tui.engine.lines.feeds import Feeds
from tui.engine.lines.line import Line
from tui.engine.lines.proof import Proof
from tui.engine.lines.running import Hooks
from tui.engine.source import Client

PROOF_S = 60.0
"""How long a device that is announced at a new address has to identify itself there; one address is not asked more
often."""
LOOK_S = 30.0
"""How long where a device answered last is not looked at again (own choice): a silent device fails once a minute."""
MOST_PROOFS = 16
"""Addresses checked at the same time: a house replaces one router at most, and a flood of claims stops here."""
MOST_PROOFS_EACH = 4
"""Of one device: it has two APIs, and may have moved twice."""

_Asked = dict[tuple[str, Endpoint], asyncio.Task[None]]


class Pollers:
    """Keeps one line per device in step with the fleet. Nothing runs before `begin` and after `end`."""

    def __init__(self, feeds: Feeds, hooks: Hooks) -> None:
        self._feeds = feeds
        self._hooks = hooks
        self._origin = feeds.clock.now().monotonic
        self._lines: list[Line] = []
        self._in_proof: _Asked = {}
        """Of which device, and where; so `_looked_at`, which no flood of claims can fill."""
        self._looked_at: _Asked = {}
        self._running = asyncio.Event()

    def begin(self, fleet: Fleet) -> None:
        """Start reading."""
        self._origin = self._feeds.clock.now().monotonic
        self._running.set()
        self.follow(fleet)

    def end(self) -> None:
        """Stop reading."""
        self._running.clear()
        for line in self._lines:
            line.end()
        self._lines.clear()

    async def all_asked(self) -> None:
        """Return when every device known by then has been asked once over what it has, successfully or not."""
        await self._running.wait()
        while waiting := [event for line in self._lines if (event := line.unasked)]:
            await waiting[0].wait()
            await asyncio.sleep(0)  # what follows from it is begun by then

    def client_of(self, device: Device) -> Client | None:
        """The connection to a device, if it is being read."""
        line = self._line_of(device)
        return line.client if line else None

    def _line_of(self, device: Device) -> Line | None:
        return next((line for line in self._lines if line.key == device.key), None)

    def follow(self, fleet: Fleet) -> None:
        """Start and stop lines so that each device with an endpoint has one.

        A line belongs to the device at the address it reads, whoever that turns out to be; a device that moved keeps
        its line. Where two turn out to be one device, the line that gives values remains.
        """
        if not self._running.is_set():
            return
        free = list(self._lines)
        lines: dict[str, Line] = {}
        devices = [device for device in fleet.devices.values() if device.endpoints]
        for device in devices:
            if found := [line for line in free if line.serves(device)]:
                lines[device.key] = line = max(found, key=lambda one: one.answers)
                free.remove(line)
        for device in devices:
            if device.key not in lines and (own := next((one for one in free if one.key == device.key), None)):
                lines[device.key] = own
                free.remove(own)
        for line in free:
            line.end()
        self._lines = list(lines.values())
        for device in devices:
            if device.key not in lines:
                lines[device.key] = line = self._new_line(device)
                self._lines.append(line)
        for device in devices:
            lines[device.key].follow(device)

    def _new_line(self, device: Device) -> Line:
        taken = {line.slot for line in self._lines}
        slot = next(slot for slot in itertools.count() if slot not in taken)
        return Line(device, self._feeds, self._hooks, slot, self._origin + phase_of(slot) * self._feeds.interval_s)

    def prove(self, endpoint: Endpoint, key: str, serial: str) -> None:
        """Ask who is at an address that was announced for a device which answers elsewhere, or is not known yet."""
        asked = [whose for (whose, _), task in self._in_proof.items() if not task.done()]  # a proven one takes no place
        if len(asked) < MOST_PROOFS and asked.count(key) < MOST_PROOFS_EACH:
            self._ask(endpoint, key, serial, self._in_proof, PROOF_S)

    def look_at_home(self, device: Device) -> None:
        """Ask once who is where the device answered last, if it is asked at an announced address since."""
        for home in elsewhere(device):
            self._ask(home, device.key, device.serial, self._looked_at, LOOK_S, once=True)

    def _ask(
        self,
        endpoint: Endpoint,
        key: str,
        serial: str | None,
        asked: _Asked,
        for_s: float,
        *,
        once: bool = False,
    ) -> None:
        if (key, endpoint) in asked or not self._running.is_set():
            return
        feed = self._feeds.proof(endpoint, self._hooks.token_of(key), serial)
        if feed is None:
            return
        task = self._hooks.start(self._hooks.keep(f"asking {endpoint.address}", Proof(feed, ends=once)))
        asked[key, endpoint] = task
        # Also one that has failed at once is not asked again before: a claim can be made a hundred times a second.
        timer = self._hooks.start(self._end_proof(task, for_s))
        timer.add_done_callback(lambda _: asked.pop((key, endpoint), None))

    async def _end_proof(self, proof: asyncio.Task[None], after_s: float) -> None:
        await self._feeds.clock.sleep(after_s)
        proof.cancel()

    def wake(self, device: Device | None, *, announced: bool = False) -> None:
        """Ask a device soon that was given by hand again, or `announced`, which anybody can do: so not too often."""
        if device is not None and (line := self._line_of(device)):
            line.wake(announced=announced)
