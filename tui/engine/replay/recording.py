"""Reads a recording of `hwtui watch --json`: a stream of lines in the order of time, in constant memory."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from tui.core.events import Event
from tui.core.flaws import Flaws
from tui.core.fleet import MOST_DEVICES
from tui.core.model import DeviceSetting, key_of
from tui.core.moment import Now
from tui.core.past.replay import LINE_BYTES, LineError, Recorded, parse_line
from tui.core.past.replayed import InOrder, Player
from tui.core.text import quoted

HOPELESS_LINES, HOPELESS_BYTES = 1000, 64 * 1024 * 1024
"""A file without a line that makes sense in its first so many is none of ours (own choice)."""
STDIN = "-"
CUT_OFF = "the file ends in the middle of it"
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK = b"\xef\xbb\xbf"


class RecordingError(Exception):
    """A file that cannot be shown at all; the message is a sentence that names it."""


class Recording:
    """One file, or stdin. `with Recording(...) as recording:` opens it; it is read once."""

    def __init__(self, name: str, own: Mapping[str, DeviceSetting]) -> None:
        self.name = STDIN if name == STDIN else quoted(Path(name).name, 60)
        """As a message may call it."""
        self.flaws = Flaws()
        self._path = name
        self._player = Player(own)
        self._start: float | None = None
        self._stream: BinaryIO | None = None
        self._files: list[BinaryIO] = []

    def __enter__(self) -> Recording:
        """Open it. Raises `RecordingError`."""
        try:
            file = sys.stdin.buffer if self._path == STDIN else open(self._path, "rb")
            buffered = cast("io.BufferedReader", file)
            begins = buffered.peek(3)[:3]
        except OSError as error:
            raise RecordingError(f"{quoted(self._path, 200)}: {error.strerror}") from None
        self._stream, self._files = file, [file]
        if begins[:2] in _UTF_16:
            self.close()
            raise RecordingError(f"{self.name} is text in UTF-16: save it as UTF-8, and it can be shown")
        if begins[:2] == _GZIP:
            self._stream = cast("BinaryIO", gzip.GzipFile(fileobj=file))
            self._files.insert(0, self._stream)
        return self

    def __exit__(self, *_: object) -> None:
        """Close a file. To close a pipe would wait for whoever reads it, and that may wait for ever."""
        if self._files and self._path != STDIN and stat.S_ISREG(os.fstat(self._files[-1].fileno()).st_mode):
            self.close()

    def close(self) -> None:
        """Close it; what reads it meanwhile comes to its end."""
        files, self._files = self._files, []
        for file in files:
            file.close()

    def lines(self) -> Iterator[Recorded]:
        """The lines that make sense, in the order of time; `flaws` has the others.

        Raises `RecordingError` for a file that is no recording.
        """
        ordered = InOrder(self.flaws.add)
        found, keys = False, set[str]()
        for number, line, is_whole in self._raw_lines():
            try:
                one = parse_line(line)
                if key_of(one.identity.serial) not in keys and len(keys) == MOST_DEVICES:
                    raise LineError(f"there are more than {MOST_DEVICES} devices before it")
            except LineError as error:
                self.flaws.add(number, str(error) if is_whole else CUT_OFF)
                if not found and number >= HOPELESS_LINES:
                    break
                continue
            found = True
            keys.add(key_of(one.identity.serial))
            yield from ordered.add(number, one)
        if not found:
            why = "; ".join(self.flaws.lines) or "it is empty"
            raise RecordingError(f"{self.name} is no recording: {why}; hwtui watch --json > house.jsonl makes one")
        yield from ordered.rest()

    def events(self, one: Recorded) -> tuple[Now, list[Event]]:
        """The moment of a line and its events, on a clock that began with the first line."""
        if self._start is None:
            self._start = one.utc
        at = Now(one.utc, one.utc - self._start)
        return at, list(self._player.events(one, at))

    def silent(self, at: Now) -> list[Event]:
        """What its end tells of devices whose last line is long before it; `at` is the moment of the last line."""
        return list(self._player.silent(at))

    def _raw_lines(self) -> Iterator[tuple[int, bytes, bool]]:
        """Number and bytes of each line that is not blank or too long, and whether it has an end."""
        number, read = 0, 0
        try:
            while (line := self._readline()) and not self._is_hopeless(number, read):
                number += 1
                read += len(line)
                if len(line) > LINE_BYTES:
                    self.flaws.add(number, f"it is longer than {LINE_BYTES // 1024} KiB")
                    while line and not line.endswith(b"\n") and not self._is_hopeless(number, read):
                        line = self._readline()
                        read += len(line)
                elif stripped := line.removeprefix(_UTF_8_MARK if number == 1 else b"").strip():
                    yield number, stripped, line.endswith(b"\n")
        except (OSError, EOFError, zlib.error, ValueError) as error:  # ValueError: closed meanwhile
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "the file is cut off"
            self.flaws.end = f"after line {number}: {why}"
        if self._path != STDIN:
            self.close()

    def _is_hopeless(self, number: int, read: int) -> bool:
        """Whether so much was read without one line that made sense."""
        return read >= HOPELESS_BYTES and self.flaws.count >= number

    def _readline(self) -> bytes:
        return self._stream.readline(LINE_BYTES + 1) if self._stream is not None else b""
