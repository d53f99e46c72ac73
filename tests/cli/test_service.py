"""`hwtui service`: one unit on stdout, made of what this computer says."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

ME = pwd.getpwuid(os.geteuid())
OTHER = next(user for user in pwd.getpwall() if user.pw_uid != ME.pw_uid and user.pw_dir != ME.pw_dir)


def values(done: subprocess.CompletedProcess[str], key: str) -> list[str]:
    """What stands behind `key=` in the unit that was printed."""
    assert done.returncode == 0, done
    return re.findall(rf"^{key}=(.*)$", done.stdout, re.MULTILINE)


def test_it_is_for_the_invoking_user_on_the_first_console(hwtui: Run) -> None:
    done = hwtui("service")
    assert values(done, "User") == [ME.pw_name]
    assert values(done, "TTYPath") == ["/dev/tty1"]
    assert values(done, "ExecStart")[0].endswith(" --kiosk")
    assert ("as root" in done.stderr) is (ME.pw_uid == 0)


def test_the_named_user_and_the_one_behind_sudo_beat_the_invoking_one(hwtui: Run) -> None:
    named = hwtui("service", "--user", OTHER.pw_name, "--tty", "2")
    assert values(named, "User") == [OTHER.pw_name]
    assert values(named, "ReadWritePaths") == [f"-{OTHER.pw_dir}/.local/state/hwtui"]
    assert values(named, "TTYPath") == ["/dev/tty2"]
    behind = hwtui("service", env={"SUDO_USER": OTHER.pw_name})
    assert values(behind, "User") == [OTHER.pw_name if ME.pw_uid == 0 else ME.pw_name]


def test_the_common_options_are_passed_on_with_absolute_paths(hwtui: Run, tmp_path: Path) -> None:
    done = hwtui(
        *("--host", "192.168.1.20", "service", "--host", "p1.local", "--no-mdns", "--grid", "be-vlg", "-v"),
        *("--state-dir", "my state", "--log-file", "~/logs/100%.log"),
    )
    (start,) = values(done, "ExecStart")
    assert "--host 192.168.1.20 --host p1.local --no-mdns" in start
    assert "--grid be-vlg" in start
    assert start.endswith(" -v")
    assert f'--state-dir "{tmp_path}/my state"' in start
    assert f"--log-file {ME.pw_dir}/logs/100%%.log" in start
    assert values(done, "ReadWritePaths") == [f'"-{tmp_path}/my state" -{ME.pw_dir}/logs']


def test_the_users_own_variables_are_kept_and_nobody_elses_are_used(hwtui: Run, tmp_path: Path) -> None:
    env = {"HWTUI_GRID": "be-wal", "HWTUI_LOG_FILE": "house.log", "UNRELATED": "x"}
    own = values(hwtui("service", env=env), "Environment")
    assert {"HWTUI_GRID=be-wal", f"HWTUI_LOG_FILE={tmp_path}/house.log", f"XDG_STATE_HOME={tmp_path}/state"} <= {*own}
    assert not any("UNRELATED" in line for line in own)
    other = values(hwtui("service", "--user", OTHER.pw_name, env=env), "Environment")
    assert not any("HWTUI" in line or "XDG" in line for line in other)


def test_the_config_file_says_where_it_writes(hwtui: Run, tmp_path: Path) -> None:
    config = tmp_path / "config" / "hwtui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('state_dir = "/srv/house"\nlog_file = "/var/log/house/log"\n')
    done = hwtui("service")
    assert values(done, "ReadWritePaths") == ["-/srv/house -/var/log/house"]
    assert "/srv/house" in values(done, "ExecStartPre")[0]


def test_a_folder_that_is_no_whole_path_is_ignored_as_xdg_says(hwtui: Run) -> None:
    done = hwtui("service", env={"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "HOME": ""})
    assert values(done, "ReadWritePaths") == [f"-{ME.pw_dir.rstrip('/')}/.local/state/hwtui"]


@pytest.mark.parametrize("home", ["", "nowhere"])
def test_a_user_without_a_home_needs_whole_paths(environment: dict[str, str], tmp_path: Path, home: str) -> None:
    program = (
        "import pwd, sys\n"
        "entry = pwd.getpwuid(0)\n"
        f"pwd.getpwuid = lambda uid: pwd.struct_passwd((*entry[:5], {home!r}, entry[6]))\n"
        "from tui.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    env = {name: value for name, value in environment.items() if not name.startswith("XDG_")}

    def service(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, "service", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    for arguments, options in (
        ((), "--config and --state-dir"),
        (("--config", str(tmp_path / "c.toml")), "--state-dir"),
    ):
        (tmp_path / "c.toml").touch()
        done = service(*arguments)
        assert (done.returncode, done.stdout) == (3, "")
        assert "has no home directory" in done.stderr
        assert f"use {options} with" in done.stderr
    assert service("--config", str(tmp_path / "c.toml"), "--state-dir", "/srv/house").returncode == 0


def test_an_installed_program_is_started_by_its_path(environment: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "my bin" / "hwtui"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom tui.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["./my bin/hwtui", "service"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert values(done, "ExecStart") == [f'":{program}" --kiosk']


def test_a_module_is_started_by_the_same_python(hwtui: Run) -> None:
    done = hwtui("service")
    assert values(done, "ExecStart") == [f":{sys.executable} -m tui --kiosk"]
    assert f"PYTHONPATH={Path(__file__).parents[2]}" in values(done, "Environment")


def test_the_unit_is_utf_8_whatever_the_terminal_is(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "service", "--state-dir", "/srv/zähler"],
        env=environment | {"PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False,
    )  # fmt: skip
    assert "--state-dir /srv/zähler".encode() in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--user", "no such user"], ["--user", 'no user "no such user"', "getent"]),
        (["--user", "a\x1b[31m\nb"], ["--user", "no user"]),
        (["--tty", "0"], ["hwtui: --tty: 0 is out of range: use 1 to 63"]),
        (["--tty", "64"], ["hwtui: --tty: 64 is out of range: use 1 to 63"]),
        (["--tty", "one"], ['hwtui: --tty: "one" is not a whole number: use 1 to 63']),
        (["--tty", "\x1b[31m"], ["hwtui: --tty: "]),
        (["--state-dir", "a\nb"], ["characters", "a unit file cannot hold"]),
        (["--log-file", "/var/log/\x1b[31m"], ["a unit file cannot hold"]),
        (["--theme", "pink"], ["--theme", "pink"]),
        (["--config", "nowhere.toml"], ["nowhere.toml", "no such"]),
        (["192.168.1.20"], ["192.168.1.20"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(hwtui: Run, arguments: list[str], words: list[str]) -> None:
    done = hwtui("service", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "\x1b" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_its_help_fits_into_80_columns_and_names_every_option(hwtui: Run) -> None:
    done = hwtui("service", "--help", env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert max(map(len, done.stdout.splitlines())) <= 80
    for option in ("--user NAME", "--tty N", "--host", "--read-only", "--state-dir", "--log-file"):
        assert option in done.stdout


def test_it_loads_nothing_of_the_screen_or_the_network(environment: dict[str, str]) -> None:
    program = (
        "import sys; from tui.cli import main; main(['service']);"
        "print('LOADED', *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split("LOADED")[1].split())
    assert "tui" in loaded
    assert not loaded & {"textual", "rich", "httpx", "zeroconf", "ifaddr", "h11", "tomlkit", "platformdirs"}
