"""What is known before the first poll: the rows of the first frame, and the first events of the engine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tui.core.events import Added, Configured, Event
from tui.core.moment import Now
from tui.core.settings import Settings

TOKENS = "tokens.json"
"""The file of tokens in the state directory."""


def has_tokens(state_dir: Path | None) -> bool:
    """Whether there may be a token of a paired device."""
    return state_dir is not None and os.path.exists(state_dir / TOKENS)


def opening_events(settings: Settings, now: Now, remembered: Iterable[Event] = ()) -> list[Event]:
    """The user's settings, the hosts given by hand, and then the devices remembered from an earlier run."""
    return [
        *(Configured(key, words) for key, words in settings.devices.items()),
        *(Added(endpoint, now) for endpoint in settings.hosts),
        *remembered,
    ]
