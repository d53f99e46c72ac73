"""The command line: arguments in, one front end out. Everything heavy is imported in the branch that needs it."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from tui import __version__
from tui.core.address import parse_host
from tui.core.settings import GLYPHS, OPTIONS, THEMES, Settings, SettingsError, given_at, number, resolve
from tui.engine.commands.streams import StdoutError, explain, narrate, write_out

WRONG_USE = 3
"""UNKNOWN of the monitoring-plugin convention; argparse's own 2 would mean CRITICAL there."""

TAKE_HOSTS = ("devices", "read", "watch")
MOST_DEMO_DEVICES = 250
FASTEST_DEMO = 3600.0
SCREEN_ELSEWHERE = {None: "hwtui read, hwtui watch or hwtui devices", "demo": "hwtui demo --serve"}
"""What to use where there is no terminal for a screen, by command."""

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
"""
_EXIT_CODES = """\
exit codes:
  0  every device answered
  1  some did
  2  none did
  3  none was found, or the command is wrong
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and does not guess at shortened options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **options, allow_abbrev=False, argument_default=argparse.SUPPRESS, formatter_class=_Help, add_help=False
        )

    def error(self, message: str) -> NoReturn:
        if "invalid choice" in message and "COMMAND" in message:
            word = message.partition("'")[2].partition("'")[0]
            message = f'there is no command "{word}"; an address is given with --host'
        self.exit(WRONG_USE, f"hwtui: {message} (help: {self.prog} --help)\n")


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run hwtui; its exit code. No traceback ever reaches a user; `--log-file` has it."""
    try:
        _prepare_streams()
        return _main(sys.argv[1:] if arguments is None else arguments)
    except SettingsError as error:
        return _say(str(error))
    except Exception as error:
        import logging

        logging.basicConfig(handlers=[logging.NullHandler()])  # if the log is not yet set up: not to stderr
        logging.getLogger(__name__).critical("stopped unexpectedly", exc_info=True)
        kind = type(error).__name__
        return _say(f"stopped unexpectedly ({kind}), a fault of this program: --log-file FILE keeps what to report")


def _main(arguments: Sequence[str]) -> int:
    parsed = _parse(arguments)
    if isinstance(parsed, int):
        return parsed
    command, flags, given = parsed
    if command == "service":
        from tui.engine.commands.service import service

        return service(flags, given, os.environ)
    settings = _settings(flags, os.environ)

    from tui.engine.typed import check_interfaces, typed_at

    interfaces, named = (typed_at(field, flags, os.environ) for field in ("interfaces", "hosts"))
    if interfaces and not settings.kiosk:  # a kiosk may be up before its network
        check_interfaces(settings, interfaces)
    _set_up_log(settings)
    if command is None:
        return _screen(settings, named)
    if command == "demo":
        return _demo(settings, given)
    return _headless(command, settings, given, named=bool(named))


# ------------------------------------------------------------------ arguments


def _parser(arguments: Sequence[str]) -> _Parser:
    parser = _Parser(
        prog="hwtui",
        usage="hwtui [COMMAND] [OPTION...]",
        description="A house's HomeWizard Energy meters, live in a terminal.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=False)

    demo = _add_command(commands, "demo", "a simulated house, through the same path as a real one")
    demo.add_argument("--household", metavar="NAME", help="nl (default), be, old, be-3x230 or faulty")
    demo.add_argument("--seed", metavar="N", help="another house of that kind (default: 1)")
    demo.add_argument("--devices", metavar="N", help="so many devices instead of its own")
    demo.add_argument("--speed", metavar="X", help="how much faster time passes (default: 1)")
    demo.add_argument("--serve", action="store_true", help="no screen: only the devices, their addresses and READY")

    devices = _add_command(commands, "devices", "find and list the devices", hosts=True)
    devices.add_argument("--scan", action="store_true", help="also ask every address of this subnet, at most a /22")
    read = _add_command(commands, "read", "one reading of each device", hosts=True)
    watch = _add_command(commands, "watch", "readings as they come, one line each, until ctrl+c", hosts=True)
    for command in (devices, read):
        command.add_argument("--json", action="store_true", help="one JSON array of devices")
        command.add_argument(
            "--timeout", metavar="S", dest="timeout_s", help="how long to listen and wait (default: 3)"
        )
        command.epilog = _EXIT_CODES
    watch.add_argument("--json", action="store_true", help="one JSON object a line")

    service = _add_command(commands, "service", "print a systemd unit that shows the wall on a console (Linux)")
    service.add_argument("--user", metavar="NAME", help="who runs it (default: you, also behind sudo)")
    service.add_argument("--tty", metavar="N", help="on which console (default: 1)")

    asked = commands.choices.keys() & set(arguments)  # the options of the others would only take their time
    for one, prefix in ((parser, "before_"), *((commands.choices[name], "") for name in asked)):
        _add_common(one.add_argument_group("options, before or after the command"), prefix)
    return parser


def _add_command(commands: Any, name: str, does: str, *, hosts: bool = False) -> _Parser:
    usage = f"hwtui {name} {'[HOST...] ' if hosts else ''}[OPTION...]"
    command: _Parser = commands.add_parser(
        name, prog=f"hwtui {name}", usage=usage, help=does, description=f"{does[0].upper()}{does[1:]}."
    )
    if hosts:
        text = "only these, each as ADDRESS or ADDRESS:PORT (default: all that are found)"
        command.add_argument_group("which devices").add_argument("words", nargs="*", metavar="HOST", help=text)
    return command


def _add_common(parser: Any, prefix: str) -> None:
    """The options of every command. What can be repeated has a place of its own before the command (`prefix`), since
    argparse lets the command's list replace it."""
    add = parser.add_argument
    add("-h", "--help", action="help", help="show this help")
    add("--host", action="append", metavar="HOST[:PORT]", dest=f"{prefix}hosts", help="a device; can be repeated")
    add("--no-mdns", action="store_false", dest="mdns", help="do not look for devices; only ask --host")
    add(
        "--interface", action="append", metavar="ADDRESS", dest=f"{prefix}interfaces",
        help="look for devices only on the interface with this address; can be repeated",
    )  # fmt: skip
    add("--read-only", action="store_true", help="never switch or blink anything")
    add("--interval", metavar="S", dest="interval_s", help="seconds between readings (default: 1, at least 0.5)")
    add("--grid", metavar="PROFILE", help="nl, be-vlg, be-wal or be-bru, or one of them with -3x230")
    add("--glyphs", metavar="SET", help=", ".join(GLYPHS))
    add("--theme", metavar="NAME", help=", ".join(THEMES))
    add("--no-mouse", action="store_false", dest="mouse", help="leave the mouse to the terminal")
    add("--kiosk", action="store_true", help="start on the wall and take only view keys; ctrl+q twice ends it")
    add("--config", metavar="FILE", dest="config_file", help="read settings from here, keep names and roles here")
    add("--state-dir", metavar="DIR", help="keep the devices known from last time here")
    add("--log-file", metavar="FILE", help="keep a log here")
    add("-v", "--verbose", action="count", dest=f"{prefix}verbose", help="log more")
    add("--version", action="version", version=f"hwtui {__version__}", help="show the version")


