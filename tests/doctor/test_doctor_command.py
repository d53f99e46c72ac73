"""`hwtui doctor`: whom it examines, what it prints, and how it ends."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import environment_in
from tests.net.conftest import Servers
from tui.cli.parser import parse
from tui.core.doctor.evidence import Layer
from tui.core.events import Remembered
from tui.core.model import DeviceSetting, Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings, SettingsError
from tui.core.targets import Targets, targets_of
from tui.engine.commands import doctor as command
from tui.engine.commands.run import Output
from tui.engine.doctor.doctor import Doctor
from tui.engine.doctor.examination import Pace

QUICK = Pace(patience_s=0.6, pause_s=0.01, begin_within_s=0.4, listen_s=0.1)
WHO = b'{"product_type":"HWE-SKT","serial":"5c2faf000001","active_power_w":1}'
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'
SETTINGS = Settings(mdns=False, devices={"5c2faf000001": DeviceSetting(name="Heat pump")})
REMEMBERED = [Remembered(Identity("5C2FAF0000AA", "HWE-SKT"), Endpoint("192.168.1.20"), Now(0.0, 0.0))]


@pytest.fixture
def refusing() -> Iterator[Endpoint]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield Endpoint("127.0.0.1", free.getsockname()[1])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Doctor", partial(Doctor, pace=QUICK))


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ([], Targets()),
        (["heat PUMP"], Targets(keys=("5c2faf000001",))),
        (["5C2FAF000001"], Targets(keys=("5c2faf000001",))),
        (["5c2faf0000aa", "192.168.1.9:81"], Targets((Endpoint("192.168.1.9", 81),), ("5c2faf0000aa",))),
        (["5C2FAF00EE00"], Targets(keys=("5c2faf00ee00",))),
        (["Socket 0000AA"], Targets(keys=("5c2faf0000aa",))),
        (["https://p1.lan"], Targets((Endpoint("p1.lan", 443, "v2"),))),
    ],
)
def test_a_word_is_the_name_of_a_device_or_a_host(words: list[str], targets: Targets) -> None:
    assert targets_of(words, SETTINGS, REMEMBERED) == targets


def test_a_word_that_is_neither_is_refused() -> None:
    with pytest.raises(SettingsError, match='no device of the name "Heat pomp" is known: did you mean "heat pump"'):
        targets_of(["Heat pomp"], SETTINGS, REMEMBERED)
    with pytest.raises(SettingsError, match="hwtui devices lists those that are"):
        targets_of(["living room"], SETTINGS, REMEMBERED)
    with pytest.raises(SettingsError, match="has a space in it"):
        targets_of(["192.168.1.9 192.168.1.10"], SETTINGS, REMEMBERED)


def test_a_host_that_is_nearly_the_name_of_a_device_is_asked_and_the_name_told() -> None:
    found = targets_of(["heatpump", "kettle"], SETTINGS, REMEMBERED)
    assert found.hosts == (Endpoint("heatpump"), Endpoint("kettle"))
    assert found.hints == ('"heatpump" is asked as a host: did you mean the device "heat pump"?',)


def test_the_words_and_the_options_are_parsed() -> None:
    given = parse(["doctor", "--json", "Heat pump", "192.168.1.20", "--no-mdns"])
    assert not isinstance(given, int)
    assert given.own == {"words": ["Heat pump", "192.168.1.20"], "json": True}


async def test_lines_say_what_is_so_what_to_do_and_what_was_tried(
    servers: Servers, refusing: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    fine, off = await servers.answering(WHO), await servers.answering(OFF, "403 Forbidden")
    words = [it.address for it in (fine.endpoint, off.endpoint, refusing)]
    code = await command.doctor(SETTINGS, words, Output(), in_json=False)
    out = capsys.readouterr().out
    assert code == 2
    assert max(map(len, out.splitlines())) <= 80
    assert re.search(r"^Heat pump +well +p50 [\d.]+ ms, p95 [\d.]+ ms, 0 of 5 lost$", out, re.MULTILINE)
    assert re.search(r"^127\.0\.0\.1:\d+ +API off +answers that its Local API is off$", out, re.MULTILINE)
    assert re.search(r"^  do +HomeWizard app, Settings > Meters > your meter > Local API$", out, re.MULTILINE)
    assert re.search(r"^127\.0\.0\.1:\d+ +refused  ", out, re.MULTILINE)
    assert re.search(rf"TCP {refusing.port} \d\d:\d\d:\d\d\s+refused", out)
    assert re.search(r"^This computer ", out, re.MULTILINE)


@pytest.mark.parametrize(("status", "code"), [("200 OK", 0), ("500 Broken", 2)])
async def test_it_ends_as_the_check_does(servers: Servers, status: str, code: int) -> None:
    one = await servers.answering(WHO if code == 0 else b"", status)
    assert await command.doctor(SETTINGS, [one.endpoint.address], Output(), in_json=False) == code


async def test_without_a_device_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Settings(mdns=False, discover=False, interfaces=("127.0.0.1",))
    assert await command.doctor(nothing, [], Output(), in_json=True) == 3
    told = capsys.readouterr()
    assert json.loads(told.out)["devices"] == []
    assert "nothing to ask" in told.err


async def test_json_has_the_shape_that_is_promised(
    servers: Servers, refusing: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = await servers.answering(WHO)
    words = [fine.endpoint.address, refusing.address]
    assert await command.doctor(SETTINGS, words, Output(), in_json=True) == 2
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["computer", "devices"]
    well, refused = told["devices"]
    assert list(well) == [
        *("name", "serial", "host", "layer", "text", "advice", "tried", "latency_ms", "lost", "asked", "also"),
        "before",
    ]
    assert (well["name"], well["serial"], well["layer"]) == ("Heat pump", "5c2faf000001", "well")
    assert (well["lost"], well["asked"]) == (0, 5)
    assert 0 < well["latency_ms"]["p50"] <= well["latency_ms"]["p95"]
    assert refused["layer"] == "refused"
    assert refused["latency_ms"] == {"p50": None, "p95": None}
    assert {one["layer"] for one in told["devices"]} <= set(Layer)
    assert all(list(one) == ["time", "what", "result"] for one in refused["tried"])
    assert list(told["computer"]) == ["interfaces", "ipv6_only", "vpn", "gateway", "gateway_ms", "mdns", "notes"]


def test_as_a_process_it_never_loads_the_screen(refusing: Endpoint, tmp_path: Path) -> None:
    program = (
        "import sys; from tui.cli import main; code = main(sys.argv[1:]);"
        "print(code, 'textual' in sys.modules, 'zeroconf' in sys.modules, file=sys.stderr)"
    )
    words = ["doctor", "--json", "--no-mdns", refusing.address]
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment_in(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout)["devices"][0]["layer"] == "refused"
    assert done.stderr.split() == ["2", "False", "False"]
