"""The log file, in a process of its own, since logging is one for the whole process."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

SET_UP = """
import logging, sys
from pathlib import Path
from tui.engine import logs
"""


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SET_UP + program, *arguments], capture_output=True, text=True, check=True
    )


def test_without_a_file_nothing_is_ever_written_to_the_terminal() -> None:
    done = _run("logs.set_up_log(None); logging.getLogger('zeroconf').error('boom')")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_file_is_private_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "hwtui.log"
    done = _run(
        "logs.LARGEST = 5000\n"
        "assert logs.set_up_log(Path(sys.argv[1])) is None\n"
        "for number in range(1000): logging.getLogger('tui').info('line %d', number)",
        str(file),
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hwtui.log", "hwtui.log.1"]
    assert all(path.stat().st_size <= 5000 for path in tmp_path.iterdir())
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    assert "line 999" in file.read_text()


@pytest.mark.parametrize(("debug", "logged"), [(False, {"tui info"}), (True, {"tui info", "tui debug"})])
def test_libraries_are_logged_only_when_they_warn(tmp_path: Path, debug: bool, logged: set[str]) -> None:
    file = tmp_path / "hwtui.log"
    _run(
        f"logs.set_up_log(Path(sys.argv[1]), debug={debug})\n"
        "for name in ('tui', 'httpx', 'zeroconf'):\n"
        "    logging.getLogger(name).debug('%s debug', name)\n"
        "    logging.getLogger(name).info('%s info', name)\n",
        str(file),
    )
    assert {line.partition(": ")[2] for line in file.read_text().splitlines()} == logged


def test_a_full_disk_under_the_log_breaks_nothing() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = _run("logs.set_up_log(Path('/dev/full')); logging.getLogger('tui').error('lost'); print('alive')")
    assert (done.stdout, done.stderr) == ("alive\n", "")


def test_a_file_that_was_never_right_is_an_error_and_a_read_only_disk_a_sentence() -> None:
    done = _run(
        "import os\n"
        "try: logs.set_up_log(Path('/no/such/folder/log'))\n"
        "except OSError as error: print(error.strerror)\n"
        "def read_only(*arguments): raise OSError(30, 'Read-only file system')\n"
        "os.open = read_only\n"
        "print(logs.set_up_log(Path('/log')))\n"
    )
    assert done.stdout == "No such file or directory\nno log is kept: /log: Read-only file system\n"


def test_what_goes_over_sockets_is_not_written_down_not_even_at_the_level_of_debug(tmp_path: Path) -> None:
    """The demo's devices take frames apart with the library's own log, which has the tokens in it."""
    file = tmp_path / "hwtui.log"
    _run(
        "from websockets.server import ServerProtocol\n"
        "logs.set_up_log(Path(sys.argv[1]), debug=True)\n"
        "ServerProtocol().debug and sys.exit('it writes down frames')\n"
        "logging.getLogger('tui').debug('the end')",
        str(file),
    )
    assert "the end" in file.read_text()
