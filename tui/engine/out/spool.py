"""Batches that wait for a server that is away: each a file of its own in the state directory, and oldest first.

A file gets its name when it is whole. So a crash in the middle leaves at most a part without one, which is removed at
the next start; what a power cut damaged all the same fails the check sum that gzip keeps. Where there is no folder, the
batches wait in memory, and there is less room.

Any thread may call it; a loop of events should not: a disk may take its time.
"""

from __future__ import annotations

import contextlib
import os
import re
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from tui.engine.files import make_folder
from tui.engine.history.lock import Lock

ROOM = 128 * 1024 * 1024
"""Bytes on disk. A day of ten devices that are read every second takes 39 MB, in 8 640 files that fill 71 MB of blocks;
one of thirty devices 88 and 106 MB (measured with the simulated house)."""
MEMORY = 4 * 1024 * 1024
"""Bytes without a folder: ten devices for two and a half hours (own choice)."""
LARGEST = 16 * 1024 * 1024
"""Bytes of one file, packed. Ours have at most a few hundred thousand (own choice)."""
BLOCK = 4096
"""A file takes whole blocks of the disk, of this many bytes on nearly all of them."""

_NAME = re.compile(r"([0-9]{16})-([0-9]{1,6})\.gz", re.ASCII)


class Batch(NamedTuple):
    """Some points, as they are sent."""

    body: bytes
    """Line protocol, packed by gzip."""
    points: int


class _Entry(NamedTuple):
    name: str
    """Of its file; "" for one in memory."""
    size: int
    points: int
    body: bytes = b""


class Spool:
    """What waits, and what was lost. One hwtui keeps it on disk; a second one beside it has only its memory."""

    def __init__(self, folder: Path | None, room: int = ROOM, memory: int = MEMORY) -> None:
        self._folder, self._room, self._memory = folder, room, memory
        self._lock = Lock(folder / "lock") if folder else None
        self._guard = RLock()
        self._entries: deque[_Entry] = deque()
        self._on_disk = self._in_memory = 0
        self._number = 0
        self._is_open = False
        self.lost = 0
        """Points that had no room, or were damaged."""
        self.fault = ""
        """Why nothing is kept on disk; "" if it is."""

    def __len__(self) -> int:
        return len(self._entries)

    def open(self) -> None:
        """Find what an earlier run has left."""
        with self._guard:
            if self._folder is None or self._lock is None:
                self.fault = "there is no folder for it: set HOME, or use --state-dir"
                return
            try:
                make_folder(self._folder)
                if not self._lock.take():
                    self.fault = "another hwtui keeps its own on disk"
                    return
                found = sorted(_find(self._folder))
            except OSError as error:
                self.fault = _why(self._folder, error)
                return
            self._is_open, self.fault = True, ""
            in_memory = [entry for entry in self._entries if not entry.name]
            self._entries = deque([*found, *in_memory])
            self._on_disk = sum(entry.size for entry in found)
            self._number = max((int(entry.name[:16]) for entry in found), default=self._number)
            self._make_room()

    def close(self) -> None:
        """Let another hwtui have it."""
        with self._guard:
            self._is_open = False
            if self._lock is not None:
                self._lock.release()

    def put(self, batch: Batch) -> None:
        """Keep a batch as the newest; the oldest ones make room for it."""
        with self._guard:
            name = self._write(batch) if self._is_open else None
            if name is None:
                self._entries.append(_Entry("", len(batch.body), batch.points, batch.body))
                self._in_memory += len(batch.body)
            else:
                size = _on_disk(len(batch.body))
                self._entries.append(_Entry(name, size, batch.points))
                self._on_disk += size
            self._make_room()

    def oldest(self) -> Batch | None:
        """The one to send next, which stays here until `remove`; None if there is none left."""
        with self._guard:
            while self._entries:
                entry = self._entries[0]
                body = entry.body if not entry.name else self._read(entry.name)
                if body is not None:
                    return Batch(body, entry.points)
                self._lose(0)
            return None

    def remove(self) -> None:
        """Forget the oldest."""
        with self._guard:
            self._forget(0)

    def _lose(self, position: int) -> None:
        self.lost += self._entries[position].points
        self._forget(position)

    def _forget(self, position: int) -> None:
        entry = self._entries[position]
        del self._entries[position]
        if not entry.name:
            self._in_memory -= entry.size
            return
        self._on_disk -= entry.size
        with contextlib.suppress(OSError):
            os.unlink(self._path(entry.name))

    def _make_room(self) -> None:
        while self._on_disk > self._room:
            self._lose(next(at for at, entry in enumerate(self._entries) if entry.name))
        while self._in_memory > self._memory:
            self._lose(next(at for at, entry in enumerate(self._entries) if not entry.name))

    def _path(self, name: str) -> Path:
        return Path(self._folder or "", name)

    def _write(self, batch: Batch) -> str | None:
        """The name of a new file; None if it could not be written."""
        name = f"{self._number + 1:016d}-{batch.points}.gz"
        part = self._path(f"{name}.part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with open(handle, "wb") as file:
                file.write(batch.body)
                file.flush()
                os.fsync(handle)
            os.rename(part, self._path(name))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)
            self.fault = _why(self._path(name).parent, error)
            return None
        self.fault = ""
        self._number += 1
        return name

    def _read(self, name: str) -> bytes | None:
        """The batch in a file; None if it is damaged or no file of ours."""
        try:
            handle = os.open(
                self._path(name), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            )
            with open(handle, "rb") as file:
                size = os.fstat(handle).st_size
                body = file.read(size) if size <= LARGEST else b""
        except OSError:
            return None
        return body if _is_whole(body) else None


def _find(folder: Path) -> Iterator[_Entry]:
    """The batches in a folder; parts of such are removed. Raises `OSError`."""
    with os.scandir(folder) as files:
        for file in files:
            if named := _NAME.fullmatch(file.name):
                yield _Entry(file.name, _on_disk(file.stat(follow_symlinks=False).st_size), int(named[2]))
            elif file.name.endswith(".part"):
                os.unlink(file.path)


def _is_whole(body: bytes) -> bool:
    """Whether gzip's check sum is right. Nothing is kept of what is unpacked, which may be large."""
    unpack, left = zlib.decompressobj(wbits=31), body
    try:
        while left:
            unpack.decompress(left, 65536)
            left = unpack.unconsumed_tail
    except zlib.error:
        return False
    return unpack.eof and not unpack.unused_data


def _on_disk(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _why(folder: Path, error: OSError) -> str:
    return f"{folder}: {error.strerror or type(error).__name__}"
