"""Follows the packets that an MQTT broker sends, by their lengths alone, and stops at what nobody here waits for. Pure.

The library that reads them makes room for whatever length is announced, up to 256 MB (MQTT 3.1.1, 2.2.3), and keeps
messages of QoS 2 by the thousand until the broker says more (4.3.3).
"""

from __future__ import annotations

LARGEST = 64 * 1024
"""Bytes of a packet (own choice): what is listened for are single words."""
_LENGTH_BYTES = 4
_PUBLISH, _QOS_2 = 0x30, 0x04


class UnwantedError(ValueError):
    """What came that is not taken, in a few words."""


class Incoming:
    """What came on one connection so far."""

    def __init__(self) -> None:
        self._kind: int | None = None
        """The first byte of the packet under way; None: the next byte is one."""
        self._length = self._length_bytes = 0
        self._left = 0
        """Bytes of its body that are yet to come."""

    def heard(self, data: bytes) -> None:
        """More of it came, in whatever pieces. Raises `UnwantedError`, after which there is no going on."""
        at = 0
        while at < len(data):
            if self._left:
                taken = min(self._left, len(data) - at)
                self._left -= taken
                at += taken
                continue
            byte, at = data[at], at + 1
            if self._kind is None:
                self._kind, self._length, self._length_bytes = byte, 0, 0
                if byte & 0xF0 == _PUBLISH and byte & _QOS_2:
                    raise UnwantedError("a message of QoS 2, which was not asked for")
                continue
            self._length += (byte & 0x7F) << (7 * self._length_bytes)
            self._length_bytes += 1
            if self._length > LARGEST or (byte & 0x80 and self._length_bytes == _LENGTH_BYTES):
                # there may be more of the length to come
                raise UnwantedError(f"a packet of more than {LARGEST // 1024} KiB")
            if not byte & 0x80:
                self._kind, self._left = None, self._length
