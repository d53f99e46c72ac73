"""The demo's certificates: one for each device that speaks API v2, of an authority that nothing else trusts."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from tui.engine.demo.certificates import CA_FILE, FOLDER, context_of, file_of
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.household import HOUSEHOLDS, Household

CA = x509.load_pem_x509_certificate(CA_FILE.read_bytes())


def devices() -> list[SimulatedDevice]:
    return [device for name in HOUSEHOLDS for device in Household(name, seed=7).devices if device.v2]


def is_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(CA)
    except ValueError:  # another issuer
        return False
    return True


@pytest.mark.parametrize("device", devices(), ids=lambda device: str(device.name))
def test_whatever_the_seed_a_device_has_a_certificate_with_its_serial(device: SimulatedDevice) -> None:
    pem = file_of(device.serial).read_bytes()
    made, key = x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, None)
    (common,) = made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    kind = {"HWE-P1": "p1dongle", "HWE-BAT": "battery", "HWE-KWH1": "energymeter"}[device.product_type]
    assert common.value == f"appliance/{kind}/{device.serial}"
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.startswith(device.serial) for name in names.get_values_for_type(x509.DNSName)] == [True]
    assert is_signed(made) is (device.fault is not Fault.STRANGER)
    assert made.public_key() == key.public_key()
    assert (made.not_valid_before_utc.year, made.not_valid_after_utc.year) == (2025, 2049)
    assert b"The key is public on purpose" in pem
    assert isinstance(context_of(device.serial), ssl.SSLContext)


def test_nothing_else_is_kept_and_no_key_of_the_authority() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        "ca.pem",
        *(Path(f"{one.serial}.pem").name for one in devices()),
    }
    assert b"PRIVATE" not in CA_FILE.read_bytes()
