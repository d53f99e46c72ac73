"""Polls one device, over API v1 or v2: the source of live values.

One request at a time, since the device serves them one at a time. The first poll comes at once; the next ones follow a
grid of planned moments (see `core.link.beat`), so that a slow answer does not shift the polls after it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import TypeVar

from tui.core.doubt.closelook import CloseLook
from tui.core.doubt.meterclock import is_in_doubt
from tui.core.doubt.standstill import FIRST_LOOK_S, Standstill
from tui.core.events import (
    BatteriesRead,
    ClockStood,
    Failed,
    Identified,
    Measured,
    SwitchRead,
    SystemRead,
    TelegramRead,
)
from tui.core.link.backoff import Backoff
from tui.core.link.beat import next_beat
from tui.core.model import Endpoint, key_of
from tui.core.moment import Now
from tui.core.options import LEAST_INTERVAL_S
from tui.core.products import Product, product_of
from tui.core.reading import Identity
from tui.engine.clock import Clock
from tui.engine.nap import Nap
from tui.engine.source import Client, ClientFactory, Emit
from tui.net.device import DeviceClient
from tui.net.errors import BadAnswer, DeviceError, NotFound, WrongCertificate

SWITCH_EVERY_S = 5.0
BATTERIES_EVERY_S = 5.0
"""Their power and target change with the house; the mode is what a person waits for (own choice)."""
SYSTEM_EVERY_S = 60.0
IDENTITY_EVERY_S = 60.0
"""`/api` is read again on a new connection, but not more often: some devices close every connection."""
TIME_LIMIT_S = 5.0
PATIENT_TIME_LIMIT_S = 10.0
"""For water meters and weak Wi-Fi, which are known to answer late (API notes, sections 5 and 7)."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Depth(StrEnum):
    """How much to read from a device."""

    IDENTITY = "identity"  # who it is, once
    HELD = "held"  # the same, and the connection stays for a command
    READING = "reading"  # everything, once
    LIVE = "live"  # everything, again and again
    CHECK = "check"  # the same, and how often a P1 gets a telegram, at once

    @property
    def ends(self) -> bool:
        """Whether it has an end."""
        return self in (Depth.IDENTITY, Depth.READING)

    @property
    def measures(self) -> bool:
        """Whether any value is read."""
        return self not in (Depth.IDENTITY, Depth.HELD)


@dataclass(frozen=True, slots=True)
class _Resident:
    """The device at an endpoint, and state that is dropped when another device takes the address."""

    identity: Identity
    product: Product
    connection: int
    """The connection on which it last identified itself."""
    named_at: Now
    standstill: Standstill
    close_look: CloseLook
    due: dict[str, float] = field(default_factory=dict)
    """The planned moment from which a part is due again."""

    def is_due(self, part: str, planned: float, every_s: float, interval_s: float) -> bool:
        """Whether a part that is read less often is due at this planned poll, the one nearest to its due time."""
        if planned + interval_s / 2 < self.due.get(part, -math.inf):
            return False
        self.due[part] = planned + every_s
        return True

    def lacks(self, part: str) -> bool:
        """Whether this product lacks that part, by its own answer."""
        return self.due.get(part) == math.inf


