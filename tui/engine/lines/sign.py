"""Asks an address whether a device answers there over API v2, without a token: the certificate tells which one.

Status 401 on `/api` is the sign (API documentation, v2, authorization). Once it is there, nothing more is asked: a
device that is not paired says nothing else.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from tui.core.events import Certified, Failed
from tui.core.link.backoff import Backoff
from tui.core.link.spoken import NOT_PAIRED
from tui.core.model import Endpoint, State
from tui.core.moment import Now
from tui.engine.clock import Clock
from tui.engine.nap import Nap
from tui.engine.source import Client, Emit, PairedClient
from tui.net.errors import DeviceError, NotPaired, WrongCertificate

NO_OFTENER_S = 60.0
"""How often it is asked again at most, whatever is announced."""


class Sign:
    """A feed without values: `Certified`, and the state `not-paired`."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        interval_s: float,
        make_client: Callable[[], PairedClient],
        rng: random.Random,
        *,
        once: bool = False,
        of: Endpoint | None = None,
        text: str = NOT_PAIRED,
    ) -> None:
        """With `once` it asks one time and tells nothing of a failure: it is a question beside what is known.

        `of` is the endpoint given by hand that led here, `text` what a person can do about a device that answers.
        """
        self.endpoint = endpoint
        self.asked = asyncio.Event()
        self.client: Client | None = None
        """While it asks: it knows how far the request has come."""
        self.failures = 0
        self._clock = clock
        self._interval_s = interval_s
        self._make_client = make_client
        self._rng = rng
        self._once = once
        self._of = of
        self._text = text
        self._nap = Nap(clock)

    def wake(self) -> None:
        """The device was announced: ask again, if the last time was a while ago."""
        self._nap.cut()

    async def run(self, emit: Emit) -> None:
        """Ask until the sign is there, and again whenever the device is announced anew; until cancelled."""
        backoff = Backoff()
        try:
            while True:
                failure = await self._ask(emit)
                if self._once:
                    return
                now = self._clock.now()
                if failure is None:
                    self.failures, backoff = 0, Backoff()
                    emit(Failed(self.endpoint, NotPaired.kind, self._text, now))
                else:
                    self.failures += 1
                    backoff = backoff.after_failure(failure.kind, now)
                    untrusted = isinstance(failure, WrongCertificate)
                    emit(Failed(self.endpoint, failure.kind, str(failure), now, untrusted=untrusted))
                self.asked.set()
                await self._wait(backoff, now)
        finally:
            self.asked.set()

    async def _ask(self, emit: Emit) -> DeviceError | None:
        self.client = client = self._make_client()
        try:
            await client.identity()
        except NotPaired:
            pass
        except DeviceError as error:
            return error
        finally:
            self.client = None
            await client.aclose()
        if client.serial:
            emit(Certified(self.endpoint, client.serial, self._clock.now(), self._of, client.kind))
        return None

    async def _wait(self, backoff: Backoff, now: Now) -> None:
        self._nap.forget()
        if backoff.failures:
            await self._clock.sleep(self._interval_s)
            await self._nap.sleep(backoff.retry_s(self._interval_s, now, self._rng.random()) - self._interval_s)
            return
        await self._clock.sleep(NO_OFTENER_S)
        while not await self._nap.sleep(NO_OFTENER_S):
            pass


class Unread:
    """A feed of a device that is not to be asked at all: it says why, once."""

    failures = 0

    def __init__(self, endpoint: Endpoint, clock: Clock, text: str) -> None:
        self.asked = asyncio.Event()
        self.client: Client | None = None
        self._endpoint = endpoint
        self._clock = clock
        self._text = text

    def wake(self) -> None:
        """Nothing to do."""

    async def run(self, emit: Emit) -> None:
        """Say it."""
        emit(Failed(self._endpoint, State.UNKNOWN, self._text, self._clock.now()))
        self.asked.set()
