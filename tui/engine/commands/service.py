"""`hwtui service`: collects what the systemd unit needs to know about this computer."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tui.core.options import OPTIONS, number
from tui.core.service import MOST_TTYS, Facts, arguments_of, unit
from tui.core.settings import Settings, SettingsError, given_at, resolve
from tui.core.text import quoted
from tui.engine.commands.exits import OK
from tui.engine.commands.run import Output, run
from tui.engine.commands.streams import narrate
from tui.engine.configfile import read_config
from tui.engine.home import expanded, folder
from tui.engine.typed import typed_at

PATHS = {
    "config_file": "HWTUI_CONFIG",
    "state_dir": "HWTUI_STATE_DIR",
    "log_file": "HWTUI_LOG_FILE",
    "ca": "HWTUI_CA",
}
VARIABLES = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", *(option.variable for option in OPTIONS if option.variable))
"""What the unit takes over from the environment of the user it is for."""


_HOMELESS = "user {} has no home directory: set HOME in the unit, and use {} with whole paths here"


class Account(NamedTuple):
    """Whose program the unit starts."""

    name: str
    home: str
    own: bool
    """It is the user who runs this, so the environment is theirs."""


def service(flags: Mapping[str, Any], given: Mapping[str, Any], env: Mapping[str, str]) -> int:
    """Print the unit; the exit code. Raises `SettingsError`.

    `flags` as for `settings.resolve`; `given` may hold `user`, `tty` and `record`.
    """
    account = _account(given.get("user"), env)
    text = unit(_facts(account, flags, env, given))
    for note in _notes(account):
        narrate(f"hwtui: {note}")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            encoding="utf-8", errors="backslashreplace"
        )  # what systemd reads, whatever this terminal shows

    async def write(output: Output) -> int:
        output.lines(text.splitlines())
        return OK

    return run(write)


def _facts(account: Account, flags: Mapping[str, Any], env: Mapping[str, str], given: Mapping[str, Any]) -> Facts:
    records = bool(given.get("record"))
    if records and "tty" in given:
        raise SettingsError("--tty: with --record nothing is shown: leave out one of them")
    with given_at("--tty"):
        console = number(int, 1, MOST_TTYS)(given.get("tty", "1"))
    variables = {name: env[name] for name in VARIABLES if env.get(name)} if account.own else {}
    flags = dict(flags) | {"kiosk": None if records else True}
    for name, variable in PATHS.items():
        if flags.get(name):
            flags[name] = _absolute(flags[name], account.home, typed_at(name, flags, {}) or name)
        if variable in variables:
            variables[variable] = _absolute(variables[variable], account.home, variable)

    named = flags.get("config_file") or variables.get("HWTUI_CONFIG")
    home = account.home if os.path.isabs(account.home) else None
    config_home = folder("XDG_CONFIG_HOME", home, ".config", variables)
    state_home = folder("XDG_STATE_HOME", home, ".local/state", variables)
    if not (named or config_home):
        raise SettingsError(_HOMELESS.format(account.name, "--config and --state-dir"))
    settings = resolve(
        flags, variables, read_config(Path(named or f"{config_home}/hwtui/config.toml"), must_exist=bool(named))
    )
    if records and not settings.history:
        raise SettingsError("--record keeps a history: leave out --no-history")
    if not (settings.state_dir or state_home):
        raise SettingsError(_HOMELESS.format(account.name, "--state-dir"))
    program, needs = _program()
    return Facts(
        program=program,
        user=account.name,
        state_dir=_absolute(str(settings.state_dir or f"{state_home}/hwtui"), account.home, "state_dir"),
        log_dir=_log_dir(settings, account),
        tty=None if records else console,
        arguments=(*(["record"] if records else []), *arguments_of(flags)),
        variables=variables | needs,
    )


def _account(wanted: str | None, env: Mapping[str, str]) -> Account:
    """The user named, or who called sudo, or who runs this."""
    if sys.platform == "win32":  # there are no such accounts; the unit is an example there
        import getpass

        return Account(wanted or getpass.getuser(), str(Path.home()), wanted is None)
    import pwd

    behind_sudo = env.get("SUDO_USER") if os.geteuid() == 0 else None
    where, name = ("--user", wanted) if wanted is not None else ("SUDO_USER", behind_sudo)
    try:
        found = pwd.getpwuid(os.geteuid()) if name is None else pwd.getpwnam(name)
    except (KeyError, ValueError):  # ValueError: a NUL in it
        who = f"user {os.geteuid()} has no name" if name is None else f'{where}: there is no user "{quoted(name)}"'
        raise SettingsError(f"{who} on this computer: use --user with one that getent passwd shows") from None
    return Account(found.pw_name, found.pw_dir, found.pw_uid == os.geteuid())


def _log_dir(settings: Settings, account: Account) -> str | None:
    return os.path.dirname(_absolute(str(settings.log_file), account.home, "log_file")) if settings.log_file else None


def _absolute(path: str, home: str, where: str) -> str:
    """`path`, given at `where`, as seen from here, "~" as the unit's user would mean it. Raises `SettingsError`."""
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    path = str(expanded(Path(path), where)) if path.startswith("~") else path
    if not os.path.isabs(path) and not _has_folder():
        raise SettingsError(f"{quoted(path)}: the folder that this is run in is gone: give a whole path")
    return os.path.abspath(path)


def _has_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _program() -> tuple[tuple[str, ...], dict[str, str]]:
    """The words that start this program again, and the variables they need."""
    script = Path(os.path.abspath(sys.argv[0]))
    if script.name != "__main__.py" and os.access(script, os.X_OK):
        return (str(script),), {}
    return (sys.executable, "-m", "tui"), {"PYTHONPATH": str(Path(__file__).parents[3])}


def _notes(account: Account) -> Iterator[str]:
    if sys.platform != "linux":
        yield "systemd runs on Linux: this unit names a user and paths of this computer, so make it there"
    if account.name == "root":
        yield "this unit runs as root, which it need not: --user NAME chooses another"
