"""What bad input gets: one clear line on stderr, exit 3, nothing on stdout, and never a traceback."""

from __future__ import annotations

import json
import os
import platform
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.cli.warm import Warm

Run = Callable[..., subprocess.CompletedProcess[str]]

COMMON = (
    *("--host", "--no-mdns", "--interface", "--read-only", "--interval", "--grid", "--glyphs", "--theme"),
    *("--no-mouse", "--kiosk", "--config", "--state-dir", "--log-file", "--verbose", "--version"),
)
"""The options of every command (design, section 6)."""


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 3, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hwtui: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reed"], ['no command "reed"', "--help"]),
        (["192.168.1.20"], ['no command "192.168.1.20"', "--host"]),
        (["read", "--bogus"], ["--bogus"]),
        (["read", "--tim", "3"], ["--tim"]),
        (["--jsn"], ["--jsn"]),
        (["demo", "192.168.1.20"], ["192.168.1.20"]),
        (["read", "--timeout"], ["--timeout"]),
        (["read", "--timeout", "soon"], ["--timeout", '"soon" is not a number']),
        (["read", "ftp://192.168.1.20"], ["hwtui: HOST: ", "a scheme other than http:// and https://"]),
        (["read", "http://u:p@192.168.1.20"], ["hwtui: HOST: there is a user name or password before the @"]),
        (["--host", "u:p@192.168.1.20"], ["hwtui: --host: there is a user name or password before the @"]),
        (["read", "192.168.1.20:99999"], ['hwtui: HOST: what follows "192.168.1.20:"', "65535"]),
        (["read", "300.1.1.1"], ['hwtui: HOST: "300.1.1.1" is not a whole IPv4 address']),
        (["read", "127.0.0.1", "--json", "nosuch.invalid!!"], ['hwtui: HOST: "nosuch.invalid!!" is not a host name']),
        (["read", "", "--host", "127.0.0.1"], ["hwtui: HOST: a host is missing"]),
        (["--host", "192.168.1", "read"], ['hwtui: --host: "192.168.1"', "IPv4"]),
        (["devices", "--host", "a b", "127.0.0.1"], ['hwtui: --host: "a b" has a space']),
        (["watch", "/api"], ["hwtui: HOST: a host is missing"]),
        (["devices", "--interface", "eth0"], ["--interface", "eth0"]),
        (["devices", "--interface", "203.0.113.77"], ["203.0.113.77", "this computer has no address"]),
        (["--interface", "203.0.113.77"], ["203.0.113.77"]),
        (["--theme", "pink", "read"], ['no "pink"', "auto, dark, light, console, mono"]),
        (["--glyphs", "emoji"], ['no "emoji"', "unicode"]),
        (["--grid", "de", "devices"], ['no "de"', "be-vlg"]),
        (["--interval", "0.1"], ["--interval", "0.5"]),
        (["--config", "nowhere.toml", "read"], ["nowhere.toml", "no such"]),
        (["--log-file", "no/such/folder/log", "devices"], ["no/such/folder/log"]),
        (["demo", "--serve", "--household", "castle"], ['no "castle"', "be-3x230"]),
        (["demo", "--serve", "--devices", "0"], ["hwtui: --devices: 0 is out of range: use 1 to 250\n"]),
        (["demo", "--serve", "--devices", "2.5"], ['hwtui: --devices: "2.5" is not a whole number: use 1 to 250\n']),
        (["demo", "--serve", "--speed", "0"], ["hwtui: --speed: 0 is out of range: use 0.1 to 3600\n"]),
        (["demo", "--serve", "--speed", "nan"], ["hwtui: --speed: nan is out of range: use 0.1 to 3600\n"]),
        (
            ["http://user:secret@192.168.1.20/"],
            ["hwtui: there is no such command; an address is given with --host (help: hwtui --help)\n"],
        ),
        (["read", "--pass=secret"], ['hwtui: what is "--pass"? (help: hwtui --help)\n']),
        (["demo", "--serve", "--latency", "-1"], ["hwtui: --latency: -1 is out of range: use 0 to 10000\n"]),
        (["demo", "--serve", "--button", "-1"], ["hwtui: --button: -1 is out of range: use 0 to 3600\n"]),
        (["demo", "--speed", "x"], ['hwtui: --speed: "x" is not a number: use 0.1 to 3600\n']),
        (["demo", "--seed", "x"], ['hwtui: --seed: "x" is not a whole number: use one like 1 or 2\n']),
        (["watch", "--no-mdns"], ["HOST"]),
        (["watch", "--until", "pwer_w > 3"], ["hwtui: --until: at character 1", 'did you mean "power_w"?']),
        (["watch", "--until", "frozen", "--timeout", "soon"], ['hwtui: --timeout: at character 1: "soon" is not a t']),
        (["watch", "--timeout", "3"], ["hwtui: --timeout goes with --until\n"]),
        (["watch", "nosuch.invalid"], ["nosuch.invalid", "no address"]),
        ([], ["needs a terminal", "hwtui read"]),
        (["--host", "nosuch.invalid"], ["terminal"]),
        (["demo"], ["needs a terminal", "hwtui demo --serve"]),
    ],
)
def test_what_cannot_be_is_named_in_one_line(hwtui: Run, arguments: list[str], words: list[str]) -> None:
    _refused(hwtui(*arguments), *words)


