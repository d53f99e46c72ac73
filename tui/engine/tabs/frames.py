"""What the engine sends to the screen of a tab, over a pair of sockets that only these two processes have.

The engine starts that process and alone holds the other end, so what comes from there is as trustworthy as the program
itself, and Python's own `pickle` may be used in this one direction. What a tab says is parsed (`core.afar`).
"""

from __future__ import annotations

import asyncio
import pickle
import socket
from dataclasses import dataclass

from tui.core.checks.recorder import Recorder
from tui.core.events import Event
from tui.core.model import Fleet
from tui.engine.keeping.keeper import Counts
from tui.engine.out.sink import SinkState
from tui.engine.trends import Trends

LARGEST = 1 << 30
"""Bytes of a frame: 256 devices with full trends have an eighth of that."""
_HEAD = 4


@dataclass(frozen=True, slots=True)
class State:
    """All that a screen needs to begin, or to begin anew."""

    fleet: Fleet
    trends: Trends
    recorder: Recorder
    counts: Counts
    sinks: tuple[SinkState, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, as the listeners of the engine's monitor heard it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Sinks:
    """How what goes out to other programs is doing."""

    states: tuple[SinkState, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish."""

    number: int
    value: object = None
    fault: str | None = None
    """Why it was not done, as a sentence."""


Frame = State | Heard | Sinks | Answer


def packed(frame: Frame) -> bytes:
    """A frame as it is sent."""
    body = pickle.dumps(frame, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_HEAD, "big") + body


def _unpacked(body: bytes) -> Frame:
    frame: Frame = pickle.loads(body)  # noqa: S301  (see above: nobody else can write here)
    return frame


def _size(head: bytes) -> int:
    size = int.from_bytes(head, "big")
    if size > LARGEST:
        raise ValueError("no frame")
    return size


async def next_frame(reader: asyncio.StreamReader) -> Frame:
    """The next one. Raises `EOFError` once the engine has ended."""
    return _unpacked(await reader.readexactly(_size(await reader.readexactly(_HEAD))))


def first_frame(feed: socket.socket, within_s: float) -> Frame:
    """The same for a thread that may wait. Raises `EOFError`, `TimeoutError`."""
    feed.settimeout(within_s)
    return _unpacked(_read(feed, _size(_read(feed, _HEAD))))


def _read(feed: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = feed.recv(min(1 << 16, size - len(parts)))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
