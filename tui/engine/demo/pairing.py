"""Who may use a simulated device over API v2: its users, their tokens, and its button, which presses itself.

Facts: the vendor's API documentation, v2 (authorization). The tokens are the demo's own and open nothing else.
"""

from __future__ import annotations

import re

from tui.engine.demo.physics import key

BUTTON_S = 3.0
"""So long after someone first asks does a demo's button press itself."""
OPEN_S = 30.0
"""How long a pressed button lets a user in."""
MOST_USERS = 8
"""Own choice; the API says only that a device has room for so many."""
DEMO_USER = "local/hwtui#demo"

_PREFIX, _LONGEST = "local/", 40
_NAME = re.compile(r"[a-zA-Z0-9\-_/\\# ]+")


class RefusedError(Exception):
    """The error of the API: its status and its code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def token_of(serial: str, name: str = DEMO_USER, number: int = 0) -> str:
    """The token of the `number`th user of that name: 32 hex digits, the same in every demo."""
    return "".join(f"{key('token', part, serial, name, number):08X}" for part in range(4))


class Users:
    """The users of one device. `button_s`: when its button presses itself after someone asked; 0 is never."""

    def __init__(self, serial: str, *, knows_demo: bool, button_s: float) -> None:
        self._serial, self._button_s = serial, button_s
        self._tokens = {DEMO_USER: token_of(serial)} if knows_demo else {}
        self._asked: float | None = None
        self._made = 0

    def name_of(self, token: str) -> str | None:
        """Whose token it is."""
        return next((name for name, theirs in self._tokens.items() if theirs == token), None)

    def listed(self, token: str) -> list[dict[str, object]]:
        """All users, as the owner of a token sees them."""
        return [{"name": name, "current": theirs == token} for name, theirs in self._tokens.items()]

    def create(self, name: object, now_s: float) -> str:
        """The token of a new user; an older one of that name loses its own. Raises `RefusedError`."""
        name = _checked(name)
        if not self._is_open(now_s):
            raise RefusedError(403, "user:creation-not-enabled")
        if name not in self._tokens and len(self._tokens) >= MOST_USERS:
            raise RefusedError(400, "user:no-storage")
        self._asked = None
        self._made += 1
        self._tokens[name] = token_of(self._serial, name, self._made)
        return self._tokens[name]

    def _is_open(self, now_s: float) -> bool:
        """Whether its button was pressed lately. Whoever asks after that sends for another press."""
        if self._asked is None or now_s >= self._asked + self._button_s + OPEN_S:
            self._asked = now_s
        return self._button_s > 0 and now_s >= self._asked + self._button_s

    def delete(self, name: str) -> None:
        """Take a user's token back. Raises `RefusedError`."""
        if self._tokens.pop(name, None) is None:
            raise RefusedError(400, "user:not-found")


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise RefusedError(400, "json:parameter-invalid-type:name")
    if not name:
        raise RefusedError(400, "user:name-empty")
    if not name.startswith(_PREFIX):
        raise RefusedError(400, "user:invalid-prefix")
    own = name.removeprefix(_PREFIX)
    if len(own) > _LONGEST:
        raise RefusedError(400, "user:name-too-long")
    if not _NAME.fullmatch(own):
        raise RefusedError(400, "user:name-invalid")
    return name
