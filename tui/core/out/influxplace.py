"""The server that takes line protocol, as a user types its address."""

from __future__ import annotations

import re
from typing import NamedTuple

from tui.core.address import parse_host

PRECISION = "ms"
"""In which the times of points are sent. InfluxDB 1 and 2 and VictoriaMetrics know this word (InfluxDB, API reference,
`/write` and `/api/v2/write`; VictoriaMetrics, "How to send data in InfluxDB line protocol")."""
LONGEST = 2000
"""Characters of an address (own choice)."""

_URL = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[^/?#:\[\]]+)(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII | re.IGNORECASE)
_SECRETS = ("u", "p", "token")
"""Parameters in which a server takes a secret (InfluxDB 1, `/write`)."""

_IN_SIGHT = (
    "a user or password does not belong here, where others can see it: leave it out, and use --influx-token-file or "
    "HWTUI_INFLUX_TOKEN"
)


class Influx(NamedTuple):
    """Where batches of points are posted."""

    url: str
    """The whole address, with the precision."""
    place: str
    """The same without its parameters, for people."""

    @property
    def typed(self) -> str:
        """As a user types it.

        >>> parse_influx("http://a/write?db=b").typed
        'http://a/write?db=b'
        """
        return self.url.removesuffix(f"precision={PRECISION}")[:-1]

    @property
    def host(self) -> str:
        """The name or address alone; one of IPv6 without its brackets."""
        place = self.place.partition("://")[2].partition("/")[0]
        return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]

    @property
    def is_tls(self) -> bool:
        """Whether the way there is encrypted."""
        return self.url.startswith("https:")


def parse_influx(text: str) -> Influx:
    """http[s]://HOST[:PORT]/write?db=... or http[s]://HOST[:PORT]/api/v2/write?org=...&bucket=...

    >>> parse_influx("http://192.168.1.5:8428/write").url
    'http://192.168.1.5:8428/write?precision=ms'

    Raises `ValueError`, which repeats at most the host: the rest may hold a password.
    """
    text = text.strip()
    if "@" in text.partition("?")[0]:
        raise ValueError(_IN_SIGHT)
    found = _URL.fullmatch(text)
    if not found or "#" in text or len(text) > LONGEST:
        raise ValueError("use http://HOST:8086/write?db=NAME, or http://HOST:8086/api/v2/write?org=NAME&bucket=NAME")
    scheme, host, port, rest = found.groups()
    if port and not 1 <= int(port) <= 65535:
        raise ValueError("what follows the host is not a port: use a number from 1 to 65535")
    if not host.startswith("["):
        host = parse_host(host).host
    path, _, query = (rest or "").partition("?")
    if not path.endswith("/write"):
        raise ValueError("the path must end with /write: use /write?db=NAME, or /api/v2/write?org=NAME&bucket=NAME")
    given = [part for part in query.split("&") if part]
    names = [part.partition("=")[0].lower() for part in given]
    if any(name in _SECRETS for name in names):
        raise ValueError(_IN_SIGHT)
    if "precision" in names:
        raise ValueError("leave out precision: hwtui says itself how it sends times")
    place = f"{scheme.lower()}://{host.lower()}{f':{port}' if port else ''}{path}"
    return Influx(f"{place}?{'&'.join([*given, f'precision={PRECISION}'])}", place)
