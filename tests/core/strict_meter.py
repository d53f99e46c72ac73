"""A meter that controls batteries and takes only what the vendor's documentation allows it to be told.

What the documentation leaves open is refused, so that nothing is written that relies on it. Source: the vendor's API
documentation, v2, "Batteries" (access of each field, availability by API version, "Backwards compatibility").
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.api.v2 import parse_batteries
from tui.core.battery.batteries import Batteries

ALL = ["charge_allowed", "discharge_allowed"]
OWN_CHOICE = ("to_full", "predictive")


class RefusedError(Exception):
    """The error code that the device would answer."""


class StrictMeter:
    """`version` is (2, 1), (2, 2) or (2, 3); `sent` is what it answers to a GET."""

    def __init__(self, version: tuple[int, int], sent: Mapping[str, object]) -> None:
        self.version = version
        self.sent = dict(sent)

    def get(self) -> Batteries:
        """Its answer, as parsed."""
        parsed = parse_batteries(self.sent)
        assert parsed is not None
        return parsed

    def put(self, body: Mapping[str, object]) -> Batteries:
        """Take a change, or raise `RefusedError`."""
        known = {"mode"} | ({"permissions"} if self.version >= (2, 2) else set())
        known |= {"charge_to_full"} if self.version >= (2, 3) else set()
        if not body or body.keys() - known:
            raise RefusedError("json:no-parameters-recognized")
        mode, may, full = body.get("mode"), body.get("permissions"), body.get("charge_to_full")
        modes = ["zero", "to_full", "standby"] + (["predictive"] if self.version >= (2, 3) else [])
        if "mode" in body and mode not in modes:
            raise RefusedError("json:parameter-invalid-type:mode")
        if "permissions" in body:
            if not isinstance(may, list) or [one for one in ALL if one in may] != may:
                raise RefusedError("json:parameter-invalid-type:permissions")
            if (mode or self.sent.get("mode")) in OWN_CHOICE:
                raise RefusedError("json:parameter-not-exclusive")
        if "charge_to_full" in body and not isinstance(full, bool):
            raise RefusedError("json:parameter-invalid-type:charge_to_full")
        self._take(mode, may, full)
        return self.get()

    def _take(self, mode: object, may: object, full: object) -> None:
        sent = self.sent
        if mode is not None:
            sent["mode"] = mode
        if self.version >= (2, 2):
            if may is not None:
                sent["permissions"] = may
            if mode in ("standby", "to_full"):
                sent["permissions"] = []
            if sent["mode"] in ("zero", "standby"):
                sent["mode"] = "zero" if sent.get("permissions") else "standby"
        if self.version >= (2, 3):
            if full is not None:
                sent["charge_to_full"] = full
            if mode == "to_full":
                sent["charge_to_full"] = True
