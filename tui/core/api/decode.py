"""The bytes of an answer as JSON. Valid JSON takes the interpreter's own fast way; `patient` reads anything else."""

from __future__ import annotations

import json

UNREADABLE = "\ufffd"
"""Stands for bytes that are not UTF-8."""
IS_IT_ONE = "is it a HomeWizard device?"
"""What to ask of something that has not shown yet that it is one."""
RESTART = "if it stays so, restart it"
BEHIND_A_PAGE = "does a router or a login page of the network answer here?"

_STRICT = json.JSONDecoder()


class NotJsonError(ValueError):
    """The bytes cannot be read as JSON; `patient.why_not` tells where and why."""


def decode(body: bytes) -> tuple[object, tuple[str, ...]]:
    """The JSON of an answer, and notes on the fields that could only be read in part. Raises `NotJsonError`."""
    try:
        return _STRICT.decode(body.decode()), ()
    except (ValueError, RecursionError):  # not UTF-8, not JSON, an integer of 5000 digits; too deep
        from tui.core.api.patient import read  # its patterns take a millisecond, and most houses never need them

        return read(body)
