"""No environment is assumed: every command either works in it, or says one sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest

from tests.cli.warm import Warm
from tests.ui.ptys import terminal
from tui.cli.commands import screen
from tui.cli.given import Given
from tui.engine.paired.cafile import trust_at
from tui.net.vendorca import VENDOR_CA
from tui.ui import launch

pytestmark = pytest.mark.skipif(os.name != "posix", reason="homes and users of POSIX")

ROOT = Path(__file__).parents[2]
NOBODY = 54_321
"""A user that no database knows, as a container or `DynamicUser` has it."""
PROGRAM = """
import os, pwd, sys

if sys.argv.pop(1) == "nameless":
    def unknown(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")
    pwd.getpwuid = unknown
from tui.__main__ import main
main()
"""
"""hwtui, for anybody or for a user without an entry in the user database."""

READ = "read 127.0.0.1:9"
COMMANDS = {
    READ: 2,
    "devices 127.0.0.1:9": 2,
    "watch --no-mdns": 3,
    "switch 127.0.0.1:9": 2,
    "config": 0,
    "help": 0,
    "--help": 0,
    "--version": 0,
    "demo": 3,
    "": 3,
}
"""With their exit codes: nothing listens at port 9, and the screens have no terminal."""
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "no HOME": {},
    "empty HOME": {"HOME": ""},
    "HOME=~": {"HOME": "~"},
    "relative HOME": {"HOME": "somewhere"},
    "HOME that is no folder": {"HOME": "/dev/null"},
    "HOME that is not there": {"HOME": "/proc/no/such/home"},  # and that nobody can make
    "HOME too long": {"HOME": "/" + "x" * 5000},
    "relative XDG": {"XDG_CONFIG_HOME": "a", "XDG_STATE_HOME": "b"},
    "empty XDG": {"XDG_CONFIG_HOME": "", "XDG_STATE_HOME": ""},
    "XDG that is no text": {"XDG_CONFIG_HOME": "/\udcff", "HOME": "/\udcff"},
    "no PATH": {"PATH": ""},
    "no TMPDIR": {"TMPDIR": "/no/such/folder"},
    "unknown LANG": {"LANG": "xx_YY.nothing", "LC_ALL": "xx"},
    "C locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "dumb": {"TERM": "dumb"},
    "odd COLUMNS": {"COLUMNS": "-5"},
    "odd TZ": {"TZ": "No/Where"},
    "no certificates": {"SSL_CERT_FILE": "/no/such/file"},
}


def ends_anew(arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """hwtui from its first line on, with these variables and no others, without a terminal, for a nameless user."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "nameless", *arguments.split()],
        env={"PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


class Ends(Protocol):
    """hwtui with these variables and no others, without a terminal."""

    def __call__(
        self, arguments: str, env: Mapping[str, str], *, nameless: bool = True
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def ends(warmed: Warm) -> Ends:
    def run(arguments: str, env: Mapping[str, str], *, nameless: bool = True) -> subprocess.CompletedProcess[str]:
        return warmed.ends(arguments.split(), env, nameless=nameless)

    return run


def is_well_said(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether all that was said is sentences for a person."""
    said = done.stderr.splitlines()
    return "unexpectedly" not in done.stderr and all(line.startswith("hwtui: ") for line in said)


def works_or_says_a_sentence(done: subprocess.CompletedProcess[str], command: str) -> None:
    assert is_well_said(done), done.stderr
    assert done.returncode == COMMANDS[command], done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert command not in (READ, "devices 127.0.0.1:9") or "refused" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_command_works_or_says_a_sentence(ends: Ends, environment: str, command: str) -> None:
    works_or_says_a_sentence(ends(command, ENVIRONMENTS[environment]), command)


ODD_AT_ONCE = (
    ("no HOME", "no PATH", "no TMPDIR"),
    ("empty HOME", "C locale", "dumb"),
    ("HOME=~", "empty XDG", "unknown LANG", "odd COLUMNS"),
    ("relative HOME", "relative XDG", "odd TZ"),
    ("HOME that is no folder", "no certificates"),
    ("HOME that is not there",),
    ("HOME too long",),
    ("XDG that is no text",),
)
"""What is odd in an environment at once: each is tried by itself above."""


def test_whatever_may_be_odd_is_odd_once_when_all_of_it_starts_there() -> None:
    assert sorted(name for names in ODD_AT_ONCE for name in names) == sorted(ENVIRONMENTS)


@pytest.mark.parametrize(
    ("names", "command"),
    [
        *((names, READ) for names in ODD_AT_ONCE),
        *((("no HOME",), command) for command in COMMANDS if command != READ),
    ],
    ids=str,
)
def test_so_it_does_when_all_of_it_starts_there(names: tuple[str, ...], command: str) -> None:
    """In every environment the command that loads most, and every command without a home."""
    env = {key: value for name in names for key, value in ENVIRONMENTS[name].items()}
    works_or_says_a_sentence(ends_anew(command, env), command)


@pytest.mark.parametrize("variables", [{}, {"HOME": ""}, {"HOME": "relative"}, {"XDG_CONFIG_HOME": "relative"}])
@pytest.mark.parametrize(
    ("command", "says"),
    [(READ, True), ("devices 127.0.0.1:9", True), ("help", False), ("--version", False), ("demo", False)],
)
def test_where_a_config_would_be_read_it_is_said_once_that_there_is_no_home(
    ends: Ends, variables: dict[str, str], command: str, says: bool
) -> None:
    notes = [line for line in ends(command, variables).stderr.splitlines() if "HOME" in line]
    words = "hwtui: there is no home directory (HOME), so no config file is read: set HOME, or use --config FILE"
    assert notes == ([words] if says else [])


def test_whoever_names_the_config_file_hears_nothing_of_a_home(ends: Ends, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('hosts = ["127.0.0.1:9"]\nmdns = false\n')
    for done in (ends(f"read --config {config}", {}), ends("read", {"HWTUI_CONFIG": str(config)})):
        assert (done.returncode, done.stderr) == (2, "")
    done = ends("read", {"XDG_CONFIG_HOME": str(tmp_path), "HWTUI_HOST": "127.0.0.1:9"})
    assert (done.returncode, done.stderr) == (2, "")


def test_the_user_database_stands_in_for_a_home_that_is_not_set(ends: Ends) -> None:
    """A service of systemd without `User=` has no HOME, but is somebody."""
    for variables in ({}, {"HOME": ""}, {"HOME": "~"}):
        done = ends(READ, variables, nameless=False)
        assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize(
    ("command", "variables", "place"),
    [
        ("read --config ~/c.toml", {}, "--config"),
        ("read", {"HWTUI_CONFIG": "~/c.toml"}, "HWTUI_CONFIG"),
        (f"{READ} --state-dir ~/state", {}, "--state-dir"),
        (READ, {"HWTUI_STATE_DIR": "~"}, "HWTUI_STATE_DIR"),
        (READ, {"HWTUI_LOG_FILE": "~/x"}, "HWTUI_LOG_FILE"),
        (f"{READ} --log-file ~/log", {}, "--log-file"),
        (f"{READ} --ca ~/ca.pem", {}, "--ca"),
        ("demo --log-file ~/log", {"HOME": ""}, "--log-file"),
        ("--state-dir ~/state", {"HOME": "~"}, "--state-dir"),
    ],
)
def test_a_home_that_was_asked_for_is_named(ends: Ends, command: str, variables: dict[str, str], place: str) -> None:
    done = ends(command, variables)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f'hwtui: {place}: there is no home directory (HOME) for "~": set HOME, or give a whole path there\n'
    )


def test_a_home_in_the_config_file_is_named_by_its_line(ends: Ends, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('mdns = false\nstate_dir = "~/state"\n')
    done = ends(f"{READ} --config {config}", {})
    assert done.returncode == 3
    assert done.stderr.startswith(f"hwtui: {config}:2: state_dir: there is no home directory")


def test_the_home_of_a_user_who_is_not_there_is_told(ends: Ends) -> None:
    done = ends("read --config ~nobodyatall/config.toml", {"HOME": "/"})
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert '--config: there is no user "nobodyatall"' in done.stderr


@pytest.mark.parametrize("command", [READ, "service"])
@pytest.mark.parametrize("variable", ["HWTUI_CONFIG", "HWTUI_STATE_DIR", "HWTUI_LOG_FILE", "HWTUI_CA"])
def test_the_variable_that_names_the_home_of_nobody_is_told(ends: Ends, variable: str, command: str) -> None:
    done = ends(command, {"HOME": "/", variable: "~nobodyatall/x"}, nameless=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f'hwtui: {variable}: there is no user "nobodyatall": give a whole path\n'


def test_the_place_of_a_log_file_that_cannot_be_one_is_told(ends: Ends, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'mdns = false\nlog_file = "{tmp_path}"\n')
    for command, variables, place in (
        (f"{READ} --log-file {tmp_path}", {}, "--log-file"),
        (READ, {"HWTUI_LOG_FILE": str(tmp_path)}, "HWTUI_LOG_FILE"),
        (f"{READ} --config {config}", {}, f"{config}:2: log_file"),
    ):
        done = ends(command, {"HOME": "/"} | variables)
        assert (done.returncode, done.stderr) == (3, f"hwtui: {place}: {tmp_path}: Is a directory\n")


@pytest.mark.parametrize("option", ["--config", "--log-file", "--ca"])
def test_a_pipe_is_no_file_and_is_not_waited_for(ends: Ends, option: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = ends(f"{READ} {option} {tmp_path}/pipe", {"HOME": "/"})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith(f"{tmp_path}/pipe: it is not a regular file\n")


def test_the_place_of_an_authority_that_is_none_is_told(ends: Ends, tmp_path: Path) -> None:
    config, text, long = tmp_path / "config.toml", tmp_path / "ca.pem", tmp_path / "long"
    config.write_text(f'mdns = false\nca = "{tmp_path}"\n')
    text.write_text("hello")
    long.write_bytes(b"\0" * 300_000)
    nothing = f"{text}: there is no certificate in it: use a PEM file, with -----BEGIN CERTIFICATE-----"
    for command, variables, words in (
        (f"{READ} --ca {tmp_path}/none", {}, f"--ca: {tmp_path}/none: there is no such file"),
        (READ, {"HWTUI_CA": str(text)}, f"HWTUI_CA: {nothing}"),
        (f"{READ} --ca {long}", {}, f"--ca: {long}: larger than 256 KiB, so it cannot be a certificate"),
        (f"{READ} --config {config}", {}, f"{config}:2: ca: {tmp_path}: Is a directory"),
        ("--kiosk", {"HWTUI_CA": "/no/such"}, "HWTUI_CA: /no/such: there is no such file"),
    ):
        done = ends(command, {"HOME": "/"} | variables)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"hwtui: {words}\n")


def test_an_authority_from_the_shell_is_read_once_and_trusted(ends: Ends, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(VENDOR_CA)
    done = ends(f"{READ} --ca {tmp_path}/ca.pem", {"HOME": "/"})
    assert (done.returncode, done.stderr) == (2, "")
    read, write = os.pipe()
    try:
        os.write(write, VENDOR_CA.encode())
        os.close(write)
        path = Path(f"/dev/fd/{read}")
        assert trust_at(path).context is trust_at(path).context
    finally:
        os.close(read)


def test_a_config_from_the_shell_is_read() -> None:
    command = f"{sys.executable} -m tui read --config <(echo 'hosts = [\"127.0.0.1:9\"]; mdns = false' | tr ';' '\\n')"
    done = subprocess.run(
        ["bash", "-c", command], env={"PYTHONPATH": str(ROOT), "HOME": "/"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")


def test_a_unit_for_a_user_without_a_name_is_refused_with_the_way_out(ends: Ends) -> None:
    done = ends("service", {})
    assert (done.returncode, done.stdout) == (3, "")
    assert is_well_said(done)
    assert "--user" in done.stderr


@pytest.mark.parametrize("command", [READ, "devices 127.0.0.1:9", "help", "--help", "--version", "service", "demo"])
def test_the_folder_it_is_run_in_may_be_gone(tmp_path: Path, command: str) -> None:
    gone = f'mkdir "{tmp_path}/gone" && cd "{tmp_path}/gone" && rmdir "{tmp_path}/gone" && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", gone, "sh", sys.executable, "-m", "tui", *command.split()],
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert is_well_said(done), done.stderr
    assert done.returncode == COMMANDS.get(command, 0), done.stderr


def test_paths_from_a_folder_that_is_gone_are_told(tmp_path: Path) -> None:
    gone = f'mkdir "{tmp_path}/gone" && cd "{tmp_path}/gone" && rmdir "{tmp_path}/gone" && exec "$@"'
    for words in (["service", "--state-dir", "state"], ["read", "--log-file", "log"], ["read", "--config", "c.toml"]):
        done = subprocess.run(
            ["/bin/sh", "-c", gone, "sh", sys.executable, "-m", "tui", *words],
            env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (3, "")
        assert is_well_said(done), done.stderr


AS_NOBODY = """
import contextlib, io, os, sys
from tui.cli import main

words = sys.argv[2:]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(words)  # loads what another user may not be allowed to read
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
sys.exit(main(words))
"""
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without a name")


def ends_as_nobody(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A read by a user that no database knows."""
    return subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(NOBODY), *READ.split()],
        env={"PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@ONLY_ROOT
@pytest.mark.parametrize("shut", [False, True])
def test_a_user_without_a_name_reads_and_hears_why_there_is_no_config(tmp_path: Path, shut: bool) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)  # root's
    done = ends_as_nobody({"HOME": str(home)} if shut else {})
    assert done.returncode == 2, done.stderr
    assert "refused" in done.stdout
    (said,) = done.stderr.splitlines()
    assert said.startswith("hwtui: ")
    assert said.endswith("so no config file is read: set HOME, or use --config FILE")
    assert ("cannot be reached (Permission denied)" in said) is shut


@ONLY_ROOT
def test_a_config_file_that_is_there_is_not_passed_over() -> None:
    """It may say `read_only`."""
    with TemporaryDirectory() as home:
        config = Path(home, "hwtui", "config.toml")
        config.parent.mkdir(mode=0o755)
        config.write_text("read_only = true\n")
        config.chmod(0o600)
        Path(home).chmod(0o755)
        done = ends_as_nobody({"XDG_CONFIG_HOME": home})
        assert (done.returncode, done.stderr) == (3, f"hwtui: {config}: Permission denied\n")


# ------------------------------------------------------------------ a screen


BASE = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    "env",
    [
        pytest.param({"PATH": "", "TMPDIR": "/no/such/folder"}, id="no HOME, no TERM, no PATH, no TMPDIR"),
        pytest.param({"TERM": "xterm-256color", "HOME": ""}, id="empty HOME"),
        pytest.param(
            {"TERM": "nonesuch", "LANG": "xx", "HOME": "/dev/null"}, id="unknown TERM and LANG, HOME no folder"
        ),
    ],
)
def test_the_demo_is_drawn_in_any_environment_and_leaves_well(env: dict[str, str]) -> None:
    command = (sys.executable, "-c", PROGRAM, "nameless", "demo", "--no-mdns")
    with terminal(command, env={**BASE, **env}) as it:
        it.until(b"House ")
        os.write(it.screen, b"q")
        assert it.ends() == 0
        assert b"HOME" not in it.written
        assert b"unexpectedly" not in it.written


@pytest.mark.parametrize(("options", "words"), [((), b"--state-dir"), (("--kiosk",), b"HOME")])
def test_a_screen_without_a_home_says_so_in_a_note(options: tuple[str, ...], words: bytes) -> None:
    command = (sys.executable, "-c", PROGRAM, "nameless", "--no-mdns", "--host", "127.0.0.1:9", *options)
    with terminal(command, env={**BASE, "TERM": "xterm-256color"}) as it:
        it.until(b"no home directory")
        it.until(words)
        it.process.terminate()
        it.ends()


@pytest.mark.parametrize("typed", [None, "0", "1"])
def test_a_config_that_cannot_be_reached_may_say_read_only_so_nothing_is_switched(
    typed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(screen, "need_terminal", lambda _: None)
    monkeypatch.setattr("gc.disable", lambda: None)

    def show(*given: Any) -> int:
        shown.append(given)
        return 0

    monkeypatch.setattr(launch, "run_screen", show)
    (tmp_path / "loop").symlink_to("loop")
    env = {"HOME": str(tmp_path / "loop")} | ({"HWTUI_READ_ONLY": typed} if typed else {})
    assert screen.run(Given(None, {}, {}, env)) == 0
    ((settings, why),) = shown
    assert settings.read_only is (typed != "0")
    assert why.startswith(f"{tmp_path}/loop/.config/hwtui/config.toml"[:40])
    assert why.endswith("and may say read_only, so nothing is switched") is (typed is None)


def test_a_home_that_cannot_be_reached_keeps_neither_names_nor_devices(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    env = {**BASE, "TERM": "xterm-256color", "HOME": str(tmp_path / "loop")}
    with terminal((sys.executable, "-m", "tui", "--no-mdns"), env=env) as it:
        it.until(b"read_only")
        it.until(b"--state-dir")
        it.process.terminate()
        it.ends()


@pytest.mark.parametrize(("more", "what"), [((), b"history"), (("--no-history",), b"known devices are")])
def test_a_state_directory_that_cannot_be_one_is_told_once_on_the_screen(
    tmp_path: Path, more: tuple[str, ...], what: bytes
) -> None:
    """Where nothing is kept, what weighs more is told: both have the same remedy."""
    (tmp_path / "file").write_text("")
    command = (sys.executable, "-m", "tui", "--no-mdns", "--host", "127.0.0.1:9", "--state-dir", str(tmp_path / "file"))
    with terminal((*command, *more), env={**BASE, "TERM": "xterm-256color", "HOME": str(tmp_path)}) as it:
        it.until(b"refused")
        os.write(it.screen, b"6")  # the view with every note
        it.until(what)
        it.until(b"--state-dir")
        assert (b"history is" in it.written) is not (b"known devices" in it.written)
        it.process.terminate()
        it.ends()


def test_a_home_that_is_not_there_makes_no_note_and_is_made_when_something_is_kept(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tui", "--no-mdns", "--host", "127.0.0.1:9")
    with terminal(command, env={**BASE, "TERM": "xterm-256color", "HOME": str(tmp_path / "later")}) as it:
        it.until(b"refused")
        it.process.terminate()
        it.ends()
        assert b"HOME" not in it.written


# ------------------------------------------------------------------ what is written


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777])
def test_only_the_owner_reads_and_writes_what_is_kept_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    program = (
        "import os, sys; from pathlib import Path; os.umask(int(sys.argv[2]));"
        "from tui.core.model import DeviceSetting; from tui.engine.configfile import remember_device;"
        "remember_device(Path(sys.argv[1]), '5c2faf0a1b2c', DeviceSetting('Grid'))"
    )
    file = tmp_path / "home" / ".config" / "hwtui" / "config.toml"
    subprocess.run([sys.executable, "-c", program, str(file), str(umask)], cwd=ROOT, check=True)
    kept = [file, *[folder for folder in file.parents if tmp_path in folder.parents]]
    assert len(kept) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept[1:]} == {0o700}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ------------------------------------------------------------------ the log


@pytest.mark.parametrize(
    ("command", "words", "given"),
    [
        ("read --config {broken}", "Expected", "variable"),
        ("read --config {broken}", "Expected", "option"),
        ("read --config {nowhere}", "no such config file", "before the command"),
        ("read --interval soon", "not a number", "option with ="),
        ("read --state-dir ~nobodyatall/x", "nobodyatall", "option"),
        ("read 300.1.1.1", "not a whole IPv4 address", "variable"),
        ("read --bogus", "--bogus", "option with ="),
        ("reed", "reed", "variable"),
        ("service --tty 99", "--tty", "option"),
        ("demo --household castle", "castle", "variable"),
    ],
)
def test_the_log_has_what_fails_before_the_settings_are_known(
    ends: Ends, tmp_path: Path, command: str, words: str, given: str
) -> None:
    log, broken = tmp_path / "hwtui.log", tmp_path / "broken.toml"
    broken.write_text("interval = 2\ntheme dark\n")
    command = command.format(broken=broken, nowhere=tmp_path / "nowhere")
    env = {"HOME": str(tmp_path)}
    match given:
        case "option":
            command = f"{command} --log-file {log}"
        case "option with =":
            command = f"{command} --log-file={log}"
        case "before the command":
            command = f"--log-file {log} {command}"
        case _:
            env["HWTUI_LOG_FILE"] = str(log)
    done = ends(command, env, nameless=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert is_well_said(done)
    written = log.read_text()
    assert done.stderr.removeprefix("hwtui: ").strip() in written
    assert words in written
    assert "Traceback" in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_no_password_gets_into_the_log(ends: Ends, tmp_path: Path) -> None:
    log = tmp_path / "hwtui.log"
    config = tmp_path / "config.toml"
    config.write_text('[devices."http://u:secret@192.168.1.20/"]\nrole = "no"\n')
    url = "http://u:secret@192.168.1.20/"
    for words in (
        url,
        "http://u:a'secret'b@192.168.1.20/",
        "http://u:secret=secret@192.168.1.20/ service",
        f"read {url}",
        "read --pass=secret",
        f"service {url}",
        f"demo {url}",
        "demo http://u:secret=secret@192.168.1.20/",
        f"demo --household {url}",
        f"help {url}",
        f"help http://u:secret{'secret' * 20}@192.168.1.20/",
        f"read --interface {url}",
        f"read --interval {url}",
        f"read --theme {url}",
        f"read --interval u:{'secret' * 20}@192.168.1.20",
        f"devices --scan={url}",
        f"--no-mdns={url}",
        f"read --config {url}",
        f"read --config {config}",
        f"read --config ~u:{'secret' * 20}@x",
        f"service --user {url}",
        f"service --tty {url}",
    ):
        log.write_text("")
        done = ends(f"{words} --log-file {log}", {"HOME": "/"})
        assert (done.returncode, done.stdout) == (3, "")
        assert "Traceback" in log.read_text()
        assert "secret" not in log.read_text() + done.stderr, words


@pytest.mark.parametrize("log", ["/no/such/folder/log", "/dev/full", "~/log", "/"])
def test_a_log_that_cannot_be_written_hides_no_error(ends: Ends, log: str) -> None:
    done = ends(f"read --config /no/such/config --log-file {log}", {})
    assert (done.returncode, done.stderr) == (3, "hwtui: /no/such/config: there is no such config file\n")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HWTUI_INTERVAL": "soon"}, 'HWTUI_INTERVAL: "soon" is not a number'),
        ({"HWTUI_LOG_FILE": "/"}, "/: Is a directory"),
        ({"HWTUI_CONFIG": "/no/such/config"}, "/no/such/config: there is no such config file"),
    ],
)
@pytest.mark.parametrize("command", ["", "--kiosk"])
def test_a_wrong_setting_without_any_word_is_one_sentence(
    ends: Ends, command: str, variables: dict[str, str], words: str
) -> None:
    done = ends(command, {"HOME": "/"} | variables)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert is_well_said(done)
    assert words in done.stderr


@pytest.mark.parametrize(
    "fault",
    [
        "import tui.engine.home; del tui.engine.home.expanded",
        "import tui.engine.logs; tui.engine.logs.set_up_log = None",
        "import sys; sys.stderr.close()",
        "import sys, tui.cli; sys.stderr = None; tui.cli.prepare_streams = lambda: None",
    ],
)
def test_no_fault_of_the_handler_is_a_traceback(fault: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{fault}\nfrom tui.cli import main\nsys = __import__('sys')\nsys.exit(main(['reed']))"],
        env={"PYTHONPATH": str(ROOT), "HWTUI_LOG_FILE": "~/log", "HOME": "/no/such"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
