"""Where `hwtui web` may listen, and under which names it may be asked."""

from __future__ import annotations

import re

from tui.core.out.listening import Listening
from tui.core.text import quoted

LEAST_PASSWORD = 8
"""Characters (own choice): who guesses gets one try a second from each address."""
_NAME = r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63}){0,9}"


def parse_name(text: str) -> str:
    """The name of a host, in lower case. Raises `ValueError`.

    >>> parse_name("Meters.Example.org")
    'meters.example.org'
    """
    name = text.strip().casefold().removesuffix(".")
    if not re.fullmatch(_NAME, name, re.ASCII):
        raise ValueError(f'"{quoted(text, 80)}" is no name of a host: use one like meters.example.org')
    return name


def why_not_there(listening: Listening, *, has_password: bool, insecure: bool) -> str | None:
    """Why it must not listen there, and what to do; None if it may.

    >>> why_not_there(Listening("127.0.0.1", 8000), has_password=False, insecure=False)
    """
    if listening.is_loopback:
        return None
    if not has_password:
        return f"{listening.address} is open to others: give it a password with --password-file FILE"
    if not insecure:
        return (
            f"{listening.address} would send password and screen over plain HTTP, which others in the network can "
            "read: listen on 127.0.0.1 behind a server that speaks HTTPS, or allow it with --insecure"
        )
    return None


def why_not_password(password: str) -> str | None:
    """Why it is none, and what to do; None if it is one."""
    if len(password) < LEAST_PASSWORD:
        return f"a password of fewer than {LEAST_PASSWORD} characters is soon guessed: write a longer one there"
    return None