def test_a_name_without_an_address_is_named_and_what_is_known_of_it_is_printed(hwtui: Run) -> None:
    done = hwtui("read", "nosuch.invalid", "--json")
    assert done.returncode == 3
    assert 'there is no address for "nosuch.invalid"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert '"host": "nosuch.invalid"' in done.stdout
    assert '"state": "silent"' in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("HWTUI_INTERVAL", "0", "0.5"),
        ("HWTUI_THEME", "pink", "pink"),
        ("HWTUI_HOST", "a!/b", 'hwtui: HWTUI_HOST: "a!"'),
        ("HWTUI_INTERFACE", "203.0.113.77", "hwtui: HWTUI_INTERFACE: this computer has no address 203.0.113.77"),
        ("HWTUI_CONFIG", "nowhere.toml", "nowhere.toml"),
    ],
)
def test_a_wrong_variable_is_named(hwtui: Run, variable: str, value: str, word: str) -> None:
    _refused(hwtui("read", env={variable: value}), word)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("interval = 2\ntheme dark\n", ":2: "),
        ("\ninterval = '2'\n", ":2: interval: wrong type"),
        ("[devices.ab]\nrole = 'sun'\n", ":2: devices.ab.role: "),
    ],
)
def test_an_error_in_the_config_file_is_named_by_file_line_and_key(
    hwtui: Run, tmp_path: Path, text: str, place: str
) -> None:
    path = tmp_path / "config" / "hwtui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    _refused(hwtui("read", "127.0.0.1"), f"{path}{place}")
    assert path.read_text() == text


@pytest.mark.parametrize("arguments", [["--version"], ["read", "--version"]])
def test_the_version_is_printed_wherever_it_is_asked_for(hwtui: Run, arguments: list[str]) -> None:
    done = hwtui(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("hwtui 0.")


@pytest.mark.parametrize("arguments", [["--version", "--json"], ["read", "--json", "--version"]])
def test_as_json_it_names_what_it_stands_on_and_loads_none_of_it(
    environment: dict[str, str], arguments: list[str]
) -> None:
    program = (
        "import sys; from tui.cli import main; main(sys.argv[1:]);"
        "print(*{'textual', 'httpx', 'zeroconf', 'websockets'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    libraries = ["textual", "httpx", "zeroconf", "websockets", "aiomqtt", "textual-serve"]
    assert list(told) == ["hwtui", "python", *libraries, "platform"]
    assert all(re.match(r"\d+\.\d+", told[name]) for name in ("hwtui", "textual", "httpx", "zeroconf", "websockets"))
    assert told["python"].endswith(platform.python_version())
    assert done.stderr.split() == []


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["demo", "--help"], ["devices", "-h"], ["watch", "-h"]])
def test_help_fits_into_80_columns_and_names_every_common_option(hwtui: Run, arguments: list[str]) -> None:
    done = hwtui(*arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for option in COMMON:
        assert option in done.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["read", "--help"], ["demo", "--help"]])
