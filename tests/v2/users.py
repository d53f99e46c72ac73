"""The users of a `V2Server`: they come with a press of its button, and go when somebody deletes them."""

from __future__ import annotations

import json

from tests.v2.server import NO_TOKEN, TOKEN, Answer, Request, V2Server, identity_of


class Users:
    """Lets a device have users. `presses` is how often it has to be asked until its button is pressed; None: never."""

    def __init__(self, device: V2Server, presses: int | None = 0, token: str = "F" * 32) -> None:
        self.device = device
        self.presses = presses
        self.refuses = ""
        """The code with which it refuses a user."""
        self.tokens = {"cloud/app": "cloud", "local/other": TOKEN}
        """By name."""
        self.asked = 0
        self._next = token
        device.answers["POST", "/api/user"] = self._create
        device.answers["GET", "/api/user"] = self._list
        device.answers["DELETE", "/api/user"] = self._delete

    @property
    def names(self) -> list[str]:
        return sorted(self.tokens)

    def revoke(self) -> None:
        """As the owner does in the app: only the app is left."""
        self.tokens = {"cloud/app": "cloud"}
        self.device.tokens = {"cloud"}

    def _create(self, request: Request) -> Answer:
        self.asked += 1
        name = json.loads(request.body)["name"]
        if self.refuses:
            return 400, {"error": self.refuses}
        if self.presses is None or self.asked <= self.presses:
            return 403, {"error": "user:creation-not-enabled"}
        self.tokens[name] = self._next
        self.device.tokens = set(self.tokens.values())
        return 200, {"token": self._next, "name": name}

    def _list(self, request: Request) -> Answer:
        token = _token(request)
        return 200, [{"name": name, "current": one == token} for name, one in self.tokens.items()]

    def _delete(self, request: Request) -> Answer:
        name = json.loads(request.body)["name"] if request.body else None
        if name not in self.tokens:
            return 404, {"error": "user:not-found"}
        del self.tokens[name]
        self.device.tokens = set(self.tokens.values())
        return 204, b""


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


__all__ = ["NO_TOKEN", "Users", "identity_of"]
