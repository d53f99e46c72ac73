"""What stopped the program, in the log: also what fails before the settings and so the log's file are known."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path

from tui.core.settings import SettingsError

_FLAG = "--log-file"


def keep(error: Exception, text: str, arguments: Sequence[str]) -> None:
    """Log `text` and the traceback of what ended the program; nowhere, if no log file was named.

    It never raises: what went wrong while the log was kept would hide what it is kept for.
    """
    with suppress(Exception):
        import logging

        if not logging.getLogger().handlers:
            _set_up_log(arguments)
        logging.getLogger(__name__).critical(text, exc_info=error)


def _set_up_log(arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> None:
    """Log where the command line or the variable says, or nowhere if that is wrong, too."""
    from tui.engine.home import expanded
    from tui.engine.logs import set_up_log

    named = [*_named(arguments)] or [env.get("HWTUI_LOG_FILE", "")]
    with suppress(OSError, SettingsError):
        if named[-1] and "\0" not in named[-1]:
            set_up_log(expanded(Path(named[-1]), _FLAG, env))
            return
    set_up_log(None)


def _named(arguments: Sequence[str]) -> Iterator[str]:
    """The values of the option, read without a parser: it may be what failed."""
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        flag, has_value, value = word.partition("=")
        if flag == _FLAG:
            yield value if has_value else following
