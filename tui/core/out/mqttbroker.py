"""The MQTT broker that values are handed to, as a user types it."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

from tui.core.address import parse_host
from tui.core.text import clean

USUAL_PORTS = {"mqtt": 1883, "mqtts": 8883}
"""As registered: `mqtt` and `secure-mqtt` (IANA, Service Name and Transport Protocol Port Number Registry)."""


class Broker(NamedTuple):
    """Where it is, and as whom to log in. The password is elsewhere: what is typed here, others can see."""

    host: str
    """A name or an address; one of IPv6 without its brackets."""
    port: int
    tls: bool = False
    user: str | None = None

    @property
    def address(self) -> str:
        """HOST:PORT, as a sentence names it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """As it was typed, without the user."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.address}"

    @property
    def typed(self) -> str:
        """As a user types it."""
        scheme, _, place = self.url.partition("://")
        return f"{scheme}://{self.user}@{place}" if self.user else self.url


def parse_broker(text: str) -> Broker:
    """mqtt[s]://[USER@]HOST[:PORT]. Raises `ValueError`, which repeats neither a user nor a password.

    >>> parse_broker("mqtt://house@192.168.1.5")
    Broker(host='192.168.1.5', port=1883, tls=False, user='house')
    >>> parse_broker("mqtts://[fd00::5]:8884").url
    'mqtts://[fd00::5]:8884'
    """
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in USUAL_PORTS:
        raise ValueError("use mqtt://HOST, or mqtts://HOST for TLS")
    user, _, place = rest.rpartition("@")  # a user name may be a mail address
    if ":" in user:
        raise ValueError(
            "a password does not belong here, where others can see it: leave it out, and use --mqtt-password-file "
            "or HWTUI_MQTT_PASSWORD"
        )
    if clean(user) != user:
        raise ValueError("the user before the @ is too long, or has characters that nobody can see")
    host, port = _host_and_port(place.removesuffix("/"), USUAL_PORTS[scheme])
    return Broker(host, port, scheme == "mqtts", user or None)


def _host_and_port(place: str, usual: int) -> tuple[str, int]:
    if any(char in place for char in "/?#"):
        raise ValueError("leave out what follows the host and its port")
    if place.startswith("["):
        address, bracket, port = place[1:].partition("]")
        try:
            host = str(IPv6Address(address))
        except AddressValueError:
            raise ValueError(f'"{clean(address, 80)}" is no IPv6 address') from None
        if not bracket or (port and not port.startswith(":")):
            raise ValueError("an IPv6 address is written like mqtt://[fd00::5]:1883")
        return host, parse_host(f"broker{port}").port if port else usual  # its sentences on ports hold here, too
    if place.count(":") > 1:
        raise ValueError("an IPv6 address is written like mqtt://[fd00::5]:1883")
    endpoint = parse_host(place)
    return endpoint.host, endpoint.port if ":" in place else usual
