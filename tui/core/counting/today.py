"""What was used and delivered today and yesterday, as the screen and `read` tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.core.past.history import Amount


@dataclass(frozen=True, slots=True)
class Today:
    """The amounts of one place (`core.past.history.place_of`), by quantity. What was not counted is absent."""

    today: Mapping[str, Amount] = field(default_factory=dict)
    """Since local midnight, up to now."""
    yesterday: Mapping[str, Amount] = field(default_factory=dict)
