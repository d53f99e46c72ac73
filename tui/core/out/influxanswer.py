"""What the answer to a batch of points means: taken, lost, or to be sent again."""

from __future__ import annotations

import json
from enum import Enum
from typing import NamedTuple

from tui.core.secret import Secret
from tui.core.text import clean

LONGEST_REASON = 120
"""Characters of what a server says (own choice)."""
LONGEST_WAIT_S = 300.0
"""A server that asks for more patience is asked again after this long (own choice)."""


class Meaning(Enum):
    """What is to be done with the batch."""

    TAKEN = "taken"
    LOST = "lost"  # it would be refused again
    AGAIN = "again"  # the server has trouble
    MEND = "mend"  # a person has to do something first


class Outcome(NamedTuple):
    """How a batch fared."""

    meaning: Meaning
    fault: str = ""
    """A sentence for people; "" if it was taken."""
    wait_s: float | None = None
    """How long the server asks to be left alone; None if it does not say."""


def outcome(place: str, status: int, body: bytes, retry_after: str = "", token: Secret | None = None) -> Outcome:
    """What an answer of the server at `place` means. `token` was sent and is not repeated.

    Statuses: InfluxDB, "Troubleshoot issues writing data"; 204 is success, and 400, 413 and 422 are about the batch.
    """
    if 200 <= status < 300:
        return Outcome(Meaning.TAKEN)
    told = f"({status}{_reason(body, token)})"
    if status in (401, 403):
        advice = (
            "give a token with --influx-token-file or HWTUI_INFLUX_TOKEN" if token is None else "check the token in use"
        )
        return Outcome(Meaning.MEND, f"{place} lets nobody write without a right to {told}: {advice}")
    if 300 <= status < 400:
        return Outcome(Meaning.MEND, f"{place} sends us elsewhere {told}: give the address it means with --influx")
    if status in (404, 405):
        return Outcome(Meaning.MEND, f"{place} knows no such place {told}: check path, database and bucket of --influx")
    if status in (408, 429) or status >= 500 or status < 200:
        return Outcome(Meaning.AGAIN, f"{place} cannot take it now {told}: see how it is doing", _wait_s(retry_after))
    return Outcome(Meaning.LOST, f"{place} refused a batch {told}, and it is lost")


def _reason(body: bytes, token: Secret | None) -> str:
    """What the server says, with a colon before it; InfluxDB 1 says `error`, InfluxDB 2 `message`."""
    text = (token.hidden_in(body) if token is not None else body).decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict):
        text = next((told[name] for name in ("message", "error") if isinstance(told.get(name), str)), "")
    reason = clean(text, LONGEST_REASON)
    return f": {reason}" if reason and not reason.startswith("<") else ""  # no page of a web server


def _wait_s(retry_after: str) -> float | None:
    """`Retry-After` in seconds; a date is not read (RFC 9110, 10.2.3)."""
    text = retry_after.strip()
    return min(float(text), LONGEST_WAIT_S) if text.isascii() and text.isdigit() and len(text) < 10 else None