def _parse(arguments: Sequence[str]) -> int | tuple[str | None, dict[str, Any], dict[str, Any]]:
    """The command, what was given of the settings, and what was given beside them; an exit code when all is done."""
    parser, printed = _parser(arguments), io.StringIO()  # argparse itself hides that help cannot be written
    try:
        with redirect_stdout(printed):
            namespace, rest = parser.parse_known_args(arguments)
        given = vars(namespace)
        command = given.pop("command", None)
        # argparse stops taking hosts at the first option between them.
        if rest and (command not in TAKE_HOSTS or any(word.startswith("-") for word in rest)):
            parser.error(f'what is "{rest[0]}"?')
    except SystemExit as done:
        try:
            write_out(printed.getvalue())
        except StdoutError as closed:
            return explain(closed)
        return done.code if isinstance(done.code, int) else 0
    words = [*given.pop("words", []), *rest]
    with given_at("HOST"):
        for word in words:
            parse_host(word)  # later it is one of those of --host
    repeated = {
        "hosts": [*given.pop("before_hosts", []), *words, *given.pop("hosts", [])],
        "interfaces": given.pop("before_interfaces", []) + given.pop("interfaces", []),
        "verbose": given.pop("before_verbose", 0) + given.pop("verbose", 0),
    }
    given |= {name: value for name, value in repeated.items() if value}
    names = {option.field for option in OPTIONS}
    flags = {name: value for name, value in given.items() if name in names}
    return command, flags, {name: value for name, value in given.items() if name not in names}


