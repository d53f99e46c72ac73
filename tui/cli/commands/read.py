"""`hwtui read`."""

from __future__ import annotations

from argparse import ArgumentParser
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
    from tui.engine.commands.read import read, read_values
    from tui.engine.commands.run import run as run_to_its_end

    words = given.named
    if forms is not None:
        missing = given.own.get("missing", "-")
        return run_to_its_end(lambda output: read_values(settings, output, words, forms, missing))
    as_json = bool(given.own.get("json"))
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


def _open_past(settings: Settings) -> AbstractContextManager[Past | None]:
    if settings.state_dir is None or not settings.history:
        return nullcontext()
    from tui.engine.history.reader import open_past

    return open_past(settings.state_dir, ZoneInfo(profile_of(settings.grid).zone))


COMMAND = Command("one reading of each device", run, options, NAMES, _EPILOG)
