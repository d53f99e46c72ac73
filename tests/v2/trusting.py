"""What `net.tls` is to the sockets of the tests here: the tests' own authority, and one serial."""

from __future__ import annotations

import ssl

from tests.v2.certificates import SERIAL, authority
from tui.core.model import Endpoint
from tui.net.errors import DeviceError, WrongCertificate


class Trusting:
    """Trusts the authority of the tests, and expects one device."""

    def __init__(self, serial: str = SERIAL) -> None:
        self._serial = serial
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.load_verify_locations(cadata=authority("Appliance Access CA").pem)

    def context(self) -> ssl.SSLContext:
        return self._context

    def check(self, connection: ssl.SSLObject) -> None:
        subject = dict(pair for part in (connection.getpeercert() or {})["subject"] for pair in part)  # type: ignore[misc]
        if not str(subject.get("commonName")).endswith(f"/{self._serial}"):
            raise WrongCertificate("another device")

    def failure(self, error: ssl.SSLError, endpoint: Endpoint) -> DeviceError:
        return WrongCertificate(f"no TLS from port {endpoint.port}: {error.reason}")
