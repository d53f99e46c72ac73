"""Reaches an MQTT broker, and says in a sentence why it cannot.

The library that speaks MQTT connects in a thread that cannot be cut short, looks names up without mDNS, and tells
little of what went wrong. So the broker is reached here first, over TLS where that is wanted, with the same trust; the
library then connects to an address that has just answered. And while that library waits for the first word, it does not
notice that the broker has ended: this connection does.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple

from tui.core.out.mqttbroker import Broker
from tui.net.brokersocket import BrokerTrust, Unwanted
from tui.net.errors import NoAddress
from tui.net.resolve import AddressOf

LONGEST_S = 10.0
"""To find its name, to connect and to shake hands (own choice). One that hangs accepts, and answers once it is back."""

_UNKNOWN_AUTHORITY = {18, 19, 20, 21}
"""X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ..._SELF_SIGNED_CERT_IN_CHAIN, ..._UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
..._UNABLE_TO_VERIFY_LEAF_SIGNATURE."""
_NOT_YET, _EXPIRED = 9, 10
_OTHER_NAME = {62, 64}
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH."""


class BrokerError(Exception):
    """Why nothing goes out, and what to do: a sentence. `lasting`: only a person can change it."""

    def __init__(self, text: str, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting


def trust_for(broker: Broker, ca: str | None) -> BrokerTrust:
    """Trust in the authorities of this computer, or in the certificates `ca` (PEM) alone. Blocks for some 30 ms.

    Certificates are held to what TLS asks for, not to VERIFY_X509_STRICT, which those made at home rarely meet; one of
    `ca` may be the broker's own.
    """
    context = BrokerTrust(ssl.PROTOCOL_TLS_CLIENT)
    context.name, context.unwanted = broker.host, Unwanted()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is None:
        context.load_default_certs()
    else:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=ca)
    return context


class Reached(NamedTuple):
    """A broker that has accepted a connection. It stays open, and says nothing: MQTT begins with the client."""

    address: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def gone(self) -> bytes:
        """Wait until the other end closes it, or says something all the same; what it said."""
        try:
            return await self.reader.read(1)
        except OSError:
            return b""

    def leave(self) -> None:
        """Close it."""
        self.writer.transport.abort()


async def reach(broker: Broker, address_of: AddressOf, trust: BrokerTrust | None) -> Reached:
    """Connect to it, over TLS with `trust`. Raises `BrokerError`."""
    try:
        async with asyncio.timeout(LONGEST_S):
            address = broker.host if ":" in broker.host else await address_of(broker.host)
            name = broker.host if trust else None
            reader, writer = await asyncio.open_connection(address, broker.port, ssl=trust, server_hostname=name)
    except NoAddress:
        text = f'there is no address for "{broker.host}": check the name, or give the IPv4 address'
        raise BrokerError(text) from None
    except TimeoutError:
        raise BrokerError(f"{broker.address} does not answer: is it on, and are host and port right?") from None
    except ssl.SSLError as error:
        raise _tls_error(broker, error) from None
    except ConnectionRefusedError:
        raise BrokerError(f"nothing listens at {broker.address}: is the broker running there?") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        if trust is not None:  # some servers hang up on what is no MQTT, and so do those without TLS
            why += ": does it speak TLS at this port?"
        raise BrokerError(f"{broker.address} cannot be reached: {why}") from None
    return Reached(address, reader, writer)


def _tls_error(broker: Broker, error: ssl.SSLError) -> BrokerError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(f"{broker.address} does not speak TLS: use its port for TLS, or mqtt://", lasting=True)
    code = error.verify_code
    if code in _UNKNOWN_AUTHORITY:
        why = "is of an authority that this computer does not know: give that one's with --mqtt-ca FILE"
    elif code in _OTHER_NAME:
        why = f'is not for "{broker.host}": use the name that it was made for'
    elif code in (_NOT_YET, _EXPIRED):
        why = "has expired: renew it" if code == _EXPIRED else "is not valid yet: is the clock of this computer right?"
    else:
        why = f"is not trusted: {error.verify_message}"
    return BrokerError(f"the certificate of {broker.address} {why}", lasting=True)
