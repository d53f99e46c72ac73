"""An HTTP answer of a simulated device, of whichever API."""

from __future__ import annotations

from dataclasses import dataclass

JSON = "application/json"
PLAIN = "text/plain"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


NOT_FOUND = Answer(404, HTML, b"Nothing matches the given URI")
WRONG_METHOD = Answer(405, HTML, b"Specified method is invalid for this resource")
"""As ESP-IDF writes them, whose web server the devices use."""