def test_help_and_version_load_nothing_heavy(environment: dict[str, str], arguments: list[str]) -> None:
    program = (
        "import sys; from tui.cli import main; main(sys.argv[1:]);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "tui" in loaded
    assert not loaded & {"textual", "rich", "httpx", "zeroconf", "asyncio", "h11", "tomlkit", "platformdirs"}


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [
        (["--version"], set()),
        (["--no-such-option"], set()),
        (["demo", "--help"], {"demo"}),
        (["service"], {"service"}),
        (["--host", "127.0.0.1:1", "read"], {"read"}),
        ([], {"screen"}),
    ],
)
def test_a_start_loads_no_command_but_its_own(
    environment: dict[str, str], arguments: list[str], commands: set[str]
) -> None:
    program = "import sys; from tui.cli import main; main(sys.argv[1:]);print('LOADED', *sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    loaded = done.stderr.split("LOADED")[1].split()
    prefix = "tui.cli.commands."
    assert {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)} == commands


def on_a_terminal(environment: dict[str, str], *arguments: str, elsewhere: str | None = None) -> tuple[int, str]:
    """The exit status and what is said of `hwtui` on a pty of its own, with one of the streams to nowhere."""
    ours, terminal = pty.openpty()
    nowhere = os.open(os.devnull, os.O_RDWR)
    places = (nowhere if name == elsewhere else terminal for name in ("stdin", "stdout"))
    stderr = subprocess.PIPE if elsewhere == "stderr" else terminal
    command = [sys.executable, "-m", "tui", *arguments]
    done = subprocess.run(command, env=environment, stdin=next(places), stdout=next(places), stderr=stderr, check=False)
    said = done.stderr if elsewhere == "stderr" else os.read(ours, 4096)
    for place in (ours, terminal, nowhere):
        os.close(place)
    return done.returncode, said.decode().strip()


@pytest.mark.parametrize("elsewhere", ["stdin", "stdout", "stderr"])
def test_the_screen_says_which_stream_is_no_terminal(environment: dict[str, str], elsewhere: str) -> None:
    assert on_a_terminal(environment, "demo", elsewhere=elsewhere) == (
        3,
        f"hwtui: the screen needs a terminal on {elsewhere}; here use hwtui demo --serve",
    )


