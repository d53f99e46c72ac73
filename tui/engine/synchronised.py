"""Whether this computer's clock is kept right by a time server, as its kernel knows it."""

from __future__ import annotations

import ctypes
import sys

_TIME_ERROR = 5
"""What `adjtimex` returns while the clock is not synchronised (adjtimex(2))."""
_STRUCT_BYTES = 1024
"""More than `struct timex` has on any machine. All zeros: it asks, and sets nothing."""


def is_synchronised() -> bool | None:
    """Whether the clock is synchronised; None where that is not known: not Linux, or the kernel may not be asked."""
    if sys.platform != "linux":
        return None
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_STRUCT_BYTES))
    except (OSError, AttributeError):  # no C library to load, or one without the call
        return None
    return None if state < 0 else state != _TIME_ERROR
