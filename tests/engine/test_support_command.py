"""`hwtui support`: what it writes and where, how it compares, and how it ends."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import environment_in
from tests.net.conftest import Servers
from tui.cli import main
from tui.core.model import DeviceSetting
from tui.core.out.influxplace import parse_influx
from tui.core.out.mqttbroker import Broker
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.commands.run import Output
from tui.engine.commands.support import Plan, support
from tui.engine.doctor.doctor import Doctor
from tui.engine.doctor.examination import Pace
from tui.engine.support import doctoring
from tui.engine.support.settingsfacts import settings_facts

QUICK = Pace(patience_s=0.6, pause_s=0.01, begin_within_s=0.4, listen_s=0.1)
SERIAL = "5c2faf000001"
WHO = b'{"product_type":"HWE-SKT","serial":"5c2faf000001","firmware_version":"4.19","active_power_w":1}'
NEWER = WHO.replace(b"4.19", b"5.01")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctoring, "Doctor", partial(Doctor, pace=QUICK))


async def made(servers: Servers, body: bytes, path: Path, old: str | None = None) -> int:
    """The exit code of a support file of one device."""
    one = await servers.answering(body)
    devices = {SERIAL: DeviceSetting(name="Heat pump")}
    settings = Settings(
        hosts=(one.endpoint,),
        mdns=False,
        discover=False,
        devices=devices,
        state_dir=path.parent / "state",
        mqtt=Broker("attic-computer", 1883, user="janssen"),
        mqtt_password=Secret("s3cr3t-word"),
        web_names=("meters.peeters.example",),
        web_password_file=path.parent / "for-the-browser",
    )
    return await support(Plan(settings, 0.2, path, lambda field: None, old), Output())


async def test_it_is_written_for_its_owner_alone_and_holds_what_was_found(servers: Servers, tmp_path: Path) -> None:
    path = tmp_path / "support.json"
    path.write_text("an older one")
    assert await made(servers, WHO, path) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("ascii")
    assert text.splitlines()[1].startswith(' "about": "Support file of hwtui')
    doc = json.loads(text)
    assert [row["firmware_version"] for row in doc["fleet"]] == ["4.19"]
    assert [row["layer"] for row in doc["doctor"]["devices"]] == ["well"]
    assert doc["check"]
    assert doc["log"] is None
    secrets = (SERIAL, "Heat pump", "attic-computer", "janssen", "s3cr3t-word", "peeters", "for-the-browser")
    assert [one for one in secrets if one in text] == []
    assert doc["settings"]["mqtt"]["value"]["port"] == 1883


async def test_a_newer_one_is_compared_with_the_older(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    await made(servers, WHO, old)
    capsys.readouterr()
    assert await made(servers, NEWER, new, old.read_text()) == 0
    told = capsys.readouterr().out.splitlines()
    assert "device-1: its firmware was 4.19, and is 5.01 now." in told
    assert not [said for said in told if said.startswith("The former device")]
    assert main(["support", "--compare", str(old), "--with", str(new), "--state-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == told
    assert main(["support", "--compare", str(new), "--with", str(new), "--state-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Nothing that the files tell has changed.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", ""], "-o: a file is missing"),
        (["-o", "/no/such/folder/a.json"], "-o: /no/such/folder/a.json: there is no folder"),
        (["--duration", "0"], "--duration: 0 is out of range"),
        (["--duration", "soon"], '--duration: "soon" is not a number'),
        (["--with", "a.json"], "--with: name the older file, too"),
        (["--compare", "old.json", "--with", "a.json", "-o", "b"], "-o: two files are compared"),
        (["--compare", "/no/such.json"], "--compare: /no/such.json: No such file or directory"),
        (["--compare", "old.json"], "--compare: it is not JSON"),
        (["--compare", "other.json"], "--compare: it is no support file"),
        (["--compare", "deep.json"], "--compare: it is n"),
        (["--compare", "later.json"], "--compare: its schema is 2"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_before_anything_is_measured(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.json").write_text("{")
    Path("other.json").write_text("[1]")
    Path("deep.json").write_text("[" * 100_000)
    Path("later.json").write_text('{"schema": 2, "fleet": []}')
    assert main(["support", "--no-mdns", "--config", str(_config(tmp_path)), *words]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"hwtui: {said}")
    assert told.err.count("\n") == 1


def _config(folder: Path) -> Path:
    path = folder / "config.toml"
    path.write_text(f'interval = 2\nstate_dir = "{folder / "state"}"\n')
    return path


def test_each_setting_tells_where_it_came_from(tmp_path: Path) -> None:
    settings = Settings(config_file=_config(tmp_path), interval_s=2.0, read_only=True, timeout_s=4.0)
    typed = {"read_only": "--read-only", "timeout_s": "HWTUI_TIMEOUT"}
    rows = settings_facts(settings, typed.get)
    assert rows["interval_s"] == {"value": 2.0, "from": "config file, line 1"}
    assert rows["read_only"] == {"value": True, "from": "--read-only"}
    assert rows["timeout_s"] == {"value": 4.0, "from": "HWTUI_TIMEOUT"}
    assert rows["grid"] == {"value": None, "from": "default"}


def test_on_the_screen_where_nobody_knows_what_was_typed_it_is_told_as_far_as_known(tmp_path: Path) -> None:
    settings = Settings(config_file=_config(tmp_path), interval_s=1.0, read_only=True)
    rows = settings_facts(settings, None)
    assert rows["interval_s"] == {"value": 1.0, "from": "config file, line 1; overridden"}
    assert rows["read_only"] == {"value": True, "from": "option, variable or screen"}
    assert rows["grid"] == {"value": None, "from": "default"}


def test_as_a_process_it_never_loads_the_screen(tmp_path: Path) -> None:
    program = (
        "import sys; from tui.cli import main; code = main(sys.argv[1:]);"
        "print(code, *(name in sys.modules for name in ('textual', 'zeroconf', 'websockets')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "support", "--no-mdns", "--duration", "0.2", "127.0.0.1:9"],
        env=environment_in(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    doc = json.loads(done.stdout)
    assert doc["doctor"]["devices"][0]["layer"] == "refused"
    assert doc["settings"]["mdns"] == {"value": False, "from": "--no-mdns"}
    assert done.stderr.split() == ["0", "False", "False", "False"]


async def test_the_server_that_readings_are_posted_to_stays_secret(servers: Servers, tmp_path: Path) -> None:
    one = await servers.answering(WHO)
    settings = Settings(
        hosts=(one.endpoint,),
        mdns=False,
        discover=False,
        influx=parse_influx("https://attic-computer/api/v2/write?org=janssen&bucket=cellar"),
        influx_token=Secret("t0k3n-word"),
        influx_token_file=Path("/srv/janssens/key"),
    )
    path = tmp_path / "support.json"
    assert await support(Plan(settings, 0.2, path, lambda field: None, None), Output()) == 0
    text = path.read_text("ascii")
    assert [one for one in ("attic-computer", "janssen", "cellar", "t0k3n-word") if one in text] == []
    assert json.loads(text)["settings"]["influx"]["value"]["tls"] is True