def test_an_interrupt_while_it_still_loads_is_quiet(environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'tui.core.settings': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from tui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


FULL = "hwtui: cannot write to stdout: No space left on device\n"
CLOSED = "hwtui: cannot write to stdout: it is closed\n"
BOGUS = 'hwtui: what is "--bogus"? (help: hwtui --help)\n'
READ = "read 127.0.0.1:9 --json"


STREAMS: tuple[tuple[str, str, str, int, str | None], ...] = (
    ("--help", "closed pipe", "heard", 0, ""),
    ("read --help", "closed pipe", "heard", 0, ""),
    ("--version", "closed pipe", "heard", 0, ""),
    ("help", "closed pipe", "heard", 0, ""),
    ("help json", "closed pipe", "heard", 0, ""),
    ("service", "closed pipe", "heard", 0, None),
    (READ, "closed pipe", "heard", 0, ""),
    ("watch 127.0.0.1:9", "closed pipe", "heard", 0, None),
    ("demo --serve --no-mdns", "closed pipe", "heard", 0, ""),
    ("--help", "full", "heard", 3, FULL),
    ("read --help", "full", "heard", 3, FULL),
    ("--version", "full", "heard", 3, FULL),
    ("help", "full", "heard", 3, FULL),
    ("help json", "full", "heard", 3, FULL),
    ("service", "full", "heard", 3, None),
    (READ, "full", "heard", 3, FULL),
    ("devices 127.0.0.1:9", "full", "heard", 3, FULL),
    ("demo --serve --no-mdns", "full", "heard", 3, FULL),
    (READ, "full", "full", 3, ""),
    ("--help", "full", "closed pipe", 3, ""),
    ("--help", "closed", "heard", 3, CLOSED),
    ("read --help", "closed", "heard", 3, CLOSED),
    ("--version", "closed", "heard", 3, CLOSED),
    ("help", "closed", "heard", 3, CLOSED),
    ("help json", "closed", "heard", 3, CLOSED),
    ("service", "closed", "heard", 3, None),
    (READ, "closed", "heard", 3, CLOSED),
    ("devices 127.0.0.1:9", "closed", "heard", 3, CLOSED),
    ("demo --serve --no-mdns", "closed", "heard", 3, CLOSED),
    ("--version", "closed", "closed", 3, ""),
    (READ, "closed", "closed", 3, ""),
    (READ, "null", "closed", 2, ""),
    ("help", "null", "closed", 0, ""),
    ("service", "null", "closed", 0, ""),
    ("demo", "closed", "heard", 3, None),
    ("watch --no-mdns", "closed", "heard", 3, "hwtui: nothing to ask: name a HOST, or leave out --no-mdns\n"),
    ("--bogus", "closed", "heard", 3, BOGUS),
    ("--bogus", "full", "heard", 3, BOGUS),
    (READ, "null", "full", 2, ""),
    (READ, "null", "closed pipe", 2, ""),
    ("--bogus", "null", "full", 3, ""),
    ("--bogus", "null", "closed pipe", 3, ""),
    ("--bogus", "null", "closed", 3, ""),
    ("reed", "null", "full", 3, ""),
    ("--theme pink", "null", "full", 3, ""),
    ("--theme pink", "null", "closed pipe", 3, ""),
    ("read --log-file no/such/folder/log", "null", "full", 3, ""),
    ("watch --no-mdns", "null", "full", 3, ""),
    ("demo", "null", "full", 3, ""),
    ("", "closed", "closed pipe", 3, ""),
)
"""A command, where its stdout and its stderr go, its exit code, and what it says."""


Row = tuple[str, str, str, int, str | None]


def _one_for_each_pair_of_streams() -> list[Row]:
    """Of the commands that end with the same streams, the one that loads most."""
    kept: dict[tuple[str, str], Row] = {}
    for row in STREAMS:
        pair = (row[1], row[2])
        if pair not in kept or row[0] == READ:
            kept[pair] = row
    return list(kept.values())


ANEW = _one_for_each_pair_of_streams()


def _takes_writes(row: Row) -> bool:
    """A closed stream is none before there is anything to buffer."""
    return bool({"full", "closed pipe"} & {row[1], row[2]})


@pytest.mark.parametrize(("command", "stdout", "stderr", "status", "said"), STREAMS)
def test_streams_that_take_nothing_end_it_with_the_code_that_is_meant(
    warmed: Warm, environment: dict[str, str], command: str, stdout: str, stderr: str, status: int, said: str | None
) -> None:
    """Also when each write is on its way at once; stdin is closed."""
    row = (command, stdout, stderr, status, said)
    for unbuffered in (False, True) if _takes_writes(row) else (False,):
        with _streams(stdout, stderr) as (places, heard):
            ended = warmed.status(command.split(), environment, *places, unbuffered=unbuffered, stdin=False)
            ends_as_meant(ended, heard(), status, said)


@pytest.mark.parametrize(("command", "stdout", "stderr", "status", "said"), ANEW)
def test_so_they_do_when_python_itself_starts_with_them(
    environment: dict[str, str], command: str, stdout: str, stderr: str, status: int, said: str | None
) -> None:
    ended, heard = _anew(environment, command, stdout, stderr)
    ends_as_meant(ended, heard, status, said)


@pytest.mark.parametrize(("command", "stdout", "stderr", "status", "said"), [row for row in ANEW if _takes_writes(row)])
def test_so_they_do_when_python_starts_with_each_write_on_its_way_at_once(
    environment: dict[str, str], command: str, stdout: str, stderr: str, status: int, said: str | None
) -> None:
    ended, heard = _anew(environment | {"PYTHONUNBUFFERED": "1"}, command, stdout, stderr)
    ends_as_meant(ended, heard, status, said)


def ends_as_meant(ended: int, heard: str, status: int, said: str | None) -> None:
    assert ended == status
    assert "Traceback" not in heard
    assert "Exception" not in heard
    assert said in (None, heard)


@contextmanager
def _streams(*names: str) -> Iterator[tuple[list[int | None], Callable[[], str]]]:
    """Places to write to, and what was written where it is heard."""
    read, unread = os.pipe()
    os.close(read)
    full, null = os.open("/dev/full", os.O_WRONLY), os.open(os.devnull, os.O_WRONLY)
    with TemporaryFile() as file:
        places = {"closed pipe": unread, "full": full, "null": null, "heard": file.fileno(), "closed": None}

        def heard() -> str:
            file.seek(0)
            return file.read().decode()

        yield [places[name] for name in names], heard
    for place in (unread, full, null):
        os.close(place)


def _anew(environment: dict[str, str], command: str, stdout: str, stderr: str) -> tuple[int, str]:
    """The exit status of hwtui from its first line on, with these streams, and what it says; stdin is closed."""

    def close() -> None:
        for number, name in enumerate(("closed", stdout, stderr)):
            if name == "closed":
                os.close(number)

    with _streams(stdout, stderr) as (places, heard):
        done = subprocess.run(
            [sys.executable, "-m", "tui", *command.split()],
            env=environment,
            stdout=places[0],
            stderr=places[1],
            preexec_fn=close,
            timeout=60,
            check=False,
        )
        return done.returncode, heard()


@pytest.mark.parametrize(
    ("arguments", "env", "word"),
    [
        ([], {"TERM": "dumb"}, "TERM=dumb"),
        (["demo"], {"TERM": "dumb"}, "hwtui demo --serve"),
        (["--host", "nosuch.invalid"], {}, '--host: there is no address for "nosuch.invalid"'),
        ([], {"HWTUI_HOST": "nosuch.invalid"}, 'HWTUI_HOST: there is no address for "nosuch.invalid"'),
    ],
)
def test_on_a_terminal_the_screen_is_refused_where_it_could_not_work(
    environment: dict[str, str], arguments: list[str], env: dict[str, str], word: str
) -> None:
    status, said = on_a_terminal(environment | env, *arguments)
    assert status == 3
    assert word in said
    assert "\n" not in said


def test_a_fault_of_the_program_is_one_line_and_its_traceback_is_in_the_log(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "hwtui.log"
    program = (
        "import sys; import tui.engine.commands.run as run;"
        "run.run = lambda command: 1 // 0;"
        "from tui.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "read", "127.0.0.1", "--log-file", str(log)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    _refused(done, "stopped unexpectedly (ZeroDivisionError)", "--log-file FILE")
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_fault_before_the_log_is_there_is_one_line_too(environment: dict[str, str]) -> None:
    program = (
        "import sys; import tui.engine.configfile as configfile;"
        "configfile.read_config = lambda *arguments, **named: 1 // 0;"
        "from tui.cli import main; sys.exit(main(['read']))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    _refused(done, "stopped unexpectedly (ZeroDivisionError)")
