"""`hwtui replay`: a recording through the screen."""

from __future__ import annotations

import gc
from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.cli.terminal import need_terminal, say
from tui.core.options import number
from tui.core.settings import SettingsError, given_at

SLOWEST, FASTEST = 0.1, 3600.0
EPILOG = """\
examples:
  hwtui watch --json > house.jsonl     record; ctrl+c ends it
  hwtui replay house.jsonl --speed 60  an hour in a minute
  hwtui check --replay house.jsonl     judge it
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="what hwtui watch --json wrote; may be gzipped")
    parser.add_argument("--speed", metavar="N", help="how much faster time passes (default: 1)")


def run(given: Given) -> int:
    settings = given.settings()
    name = given.own.get("file")
    if not name:
        raise SettingsError("a recording is missing: hwtui watch --json > house.jsonl makes one")
    with given_at("--speed"):
        speed = number(float, SLOWEST, FASTEST)(given.own.get("speed", "1"))
    need_terminal("hwtui check --replay FILE")
    from tui.engine.replay.recording import STDIN, Recording, RecordingError

    if name == STDIN:
        raise SettingsError("stdin is the keyboard here: name a file (check --replay - reads stdin)")
    gc.disable()  # as for `screen`
    from tui.ui.launch import run_replay

    recording = Recording(name, settings.devices)
    try:
        with recording:
            status = run_replay(settings, recording, speed)
    except RecordingError as error:
        raise SettingsError(str(error)) from None
    for line in recording.flaws.lines:
        say(f"{recording.name}: {line}")
    return status


COMMAND = Command("show a recording of hwtui watch --json as if it were now", run, options, "FILE", EPILOG)
