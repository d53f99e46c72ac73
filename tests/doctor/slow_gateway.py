"""A gateway that takes its time: a card made of this process, which answers ARP at once and refuses TCP late."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import inet_aton
from threading import Thread

from tests.doctor.far_ends import NOT_POSSIBLE, up

TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002
MAC = bytes.fromhex("5c2faf00ff01")
SYN, RST_ACK = 0x02, 0x14


@contextmanager
def slow_gateway(name: str, near: str, far: str, late_s: float) -> Iterator[None]:
    """`far` is the gateway, `near` this computer's address on that wire."""
    try:
        card = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(card, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP_NO_PI))
    except OSError:
        sys.exit(NOT_POSSIBLE)
    up(name, near)
    Thread(target=_answer, args=(card, inet_aton(far), late_s), daemon=True).start()
    yield
    os.close(card)


def _answer(card: int, own: bytes, late_s: float) -> None:
    while True:
        try:
            frame = os.read(card, 2048)
        except OSError:
            return
        kind, packet = frame[12:14], frame[14:]
        if kind == b"\x08\x06" and packet[24:28] == own:  # ARP: who has it?
            reply = packet[:6] + b"\0\2" + MAC + own + packet[8:18]
        elif kind == b"\x08\0" and packet[9] == 6 and packet[16:20] == own and packet[33] & SYN:
            time.sleep(late_s)
            reply = _refusal(packet)
        else:
            continue
        os.write(card, frame[6:12] + MAC + kind + reply)


def _refusal(packet: bytes) -> bytes:
    """RFC 9293, section 3.5.2: a reset that acknowledges the SYN."""
    source, target, sequence = packet[20:22], packet[22:24], int.from_bytes(packet[24:28])
    bare = target + source + struct.pack("!IIBBHHH", 0, (sequence + 1) % 2**32, 0x50, RST_ACK, 0, 0, 0)
    addresses = packet[16:20] + packet[12:16]
    tcp = bare[:16] + _checksum(addresses + b"\0\6\0\x14" + bare) + bare[18:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + addresses
    return head[:10] + _checksum(head) + head[12:] + tcp


def _checksum(data: bytes) -> bytes:
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
