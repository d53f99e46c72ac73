"""Parses the arguments: the options that all commands share, and those of the commands named in them."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Collection, Sequence
from contextlib import redirect_stdout
from functools import cache
from typing import Any, NoReturn

from tui import __version__
from tui.cli.given import Given
from tui.cli.registry import COMMANDS, HOSTS, NAMES, load
from tui.core.address import parse_host
from tui.core.options import GLYPHS, OPTIONS, THEMES
from tui.core.settings import SettingsError, given_at
from tui.core.text import without_user
from tui.engine.commands.streams import write_out

UNKNOWN_WIDTH = 80

_EPILOG = """\
examples:
  hwtui                              every device in this network, live
  hwtui demo                         a simulated house, to look around in
  hwtui --host 192.168.1.20          a device that is not found by itself
  hwtui devices                      who is there, and what is wrong with it
  hwtui read 192.168.1.20 --json     one reading, for a script
  hwtui watch --json >> house.jsonl  every reading, one line each

Each option has a variable (--interval: HWTUI_INTERVAL) and a key in the config
file; the option wins. A device that is not found may have its Local API off:
HomeWizard app, Settings > Meters > your meter > Local API.
The reference: hwtui help
"""


def parse(arguments: Sequence[str]) -> int | Given:
    """What was given; an exit code when all is done (--help). Raises `SettingsError`, `StdoutError`."""
    if {"--version", "--json"} <= set(arguments):
        return _versions()
    parser = _parser([name for name in COMMANDS if name in arguments])
    printed = io.StringIO()  # argparse itself hides that help cannot be written
    try:
        with redirect_stdout(printed):
            namespace, rest = parser.parse_known_args(_joined(arguments))
        given = vars(namespace)
        command = given.pop("command", None)
        # argparse stops taking hosts at the first option between them.
        takes = load(command) if command is not None else None
        takes_words = takes is not None and (takes.takes == HOSTS or takes.is_given_words)
        if rest and (not takes_words or any(word.startswith("-") for word in rest)):
            parser.error(f'what is "{without_user(rest[0]).partition("=")[0]}"?')
    except SystemExit as done:
        write_out(printed.getvalue())
        return done.code if isinstance(done.code, int) else 0
    words = [*given.pop("words", []), *rest]
    named: list[str] = []
    if takes is not None and takes.is_given_words and words:
        named = [*map(_as_host, given.get("before_hosts", [])), *words, *map(_as_host, given.get("hosts", []))]
        given["words"], words = words, []
    with given_at("HOST"):
        for word in words:
            parse_host(word)  # later it is one of those of --host
    repeated = {
        "hosts": [*given.pop("before_hosts", []), *words, *given.pop("hosts", [])],
        "interfaces": given.pop("before_interfaces", []) + given.pop("interfaces", []),
        "verbose": given.pop("before_verbose", 0) + given.pop("verbose", 0),
    }
    given |= {name: value for name, value in repeated.items() if value}
    settings = {option.field for option in OPTIONS}
    return Given(
        command,
        flags={name: value for name, value in given.items() if name in settings},
        own={name: value for name, value in given.items() if name not in settings},
        named=named,
    )


def _as_host(word: str) -> str:
    """A host of --host, so that it cannot be taken for the name of a device."""
    return word if "//" in word else f"//{word}"


def _versions() -> int:
    import json

    from tui.engine.versions import versions  # looking for the libraries takes longer than all of --version

    write_out(f"{json.dumps(versions(), indent=2)}\n")
    return 0


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--from -7d` as `--from=-7d`: argparse would take -7d for an option."""
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in ("--from", "--to") and word[:1] == "-" and word[1:2].isdigit():
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and does not guess at shortened options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **options, allow_abbrev=False, argument_default=argparse.SUPPRESS, formatter_class=_Help, add_help=False
        )

    def error(self, message: str) -> NoReturn:
        if "invalid choice" in message and "COMMAND" in message:
            word = message.partition("'")[2].partition("'")[0]
            named = "such command" if "@" in message else f'command "{word}"'  # it may hold a password
            message = f"there is no {named}; an address is given with --host"
        raise SettingsError(f"{message} (help: {self.prog} --help)") from None  # its cause quotes the whole word


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=_width() - 2)


@cache
def _width() -> int:
    """The columns of the terminal. argparse looks for them at each option it gets, and loads `shutil` for it."""
    try:
        return int(os.environ.get("COLUMNS", "")) or UNKNOWN_WIDTH
    except ValueError:
        pass
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or UNKNOWN_WIDTH
    except (OSError, ValueError):  # no terminal, or a stream that is no file
        return UNKNOWN_WIDTH


class _HelpForAll(argparse.Action):
    """`hwtui --help`, the one call that needs the words of every command."""

    def __init__(self, option_strings: Sequence[str], dest: str, **words: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **words)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        whole_parser().print_help()
        parser.exit()


