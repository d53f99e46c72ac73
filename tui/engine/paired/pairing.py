"""Pairs with a device: asks it for a token until somebody has pressed its button, and keeps the token.

What is left on a device when asking ends in the wrong moment is a user without a program. The next pairing has the same
name, so it takes that one's place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from math import floor
from typing import Protocol

from tui.core.events import Certified, Event
from tui.core.link.pairing import (
    EVERY_S,
    ONLY_NOW,
    PAIRED,
    TOO_LATE,
    WAITS_S,
    Attempt,
    Step,
    endpoint_to_ask,
    is_user_name,
    needs_firmware,
    user_name,
    why_not_asked,
)
from tui.core.model import Device, Endpoint, Fleet, key_of
from tui.core.moment import Now
from tui.core.products import Product, product_of
from tui.core.secret import Secret
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.engine.paired.tokenfile import Token
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import Connect, UserClient
from tui.net.errors import ButtonNotPressed, DeviceError, NotAccepted, NotFound, Unreachable, WrongCertificate

Tell = Callable[[Attempt], None]
"""Hears how far it is, whenever that changes. It must not wait."""

FAULTS_IN_A_ROW = 3
"""An answer that makes no sense so often is not asked for again (own choice). A device that does not answer at all may
be restarting, and is asked until the end."""
MACHINE_ID = "/etc/machine-id"
"""machine-id(5): what tells this computer from others of the same name. It is to be hashed before it is shown."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The device to pair with."""

    endpoint: Endpoint
    serial: str | None = None
    """None: its certificate tells it."""
    product_type: str | None = None
    kind: str | None = None
    """What its certificate calls its product."""

    @property
    def product(self) -> Product:
        """What is known of its product."""
        return product_of(self.product_type, self.kind)


class House(Protocol):
    """What pairing needs of the monitor."""

    @property
    def clock(self) -> Clock: ...
    @property
    def fleet(self) -> Fleet: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def paired_client(self) -> Connect: ...
    def apply(self, event: Event) -> None: ...


async def pair_device(house: House, key: str, pace: Clock, tell: Tell) -> Attempt:
    """Pair with a device of the fleet. Raises `CommandError` for one that need not be asked.

    Time is that of `pace`, not of the house: somebody walks to the device, however fast a demo lives.
    """
    device = house.fleet.devices.get(key)
    if device is None:
        raise CommandError(f"{key} is not here (any more)")
    endpoint = endpoint_to_ask(device)
    if endpoint is None or (why_not := why_not_asked(device)):
        raise CommandError(why_not if endpoint else f"{device.label}: its address is not known")
    subject = Subject(endpoint, device.serial, device.product_type, device.kind)
    return await pair(
        subject, house.tokens, house.paired_client, pace, tell, lambda token: _tell_fleet(house, device, token)
    )


def _tell_fleet(house: House, device: Device, token: Token) -> None:
    """That it is paired, and first, where that is new, that it is reached there."""
    now = house.clock.now()
    if token.endpoint not in device.endpoints or device.serial is None:
        house.apply(Certified(token.endpoint, token.serial, now, device.endpoint if device.serial is None else None))
    for event in house.tokens.news(now):
        house.apply(event)


async def pair(
    subject: Subject,
    tokens: Tokens,
    connect: Connect,
    clock: Clock,
    tell: Tell,
    done: Callable[[Token], None] = lambda token: None,
    waits_s: float = WAITS_S,
) -> Attempt:
    """Ask until the button is pressed, the device refuses, or the time is over; what came of it.

    `done` is called once the token is kept. Cancelling ends it at once, but not between the token and its file.
    """
    name = name_for(subject, tokens)
    start = clock.now()
    waiting = Attempt(Step.WAITING, start.plus(waits_s))
    tell(waiting)
    client = connect(subject.endpoint, None, subject.serial)
    try:
        secret = await _ask(client, name, subject.product, clock, start, waiting, tell)
        if isinstance(secret, Attempt):
            return secret
        serial = subject.serial or client.serial
        if serial is None:
            return _over(waiting, Step.REFUSED, "It does not say who it is.", tell)
        token = Token(serial, secret, name, subject.endpoint, subject.product_type)
        return await asyncio.shield(_keep(token, tokens, connect, waiting, tell, done))
    finally:
        await client.aclose()


async def _product_at(client: UserClient) -> str | None:
    try:
        return (await client.identity()).product_type
    except DeviceError:
        return None
    finally:
        await client.aclose()


async def _keep(
    token: Token, tokens: Tokens, connect: Connect, waiting: Attempt, tell: Tell, done: Callable[[Token], None]
) -> Attempt:
    if token.product_type is None:
        token = replace(token, product_type=await _product_at(connect(token.endpoint, token.secret, token.serial)))
    told = await tokens.keep(token)
    done(token)
    # without a file, as in the demo, nothing else was to be expected
    text = ONLY_NOW if told and not tokens.is_kept(token.key) else PAIRED
    return _over(waiting, Step.PAIRED, f"{text} {told}." if told else text, tell)


async def _ask(
    client: UserClient, name: str, product: Product, clock: Clock, start: Now, waiting: Attempt, tell: Tell
) -> Secret | Attempt:
    """The token, or how it ended without one."""
    trouble, faults = "", 0
    while clock.now().monotonic < waiting.ends.monotonic:
        before = trouble
        try:
            return await client.create_user(name)
        except ButtonNotPressed:
            trouble, faults = "", 0
        except Unreachable as error:
            trouble, faults = str(error), 0
        except DeviceError as error:
            trouble, faults = refusal_of(error, product), faults + 1
            if faults == FAULTS_IN_A_ROW or isinstance(error, (NotFound, WrongCertificate, NotAccepted)):
                return _over(waiting, Step.REFUSED, trouble, tell)
        if trouble != before:
            tell(Attempt(Step.WAITING, waiting.ends, trouble))
        passed_s = clock.now().age_of(start)
        await clock.sleep((floor(passed_s / EVERY_S) + 1) * EVERY_S - passed_s)
    return _over(waiting, Step.TIMED_OUT, trouble or TOO_LATE, tell)


def refusal_of(error: DeviceError, product: Product) -> str:
    """What a refusal means for the user, as a sentence."""
    if not isinstance(error, NotFound):
        return str(error)
    text = needs_firmware(product)
    return f"{text[0].upper()}{text[1:]}."


def _over(waiting: Attempt, step: Step, text: str, tell: Tell) -> Attempt:
    attempt = Attempt(step, waiting.ends, text)
    tell(attempt)
    return attempt


def name_for(subject: Subject, tokens: Tokens) -> str:
    """As whom to ask: as before, so that the earlier user makes room; else this computer's own name."""
    earlier = tokens.all.get(key_of(subject.serial)) if subject.serial else None
    return earlier.name if earlier and is_user_name(earlier.name) else user_name(socket.gethostname(), this_user())


def this_user() -> str:
    """Four characters that tell this user of this computer from others; "" where nothing does."""
    text = ""
    with contextlib.suppress(OSError, UnicodeDecodeError), open(MACHINE_ID, encoding="ascii") as file:
        text = file.read(64).strip()
    return sha256(f"hwtui {text} {getattr(os, 'getuid', int)()}".encode()).hexdigest()[:4] if text else ""
