"""`hwtui check`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command
from tui.core.settings import Settings, SettingsError

EXIT_CODES = """\
exit codes:
  0  nothing above info
  1  something to look at
  2  something to be put right
  3  no device was found, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--duration", metavar="S", help="seconds to watch (default: 60; voltage needs at least 1200)")
    add("--role", action="append", dest="roles", metavar="SERIAL=ROLE", help="grid, solar, load, battery or none")
    add(
        "--meter-at-inverter",
        action="append",
        dest="at_inverter",
        metavar="SERIAL=PHASE",
        help="a kWh meter at an inverter, and its phase: L1, L2 or L3",
    )
    add(
        "--guided", metavar="WHAT", help="prove phase and direction of a meter (name or serial), or the phase of a load"
    )
    add("--replay", metavar="FILE", help="judge a recording of hwtui watch --json instead (- is stdin)")
    add("--format", metavar="FORMAT", help="text, markdown, json or html (default: as FILE ends, else text)")
    add("-o", dest="output", metavar="FILE", help="write the report here (default: stdout)")
    add("--redact", action="store_true", help="leave out names, serials, addresses, meter ids and the Wi-Fi's name")
    add("--note", metavar="TEXT", help="a note for the report")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    if "replay" in given.own and "guided" in given.own:
        raise SettingsError("nobody can switch a load in a recording: leave out --guided or --replay")
    if "replay" in given.own:
        return _replay(given, settings)
    if "guided" in given.own:
        return _guided(given, settings)
    from tui.engine.commands.check import check
    from tui.engine.commands.checkplan import make_plan
    from tui.engine.commands.run import run as run_to_its_end

    plan = make_plan(settings, given.own, given.named)
    return run_to_its_end(lambda output: check(plan, output), needs_reader=plan.path is None)


def _guided(given: Given, settings: Settings) -> int:
    if "duration" in given.own:
        raise SettingsError("--guided takes as long as the person does: leave out --duration")
    from tui.engine.commands.checkplan import make_plan
    from tui.engine.commands.guided import guided
    from tui.engine.commands.run import run as run_to_its_end

    plan, what = make_plan(settings, given.own, given.named), given.own["guided"]
    reports = any(name in given.own for name in ("output", "format", "redact", "note"))
    return run_to_its_end(lambda output: guided(plan, what, output, reports=reports), needs_reader=plan.path is None)


def _replay(given: Given, settings: Settings) -> int:
    name = given.own["replay"]
    if given.named or "hosts" in given.flags:
        raise SettingsError("a recording is judged whole: name no device with --replay")
    if "duration" in given.own:
        raise SettingsError("--duration: a recording is as long as it is: leave it out with --replay")
    if not name:
        raise SettingsError("--replay: a file is missing: hwtui watch --json > house.jsonl makes one")
    from tui.engine.commands.checkplan import make_plan
    from tui.engine.commands.checkreplay import check_replay
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.replay.recording import Recording, RecordingError

    plan = make_plan(settings, given.own)
    try:
        with Recording(name, plan.settings.devices) as recording:
            return run_to_its_end(lambda output: check_replay(plan, recording, output), needs_reader=plan.path is None)
    except RecordingError as error:
        raise SettingsError(f"--replay: {error}") from None


COMMAND = Command("judge the installation and write a report to hand over", run, options, NAMES, EXIT_CODES)
