"""Settings: what the user asked for, after flag, environment, file and default have been merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.model import Endpoint, Role

LEAST_INTERVAL_S = 0.5
"""The vendor advises not to ask more often than every 500 ms (API documentation, getting started)."""


@dataclass(frozen=True, slots=True)
class DeviceSetting:
    """The user's words for one device."""

    name: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the command line, the environment and the config file can say; see the README for each."""

    hosts: tuple[Endpoint, ...] = ()
    mdns: bool = True
    interfaces: tuple[str, ...] = ()
    """Addresses of the interfaces to use for mDNS; empty: all of them."""
    read_only: bool = False
    interval_s: float = 1.0
    timeout_s: float = 3.0
    """How long `devices` and `read` listen and wait."""
    grid: str | None = None
    """Name of a grid profile, see `core.profiles`."""
    glyphs: str = "auto"
    theme: str = "auto"
    mouse: bool = True
    config_file: Path | None = None
    state_dir: Path | None = None
    """Where the cache of known devices lives; None: nothing is remembered."""
    log_file: Path | None = None
    verbose: int = 0
    devices: Mapping[str, DeviceSetting] = field(default_factory=dict)
    """The user's words, by key (serial in lower case)."""
