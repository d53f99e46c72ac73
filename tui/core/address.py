"""HOST[:PORT] or https://HOST[:PORT] as a user types or pastes it, and the API that a user wants.

Nothing is resolved here; an error says in a sentence what is wrong.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from tui.core.model import Endpoint
from tui.core.text import clean, quoted

USUAL_PORT = 80
"""API v1 is plain HTTP (API documentation, getting started)."""
USUAL_V2_PORT = 443
"""API v2 is HTTPS (API documentation, v2, getting started)."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_SCHEME = re.compile(r"(?:([a-z][a-z0-9+.-]*)://|//)?(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_UNSEEN = "\u200b\u2060\ufeff"
"""Zero-width spaces, which come along when text is copied from a chat or a web page."""
_LONGEST_NAME = 253
"""Characters in a host name (RFC 1035, 255 octets on the wire)."""


class AddressError(ValueError):
    """The text is not HOST[:PORT]; the message says what is wrong with it."""


def parse_host(text: str) -> Endpoint:
    """The endpoint for HOST or HOST:PORT, where HOST is an IPv4 address or a host name; https:// before it means API
    v2.

    An http:// before it and a path after it, as pasted from a browser, are ignored.

    >>> parse_host("http://192.168.1.20:8080/api")
    Endpoint(host='192.168.1.20', port=8080, api='v1')
    >>> parse_host("https://192.168.1.20")
    Endpoint(host='192.168.1.20', port=443, api='v2')

    Raises `AddressError`. Its message repeats neither a possible password nor the path and the query.
    """
    text = text.strip().strip(_UNSEEN).strip()
    if "@" in text:
        raise AddressError("there is a user name or password before the @: leave it out, give only HOST or HOST:PORT")
    scheme, rest = _SCHEME.fullmatch(text).groups()  # type: ignore[union-attr]  # it matches any text
    address = re.split(r"[/?#]", rest, maxsplit=1)[0]
    shown = f'"{clean(address, 80)}"'
    if not address:
        raise AddressError("a host is missing: give an address like 192.168.1.20 or a name like p1meter.lan")
    if any(char.isspace() for char in text):
        raise AddressError(f"{shown} has a space in it: give several hosts as separate words")
    if _is_ipv6(address):
        raise AddressError(f"{shown} is an IPv6 address: give the device's IPv4 address or its name")
    host, colon, port = address.partition(":")
    name, number = _host(host, shown), _port(port, host) if colon else None
    match (scheme or "http").lower():
        case "http":
            return Endpoint(name, number or USUAL_PORT)
        case "https":
            return Endpoint(name, number or USUAL_V2_PORT, "v2")
    raise AddressError(f"{shown} follows a scheme other than http:// and https://: give only HOST or HOST:PORT")


def typed(endpoint: Endpoint) -> str:
    """As a user types an endpoint: `parse_host` gives it back."""
    return f"https://{endpoint.address}" if endpoint.api == "v2" else endpoint.address


def check_api(text: str) -> str:
    """The `api` of a device in the config file. Raises `ValueError`."""
    if text != "v1":
        raise ValueError('only "v1" can be forced: leave it out, then the best way that works is used')
    return text


def parse_interface(text: str) -> str:
    """The IPv4 address of an interface of this machine, in its usual form. Raises `AddressError`."""
    try:
        return str(IPv4Address(text.strip()))
    except AddressValueError:
        raise AddressError(
            f'"{quoted(text, 80)}" is not an IPv4 address: give the address of the interface, like 192.168.1.5'
        ) from None


def _is_ipv6(text: str) -> bool:
    if text.startswith("["):
        return True
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _host(text: str, shown: str) -> str:
    host = text.lower().removesuffix(".")
    labels = host.split(".")
    if not host:
        raise AddressError(f"{shown} has no host before the port")
    if labels[-1].isdigit():  # no host name ends in a number, so this is meant as an address
        try:
            address = IPv4Address(host)
        except AddressValueError:
            raise AddressError(f"{shown} is not a whole IPv4 address: use four numbers from 0 to 255") from None
        if address.is_multicast or address.is_unspecified or int(address) == 2**32 - 1:
            raise AddressError(f"{shown} is not the address of one device")
        return str(address)
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError(f"{shown} is not a host name: letters, digits, hyphens and dots only")
    return host


def _port(text: str, host: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        # The bad port is not repeated: it may be the first half of a password.
        raise AddressError(f'what follows "{clean(host, 80)}:" is not a port: use a number from 1 to 65535')
    return int(text)
