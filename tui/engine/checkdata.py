"""The tables of the check that come with the program, limits and words, and the user's own limits."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tui.core import checks
from tui.core.checks.limits import Limits
from tui.core.checks.ownlimits import with_own
from tui.core.checks.words import Words
from tui.core.profiles import PROFILES
from tui.engine.configfile import read_config

TABLES = Path(checks.__file__).parent
ON_3X230 = "-3x230"
"""The end of the name of a profile whose limits are those of the one without it."""
OWN_LIMITS = "limits.toml"
"""The user's own limits, beside the config file."""
REGIONS = tuple(name for name in PROFILES if not name.endswith(ON_3X230))


@cache
def _table(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / folder / f"{name}.toml").read_text("utf-8"))


def load_limits(grid: str | None, own: Path | None = None) -> Limits:
    """The limits of a grid profile, with those of the user's file over them. Raises `SettingsError`."""
    region = (grid or "").removesuffix(ON_3X230)
    limits = Limits([_table("limits", "base"), *([_table("limits", region)] if region else [])])
    if own is None:
        return limits
    everywhere = Limits([_table("limits", name) for name in ("base", *REGIONS)])
    return with_own(limits, read_config(own, must_exist=False), everywhere)


def load_words(language: str) -> Words:
    """The sentences of one of `settings.LANGUAGES`."""
    return Words(_table("words", language))