def _parser(names: Collection[str]) -> _Parser:
    """The parser of the command line; of the commands it knows only these."""
    parser = _Parser(
        prog="hwtui",
        usage="hwtui [COMMAND] [OPTION...]",
        description="A house's HomeWizard Energy meters, live in a terminal.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=False, prog=parser.prog
    )
    _add_common(parser, prefix="before_", help_action=_HelpForAll)
    for name in names:
        _add_command(commands, name)
    return parser


def whole_parser() -> argparse.ArgumentParser:
    """One that knows every command: to be looked at, not to parse with."""
    return _parser(COMMANDS)


def _add_command(commands: Any, name: str) -> None:
    command = load(name)
    parser = commands.add_parser(
        name,
        prog=f"hwtui {name}",
        usage=" ".join(part for part in ("hwtui", name, command.usage, "[OPTION...]") if part),
        help=command.does,
        description=f"{command.does[0].upper()}{command.does[1:]}.",
        epilog=command.epilog,
    )
    if command.takes == HOSTS:
        text = "only these, each as ADDRESS or ADDRESS:PORT (default: all that are found)"
        parser.add_argument_group("which devices").add_argument("words", nargs="*", metavar="HOST", help=text)
    elif command.takes == NAMES:
        text = "only these: an address, or the name or serial of a known device (default: all that are found)"
        parser.add_argument_group("which devices").add_argument("words", nargs="*", metavar="HOST|NAME", help=text)
    elif command.is_given_words:
        text = "a device: its address, or its name or serial if it is known"
        parser.add_argument_group("which device").add_argument("words", nargs="*", metavar=command.needs, help=text)
    command.options(parser)
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser, prefix: str = "", help_action: Any = "help") -> None:
    """The options of every command. What can be repeated has a place of its own before the command (`prefix`), since
    argparse lets the command's list replace it."""
    add = parser.add_argument_group("options, before or after the command").add_argument
    add("-h", "--help", action=help_action, help="show this help")
    add("--host", action="append", metavar="HOST[:PORT]", dest=f"{prefix}hosts", help="a device; can be repeated")
    add(
        "--no-mdns",
        action="store_false",
        dest="mdns",
        help="do not use mDNS, neither to find devices nor for names under .local",
    )
    add(
        "--interface", action="append", metavar="ADDRESS", dest=f"{prefix}interfaces",
        help="look for devices only on the interface with this address; can be repeated",
    )  # fmt: skip
    add("--read-only", action="store_true", help="never switch, set, blink or pair anything")
    add("--interval", metavar="S", dest="interval_s", help="seconds between readings (default: 1, at least 0.5)")
    add("--grid", metavar="PROFILE", help="nl, be-vlg, be-wal or be-bru, or one of them with -3x230")
    add("--fuse", metavar="FUSE", help="the main fuse, like 3x25 or 1x35")
    add("--lang", metavar="LANGUAGE", dest="language", help="of reports: en or nl")
    add("--glyphs", metavar="SET", help=", ".join(GLYPHS))
    add("--theme", metavar="NAME", help=", ".join(THEMES))
    add("--no-mouse", action="store_false", dest="mouse", help="leave the mouse to the terminal")
    add("--kiosk", action="store_true", help="start on the wall and take only view keys; ctrl+q twice ends it")
    add("--config", metavar="FILE", dest="config_file", help="read settings from here, keep names and roles here")
    add("--state-dir", metavar="DIR", help="keep the known devices and the history here")
    add("--no-history", action="store_false", dest="history", help="keep nothing of what is measured")
    add("--log-file", metavar="FILE", help="keep a log here")
    add("--influx", metavar="URL", help="post the readings as line protocol: http[s]://HOST[:PORT]/write?db=NAME")
    add("--influx-token-file", metavar="FILE", help="the token for it, in a file that only you can read")
    add("--metrics", metavar="[ADDRESS:]PORT", help="answer Prometheus, and what --api answers, here")
    add("--api", metavar="[ADDRESS:]PORT", help="answer other programs here, so that they need not ask the devices")
    add("--mqtt", metavar="URL", help="hand the devices to this MQTT broker: mqtt[s]://[USER@]HOST[:PORT]")
    add("--mqtt-password-file", metavar="FILE", help="its password, in a file that only you can read")
    add("--mqtt-ca", metavar="FILE", help="trust this authority for it instead of those of this computer")
    add("--mqtt-every", metavar="S", dest="mqtt_every_s", help="seconds between states (default: 5, at least 1)")
    add("--mqtt-topics", action="store_true", help="hand on each value by itself, too")
    add("--mqtt-control", action="store_true", help="let messages switch sockets")
    add("--ca", metavar="FILE", help="trust this authority instead of HomeWizard's: for simulated devices")
    add("-v", "--verbose", action="count", dest=f"{prefix}verbose", help="log more")
    add(
        "--version",
        action="version",
        version=f"hwtui {__version__}",
        help="show the version; with --json that of the libraries, too",
    )
