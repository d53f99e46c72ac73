"""Which meter is wired behind which, as the user configured it: the outer one includes what the inner one measures."""

from __future__ import annotations

from collections.abc import Mapping


def above(key: str, behind: Mapping[str, str]) -> list[str]:
    """The keys of the meters that a device is behind, nearest first. `behind` maps each device to the one it is behind.

    A device in a loop is behind none: it counts by itself.
    """
    keys: list[str] = []
    at = behind.get(key)
    while at is not None and at not in keys:
        if at == key:
            return []
        keys.append(at)
        at = behind.get(at)
    return keys


def loops(key: str, behind: Mapping[str, str]) -> bool:
    """Whether a device is behind itself, directly or through others."""
    return key in behind and not above(key, behind)
