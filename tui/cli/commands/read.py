"""`hwtui read`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.cli.asking import EXIT_CODES, add_asking
from tui.cli.given import Given
from tui.cli.registry import NAMES, Command
from tui.core.past.history import Past
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError, given_at

if TYPE_CHECKING:  # only who asks for values needs it
    from tui.core.oneline import Part

_FLAGS = {"json": "--json", "fields": "--field", "template": "--template"}


_EPILOG = f"""\
for status lines (tmux, waybar, a shell prompt):
  hwtui read Grid --field power_w
  hwtui read Grid --template "{{power_w:.0f}} W"
  hwtui read Grid --template "{{name}}: {{power_w:6.0f}} W, {{age_s:.1f}} s old"

{EXIT_CODES}"""


def options(parser: ArgumentParser) -> None:
    add_asking(parser)
    add = parser.add_argument
    add("--field", action="append", dest="fields", metavar="NAME", help="print this value alone; can be repeated")
    add("--template", metavar="TEXT", help="print this line of each device, with values for the {names} in it")
    add("--missing", metavar="TEXT", help="what stands for a value that is not there (default: -)")


def run(given: Given) -> int:
    forms = _forms(given)
    settings = given.settings_without_screen()
    words, missing = given.named, given.own.get("missing", "-")
    as_json = bool(given.own.get("json"))
    if as_json or forms is not None:
        told = _told_by_running(settings, words, forms, missing)
        if told is not None:
            return told
    from tui.engine.commands.read import read, read_values
    from tui.engine.commands.run import run as run_to_its_end

    if forms is not None:
        return run_to_its_end(lambda output: read_values(settings, output, words, forms, missing))
    return run_to_its_end(lambda output: read(settings, output, words, as_json=as_json, open_past=_open_past))


def _forms(given: Given) -> list[tuple[Part, ...]] | None:
    """The lines that are wanted of each device; None: all of it, in a table or as JSON. Raises `SettingsError`."""
    asked = [option for option in ("json", "fields", "template") if option in given.own]
    if len(asked) > 1:
        raise SettingsError(f"{' and '.join(_FLAGS[option] for option in asked)} do not go together: leave out one")
    if "missing" in given.own and asked not in (["fields"], ["template"]):
        raise SettingsError("--missing goes with --field or --template")
    if asked not in (["fields"], ["template"]):
        return None
    from tui.core.oneline import field, parse_template

    with given_at(_FLAGS[asked[0]]):
        if "template" in given.own:
            return [parse_template(given.own["template"])]
        return [(field(name),) for name in given.own["fields"]]


def _told_by_running(
    settings: Settings, words: Sequence[str], forms: Sequence[Sequence[Part]] | None, missing: str
) -> int | None:
    """Print what a running hwtui knows, as JSON or in these forms; the exit code. None: the devices are to be asked."""
    from tui.engine.commands.running import newest_from_running

    newest = newest_from_running(settings, words, days=forms is None)
    if newest is None:
        return None
    from tui.engine.commands.exits import code_for
    from tui.engine.commands.streams import narrate, write_out

    if forms is None:
        import json

        write_out(json.dumps([one.row for one in newest], indent=2) + "\n")
    else:
        from tui.core.oneline import filled

        for one in newest:
            if one.problem:
                narrate(f"hwtui: {one.label}: {one.problem}")
        write_out("".join(f"{filled(form, one.values, missing)}\n" for one in newest for form in forms))
    return code_for([one.is_live for one in newest])


def _open_past(settings: Settings) -> AbstractContextManager[Past | None]:
    if settings.state_dir is None or not settings.history:
        return nullcontext()
    from tui.engine.history.reader import open_past

    return open_past(settings.state_dir, ZoneInfo(profile_of(settings.grid).zone))


COMMAND = Command("one reading of each device", run, options, NAMES, _EPILOG)
