"""The users of a device over API v2: their list, a new one's token, and what a name may be. Pure.

Source: the vendor's API documentation, v2, "Authorization".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tui.core.secret import Secret
from tui.core.text import clean

MOST = 64
"""Users that are listed; a device has room for a few (own choice)."""
LONGEST_NAME = 64
_TOKEN = re.compile(r"[\x21-\x7e]{1,256}")
"""The documentation's are 32 digits of hex. Anything else would be no header of HTTP (RFC 9110, 5.5)."""


class Owner(NamedTuple):
    """A user of a device over API v2, as the device lists them."""

    name: str
    """"local/hwtui#raspberrypi"."""
    is_this: bool
    """It is the one whose token asked."""


def is_token(text: str) -> bool:
    """Whether a text can be sent as a token at all."""
    return _TOKEN.fullmatch(text) is not None


def parse_users(data: object) -> tuple[Owner, ...] | None:
    """The answer to `GET /api/user`; None if it is no list. What is no user is left out."""
    if not isinstance(data, list):
        return None
    rows = (row for row in data[:MOST] if isinstance(row, dict))
    users = (Owner(clean(row["name"], LONGEST_NAME), row.get("current") is True) for row in rows if _is_named(row))
    return tuple(user for user in users if user.name)


def _is_named(row: dict[str, object]) -> bool:
    return isinstance(row.get("name"), str)


def parse_token(data: object) -> Secret | None:
    """The answer to `POST /api/user`; None without a token that can be sent."""
    token = data.get("token") if isinstance(data, dict) else None
    return Secret(token) if isinstance(token, str) and is_token(token) else None
