"""The commands as processes: a simulated household in one, hwtui in another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

IDENTITY = [
    *("serial", "product_type", "product_name", "name", "role", "behind", "inverted", "host", "port"),
    *("api_version", "push", "why_not_better", "firmware_version"),
    *("api_enabled", "state", "problem"),
]
READING = [*IDENTITY, "same_meter_as", "measurement", "system", "switch", "batteries", "notes", "extra"]


class Served(Protocol):
    """A household in another process: product type, serial and HOST:PORT of each device, and what is for API v2."""

    products: list[str]
    serials: list[str]
    hosts: list[str]
    v2: dict[str, str]
    tokens: dict[str, str]
    ca: str | None


def test_the_demo_prints_a_line_for_each_device_and_ready_last(house: Served) -> None:
    assert house.products[0] == "HWE-P1"
    assert len(set(house.serials)) == len(set(house.hosts)) == len(house.products) > 4
    assert all(host.startswith("127.0.0.1:") for host in house.hosts)


def test_the_same_seed_serves_the_same_devices(serve: Callable[..., Served]) -> None:
    one, same, other = (serve("--no-mdns", "--seed", seed, "--devices", "3") for seed in ("7", "7", "8"))
    assert one.serials == same.serials != other.serials
    assert len(one.serials) == 3


def test_what_the_demo_prints_is_enough_to_pair_and_to_read_over_api_v2(
    hwtui: Run, serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--no-mdns", "--button", "0.1")
    (p1, at), (battery, where) = served.v2.items()
    assert list(served.tokens) == [p1, battery]
    assert all(len(token) == 32 for token in served.tokens.values())
    assert served.ca is not None
    common = ("--ca", served.ca, "--state-dir", str(tmp_path / "state"))
    assert hwtui("pair", *common, where).returncode == 0
    done = hwtui("read", "--json", *common, where, at)
    rows = json.loads(done.stdout)
    assert [(row["serial"], row["state"]) for row in rows] == [(battery, "live"), (p1, "not-paired")]
    assert 0 < rows[0]["measurement"]["state_of_charge_pct"] <= 100
    assert (tmp_path / "state" / "tokens.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_demo_and_a_watch_quietly(start: Callable[..., Any], signum: int) -> None:
    demo = start("demo", "--serve", "--no-mdns")
    host = demo.lines_until("READY")[0].rpartition("//")[2]
    watch = start("watch", "--json", host)
    assert json.loads(watch.stdout.readline())["state"] == "live"
    for process in (watch, demo):
        assert process.end(signum) == 128 + signum
        assert process.stderr.read() == ""


def test_the_demo_ends_when_nobody_reads_its_lines_any_more(start: Callable[..., Any]) -> None:
    demo = start("demo", "--serve", "--no-mdns")
    demo.lines_until("READY")
    demo.stdout.close()
    assert demo.popen.wait(30) == 0
    assert demo.stderr.read() == ""


def test_read_prints_one_reading_of_each_named_device_in_their_order(hwtui: Run, house: Served) -> None:
    done = hwtui("read", "--json", *reversed(house.hosts))
    rows = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["serial"] for row in rows] == house.serials[::-1]
    for row in rows:
        assert list(row) == READING
        assert row["state"] == "live"
        assert row["problem"] is None
        assert row["measurement"]
        assert row["api_version"] == "v1"
        assert f"{row['host']}:{row['port']}" in house.hosts
    by_type = {row["product_type"]: row for row in rows}
    assert by_type["HWE-P1"]["role"] == "grid"
    assert by_type["HWE-P1"]["measurement"]["external"][0]["type"] == "gas_meter"
    assert by_type["HWE-SKT"]["switch"]["power_on"] is True
    assert "water_flow_lpm" in by_type["HWE-WTR"]["measurement"]
    assert by_type["HWE-P1"]["system"]["wifi_ssid"]


def test_hosts_are_taken_from_every_place_they_can_stand_in(hwtui: Run, house: Served) -> None:
    one, two, three, four = house.hosts[:4]
    done = hwtui("--host", one, "read", two, "--json", three, "--host", four)
    assert [row["serial"] for row in json.loads(done.stdout)] == house.serials[:4]
    by_variable = hwtui("read", "--json", env={"HWTUI_HOST": f"{one}, {two}"})
    assert [row["serial"] for row in json.loads(by_variable.stdout)] == house.serials[:2]


def test_hosts_are_taken_as_they_are_pasted_from_a_browser_at_every_place(
    hwtui: Run, house: Served, tmp_path: Path
) -> None:
    one, two, three, four = house.hosts[:4]
    done = hwtui(
        "--host", f" http://{one}/api/v1/data ", "devices", "--json", f"HTTP://{two}", f"{three}/", f"{four}/a?b"
    )
    assert [row["serial"] for row in json.loads(done.stdout)] == house.serials[:4]
    by_variable = hwtui("devices", "--json", env={"HWTUI_HOST": f"http://{one}/, http://{two}/api"})
    assert [row["serial"] for row in json.loads(by_variable.stdout)] == house.serials[:2]
    config = tmp_path / "my.toml"
    config.write_text(f'hosts = ["http://{one}/api", " {two}/ "]\n')
    by_file = hwtui("devices", "--json", "--no-mdns", "--config", str(config))
    assert [row["serial"] for row in json.loads(by_file.stdout)] == house.serials[:2]


def test_devices_prints_who_is_there_without_readings(hwtui: Run, house: Served) -> None:
    done = hwtui("devices", "--json", *house.hosts[:2])
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert [list(row) for row in rows] == [IDENTITY, IDENTITY]
    assert [row["product_type"] for row in rows] == house.products[:2]
    assert {row["state"] for row in rows} == {"live"}


def test_names_and_roles_come_from_the_config_file(hwtui: Run, house: Served, tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text(f'[devices.{house.serials[0].upper()}]\nname = "Mains"\nrole = "load"\n')
    (row,) = json.loads(hwtui("devices", "--json", "--config", str(config), *house.hosts[:1]).stdout)
    assert (row["name"], row["role"]) == ("Mains", "load")


def test_exit_codes_say_how_many_answered(hwtui: Run, house: Served) -> None:
    nobody = "127.0.0.1:1"
    some = hwtui("read", "--json", house.hosts[0], nobody)
    none = hwtui("read", "--json", nobody)
    assert (some.returncode, none.returncode) == (1, 2)
    assert [row["state"] for row in json.loads(some.stdout)] == ["live", "refused"]
    (row,) = json.loads(none.stdout)
    assert row["problem"]["kind"] == "refused"
    assert row["problem"]["text"]
    assert datetime.fromisoformat(row["problem"]["since"]).tzinfo
    assert row["serial"] is None
    assert row["measurement"] == {}


def test_each_fault_of_a_faulty_house_is_told_and_ends_within_the_timeout(
    hwtui: Run, serve: Callable[..., Served]
) -> None:
    served = serve("--no-mdns", "--household", "faulty")
    done = hwtui("read", "--json", "--timeout", "1.5", *served.hosts)
    states = {row["state"] for row in json.loads(done.stdout)}
    assert done.returncode == 1
    assert {"live", "api-disabled", "silent", "bad-answer"} <= states


def test_nothing_found_is_an_empty_list_and_words_that_help(hwtui: Run) -> None:
    done = hwtui("devices", "--json", "--no-mdns")
    assert (done.returncode, json.loads(done.stdout)) == (3, [])
    assert "HOST" in done.stderr


def test_people_get_tables(hwtui: Run, house: Served) -> None:
    devices, read = hwtui("devices", *house.hosts), hwtui("read", "--grid", "nl", *house.hosts)
    assert (devices.returncode, read.returncode) == (0, 0)
    assert devices.stdout.startswith("NAME ")
    assert all(serial in devices.stdout for serial in house.serials)
    assert "from grid" in read.stdout or "to grid" in read.stdout
    assert "Gas" in read.stdout
    assert "\x1b" not in devices.stdout + read.stdout
    assert max(len(line) for line in read.stdout.splitlines()) <= 100


def test_watch_prints_readings_line_by_line_and_ends_quietly_with_its_reader(
    start: Callable[..., Any], house: Served
) -> None:
    watch = start("watch", "--json", "--interval", "0.5", *house.hosts[:2])
    rows = [json.loads(watch.stdout.readline()) for _ in range(6)]
    assert {row["serial"] for row in rows} == set(house.serials[:2])
    for row in rows:
        assert list(row) == ["time", *READING]
        assert datetime.fromisoformat(row["time"]).tzinfo
    times = [row["time"] for row in rows if row["serial"] == house.serials[0]]
    assert times == sorted(set(times))
    watch.stdout.close()
    assert watch.popen.wait(30) == 0
    assert watch.stderr.read() == ""


def test_watch_says_on_stderr_what_fails_and_goes_on(start: Callable[..., Any], house: Served) -> None:
    watch = start("watch", "127.0.0.1:1", *house.hosts[:1])
    assert watch.stderr.readline().startswith("hwtui: 127.0.0.1:1: ")
    assert house.serials[0][-6:] in watch.stdout.readline()


def test_a_full_disk_under_stdout_is_one_line(environment: dict[str, str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tui", "read", "--json", "127.0.0.1:1"],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == "hwtui: cannot write to stdout: No space left on device\n"


def test_a_watch_whose_stdout_is_closed_ends_at_its_first_reading(environment: dict[str, str], house: Served) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "tui", "watch", *house.hosts[:1]],
        env=environment, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "hwtui: cannot write to stdout: it is closed\n")


def test_a_reader_that_is_gone_is_no_fault(environment: dict[str, str], house: Served) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "tui", "read", "--json", *house.hosts[:1]],
        env=environment, stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_watch_whose_reader_stands_still_ends_at_the_first_signal(
    start: Callable[..., Any], serve: Callable[..., Served]
) -> None:
    served = serve("--no-mdns", "--devices", "20")
    watch = start("watch", "--json", "--interval", "0.5", *served.hosts)
    watch.stdout.readline()
    # A pipe holds 64 KiB: wait until the process sleeps in a write that nobody takes.
    state = f"/proc/{watch.popen.pid}/wchan"
    if not Path(state).exists():
        pytest.skip("needs /proc")
    while "pipe_write" not in Path(state).read_text():
        assert watch.popen.poll() is None
    assert watch.end(signal.SIGTERM) == 128 + signal.SIGTERM


@pytest.mark.parametrize("arguments", [["devices"], ["read"], ["devices", "--json"], ["read", "--json"]])
def test_the_commands_never_load_textual(environment: dict[str, str], house: Served, arguments: list[str]) -> None:
    program = (
        "import sys; from tui.cli import main; code = main(sys.argv[1:]);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, *house.hosts[:1]],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(done.stderr.split())
    assert "httpx" in loaded
    assert not loaded & {"textual", "rich", "zeroconf"}


def test_the_demo_and_a_watch_never_load_textual() -> None:
    program = (
        "import sys; import tui.engine.commands.demo_serve, tui.engine.commands.watch, tui.net.discovery;"
        "sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_devices_are_found_by_mdns_alone(hwtui: Run, serve: Callable[..., Served]) -> None:
    # Other demos announce themselves on this machine's loopback, too. This one has serials of its own: those of a seed,
    # which what speaks API v2 has not, since its serial stands in its certificate.
    served = serve("--only-v1", "--seed", str(os.getpid()))
    done = hwtui("devices", "--json", "--interface", "127.0.0.1", "--timeout", "2")
    found = {row["serial"]: row for row in json.loads(done.stdout)}
    assert set(served.serials) <= set(found)
    for serial, host in zip(served.serials, served.hosts, strict=True):
        row = found[serial]
        assert f"{row['host']}:{row['port']}" == host
        assert row["state"] == "live"
