"""Marks of secrets: with them two support files of one computer are compared although neither tells a secret.

A mark is the beginning of an HMAC under a key that never leaves this computer. A plain hash would not do: whoever
knows the maker of a network card finds its MAC within a second.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from tui.engine.files import write_atomically

FILE = "support-key"
LENGTH = 32
"""Bytes of the key (own choice)."""
SHOWN = 10
"""Hex digits of a mark: 40 bits tell a few hundred secrets apart, and are no MAC."""


def key_in(state_dir: Path | None) -> bytes | None:
    """The key of this computer, made if there is none; None where none can be kept."""
    if state_dir is None:
        return None
    path = state_dir / FILE
    try:
        if path.is_file():
            with path.open("rb") as file:
                found = bytes.fromhex(file.read(2 * LENGTH + 1).decode("ascii").strip())
            if len(found) == LENGTH:
                return found
    except OSError:
        return None
    except ValueError:  # damaged: a new one
        pass
    made = secrets.token_bytes(LENGTH)
    try:
        write_atomically(path, made.hex() + "\n")
    except OSError:
        return None
    return made


def marks_of(placeholders: Mapping[str, str], key: bytes | None) -> dict[str, str]:
    """The mark of each placeholder's secret; none without a key."""
    if key is None:
        return {}
    return {
        placeholder: hmac.new(key, secret.casefold().encode("utf-8", "replace"), "sha256").hexdigest()[:SHOWN]
        for placeholder, secret in placeholders.items()
    }
