"""Sockets for the library that speaks MQTT, which take in no more than `core.out.mqttpackets` lets through.

The library offers no limit of its own, and no way to give it a socket; but it has its sockets wrapped by a context of
TLS. So one context wraps them in TLS, and the other one in nothing.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

from tui.core.out.mqttpackets import LARGEST, Incoming, UnwantedError


class Unwanted:
    """What a broker sent last that was not taken; "" if all was."""

    text = ""


def _take(incoming: Incoming, data: bytes, unwanted: Unwanted) -> bytes:
    """Let through what came. Raises `ConnectionAbortedError`, which the library takes for the end."""
    try:
        incoming.heard(data)
    except UnwantedError as error:
        unwanted.text = str(error)
        raise ConnectionAbortedError from None
    return data


class _Plain(socket.socket):
    """Without TLS."""

    def __init__(self, fileno: int, unwanted: Unwanted) -> None:
        super().__init__(fileno=fileno)
        self._incoming, self._unwanted = Incoming(), unwanted

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        return _take(self._incoming, super().recv(min(bufsize, LARGEST), flags), self._unwanted)

    def do_handshake(self) -> None:
        """There is none."""


class _Secured(ssl.SSLSocket):
    """With TLS."""

    incoming: Incoming
    unwanted: Unwanted

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        return _take(self.incoming, super().recv(min(buflen, LARGEST), flags), self.unwanted)


class PlainSockets:
    """What the library takes for a context of TLS, and is none."""

    check_hostname = True
    """So that it looks for no name in a certificate."""

    def __init__(self) -> None:
        self.unwanted = Unwanted()

    def wrap_socket(self, sock: socket.socket, **_: Any) -> socket.socket:
        """As the library calls it."""
        return _Plain(sock.detach(), self.unwanted)


class BrokerTrust(ssl.SSLContext):
    """Whom to believe about a broker, and under which name, at whatever address it is."""

    name: str
    unwanted: Unwanted
    sslsocket_class = _Secured

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        """As the library calls it, with the address that it connects to instead of the name."""
        wrapped = super().wrap_socket(sock, *args, **options | {"server_hostname": self.name})
        assert isinstance(wrapped, _Secured)  # noqa: S101  (by `sslsocket_class`)
        wrapped.incoming, wrapped.unwanted = Incoming(), self.unwanted
        return wrapped
