"""A connection to an MQTT broker: how it begins, what hinders it, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from aiomqtt import Client, MqttCodeError, MqttError, Will

from tui.core.out.mqttbroker import Broker
from tui.core.out.mqtttopics import OFFLINE, STATUS
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError, given_at
from tui.core.text import clean
from tui.engine.out.secretfile import read_secret
from tui.engine.paired.cafile import authority_at
from tui.net.broker import BrokerError, Reached, reach, trust_for
from tui.net.brokersocket import BrokerTrust, PlainSockets
from tui.net.resolve import Names

ANSWER_S = 10.0
"""A broker confirms within this long, or hangs (own choice)."""
LONGEST_ANSWER_S = 50.0
"""The longest wait for the first word of one that hangs (own choice). Who waits is answered at once when it goes on,
and each attempt takes two places in its queue, which in mosquitto has a hundred. Less than `KEEP_ALIVE_S`, since then
the library gives up, and does not say so."""
KEEP_ALIVE_S = 60
"""A connection without a message for this long is tried; the broker tells the last will after one and a half times
that (MQTT 3.1.1, 3.1.2.10)."""
MOST_UNREAD = 100
"""Messages that came and were not read yet (own choice); of more the newest are dropped."""
GOODBYE_S = 0.3
"""So long each of the last two words may take: the engine ends within a second."""


_LIBRARY = logging.getLogger("aiomqtt")
_LIBRARY.setLevel(logging.ERROR)  # it warns of each message for which there is no room: a flood would fill the log


def check_mqtt(settings: Settings) -> None:
    """Whether its files are there and fit. Raises `SettingsError`."""
    with given_at("--mqtt-password-file"):
        password = _password(settings)
    if password is not None and settings.mqtt is not None and settings.mqtt.user is None:
        raise SettingsError("--mqtt: a password needs a user: put one before the host, with an @ between")
    with given_at("--mqtt-ca"):
        if _authority(settings) and settings.mqtt is not None and not settings.mqtt.tls:
            raise ValueError("mqtt:// is not encrypted: use mqtts://HOST, or leave it out")


def _password(settings: Settings) -> Secret | None:
    return read_secret(settings.mqtt_password_file) if settings.mqtt_password_file else settings.mqtt_password


def _authority(settings: Settings) -> str | None:
    return authority_at(settings.mqtt_ca) if settings.mqtt_ca else None


class Connector:
    """Connects to `broker`, each time with the password and at the address of that moment."""

    def __init__(self, broker: Broker, settings: Settings) -> None:
        self._broker = broker
        self._settings = settings
        self._names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
        self._trust: BrokerTrust | None = None
        self._plain = PlainSockets()
        self._patience_s = ANSWER_S
        self._identifier = f"hwtui-{secrets.token_hex(4)}"
        """The same for all connections: a new one ends those of before that the broker has not missed yet."""

    @property
    def _sockets(self) -> BrokerTrust | PlainSockets:
        return self._trust or self._plain

    @property
    def unwanted(self) -> BrokerError | None:
        """Why the last connection was given up on our side; None if it was not."""
        what = self._sockets.unwanted.text
        return BrokerError(f"{self._broker.address} sent {what}: who publishes that?", lasting=True) if what else None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Client]:
        """A client that is connected. Raises `BrokerError`, and from then on `MqttError`.

        When it is cancelled it says that hwtui is offline: the last will is only told of who leaves without a word.
        """
        client, reached = await self._reach()
        try:
            try:
                await self._enter(client, reached)
            except MqttError as error:
                raise self.unwanted or self._refused(error) from None
            finally:
                reached.leave()
            self._patience_s = client.timeout = ANSWER_S
            try:
                yield client
            except asyncio.CancelledError:
                with suppress(MqttError, TimeoutError):
                    async with asyncio.timeout(GOODBYE_S):
                        await client.publish(STATUS, OFFLINE, qos=1, retain=True)
                raise
        finally:  # also where it was not connected: the library would leave the socket of a broker that says nothing
            with suppress(MqttError, TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await client.__aexit__(None, None, None)

    async def _enter(self, client: Client, reached: Reached) -> None:
        """Begin with MQTT. Raises `BrokerError`, `MqttError`."""
        entering = asyncio.create_task(client.__aenter__())
        gone = asyncio.create_task(reached.gone())
        try:
            await asyncio.wait((entering, gone), return_when=asyncio.FIRST_COMPLETED)
            if entering.done():
                await entering
            elif gone.result():
                raise BrokerError(f"{self._broker.address} does not speak MQTT: is the port right?", lasting=True)
            else:
                raise BrokerError(f"{self._broker.address} closed the connection: is the broker still well?")
        finally:
            for task in (entering, gone):
                task.cancel()
            await asyncio.gather(entering, gone, return_exceptions=True)

    async def _reach(self) -> tuple[Client, Reached]:
        """A client for an address at which the broker has just answered. Raises `BrokerError`."""
        broker, self._sockets.unwanted.text = self._broker, ""
        try:
            if broker.tls and self._trust is None:
                self._trust = await asyncio.to_thread(trust_for, broker, _authority(self._settings))
            password = _password(self._settings)
        except SettingsError as error:
            raise BrokerError(str(error), lasting=True) from None
        reached = await reach(broker, self._names.address_of, self._trust)
        client = Client(
            reached.address,
            broker.port,
            username=broker.user,
            password=password.reveal() if password else None,
            identifier=self._identifier,
            will=Will(STATUS, OFFLINE, qos=1, retain=True),
            timeout=self._patience_s,
            keepalive=KEEP_ALIVE_S,
            max_queued_incoming_messages=MOST_UNREAD,
            tls_context=cast("ssl.SSLContext", self._sockets),
            logger=_LIBRARY,
        )
        return client, reached

    def _refused(self, error: MqttError) -> BrokerError:
        """What it means that MQTT itself does not begin."""
        broker = self._broker
        if not isinstance(error, MqttCodeError):
            self._patience_s = min(self._patience_s * 2, LONGEST_ANSWER_S)
            wrong_port = "" if broker.tls else " (for its port with TLS use mqtts://)"
            return BrokerError(f"{broker.address} accepts a connection and says nothing: is it MQTT?{wrong_port}")
        reason = clean(str(error.rc)).lower()
        if not any(word in reason for word in ("authori", "password")):
            return BrokerError(f"{broker.address} refuses the connection: {reason}")
        if broker.user is None:
            why = "wants a user and a password: use mqtt://USER@HOST and --mqtt-password-file"
        else:
            why = "refuses user or password: look at both"
        return BrokerError(f"{broker.address} {why}", lasting=True)
