"""A cache of the devices seen earlier in this network, so that the screen has rows before anything answers.

Keyed by network (`net.interfaces.network_id`), so that one customer's house never shows up at the next. It is only a
cache: a damaged file counts as empty, and a disk that cannot be written does no harm.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tui.core.events import Remembered
from tui.core.link.private import choose_address
from tui.core.model import Device, Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.text import clean
from tui.engine.files import write_atomically

MOST_DEVICES = 64
"""Per network."""
MOST_NETWORKS = 16
"""An installer visits many houses; those not seen for longest are forgotten."""
LARGEST = 1024 * 1024
"""Most bytes to write or read: more than two hundred devices take, unless their texts are unusual."""

_LOG = logging.getLogger(__name__)
_PLACES = {"v1": ("host", "port"), "v2": ("v2_host", "v2_port")}
"""The names under which the endpoint of each API stands in a row."""
_TEXTS = ("serial", "product_type", "product_name", "firmware_version", "api_version")


class Cache:
    """The file `known-devices.json` in the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "known-devices.json"
        self._written: tuple[str, list[dict[str, Any]]] | None = None
        self._complained = False

    @property
    def exists(self) -> bool:
        """Whether anything may have been saved: finding out which network this is takes 6 ms."""
        return os.path.exists(self._path)  # False for what may not be seen; `Path.exists` raises

    @property
    def fault(self) -> str | None:
        """Why nothing can be kept there, as far as that can be told without writing; None if it seems it can."""
        for folder in self._path.parents:  # the nearest that exists
            try:
                mode = os.stat(folder).st_mode
            except FileNotFoundError:
                continue
            except OSError as error:
                return error.strerror
            if not stat.S_ISDIR(mode):
                return os.strerror(errno.ENOTDIR)
            return None if os.access(folder, os.W_OK | os.X_OK) else "this user may not write there"
        return None

    def load(self, network: str | None, now: Now) -> list[Remembered]:
        """The devices of `network`, at most 64; empty for None, a network that cannot be told apart from others."""
        if network is None:
            return []
        found = [_remembered(row, now) for row in self._networks().get(network, [])[:MOST_DEVICES]]
        return [event for event in found if event is not None]

    def save(self, network: str | None, devices: Iterable[Device]) -> None:
        """Save the devices that have answered; writes only if they differ from the last time."""
        rows = [row for device in devices if (row := _row(device))][:MOST_DEVICES]
        if network is None or not rows or self._written == (network, rows):
            return
        before = self._networks()
        # The network seen last comes last.
        others = [item for item in before.items() if item[0] != network]
        after = dict([*others[1 - MOST_NETWORKS :], (network, rows)])
        try:
            if list(after.items()) != list(before.items()):
                while len(text := json.dumps({"version": 1, "networks": after}, indent=1)) > LARGEST:
                    del after[next(iter(after))]
                write_atomically(self._path, text)
            self._written = (network, rows)
        except OSError as error:
            if not self._complained:
                self._complained = True
                _LOG.warning("known devices are not kept for the next start: %s", error.strerror)

    def _networks(self) -> dict[str, list[Any]]:
        """All rows by network, oldest network first; empty if there is no file or anything is wrong with it."""
        try:
            with self._path.open("rb") as file:
                data = json.loads(file.read(LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        networks = data.get("networks") if isinstance(data, dict) and data.get("version") == 1 else None
        if not isinstance(networks, dict):
            return {}
        return {name: rows for name, rows in networks.items() if isinstance(rows, list)}


def _row(device: Device) -> dict[str, Any] | None:
    """What is saved of a device: None unless it gave its serial at an address that can be asked again.

    Over v2 that may have been by its certificate. Programs that know no v2 read `host` and `port` as they always did.
    """
    if device.remembered or not device.serial:
        return None
    places: dict[str, Any] = {}
    for api, (host, port) in _PLACES.items():
        endpoint = device.endpoint_of(api)
        answered = api in device.answered_over or (api == "v1" and device.link.last_answer is not None)
        # Not a host name, and not the demo.
        if answered and endpoint is not None and choose_address([endpoint.host], (), loopback=False) is not None:
            places |= {host: endpoint.host, port: endpoint.port}
    return {**{name: getattr(device, name) for name in _TEXTS}, **places} if places else None


def _place(row: dict[str, Any], api: str) -> Endpoint | None:
    host, port = (row.get(name) for name in _PLACES[api])
    if not isinstance(host, str) or choose_address([host], (), loopback=False) is None:
        return None
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        return None
    return Endpoint(host, port, api)


def _remembered(row: Any, now: Now) -> Remembered | None:
    if not isinstance(row, dict):
        return None
    texts = {name: clean(text) for name in _TEXTS if isinstance(text := row.get(name), str)}
    places = [endpoint for api in _PLACES if (endpoint := _place(row, api)) is not None]
    if not texts.get("serial") or not places:
        return None
    identity = Identity(
        serial=texts["serial"],
        product_type=texts.get("product_type", ""),
        product_name=texts.get("product_name"),
        firmware_version=texts.get("firmware_version"),
        api_version=texts.get("api_version"),
    )
    return Remembered(identity, places[0], now, *places[1:])
