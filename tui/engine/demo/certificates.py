"""The certificates of the demo's devices: data, made once by `tests/make_demo_certificates.py`.

The keys beside them are public and worth nothing: the authority that signed them is trusted by the demo alone, its own
key was thrown away, and no program trusts it unless its user says so (`--ca`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever serves no device of API v2 does without TLS
    from ssl import SSLContext

FOLDER = Path(__file__).with_name("certificates")
CA_FILE = FOLDER / "ca.pem"
"""The certificate of the demo's authority, in the place of the vendor's."""


def file_of(serial: str) -> Path:
    """The key and the certificate of a device; that of a stranger's device is by another authority."""
    return FOLDER / f"{serial}.pem"


def context_of(serial: str) -> SSLContext:
    """For a server that is this device. Raises `OSError` if it has no certificate."""
    from ssl import PROTOCOL_TLS_SERVER, SSLContext

    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file_of(serial))
    return context
