"""What has the form of a secret: addresses, MACs, ids, host names, and what stands where a password does.

Of a log of an earlier run, or of a text from elsewhere, the form is all there is to go by. It is better to hide a word
too many than one too few, but not the program's own sentences.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote

from tui.engine.support.system import EVERYBODYS

Known = tuple[str, tuple[str, ...]]
"""The word of a placeholder, and the ways to write one secret: what `Redactor` takes."""

BEYOND = "..."
HARMLESS = frozenset({"127.0.0.1", "224.0.0.251", "255.255.255.255", "::", "::1"})
"""Addresses that are the same everywhere."""

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV4_DASHED = re.compile(r"(?<![\d.])(?<!\d-)\d{1,3}(?:-\d{1,3}){3}(?![\d-])")
"""As in the host names that providers and clouds give."""
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f:]*:[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{2}([:._ -])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{6}[_-][0-9a-f]{6}"
    r"|[0-9a-f]{4}([.-])[0-9a-f]{4}\2[0-9a-f]{4})(?![0-9a-f])",
    re.IGNORECASE,
)
"""In pairs, in halves, or in threes as on switches."""
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{12,}(?![0-9a-f])", re.IGNORECASE)
"""Serials, meter ids and tokens."""
_EAN = re.compile(r"(?<!\d)(?:54|87)(?:[ .-]?\d){16}(?!\d)")
"""Of a connection: 18 digits that begin as GS1 gave them to Belgium and the Netherlands, in groups or not."""
_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:local|lan|home|internal|intranet|localdomain|fritz\.box|home\.arpa|localhost"
    r"|com|net|org|info|cloud|me|io|eu|nl|be|lu|de|fr|uk|se|dk|no|fi|at|ch)(?![\w(-]|\.\w)",
    re.IGNORECASE,
)
"""Names in a house, and those under the domains that its people may have one of; no module and no call of Python."""
_MAIL = re.compile(r"(?<![:\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LOGIN = re.compile(r"""//([^\s"'/@]*)(?=@)|//([^\s"']*)(?=@)""")
"""The user info of a URL (RFC 3986, 3.2.1); the second, where a password has a slash that should have been escaped."""
_HOME = re.compile(r"(?:/(?:home|users|media)/|[a-z]:\\+users\\+)([^\s/\\:\"'<>|]+)", re.IGNORECASE)
"""The folder of a user, also another than this one."""
_KEYED = re.compile(
    r"""(?ix) (?<![\w-])(?:[\w-]*(?:pass(?:word|wd|phrase)?|pwd|psk|secret|token|api[_-]?key|ssid|user(?:name)?|login)
    |authorization)\b ["']?
    (?: \s*=\s* | \s*:\s*(?=["']) | :(?=\S) | \s*:\s*(?:bearer|basic)\s+ | (?<=authorization):\s*(?:bearer|basic)?\s* )
    (?: "([^"]+)" | '([^']+)' | ([^\s"',;&)}\]]+) )"""
)
"""What stands after the name of a secret, as in JSON, TOML, a URL or a header; no sentence with a colon in it."""
_MESSAGE = re.compile(r"(?<=0-0:96\.13\.)\d\(([^)]*)\)")
"""A text message of a telegram."""
_FOLDERS = frozenset({"data", "default", "public", "share", "shared", "usb"})
"""Beside which those of users are."""
_PLACEHOLDER = re.compile(r"[a-z]+-\d+|\*+|\.{3}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d")
_ESCAPE = re.compile(r"((?:\\+x[0-9a-f]{2})+)|\\+u([0-9a-f]{4})|\\+[nrt]", re.IGNORECASE)
MOST_ROUNDS = 4
"""How often what is escaped may be escaped once more (own choice)."""


def is_time(text: str) -> bool:
    """Whether it is a time and nothing else."""
    return _TIME.fullmatch(text) is not None