# ------------------------------------------------------------------ settings


def _settings(flags: Mapping[str, Any], env: Mapping[str, str]) -> Settings:
    from dataclasses import replace

    from tui.engine.configfile import default_path, default_state_dir, read_config

    named = flags.get("config_file") or env.get("HWTUI_CONFIG")
    path = Path(named).expanduser() if named else default_path()
    settings = resolve(flags, env, read_config(path, must_exist=bool(named)))
    state_dir = settings.state_dir.expanduser() if settings.state_dir else default_state_dir()
    return replace(settings, config_file=path, state_dir=state_dir)


def _set_up_log(settings: Settings) -> None:
    from tui.engine.logs import set_up_log

    file = settings.log_file.expanduser() if settings.log_file else None
    try:
        warning = set_up_log(file, debug=settings.verbose > 0)
    except OSError as error:
        raise SettingsError(f"--log-file: {file}: {error.strerror}") from None
    if warning:
        _say(warning)


# ------------------------------------------------------------------ front ends


def _screen(settings: Settings, named: str | None) -> int:
    """`named` is the option or variable with the hosts, if there are any for this one call."""
    _need_terminal(None)
    if named and not settings.kiosk:
        from tui.engine.typed import check_hosts

        check_hosts(settings, named)
    gc.disable()  # until the first picture: what a screen loads stays, and looking through it takes a fifth longer
    from tui.ui.launch import run_screen

    return run_screen(settings)


def _demo(settings: Settings, given: Mapping[str, Any]) -> int:
    from tui.engine.demo.household import HOUSEHOLDS

    name = given.get("household", HOUSEHOLDS[0])
    if name not in HOUSEHOLDS:
        raise SettingsError(f'--household: there is no "{name}": use one of {", ".join(HOUSEHOLDS)}')
    with given_at("--seed"):
        seed = number(int)(given.get("seed", "1"))
    with given_at("--devices"):
        devices = number(int, 1, MOST_DEMO_DEVICES)(given["devices"]) if "devices" in given else None
    with given_at("--speed"):
        speed = number(float, 0.1, FASTEST_DEMO)(given.get("speed", "1"))
    if not given.get("serve"):
        _need_terminal("demo")
        gc.disable()
        from tui.ui.launch import run_demo

        return run_demo(settings, name, seed, devices, speed)

    from tui.engine.clock import FastClock
    from tui.engine.commands.demo_serve import demo_serve
    from tui.engine.commands.run import run
    from tui.engine.demo.household import Household

    clock = FastClock(speed)
    household = Household(name, seed, devices, clock.now())
    return run(lambda output: demo_serve(household, clock, output, announce=settings.mdns))


def _headless(command: str, settings: Settings, given: Mapping[str, Any], *, named: bool) -> int:
    """`devices`, `read` or `watch`. Hosts named for this one call are asked alone, without mDNS beside them."""
    from dataclasses import replace
    from functools import partial

    from tui.engine.commands.run import run

    if named:
        settings = replace(settings, mdns=False)
    as_json = bool(given.get("json"))
    if command == "devices":
        from tui.engine.commands.devices import devices

        return run(partial(devices, settings, as_json=as_json, scan=bool(given.get("scan"))))
    if command == "read":
        from tui.engine.commands.read import read

        return run(partial(read, settings, as_json=as_json))
    from tui.engine.commands.watch import watch

    return run(partial(watch, settings, as_json=as_json))


# ------------------------------------------------------------------ terminal


def _need_terminal(command: str | None) -> None:
    """Raise `SettingsError` where no screen can be drawn. Textual draws on stderr, and in colours on `TERM=dumb`."""
    dumb = os.environ.get("TERM") == "dumb"
    elsewhere = [name for name in ("stdin", "stdout", "stderr") if not getattr(sys, name).isatty()]
    if dumb or elsewhere:
        why = "this terminal cannot draw (TERM=dumb)" if dumb else f"the screen needs a terminal on {elsewhere[0]}"
        raise SettingsError(f"{why}; here use {SCREEN_ELSEWHERE[command]}")


def _say(text: str) -> int:
    """One line on stderr; the exit code for wrong use."""
    narrate(f"hwtui: {text}")
    return WRONG_USE


def _prepare_streams() -> None:
    """A closed stream takes everything, and a character that a terminal does not know is no reason to stop."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
