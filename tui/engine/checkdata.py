"""The tables of the check that come with the program, limits and words, and the user's own limits."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tui.core import checks
from tui.core.checks.limits import Limits
from tui.core.checks.words import Words
from tui.core.settings import SettingsError
from tui.engine.configfile import read_config

TABLES = Path(checks.__file__).parent
OWN_LIMITS = "limits.toml"
"""The user's own limits, beside the config file."""


@cache
def _table(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / folder / f"{name}.toml").read_text("utf-8"))


def load_limits(grid: str | None, own: Path | None = None) -> Limits:
    """The limits of a grid profile, with those of the user's file over them. Raises `SettingsError`."""
    region = (grid or "").removesuffix("-3x230")
    tables = [_table("limits", "base"), *([_table("limits", region)] if region else [])]
    if own is None:
        return Limits(tables)
    try:
        return Limits(tables, read_config(own, must_exist=False).values)
    except ValueError as error:
        raise SettingsError(f"{own}: {error}") from None


def load_words(language: str) -> Words:
    """The sentences of one of `settings.LANGUAGES`."""
    return Words(_table("words", language))
