"""`hwtui read`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from zoneinfo import ZoneInfo

from tui.cli.asking import EXIT_CODES, add_asking
from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command
from tui.core.past.history import Past
from tui.core.profiles import profile_of
from tui.core.settings import Settings


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    as_json = bool(given.own.get("json"))
    if as_json and (told := _told_by_running(settings)) is not None:
        return told
    from tui.engine.commands.read import read
    from tui.engine.commands.run import run as run_to_its_end

    return run_to_its_end(lambda output: read(settings, output, as_json=as_json, open_past=_open_past))


def _told_by_running(settings: Settings) -> int | None:
    """Print what a running hwtui knows; the exit code. None: the devices are to be asked."""
    from tui.engine.commands.running import newest_from_running

    newest = newest_from_running(settings, days=True)
    if newest is None:
        return None
    import json

    from tui.engine.commands.exits import code_for
    from tui.engine.commands.streams import write_out

    write_out(json.dumps([one.row for one in newest], indent=2) + "\n")
    return code_for([one.is_live for one in newest])


def _open_past(settings: Settings) -> AbstractContextManager[Past | None]:
    if settings.state_dir is None or not settings.history:
        return nullcontext()
    from tui.engine.history.reader import open_past

    return open_past(settings.state_dir, ZoneInfo(profile_of(settings.grid).zone))


COMMAND = Command("one reading of each device", run, add_asking, HOSTS, EXIT_CODES)
