"""The command line: arguments in, one command out. Each command is a module of `tui.cli.commands`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tui.cli.parser import parse
from tui.cli.registry import SCREEN, load
from tui.cli.terminal import WRONG_USE, prepare_streams, say
from tui.core.settings import SettingsError
from tui.engine.commands.streams import StdoutError, explain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run hwtui; its exit code. No traceback ever reaches a user; `--log-file` has it, whenever it failed."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        prepare_streams()
        given = parse(words)
        return given if isinstance(given, int) else load(given.command or SCREEN).run(given)
    except SettingsError as error:
        _keep(error, str(error), words)
        say(str(error))
    except StdoutError as closed:
        return explain(closed)
    except Exception as error:
        _keep(error, "stopped unexpectedly", words)
        kind = type(error).__name__
        say(f"stopped unexpectedly ({kind}), a fault of this program: --log-file FILE keeps what to report")
    return WRONG_USE


def _keep(error: Exception, text: str, words: Sequence[str]) -> None:
    from tui.cli.failure import keep  # only what fails needs it

    keep(error, text, words)