class Poller:
    """A feed from one endpoint. `/api` says which device is there, whatever was assumed before."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        interval_s: float,
        depth: Depth = Depth.LIVE,
        client_factory: ClientFactory = DeviceClient,
        rng: random.Random | None = None,
        *,
        origin: float = 0.0,
        zone: tzinfo = UTC,
    ) -> None:
        """Polls are planned at `origin` (monotonic) plus whole intervals. `rng` adds jitter to retries.

        `zone` is that of the meters' clocks.
        """
        self.endpoint = endpoint
        self.asked = asyncio.Event()
        """Set once the first poll is over, successful or not."""
        self.client: Client | None = None
        """The only connection to the device while it is polled; commands use it, too."""
        self._clock = clock
        self._usual_s = interval_s
        self._depth = depth
        self._client_factory = client_factory
        self._rng = rng or random.Random()
        self._nap = Nap(clock)
        self._backoff = Backoff()
        self._origin = origin
        self._zone = zone
        self._resident: _Resident | None = None
        self._clock_doubted = False
        """The times of the meters behind it are odd, or its clock is wrong: only the telegram can tell."""

    @property
    def failures(self) -> int:
        """Polls lost in a row."""
        return self._backoff.failures

    def wake(self) -> None:
        """The device was announced: shorten a wait for a retry, though not below the usual interval."""
        self._nap.cut()

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled, or until the requested depth has been reached once."""
        self._resident = None
        self.client = client = self._client_factory(self.endpoint)
        try:
            await self._poll_on(client, emit)
        finally:
            self.asked.set()
            self.client = None
            await client.aclose()

    async def _poll_on(self, client: Client, emit: Emit) -> None:
        planned = self._clock.now().monotonic
        while True:
            try:
                await self._poll(client, emit, planned)
            except DeviceError as error:
                planned = await self._failed(error, emit)
                continue
            self.asked.set()
            if self._depth.ends:
                return
            planned = self._next_on_grid(planned)
            await self._clock.sleep(planned - self._clock.now().monotonic)

    # ------------------------------------------------------------------ when

    @property
    def _interval_s(self) -> float:
        usual = max(self._usual_s, self._resident.product.least_interval_s if self._resident else 0.0)
        return self._backoff.interval_s(usual, self._clock.now())

    def _next_on_grid(self, planned: float) -> float:
        """The planned moment nearest to one interval after this one; moments already past are skipped."""
        wait = max(self._interval_s - self._usual_s / 2, LEAST_INTERVAL_S)
        return next_beat(self._origin, self._usual_s, max(planned + wait, self._clock.now().monotonic))

    async def _failed(self, error: DeviceError, emit: Emit) -> float:
        """Report a failure, wait for the next try, and return its planned moment."""
        now = self._clock.now()
        self._backoff = self._backoff.after_failure(error.kind, now)
        interval = self._interval_s
        crowded = self._backoff.crowded
        text = f"another program reads this device: polled every {interval:g} s" if crowded else str(error)
        emit(Failed(self.endpoint, error.kind, text, now, crowded, isinstance(error, WrongCertificate)))
        self.asked.set()
        wait = self._backoff.retry_s(interval, now, self._rng.random())
        self._nap.forget()
        await self._clock.sleep(interval)
        await self._nap.sleep(wait - interval)
        return self._clock.now().monotonic

    # ------------------------------------------------------------------ what

    async def _poll(self, client: Client, emit: Emit, planned: float) -> None:
        """Read everything that is due now, one request after the other."""
        late_s = max(0.0, self._clock.now().monotonic - planned)
        resident = self._resident or await self._identify(client, emit)
        if not self._depth.measures:
            return
        resident = await self._measure(client, emit, resident, late_s)
        self._backoff = self._backoff.after_answer()
        serial, product, interval_s = resident.identity.serial, resident.product, self._interval_s
        if product.can_switch and resident.is_due("switch", planned, SWITCH_EVERY_S, interval_s):
            switch = await self._beside(resident, "switch", client.switch)
            if switch is not None:
                emit(SwitchRead(serial, switch, self._clock.now()))
        if resident.is_due("system", planned, SYSTEM_EVERY_S, interval_s):
            system = await self._beside(resident, "system", client.system)
            if system is not None:
                emit(SystemRead(serial, system, self._clock.now()))
        controls_batteries = self.endpoint.api == "v2" and (product.is_grid_meter or product.can_be_inverted)
        if controls_batteries and resident.is_due("batteries", planned, BATTERIES_EVERY_S, interval_s):
            batteries = await self._beside(resident, "batteries", client.batteries)
            if batteries is not None:
                emit(BatteriesRead(serial, batteries, self._clock.now()))
        if product.is_grid_meter:
            await self._look_at_telegram(client, emit, resident)

    async def _look_at_telegram(self, client: Client, emit: Emit, resident: _Resident) -> None:
        """Read a P1's telegram, if it is to be looked at now."""
        now = self._clock.now()
        for_its_clock = self._clock_doubted or resident.standstill.wants_look(now)
        for_its_rate = not self._depth.ends and resident.close_look.wants_look(now)
        if not for_its_clock and not for_its_rate:
            return
        text = await self._beside(resident, "telegram", client.telegram)
        if text is None and not resident.lacks("telegram"):
            return  # garbled this time
        from tui.core.telegram import parse_telegram  # the first values do not wait for it

        telegram = None if text is None else parse_telegram(text)
        clock = telegram.clock if telegram else None
        serial, now = resident.identity.serial, self._clock.now()
        emit(TelegramRead(serial, telegram, now))
        resident.close_look.looked(clock)
        still = resident.standstill.looked(clock, now) if for_its_clock else None
        if still is not None:
            emit(ClockStood(serial, still, now))

    async def _identify(self, client: Client, emit: Emit) -> _Resident:
        identity = await client.identity()
        now = self._clock.now()
        resident = self._resident
        if resident is not None and key_of(resident.identity.serial) == key_of(identity.serial):
            resident = replace(resident, identity=identity, connection=client.connection, named_at=now)
        else:
            resident = _Resident(
                identity,
                product_of(identity.product_type),
                client.connection,
                now,
                Standstill(self._zone),
                CloseLook(0.0 if self._depth is Depth.CHECK else FIRST_LOOK_S),
            )
            client.timeout_s = PATIENT_TIME_LIMIT_S if resident.product.measures_water else TIME_LIMIT_S
        self._resident = resident
        emit(Identified(self.endpoint, identity, now))
        return resident

    async def _measure(self, client: Client, emit: Emit, resident: _Resident, late_s: float) -> _Resident:
        sent, limit_s = self._clock.now(), client.timeout_s
        measurement, system = await client.measurement()
        at = self._clock.now()
        latency_s = min(at.age_of(sent), limit_s)  # a laptop may have been suspended meanwhile
        if client.connection != resident.connection and at.age_of(resident.named_at) >= IDENTITY_EVERY_S:
            # The answer came over a new connection: another device may have this address by now.
            resident = await self._identify(client, emit)
        patient = system.has_weak_wifi or resident.product.measures_water
        client.timeout_s = PATIENT_TIME_LIMIT_S if patient else TIME_LIMIT_S
        serial = resident.identity.serial
        emit(Measured(serial, measurement, system, at, latency_s, self._interval_s, late_s))
        # The screen looks at the clock anyway.
        self._clock_doubted = self._depth is Depth.READING and is_in_doubt(measurement, at, self._zone)
        if resident.product.is_grid_meter and resident.standstill.measured(measurement, at):
            emit(ClockStood(serial, still=False, at=at))
        return resident

    async def _beside(self, resident: _Resident, part: str, read: Callable[[], Awaitable[T]]) -> T | None:
        """Read a part other than the measurement. A device that lacks it, or garbles only that, is still fine."""
        try:
            return await read()
        except NotFound:
            resident.due[part] = math.inf
        except BadAnswer as error:
            log.info("%s: %s: %s", self.endpoint.address, part, error)
        return None