def looks_secret(texts: Iterable[str]) -> Iterator[Known]:
    """Whatever in these texts has the form of a secret, however it is escaped."""
    for text in texts:
        if not is_time(text):
            yield from _secret_in(text)
            if (plain := plain_of(text)) != text:
                yield from _secret_in(plain)


def _secret_in(text: str) -> Iterator[Known]:
    for found in _LOGIN.finditer(text) if "@" in text else ():
        yield from _login(found[1] or found[2] or "")
    yield from (("secret", (value,)) for value in _keyed(text))
    users = (name for name in _HOME.findall(text) if len(name) > 2 and name.casefold() not in _FOLDERS)
    yield from (("user", (name,)) for name in users if not _is_told(name))
    yield from (("mail", (one,)) for one in _MAIL.findall(text))
    yield from (("address", (one,)) for one in _IPV4.findall(text) if one not in HARMLESS)
    for one in _IPV4_DASHED.findall(text):
        if all(int(part) < 256 for part in one.split("-")):
            yield "address", (one.replace("-", "."), one)
    for one in _IPV6.findall(text):
        if one not in HARMLESS and (address := _ipv6(one)):
            yield "address", (str(address), one)
    for found in _MAC.finditer(text):
        yield "mac", (re.sub("[^0-9a-f]", "", found[0].lower()), found[0])
    yield from (("mac" if len(one) == 12 else "id", (one,)) for one in _HEX.findall(text))
    yield from (("id", (re.sub(r"\D", "", one), one)) for one in _EAN.findall(text))
    yield from (("host", (one,)) for one in _HOST.findall(text))


def _login(info: str) -> Iterator[Known]:
    """A user and a password, each for itself: either may stand elsewhere, too."""
    name, _, word = info.partition(":")
    for kind, one in (("secret", word), ("user", name)):
        if len(one) > 2 and not _is_told(one):
            yield kind, (one,)


def _keyed(text: str) -> Iterator[str]:
    for found in _KEYED.finditer(text):
        value = found[1] or found[2] or found[3]
        if len(value) > 3 and not _is_told(value) and value.casefold() not in ("true", "false", "null", "none"):
            yield value


def _is_told(word: str) -> bool:
    """Whether it tells nobody: a placeholder, or what is the same everywhere."""
    return _PLACEHOLDER.fullmatch(word) is not None or word.casefold() in EVERYBODYS


def swept(text: str) -> str:
    """The same without what still has the form of a secret: of too many not each has its placeholder."""
    if "@" in text:
        text = _LOGIN.sub(
            lambda found: found[0] if all(map(_is_told, found[0][2:].split(":"))) else "//" + BEYOND, text
        )
    text = _KEYED.sub(_emptied, text)
    text = _MESSAGE.sub(lambda found: found[0] if _is_told(found[1]) else f"{found[0][0]}({BEYOND})", text)
    for pattern in (_MAIL, _MAC, _HEX, _EAN, _HOST):
        text = pattern.sub(BEYOND, text)
    text = _IPV4.sub(lambda found: found[0] if found[0] in HARMLESS else BEYOND, text)
    return _IPV6.sub(lambda found: BEYOND if found[0] not in HARMLESS and _ipv6(found[0]) else found[0], text)


def _emptied(found: re.Match[str]) -> str:
    value = found[1] or found[2] or found[3]
    return found[0] if _is_told(value) else found[0].replace(value, BEYOND)


def plain_of(text: str) -> str:
    """The text without the escapes of URLs, HTML, JSON and Python, however deep: what a reader makes of it."""
    for _ in range(MOST_ROUNDS):
        before = text
        if "%" in text:
            text = unquote(text)
        if "&" in text:
            text = html.unescape(text)
        if "\\" in text:
            text = _ESCAPE.sub(_unescaped, text)
        if text == before:
            break
    return text


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return bytes.fromhex(re.sub(r"\\+x", "", found[1], flags=re.IGNORECASE)).decode("utf-8", "replace")
    return chr(int(found[2], 16)) if found[2] else " "


def _ipv6(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except AddressValueError:
        return None
