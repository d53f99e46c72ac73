"""Certificates like those of real devices, made when a test first asks for them and kept for the rest of the session.

The vendor's own: a root `CN=Appliance Access CA` of X.509 version 1, so without any extension; leaves with the common
name `appliance/KIND/SERIAL`, newer ones also with a DNS name that begins with the serial. `cryptography` makes version
3 alone, and OpenSSL takes no version 3 root without extensions for an authority; so the root is made as version 3 and
its version is taken out. Keys are EC P-256 here and RSA 2048 there: those take a second each to make.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SERIAL = "5c2fafaabbcc"
_V3 = bytes.fromhex("a003020102")
"""The field `version` of a certificate of version 3, the first of what is signed; version 1 has none (RFC 5280)."""
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


@dataclass(frozen=True)
class Leaf:
    """A device's certificate with its key, as a server needs it."""

    pem: bytes
    """The key, the certificate, and what else is sent along with it."""

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.pem).public_bytes(serialization.Encoding.DER)

    def context(self) -> ssl.SSLContext:
        """For a server that is this device."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:  # OpenSSL reads a key from a file alone
            file.write(self.pem)
            file.flush()
            made.load_cert_chain(file.name)
        return made


@dataclass(frozen=True)
class Authority:
    """Who signs the certificates of devices."""

    subject: x509.Name
    key: ec.EllipticCurvePrivateKey
    pem: str
    """Its own certificate."""

    def file(self, folder: Path) -> Path:
        """Its certificate as a file, for `--ca`."""
        path = folder / "ca.pem"
        path.write_text(self.pem)
        return path


def _length(size: int) -> bytes:
    short = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return short if size < 0x80 else bytes([0x80 | len(short)]) + short


def _sequence(content: bytes, tag: int = 0x30) -> bytes:
    return bytes([tag]) + _length(len(content)) + content


def _without_version(made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The same certificate as one of version 1."""
    signed = _sequence(made.tbs_certificate_bytes.split(_V3, 1)[1])
    signature = _sequence(b"\0" + key.sign(signed, ec.ECDSA(hashes.SHA256())), tag=0x03)
    return x509.load_der_x509_certificate(_sequence(signed + _ECDSA_SHA256 + signature))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, from_day: int, to_day: int
) -> x509.CertificateBuilder:
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=from_day))
        .not_valid_after(today + timedelta(days=to_day))
    )


OURS = "Appliance Access CA"


def authority(name: str = OURS) -> Authority:
    """The one that all tests trust; under any other name, a stranger."""
    return _authority(name)


@cache
def _authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HomeWizard"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    made = _builder(subject, subject, key, -1000, 2000).sign(key, hashes.SHA256())
    pem = _without_version(made, key).public_bytes(serialization.Encoding.PEM).decode()
    return Authority(subject, key, pem)


@cache
def leaf(
    serial: str = SERIAL,
    kind: str = "p1dongle",
    *,
    by: str | None = OURS,
    cn: str | None = None,
    san: Sequence[str] = (),
    from_day: int = -10,
    to_day: int = 3000,
    chain: int = 0,
) -> Leaf:
    """A device's certificate.

    `by` names the authority, None makes it self-signed; `cn` is instead of `appliance/KIND/SERIAL`, "" for none at
    all; `san` are DNS names (a tuple); it is valid from `from_day` to `to_day`, counted from today: `to_day=-1` is
    expired and `from_day=1` is not yet valid. It is followed by itself `chain` times.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    common = f"appliance/{kind}/{serial}" if cn is None else cn
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    signer = None if by is None else authority(by)
    builder = _builder(subject, signer.subject if signer else subject, key, from_day, to_day)
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in san]), critical=False)
    made = builder.sign(signer.key if signer else key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Leaf(private + made.public_bytes(serialization.Encoding.PEM) * (1 + chain))
