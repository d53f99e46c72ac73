"""The file `tokens.json`: what lets this computer read paired devices, so only its owner may read it.

It is changed as it is at that moment and under a lock, since two programs may pair at once, and written atomically.
What this program does not know in it stays. On Windows there is no such lock, and no mode or owner that could be
checked.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.core.api.users import is_token
from tui.core.model import Endpoint, key_of
from tui.core.secret import Secret
from tui.core.text import clean
from tui.engine.files import make_folder, write_atomically
from tui.engine.history.lock import Lock

LARGEST = 256 * 1024
"""Most bytes to read: more than a thousand tokens take."""
MOST = 256
"""Tokens that are used: as many as there may be devices."""
VERSION = 1
LOCK_WAIT_S = 3.0
"""So long another program may take to write it (own choice): an SD card can need a second."""

Rows = dict[str, Any]
"""The file's rows by key, as they stand in it."""


class TokenFileError(Exception):
    """The file cannot be used; the sentence says what to do. It never holds a token."""


class DamagedError(TokenFileError):
    """It is there and readable, and no file of tokens."""


@dataclass(frozen=True, slots=True)
class Token:
    """What one device gave this computer."""

    serial: str
    secret: Secret
    name: str
    """Of the user that was made on the device: "local/hwtui#raspberrypi"."""
    endpoint: Endpoint
    """Where it was when it was paired."""
    product_type: str | None = None

    @property
    def key(self) -> str:
        """The device's key."""
        return key_of(self.serial)


class TokenFile:
    """The file at `path`, which need not exist. All methods block for as long as the disk takes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self) -> tuple[int, ...] | None:
        """What differs once the file has been changed; None if it cannot be seen. One call of the system."""
        try:
            seen = os.stat(self.path)
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino

    def read(self) -> dict[str, Token]:
        """The tokens by key, at most `MOST`; none if there is no file. Raises `TokenFileError`.

        A row that is none is passed over.
        """
        tokens = (_token(row) for row in list(self._data().get("tokens", {}).values())[:MOST])
        return {token.key: token for token in tokens if token is not None}

    def put(self, token: Token) -> str | None:
        """Keep a token, in place of an earlier one. Raises `TokenFileError`.

        Returns where a damaged file is now: it is moved aside, since whoever pairs wants a file that works.
        """
        aside: list[str] = []

        def edit(rows: Rows) -> None:
            _drop(rows, lambda other: other.key == token.key)
            rows[token.key] = _row(token)

        self._change(edit, aside)
        return aside[0] if aside else None

    def check_writable(self) -> None:
        """Raise `TokenFileError` if a token could not be kept, as far as that can be told without writing one."""
        folder = Path(os.path.realpath(self.path)).parent
        try:
            with self._locked():
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise TokenFileError(f"{self.path}: it cannot be written: {error.strerror}") from None

    def remove(self, keys: Mapping[str, Secret]) -> None:
        """Forget these tokens; one that is another by now stays. Raises `TokenFileError`."""
        if os.path.lexists(self.path):
            self._change(lambda rows: _drop(rows, lambda token: keys.get(token.key) == token.secret))

    # ------------------------------------------------------------------ reading and writing

    def _change(self, edit: Callable[[Rows], None], aside: list[str] | None = None) -> None:
        try:
            with self._locked():
                try:
                    data = self._data()
                except DamagedError:
                    if aside is None:
                        raise
                    aside.append(self._move_aside())
                    data = {}
                rows = data.setdefault("tokens", {})
                edit(rows)
                write_atomically(self.path, json.dumps({**data, "version": VERSION, "tokens": rows}, indent=1))
        except OSError as error:
            raise TokenFileError(f"{self.path}: it cannot be written: {error.strerror}") from None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        make_folder(self.path.parent)
        lock = Lock(self.path.with_suffix(".lock"))
        end = time.monotonic() + LOCK_WAIT_S
        while not lock.take():
            if time.monotonic() > end:
                raise OSError(errno.EAGAIN, "another hwtui is writing it: try again")
            time.sleep(0.02)
        try:
            yield
        finally:
            lock.release()

    def _data(self) -> dict[str, Any]:
        try:
            # Without the flag, opening a pipe that nobody writes would wait for ever.
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TokenFileError(f"{self.path}: it cannot be read: {error.strerror}") from None
        try:
            self._check(os.fstat(handle))
        except TokenFileError:
            os.close(handle)
            raise
        with open(handle, "rb") as file:
            try:
                text = file.read(LARGEST + 1)
                data = json.loads(text) if len(text) <= LARGEST else None
            except OSError as error:
                raise TokenFileError(f"{self.path}: it cannot be read: {error.strerror}") from None
            except (ValueError, RecursionError):
                data = None
        if not isinstance(data, dict) or not isinstance(data.get("tokens"), dict):
            raise self._damaged()
        version = data.get("version")
        if not isinstance(version, int):
            raise self._damaged()
        if version > VERSION:
            raise TokenFileError(f"{self.path} is of a newer hwtui: update this one, or use another --state-dir")
        return data

    def _check(self, seen: os.stat_result) -> None:
        """Whether it is a file of this user's own, and of nobody else's."""
        if not stat.S_ISREG(seen.st_mode):
            raise TokenFileError(f"{self.path} is not a regular file: move it away")
        if sys.platform == "win32":
            return
        if seen.st_uid != os.geteuid():
            raise TokenFileError(
                f"{self.path} belongs to another user, so its tokens are not used: run hwtui as that user, "
                "or use another --state-dir"
            )
        if seen.st_mode & 0o077:
            path = shlex.quote(str(self.path))
            raise TokenFileError(f"others can read the tokens of your devices, so they are not used: chmod 600 {path}")

    def _damaged(self) -> DamagedError:
        return DamagedError(
            f"{self.path} is damaged, so no device counts as paired: put back a copy, or pair again "
            f"(the damaged file is kept as {self.path.name}.damaged)"
        )

    def _move_aside(self) -> str:
        names = [f"{self.path}.damaged", *(f"{self.path}.damaged-{number}" for number in range(2, 10))]
        for name in names:
            if not os.path.lexists(name):
                os.rename(self.path, name)
                return name
        raise OSError(errno.EEXIST, "it is damaged, and so are nine older ones beside it: remove them")


def _drop(rows: Rows, is_one: Callable[[Token], bool]) -> None:
    """Take the rows of such tokens out."""
    for name, row in list(rows.items()):
        token = _token(row)
        if token is not None and is_one(token):
            del rows[name]


def _row(token: Token) -> dict[str, Any]:
    row = {"serial": token.serial, "token": token.secret.reveal(), "name": token.name}
    if token.product_type:
        row["product_type"] = token.product_type
    return row | {"host": token.endpoint.host, "port": token.endpoint.port}


def _token(row: Any) -> Token | None:
    """The token of a row; None if it is none."""
    if not isinstance(row, dict):
        return None
    texts = {name: row.get(name) for name in ("serial", "token", "name", "product_type", "host")}
    serial, secret, name, kind, host = (value if isinstance(value, str) else "" for value in texts.values())
    serial, port = clean(serial), row.get("port")
    if not serial or not clean(host) or not is_token(secret):
        return None
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        return None
    return Token(serial, Secret(secret), clean(name), Endpoint(clean(host, 253), port, "v2"), clean(kind) or None)
