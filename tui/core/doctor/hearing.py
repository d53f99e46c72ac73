"""What an answer says of who sent it, or whether it tells values. Pure; all input is hostile."""

from __future__ import annotations

from tui.core.api.decode import NotJsonError, decode
from tui.core.api.dialect import parse_identity
from tui.core.api.patient import is_page
from tui.core.api.v1 import is_reading, parse_error_id
from tui.core.api.v2 import is_reading as is_v2_reading
from tui.core.doctor.evidence import Said
from tui.core.model import key_of
from tui.core.products import product_of
from tui.core.reading import Identity

API_DISABLED_ID = 202
"""With status 403, but 400 before 2025 (API documentation, error handling)."""
_REDIRECTS = (301, 302, 303, 307, 308)
_LOGIN = (407, 511)
"""A proxy or a captive portal asks for a login (RFC 9110, RFC 6585)."""

Heard = tuple[Said, str, Identity | None]
"""What it is, a few words on that, and who it says it is."""


def hear(status: int, body: bytes, api: str) -> Heard:
    """What an HTTP answer to `/api` says, over API "v1" or "v2"."""
    try:
        data: object = decode(body)[0]
    except NotJsonError:
        data = None
    if parse_error_id(data) == API_DISABLED_ID:
        return Said.API_OFF, f"HTTP {status}, error {API_DISABLED_ID}", None
    if status == 200:
        return _good(data, body)
    if status == 401 and api == "v2":
        return Said.NOT_PAIRED, "HTTP 401", None
    return _other(status, body), f"HTTP {status}{_why(status, body)}", None


def hear_values(status: int, body: bytes, api: str, product_type: str) -> tuple[Said, str]:
    """What an HTTP answer to a request for its values says, and a few words on that: `WHO` if there are some."""
    try:
        data: object = decode(body)[0]
    except NotJsonError:
        data = None
    if parse_error_id(data) == API_DISABLED_ID:
        return Said.API_OFF, f"HTTP {status}, error {API_DISABLED_ID}"
    if status == 401 and api == "v2":
        return Said.NOT_PAIRED, "HTTP 401"
    if status != 200:
        return Said.BAD, f"HTTP {status}{' with an HTML page' if is_page(body) else ''}"
    if not isinstance(data, dict):
        return Said.BAD, "an HTML page" if is_page(body) else "damaged JSON" if body.strip() else "an empty answer"
    is_new = not product_of(product_type).is_known
    is_told = is_reading(data, new=is_new) if api == "v1" or is_new else is_v2_reading(data)
    return (Said.WHO, "they came") if is_told else (Said.BAD, "none that this program knows")


def who(identity: Identity, expected: str | None) -> str:
    """A few words on who answered."""
    if expected is not None and key_of(identity.serial) != key_of(expected):
        return f"{identity.product_type} {identity.serial}, not {expected}"
    return f"{identity.product_type} {identity.serial}"


def _good(data: object, body: bytes) -> Heard:
    if (identity := parse_identity(data)) is not None:
        return Said.WHO, who(identity, None), identity
    if isinstance(data, dict):
        if "product_type" in data:
            return Said.BAD, "no readable serial and product type", None
        return Said.NOT_HOMEWIZARD, "JSON of something else", None
    if is_page(body):
        return Said.NOT_HOMEWIZARD, "an HTML page", None
    if b'"product_type"' in body:
        return Said.BAD, "damaged JSON", None
    return Said.NOT_HOMEWIZARD, "no JSON" if body.strip() else "an empty answer", None


def _other(status: int, body: bytes) -> Said:
    if is_page(body) or status in _REDIRECTS or status in _LOGIN or status in (401, 404, 405):
        return Said.NOT_HOMEWIZARD
    return Said.BAD


def _why(status: int, body: bytes) -> str:
    if status in _REDIRECTS:
        return ", it redirects elsewhere"
    if status in _LOGIN or status == 401:
        return ", it asks for a login"
    if status in (404, 405):
        return ", it has no /api"
    return " with an HTML page" if is_page(body) else ""
