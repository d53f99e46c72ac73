"""The config file: read as TOML with the line of every key, and written without losing comments."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tui.core.address import parse_host, typed
from tui.core.fuse import Fuse
from tui.core.model import DeviceSetting, Endpoint, key_of
from tui.core.settings import ConfigFile, SettingsError
from tui.engine.files import write_atomically
from tui.engine.home import user_folder

LARGEST = 1024 * 1024
"""The largest config file that is read, in bytes; no house has so many devices (own choice)."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_KEY = re.compile(r"""((?:"[^"]*"|'[^']*'|[^"'=#])+)=""")
"""The text before the first = that is not in quotes."""


def default_path(env: Mapping[str, str] = os.environ) -> Path | None:
    """The default config file, ~/.config/hwtui/config.toml on Linux; None without a home."""
    found = user_folder("config", "XDG_CONFIG_HOME", ".config", env)
    return Path(found, "hwtui", "config.toml") if found else None


def default_state_dir(env: Mapping[str, str] = os.environ) -> Path | None:
    """The default folder of the cache of known devices, ~/.local/state/hwtui on Linux; None without a home."""
    found = user_folder("state", "XDG_STATE_HOME", ".local/state", env)
    return Path(found, "hwtui") if found else None


def read_config(path: Path, *, must_exist: bool) -> ConfigFile:
    """The values of the file at `path`; empty if there is no file, unless it `must_exist`.

    Raises `SettingsError` for a file that cannot be read or is not TOML.
    """
    text = _read(path)
    if text is None:
        if must_exist:
            raise SettingsError(f"{path}: there is no such config file")
        return ConfigFile(str(path))
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_located(path, text, str(error))) from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply") from None
    except ValueError:  # `int` refuses a text of more than 4300 digits
        raise SettingsError(f"{path}: a number has too many digits") from None
    return ConfigFile(str(path), values, dict(_key_lines(text)))


def remember_device(path: Path, serial: str, words: DeviceSetting) -> None:
    """Write the user's settings for a device to the file at `path`, which is created if needed (mode 0600).

    None clears a setting. Everything else in the file stays as it is, including comments. Raises `SettingsError`, which
    says what the user can do, and then leaves the file untouched.
    """
    values = {
        "name": words.name,
        "role": words.role.value if words.role else None,
        "behind": words.behind,
        "inverted": words.inverted,
    }
    _edit(path, lambda document: _put_words(document, serial, values))


def remember_host(path: Path, endpoint: Endpoint) -> None:
    """Add a host to the list `hosts` in the file at `path`, unless it is there; otherwise like `remember_device`."""
    _edit(path, lambda document: _put_host(document, endpoint))


def remember_fuse(path: Path, fuse: Fuse | None) -> None:
    """Write the main fuse to the file at `path`, or remove it; otherwise like `remember_device`."""

    def put(document: Any) -> None:
        if fuse is not None:
            document["fuse"] = str(fuse)
        else:
            document.pop("fuse", None)

    _edit(path, put)


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change the TOML document in a file."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = _read(path) or ""
    try:
        tomllib.loads(text)  # its messages name the line
        document = tomlkit.parse(text)
        change(document)
        after = tomlkit.dumps(document)
        tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not saved: {_located(path, text, str(error))}") from None
    except (TOMLKitError, TypeError, ValueError, RecursionError) as error:
        raise SettingsError(f"not saved: {path}: {error}") from None
    if after == text:
        return
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise SettingsError(f"not saved: you have no permission to write {path}")
    try:
        write_atomically(path, after)
    except OSError as error:
        raise SettingsError(f"not saved: {path}: {_reason(error)}") from None


def _put_words(document: Any, serial: str, words: Mapping[str, str | bool | None]) -> None:
    """Set or remove settings in the table [devices.SERIAL], regardless of the case of its serial."""
    import tomlkit
    from tomlkit.items import InlineTable

    devices = document.get("devices")
    if devices is None:
        if not any(words.values()):
            return
        devices = document.setdefault("devices", tomlkit.table(is_super_table=True))
    if not isinstance(devices, dict):
        raise TypeError("devices is not a table")
    written = next((key for key in devices if key_of(key) == key_of(serial)), None)
    table = devices[written] if written is not None else tomlkit.table()
    if written is None and isinstance(devices, InlineTable):
        table = tomlkit.inline_table()
    for key, word in words.items():
        if word:
            table[key] = word
        else:
            table.pop(key, None)
    if written is None and table:
        devices[key_of(serial)] = table
    elif written is not None and not table:
        del devices[written]


def _put_host(document: Any, endpoint: Endpoint) -> None:
    import tomlkit

    hosts = document.get("hosts")
    if hosts is None:
        hosts = tomlkit.array()
        document["hosts"] = hosts
    if not isinstance(hosts, list):
        raise TypeError("hosts is not a list")
    if not any(isinstance(host, str) and parse_host(host) == endpoint for host in hosts):
        hosts.append(typed(endpoint))


def _read(path: Path) -> str | None:
    """The text of a file, None if there is none. Raises `SettingsError`."""
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode) and path.parts[:2] != ("/", "dev"):  # there, it is the shell's <(...)
            raise SettingsError(f"{path}: it is not a regular file")  # and to read it may wait for ever
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):  # HOME=/dev/null
        return None
    except OSError as error:
        raise SettingsError(f"{path}: {_reason(error)}") from None
    if len(data) > LARGEST:
        raise SettingsError(f"{path}: larger than {LARGEST // 1024} KiB, so it cannot be a config file")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: not UTF-8 text") from None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _located(path: Path, text: str, message: str) -> str:
    """ "FILE:LINE: what is wrong" from tomllib's message, which ends with the line or "(at end of document)"."""
    found = _AT_LINE.search(message)
    line = int(found[1]) if found else max(1, len(text.splitlines()))
    return f"{path}:{line}: {_AT_LINE.sub('', message)}"


def _key_lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each key's path and line. tomllib parses every table header and key alone, so quotes and dots are handled right.

    The tables of a list, [[alarms]], are numbered from 1: ("alarms", "2", "when"). A line of a multi-line string that
    looks like a key is taken for one, which can only misplace an error.
    """
    table: tuple[str, ...] = ()
    counts = Counter[tuple[str, ...]]()
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            path = _only_path(line)
            if path and line.lstrip().startswith("[["):
                counts[path] += 1
                if counts[path] == 1:
                    yield path, number
                path = (*path, str(counts[path]))
            table = path or table
            yield table, number
        elif (found := _KEY.match(line)) and (path := _only_path(f"{found[1]} = 0")):
            yield (*table, *path), number


def _only_path(line: str) -> tuple[str, ...]:
    """The path of keys in a text with one table or one value; empty if it is not TOML."""
    try:
        value: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, (dict, list)) and value:
        if isinstance(value, dict):
            key, value = next(iter(value.items()))
            path.append(key)
        else:
            value = value[0]
    return tuple(path)
