"""Exit codes for the state of devices, after the monitoring-plugin convention."""

from __future__ import annotations

from collections.abc import Collection

OK, WARNING, CRITICAL, UNKNOWN = range(4)


def code_for(answered: Collection[bool]) -> int:
    """0 when every device answered, 1 when some did, 2 when none did, 3 when there was none."""
    if not answered:
        return UNKNOWN
    return OK if all(answered) else WARNING if any(answered) else CRITICAL
