"""Which certificates are believed, and that nobody pays for it who does not use it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.v2.certificates import SERIAL, authority
from tui.core.model import Endpoint
from tui.net.errors import WrongCertificate
from tui.net.tls import NAMES, Peer, Trust, authority_in, kind_named, names, serial_named
from tui.net.vendorca import VENDOR_CA

if TYPE_CHECKING:
    from tests.net.conftest import Servers, Visit

OTHER = "3c39e7112233"


def certificate(*common: str, dns: tuple[str, ...] = ()) -> dict[str, Any]:
    """As `getpeercert` gives it."""
    made: dict[str, Any] = {"subject": tuple((("commonName", name),) for name in common)}
    return made | ({"subjectAltName": tuple(("DNS", name) for name in dns)} if dns else {})


def test_the_vendors_authority_is_the_one_that_its_documentation_publishes() -> None:
    der = ssl.PEM_cert_to_DER_cert(VENDOR_CA)
    assert hashlib.sha256(der).hexdigest().upper() == "4EC277E62033FAE8BC373E3F2A976676D3F665683873F1EA8E3BDF78AC680003"
    loaded: dict[str, Any] = dict(Trust().context.get_ca_certs()[0])
    assert loaded["version"] == 1
    assert (("commonName", "Appliance Access CA"),) in loaded["subject"]


def test_a_context_verifies_every_chain_and_is_made_once_for_each_authority() -> None:
    context = Trust().context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.check_hostname  # the leaf names a serial; `Peer` checks that
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    other = Trust(authority().pem)
    assert other.context is Trust(authority().pem).context is not context
    assert len(other.context.get_ca_certs()) == 1  # instead of the vendor's, not beside it


DAMAGED = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("text", ["", "hello", DAMAGED, DAMAGED.replace("AAAA", "\xff"), "\xff\0"])
def test_what_is_no_certificate_is_no_authority(text: str) -> None:
    assert authority_in(text) is None
    pem = authority().pem
    assert authority_in(text + pem) == (None if text is DAMAGED else pem.strip())


CN = f"appliance/p1dongle/{SERIAL}"


@pytest.mark.parametrize(
    ("shown", "named"),
    [
        (certificate(CN), SERIAL),
        (certificate(CN.upper()), SERIAL.upper()),
        (certificate("appliance/battery/aabbcc"), "aabbcc"),
        (certificate(CN, dns=(f"{OTHER}.local",)), SERIAL),
        (certificate(dns=(f"{SERIAL}.appliance.homewizard.com",)), SERIAL),
        (certificate("router", dns=("router.lan", SERIAL)), SERIAL),
        (certificate("", CN), SERIAL),
        (certificate(), None),
        ({}, None),
        (certificate("router.lan", dns=("router.lan",)), None),
        (certificate(SERIAL), None),
        (certificate(f"appliance/{SERIAL}"), None),
        (certificate(f"appliance/p1dongle/{SERIAL}/x"), None),
        (certificate(f"appliance//{SERIAL}"), None),
        (certificate(f"{CN}\n"), None),
        (certificate(f"appliance/p1dongle/{SERIAL}\0.evil"), None),
        (certificate("appliance/p1dongle/\x1b[2J"), None),
        (certificate("appliance/p1dongle/" + "a" * 65), None),
        (certificate("appliance/p1dongle/５c2f"), None),
        (certificate(dns=(f"{SERIAL}0.local",)), None),
        (certificate(*["x"] * NAMES, CN), None),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_the_serial_that_a_certificate_names(shown: dict[str, Any], named: str | None) -> None:
    assert serial_named(shown) == named
    if named is not None:
        assert names(shown, named.swapcase())


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (certificate(CN), "p1dongle"),
        (certificate(CN.upper()), "p1dongle"),
        (certificate("router", f"appliance/energymeter/{SERIAL}"), "energymeter"),
        (certificate(f"appliance/battery/{OTHER}", dns=(f"{SERIAL}.x",)), None),
        (certificate(f"appliance/{'x' * 33}/{SERIAL}"), None),
        (certificate(dns=(f"{SERIAL}.appliance.homewizard.com",)), None),
        ({}, None),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_the_kind_of_the_device_that_a_certificate_names(shown: dict[str, Any], kind: str | None) -> None:
    assert kind_named(shown, SERIAL) == kind


@pytest.mark.parametrize(
    ("shown", "is_it"),
    [
        (certificate(CN), True),
        (certificate("appliance/p1dongle/" + OTHER), False),
        (certificate("appliance/p1dongle/" + OTHER, dns=(f"{SERIAL.upper()}.x",)), True),
        (certificate("router", dns=("a", "b", SERIAL)), True),
        (certificate("router", dns=(f"x{SERIAL}",)), False),
        (certificate("router", dns=(SERIAL[:-1],)), False),
        (certificate("router", dns=(*["x"] * NAMES, SERIAL)), False),
        ({}, False),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_either_name_is_enough(shown: dict[str, Any], is_it: bool) -> None:
    assert names(shown, SERIAL) is is_it


@pytest.mark.parametrize("short", ["", " ", "5", SERIAL[:11]])
def test_the_beginning_of_a_serial_is_not_one(short: str) -> None:
    assert not names(certificate(CN, dns=(f"{SERIAL}.x", "")), short)


def test_a_serial_that_is_shorter_than_a_mac_address_has_to_be_the_whole_name() -> None:
    assert names(certificate(dns=("router", "Sim-1")), "sim-1")
    assert not names(certificate(dns=("sim-12", "sim-1.lan")), "sim-1")


def test_other_kinds_of_names_are_not_looked_at() -> None:
    kinds = ("URI", f"{SERIAL}.x"), ("email", f"{SERIAL}@x"), ("DirName", ((("commonName", CN),),))
    assert serial_named({"subjectAltName": kinds}) is None
    assert not names({"subjectAltName": kinds}, SERIAL)


def test_an_error_without_a_reason_has_a_next_step_too() -> None:
    error = ssl.SSLError(1, "odd")
    error.reason = None  # type: ignore[assignment]  # as OpenSSL leaves it of what it has no word for
    failure = Peer(Trust()).failure(error, Endpoint("192.168.1.20", 443, "v2"))
    assert str(failure) == "TLS failed: is this the right address?"


@given(common=st.lists(st.text(), max_size=5), dns=st.lists(st.text(), max_size=5), serial=st.text())
def test_whatever_a_certificate_holds_a_named_serial_is_plain_and_its_own(
    common: list[str], dns: list[str], serial: str
) -> None:
    shown = certificate(*common, dns=tuple(dns))
    named = serial_named(shown)
    assert named is None or (named.isascii() and named.isprintable() and names(shown, named))
    assert names(shown, serial) in (False, True)


def refused(peer: Peer, shown: dict[str, Any] | None) -> str:
    with pytest.raises(WrongCertificate) as caught:
        peer.check_certificate(shown)
    return str(caught.value)


def test_a_peer_takes_the_device_that_was_expected_and_no_other() -> None:
    peer = Peer(Trust(), SERIAL.upper())
    peer.check_certificate(certificate(CN))
    assert peer.serial == SERIAL.upper()
    assert refused(peer, certificate("appliance/p1dongle/" + OTHER)) == (
        f"The certificate is that of {OTHER}, not {SERIAL.upper()}: does another device have this address now?"
    )
    assert "names no device" in refused(peer, certificate("\x1b[2J"))
    assert "names no device" in refused(peer, None)


def test_a_peer_without_a_serial_learns_it_from_the_certificate() -> None:
    any_device, first_only = Peer(Trust()), Peer(Trust(), stays=True)
    assert "names no HomeWizard device" in refused(any_device, certificate("router"))
    for peer in (any_device, first_only):
        peer.check_certificate(certificate(CN))
    any_device.check_certificate(certificate("appliance/battery/" + OTHER))
    assert (any_device.serial, first_only.serial) == (OTHER, SERIAL)
    assert OTHER in refused(first_only, certificate("appliance/battery/" + OTHER))


WITHOUT = """
import asyncio, ssl, sys
class Never(ssl.SSLContext):
    def __new__(cls, *_, **__):
        raise AssertionError("an SSLContext was made")
ssl.SSLContext = Never
from tui.cli import main
done = main(sys.argv[1:])
print(done, [name for name in ("tui.net.tls", "tui.net.vendorca", "websockets") if name in sys.modules])
"""


async def test_who_has_no_device_with_api_v2_makes_no_context(servers: Servers, tmp_path: Path) -> None:
    async def device(visit: Visit) -> None:
        while True:
            is_identity = await visit.request() == "GET /api"
            await visit.answer(
                b'{"product_type":"HWE-P1","serial":"aabbcc"}' if is_identity else b'{"active_power_w":5}'
            )

    served = await servers.start(device)
    words = ["read", served.endpoint.address, "--no-mdns", "--state-dir", str(tmp_path), "--timeout", "5"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WITHOUT, *words, stdout=PIPE, stderr=PIPE, env={"HOME": str(tmp_path)}
    )
    out, err = await process.communicate()
    assert (out.decode().splitlines()[-1], err.decode()) == ("0 []", "")
    assert served.requests
