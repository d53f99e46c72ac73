"""Make the certificates of the demo's devices anew: `python -m tests.make_demo_certificates`.

Each run makes another authority and forgets its key, so all certificates are made together. Nobody needs to run this
again unless a household gets another device of API v2: `tests/engine/test_demo_certificates.py` says so.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui.engine.demo.announce import name_in_certificate
from tui.engine.demo.certificates import CA_FILE, FOLDER, file_of
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.household import HOUSEHOLDS, Household

FROM, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""As the vendor's devices have it."""
WORTHLESS = """\
The certificate and the key of a device that exists in hwtui's demo alone. The key is public on purpose and worth
nothing: it opens no door, and the authority that signed it is trusted by nothing but the demo.
"""

Key = ec.EllipticCurvePrivateKey


def named(organization: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def signed(
    subject: x509.Name, key: Key, issuer: x509.Name, by: Key, *extensions: x509.ExtensionType
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(by, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def leaf(device: SimulatedDevice, issuer: x509.Name, by: Key) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name_in_certificate(device))])
    made = signed(subject, key, issuer, by, x509.SubjectAlternativeName([x509.DNSName(f"{device.serial}.local")]))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return WORTHLESS + private.decode() + pem(made)


def main() -> None:
    own, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name, other = named("hwtui", "hwtui demo, trusted by nothing else"), named("Somebody else", "Another authority")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    CA_FILE.write_text(pem(signed(name, own, name, own, x509.BasicConstraints(ca=True, path_length=0))))
    for household in HOUSEHOLDS:
        for device in Household(household).devices:
            if device.v2:
                by = (other, stranger) if device.fault is Fault.STRANGER else (name, own)
                file_of(device.serial).write_text(leaf(device, *by))


if __name__ == "__main__":
    main()
