"""`hwtui completion`: what makes a shell complete commands, options and their values."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Sequence

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.core.options import one_of
from tui.core.settings import SettingsError, given_at

SHELLS = ("bash", "zsh", "fish")
_EPILOG = """\
examples:
  hwtui completion bash > ~/.local/share/bash-completion/completions/hwtui
  hwtui completion zsh > ~/.zfunc/_hwtui
  hwtui completion fish > ~/.config/fish/completions/hwtui.fish

For zsh the folder has to be known before compinit, in ~/.zshrc:
  fpath+=~/.zfunc
Make it again after an update.
"""

_HOSTS: dict[str, str | dict[str, str]] = {"bash": "_hwtui_hosts", "zsh": "_hosts", "fish": "(__fish_print_hostnames)"}
"""What each shell knows of hosts. In zsh an argument without any completion would keep options from being completed."""
_PREAMBLES = {"bash": '_hwtui_hosts() { compgen -A hostname -- "$1"; }'}
_OPTIONAL = re.compile(r"\[.*?\]")


def options(parser: ArgumentParser) -> None:
    parser.add_argument("shell", nargs="?", metavar="SHELL", help=", ".join(SHELLS))


def run(given: Given) -> int:
    shell = given.own.get("shell")
    if shell is None:
        raise SettingsError(f"a shell is missing: use one of {', '.join(SHELLS)}")
    with given_at("SHELL"):
        one_of(SHELLS)(shell)
    import shtab

    from tui.cli.parser import whole_parser
    from tui.engine.commands.streams import write_out

    parser = whole_parser()
    _teach(parser)
    write_out(f"{shtab.complete(parser, shell, preamble=_PREAMBLES.get(shell, ''))}\n")
    return 0


def _teach(parser: ArgumentParser) -> None:
    """Tell every argument what may stand for it. A parser that is told so is not one to parse with."""
    import shtab

    from tui.cli.described import described

    values = _values()
    places = dict.fromkeys(("FILE", "OLD", "NEW"), shtab.FILE) | {"DIR": shtab.DIRECTORY}
    places |= dict.fromkeys(("HOST", "HOST|NAME", "DEVICE"), _HOSTS)
    told = described(parser)
    for command, one in {"": told, **{name: described(inner) for name, inner in told.commands.items()}}.items():
        for action in (action for section in one.sections for action in section.actions):
            if isinstance(action.metavar, str):
                action.metavar = _OPTIONAL.sub("", action.metavar)  # a colon has a meaning of its own in zsh
            name = action.option_strings[-1] if action.option_strings else str(action.metavar)
            if known := values.get(f"{command} {name}") or values.get(name):
                action.choices = known
            elif place := places.get(str(action.metavar)):
                action.complete = place  # type: ignore[attr-defined]  # where shtab looks for it


def _values() -> dict[str, Sequence[str]]:
    """The values of an argument, by its name, or by that of its command and its own."""
    from tui.cli.commands.help import TOPICS
    from tui.core.battery.batteries import Mode
    from tui.core.oneline import NAMES
    from tui.core.options import GLYPHS, LANGUAGES, THEMES
    from tui.core.profiles import PROFILES
    from tui.core.quantities import QUANTITIES
    from tui.core.switchwish import CHANGES
    from tui.engine.demo.household import HOUSEHOLDS
    from tui.engine.report.report import FORMATS

    return {
        "--glyphs": GLYPHS,
        "--theme": THEMES,
        "--grid": tuple(PROFILES),
        "--lang": LANGUAGES,
        "--household": HOUSEHOLDS,
        "--mode": tuple(Mode),
        "--field": NAMES,
        "--quantity": tuple(QUANTITIES),
        "--step": ("1m", "15m", "1h", "1d"),
        "check --format": FORMATS,
        "export --format": ("csv", "jsonl"),
        "switch HOST|NAME": tuple(CHANGES),
        "SHELL": SHELLS,
        "TOPIC": TOPICS,
    }


COMMAND = Command("print what makes a shell complete hwtui's words", run, options, "SHELL", _EPILOG)
