"""The file of `--ca`: whom to trust over TLS instead of HomeWizard's own authority."""

from __future__ import annotations

import stat
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.settings import SettingsError

if TYPE_CHECKING:
    from tui.net.tls import Trust

LARGEST = 256 * 1024
"""Bytes; a certificate has two thousand (own choice)."""


@cache
def trust_at(path: Path | None) -> Trust:
    """Whom the settings say to trust; None is HomeWizard's own authority. A file is read once: it may be the shell's
    <(...). Raises `SettingsError`.
    """
    from tui.net.tls import Trust

    return Trust() if path is None else Trust(authority_at(path))


def authority_at(path: Path) -> str:
    """The certificates in a PEM file. Raises `SettingsError`."""
    from tui.net.tls import authority_in

    found = authority_in(_read(path))
    if found is None:
        raise SettingsError(f"{path}: there is no certificate in it: use a PEM file, with -----BEGIN CERTIFICATE-----")
    return found


def _read(path: Path) -> str:
    try:
        if stat.S_ISFIFO(path.stat().st_mode) and path.parts[:2] != ("/", "dev"):
            raise SettingsError(f"{path}: it is not a regular file")  # and to read it may wait for ever
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or type(error).__name__}") from None
    if len(data) > LARGEST:
        raise SettingsError(f"{path}: larger than {LARGEST // 1024} KiB, so it cannot be a certificate")
    return data.decode("latin-1")
