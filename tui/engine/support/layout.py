"""JSON that a person reads: what is short stands on one line."""

from __future__ import annotations

import json

from tui.core.reading import Json

WIDTH = 120


def laid_out(value: Json, indent: int = 0, before: int = 0) -> str:
    """`value` as JSON in ASCII, which stays whole whatever it goes through; `before` are the cells that its key takes.

    Raises `ValueError` for a number that JSON does not have.
    """
    whole = json.dumps(value, allow_nan=False)
    if not value or not isinstance(value, dict | list) or (indent and indent + before + len(whole) < WIDTH):
        return whole
    margin = " " * (indent + 1)
    if isinstance(value, list):
        rows = [laid_out(one, indent + 1) for one in value]
        return f"[\n{margin}" + f",\n{margin}".join(rows) + f"\n{margin[1:]}]"
    keys = [f"{json.dumps(key)}: " for key in value]
    rows = [key + laid_out(one, indent + 1, len(key)) for key, one in zip(keys, value.values(), strict=True)]
    return f"{{\n{margin}" + f",\n{margin}".join(rows) + f"\n{margin[1:]}}}"
