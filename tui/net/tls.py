"""Whom to believe over TLS: an authority's certificate, and what a device's own certificate has to say.

A device's certificate is signed by HomeWizard and names it: its common name is `appliance/KIND/SERIAL`, and newer ones
also have a DNS name that begins with the serial (API documentation, v2, "Authorization" and its issue 241). No host
name or address is in it, so OpenSSL verifies the chain and this module the name. Real devices need no SNI, and since
they are asked at an address none is sent.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tui.core.model import Endpoint
from tui.core.text import clean
from tui.net.errors import BadAnswer, DeviceError, Refused, WrongCertificate

NAMES = 32
"""Most names of a certificate that are looked at (own choice): a device has one or two."""
MAC_DIGITS = 12
"""A serial is a MAC address; a name that merely begins with something shorter says nothing."""

_COMMON_NAME = re.compile(r"appliance/([\w-]{1,32})/([0-9a-z_-]{1,64})", re.IGNORECASE | re.ASCII)
_MAC_FIRST = re.compile(r"([0-9a-f]{12})(?![0-9a-z])", re.IGNORECASE | re.ASCII)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----", re.ASCII)

Certificate = Mapping[str, Any]
"""As `ssl.SSLObject.getpeercert()` gives it of a certificate that was verified."""

_EXPIRED, _NOT_YET, _SELF_SIGNED = 10, 9, 18
"""X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT."""


class Trust:
    """An authority that is believed: HomeWizard's, or another one instead. Costs nothing until a device is asked."""

    def __init__(self, ca: str | None = None) -> None:
        self._ca = ca
        """PEM, from `authority_in`."""
        self.whose = "HomeWizard" if ca is None else "the authority of --ca"

    @property
    def context(self) -> ssl.SSLContext:
        """One for all connections: about 17 KiB and 0.4 ms, the first of a process 2 ms."""
        if self._ca is not None:
            return _context(self._ca)
        from tui.net.vendorca import VENDOR_CA

        return _context(VENDOR_CA)


@cache
def _context(ca: str) -> ssl.SSLContext:
    """The chain is always verified, and by `ca` alone. Raises `ssl.SSLError` if that is no certificate.

    The vendor's authority is of X.509 version 1, which VERIFY_X509_STRICT does not take, and `create_default_context`
    of Python 3.13 asks for that. A --ca may be one that another authority signed, so a part of a chain is enough.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=ca)
    return context


def authority_in(text: str) -> str | None:
    """The certificates in a file's text, as `Trust` takes them; None if there is none, or one is damaged."""
    found = "\n".join(_PEM.findall(text))
    try:
        _context(found)
    except (ssl.SSLError, ValueError):  # the latter of none
        return None
    return found


class Peer:
    """The device that has to be at the other end: each new connection is shown here before anything is sent on it."""

    def __init__(self, trust: Trust, serial: str | None = None, *, stays: bool = False) -> None:
        self._trust = trust
        self.serial = serial
        """The one that was expected, else as the last certificate that was accepted names it; None before that."""
        self.kind: str | None = None
        """What the last certificate that was accepted calls its product."""
        self._expects = serial
        self._stays = stays
        """Whether the first device to come is the only one from then on: for a token without a serial."""

    def context(self) -> ssl.SSLContext:
        """What its chain is verified by."""
        return self._trust.context

    def check(self, connection: ssl.SSLObject) -> None:
        """Raises `WrongCertificate` unless the certificate, whose chain was verified, names the device."""
        self.check_certificate(connection.getpeercert())

    def failure(self, error: ssl.SSLError, endpoint: Endpoint) -> DeviceError:
        """What an error of TLS means to a person, in its handshake or after it."""
        return tls_failure(error, endpoint.port, self._trust.whose)

    def check_certificate(self, certificate: Certificate | None) -> None:
        """As `check`, of a certificate by itself."""
        named = serial_named(certificate or {})
        if self._expects is None and named is None:
            raise WrongCertificate("The certificate names no HomeWizard device: is this the right address?")
        if self._expects is not None and not names(certificate or {}, self._expects):
            whose = f"is that of {named}" if named else "names no device"
            raise WrongCertificate(
                f"The certificate {whose}, not {clean(self._expects)}: does another device have this address now?"
            )
        self.serial = self._expects or named
        self.kind = kind_named(certificate or {}, self.serial) if self.serial else None
        if self._stays:
            self._expects = self.serial


def serial_named(certificate: Certificate) -> str | None:
    """The serial of the device that a certificate names, as it is written there; None if it names none."""
    for name in _common_names(certificate):
        if found := _COMMON_NAME.fullmatch(name):
            return found[2]
    for name in _dns_names(certificate):
        if found := _MAC_FIRST.match(name):
            return found[1]
    return None


def kind_named(certificate: Certificate, serial: str) -> str | None:
    """What a certificate calls the product of the device with `serial`, in lower case; None if it does not say."""
    for name in _common_names(certificate):
        if (found := _COMMON_NAME.fullmatch(name)) and found[2].lower() == serial.lower():
            return found[1].lower()
    return None


def names(certificate: Certificate, serial: str) -> bool:
    """Whether a certificate is that of the device with `serial`, by its common name or by a DNS name: either is enough.

    Upper and lower case are the same.
    """
    wanted = serial.strip().lower()
    if any(
        found[2].lower() == wanted for name in _common_names(certificate) if (found := _COMMON_NAME.fullmatch(name))
    ):
        return True
    if len(wanted) < MAC_DIGITS:
        return wanted != "" and wanted in (name.lower() for name in _dns_names(certificate))
    return any(name.lower().startswith(wanted) for name in _dns_names(certificate))


def _common_names(certificate: Certificate) -> Iterator[str]:
    found = (value for part in certificate.get("subject", ()) for name, value in part if name == "commonName")
    return _few(found)


def _dns_names(certificate: Certificate) -> Iterator[str]:
    return _few(value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS")


def _few(found: Iterator[str]) -> Iterator[str]:
    return (name for _, name in zip(range(NAMES), found, strict=False))


def tls_failure(error: ssl.SSLError, port: int, whose: str) -> DeviceError:
    """What an error of TLS means to a person; `whose` certificates are believed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return WrongCertificate(_distrust(error.verify_code, whose))
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Refused("Connection closed in the TLS handshake: does another program read this device?")
    reason = clean((error.reason or "").replace("_", " ").lower(), 48)
    _, is_alert, alert = reason.partition(" alert ")
    if is_alert:
        return Refused(f"The device broke off TLS ({alert}): newer firmware may mend that")
    if reason in _NO_TLS:
        return BadAnswer(f"No TLS from port {port}: does this device have API v2?")
    return BadAnswer(f"TLS failed{f' ({reason})' if reason else ''}: is this the right address?")


_NO_TLS = ("wrong version number", "http request", "record layer failure", "unknown protocol", "packet length too long")
"""What OpenSSL calls an answer that is not TLS, such as HTTP; the words differ between its versions."""


def _distrust(code: int, whose: str) -> str:
    """`code` is one of X509_V_ERR_* (OpenSSL, x509_vfy.h). What a clock can explain, a clock is asked for."""
    if code == _EXPIRED:
        return "The certificate has expired: is this computer's clock right?"
    if code == _NOT_YET:
        return "The certificate is not valid yet: is this computer's clock right?"
    if code == _SELF_SIGNED:
        return f"The certificate is signed by itself, not by {whose}: is this the right address?"
    return f"The certificate is not from {whose}: is this the right address?"
