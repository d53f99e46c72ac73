"""Generates the text of a systemd unit: the wall on a Linux console for months, or the history without a screen.

Each of its lines is explained in systemd.exec(5), systemd.service(5) or systemd.unit(5), the quoting in
systemd.syntax(7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui import __version__
from tui.core.options import OPTIONS
from tui.core.settings import SettingsError
from tui.core.text import clean

MOST_TTYS = 63
"""The kernel's consoles are tty1 to tty63 (MAX_NR_CONSOLES, console_ioctl(4))."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a unit depends on. Every path is absolute."""

    program: tuple[str, ...]
    """The command that starts this hwtui; its first word is a path."""
    user: str
    state_dir: str
    log_dir: str | None = None
    tty: int | None = 1
    """The console that shows the wall; None: nothing is shown, and the history is kept."""
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def arguments_of(flags: Mapping[str, Any]) -> tuple[str, ...]:
    """`flags` (see `settings.resolve`) as words of a command line."""
    words: list[str] = []
    for option in OPTIONS:
        value, flag = flags.get(option.field), option.flag or ""
        if value is None:
            continue
        if isinstance(value, int):  # a switch, or how often -v was given
            words += [flag] * (1 if isinstance(value, bool) else value)
            continue
        for one in value if isinstance(value, list) else [value]:
            words += [flag, str(one)]
    return tuple(words)


def quoted(word: str) -> str:
    """`word` quoted for a unit file. Raises `SettingsError` for what no unit file can hold."""
    if not word.isprintable():
        raise SettingsError(f'"{clean(word)}" has characters that a unit file cannot hold: use another name')
    word = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    plain = word and not set(word) & set(" \\\"'#;")
    return word if plain else f'"{word}"'


def unit(facts: Facts) -> str:
    """The whole unit file. Raises `SettingsError` for a value that a unit file cannot hold."""
    return _on_console(facts, f"tty{facts.tty}") if facts.tty else _without_screen(facts)


def _commands(facts: Facts) -> tuple[str, str]:
    """What is started, and what makes the state directory before."""
    program, *rest = facts.program
    if set(program) & set("\"'\\"):  # "Executable name contains special characters", says systemd
        raise SettingsError(f"systemd starts no program with quotes or backslashes in its path: {program}; move it")
    # A colon turns off $VARIABLE expansion. A plus runs the line as root, and a minus ignores its failure.
    start = " ".join(map(quoted, (f":{program}", *rest, *facts.arguments)))
    make_state_dir = " ".join(map(quoted, ("runuser", "-u", facts.user, "--", "mkdir", "-p", facts.state_dir)))
    return start, make_state_dir


def _environment(variables: Mapping[str, str]) -> str:
    return "\n".join(f"Environment={quoted(f'{name}={value}')}" for name, value in variables.items())


def _confined(facts: Facts) -> str:
    """What it may do. Devices are left to the caller."""
    writable = " ".join(quoted(f"-{path}") for path in (facts.state_dir, facts.log_dir) if path)
    return f"""\
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writable}
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077"""


def _without_screen(facts: Facts) -> str:
    start, make_state_dir = _commands(facts)
    return f"""\
# Made by "hwtui service --record" of hwtui {__version__}: make it again after an update or a move.

[Unit]
Description=History of the HomeWizard meters (hwtui record)
After=network.target time-sync.target
# Never give up starting.
StartLimitIntervalSec=0

[Service]
Type=exec
User={quoted(facts.user)}
WorkingDirectory=~
{_environment({"LC_ALL": "C.UTF-8", **facts.variables})}
ExecStartPre=+-:{make_state_dir}
ExecStart={start}
StandardInput=null
StandardOutput=null
# What goes wrong is in the journal.
StandardError=journal

# 129, 130 and 143: ended by SIGHUP, SIGINT and SIGTERM, with the running minute stored.
Restart=always
RestartSec=5
SuccessExitStatus=129 130 143
TimeoutStopSec=10
# About four times what it uses (without effect where the kernel runs with cgroup_disable=memory).
MemoryMax=150M

# It reads the network, and writes nowhere but here.
{_confined(facts)}
PrivateDevices=yes

[Install]
WantedBy=multi-user.target
"""


def _on_console(facts: Facts, tty: str) -> str:
    start, make_state_dir = _commands(facts)
    return f"""\
# Made by "hwtui service" of hwtui {__version__}: make it again after an update or a move.

[Unit]
Description=HomeWizard meters on {tty} (hwtui)
# It takes the place of the login prompt.
Conflicts=getty@{tty}.service
After=getty@{tty}.service systemd-user-sessions.service plymouth-quit-wait.service network.target
# Never give up starting.
StartLimitIntervalSec=0

[Service]
# idle: the picture waits for the end of the boot's messages, 5 s at most; ExecStopPost does the same in a stop.
Type=idle
User={quoted(facts.user)}
WorkingDirectory=~
{_environment({"TERM": "linux", "LC_ALL": "C.UTF-8", **facts.variables})}
ExecStartPre=+-:{make_state_dir}
ExecStart={start}

# The screen is drawn on stderr, so all three are the console.
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/{tty}
TTYReset=yes
TTYVHangup=yes

# 129 and 143: ended by SIGHUP and SIGTERM, with the terminal restored.
Restart=always
RestartSec=5
SuccessExitStatus=129 143
TimeoutStopSec=10
# 0: somebody quit (ctrl+q twice), and gets the login prompt. OnSuccess= would start it at every restart (systemd 252).
RestartPreventExitStatus=0
ExecStopPost=+-:/bin/sh -c 'test "$EXIT_STATUS" != 0 || systemctl --no-block start getty@{tty}.service'
# About four times what it uses (without effect where the kernel runs with cgroup_disable=memory).
MemoryMax=200M

# It reads the network, draws on its console, and writes nowhere but here.
{_confined(facts)}
DevicePolicy=closed
DeviceAllow=/dev/{tty} rw

[Install]
WantedBy=multi-user.target
"""
