"""`hwtui telegram`: what it writes, what it says where there is none, and its exit codes."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from tests.core.telegrams import DSMR_2, DSMR_5, sent
from tests.engine.conftest import FakeDevice, FakeNetwork
from tui.core.events import Added, Event, Failed, Seen
from tui.core.model import Endpoint, State
from tui.core.moment import Now
from tui.core.settings import Settings
from tui.engine.clock import SystemClock, VirtualClock
from tui.engine.command import CommandError
from tui.engine.commands import telegram as command
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.telegram import Form, telegram
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.telegrams import NONE_YET, read_telegram
from tui.net.errors import ApiDisabled, BadAnswer, NotFound, Unreachable

ZONE = ZoneInfo("Europe/Amsterdam")


class House:
    """Devices on the real clock."""

    def __init__(self) -> None:
        self.network = FakeNetwork(cast("VirtualClock", SystemClock()))

    def p1(self, text: str, host: str = "10.0.0.5", serial: str = "aabbcc") -> FakeDevice:
        device = self.network.add(host, serial, "HWE-P1")
        device.text = text
        return device

    async def run(self, form: Form = Form.WORDS, output: Output | None = None, timeout_s: float | None = 0.5) -> int:
        """The exit code."""
        clock = SystemClock()

        def monitor(settings: Settings) -> Monitor:
            opening: list[Event] = [Added(endpoint, clock.now()) for endpoint in self.network.devices]
            return Monitor(
                settings,
                clock,
                depth=Depth.HELD,
                opening=opening,
                client_factory=self.network.connect,
            )

        settings = Settings(mdns=False, hosts=tuple(self.network.devices), timeout_s=timeout_s)
        return await telegram(settings, output or Output(), form, make_monitor=monitor)


@pytest.fixture
def house() -> House:
    return House()


async def test_in_words_each_line_has_its_name(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.p1(DSMR_2)
    assert await house.run() == OK
    out, err = capsys.readouterr()
    assert err == ""
    rows = out.splitlines()
    assert rows[0] == "KMP5 KA6U009988776655  DSMR 2 or 3  no checksum"
    assert rows[3].split() == ["1-0:1.8.1", "import,", "tariff", "1", "123.456", "kWh"]
    assert any(row.endswith("345.678 m3, 30 Oct 2012 14:00") for row in rows)
    assert len(rows) == 1 + sum(bool(line) and line[0] != "(" for line in DSMR_2.split("\r\n"))


async def test_byte_for_byte_it_is_what_the_device_sent(
    house: House, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DSMR_5.replace("Planned", "\x1b[31m\xff\x00") + "\r\n\r\rnoise\n"
    house.p1(text)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.FileIO(1, "w", closefd=False)))
    assert await house.run(Form.RAW) == OK
    assert capfdbinary.readouterr().out == text.encode("latin-1")


async def test_on_a_terminal_nothing_that_the_device_sent_moves_the_cursor(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.p1("/X\x1b[2J\r\n\r\n0-0:96.13.0(\x9b31m\x07hi)\r\n!\r\n")
    mine, its = pty.openpty()
    with io.TextIOWrapper(io.FileIO(its, "w")) as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        output = Output()
        assert output.is_terminal
        assert await house.run(Form.RAW, output) == OK
        assert os.read(mine, 4096).split(b"\r\n") == [b"/X[2J", b"", b"0-0:96.13.0(31mhi)", b"!", b""]
    os.close(mine)


async def test_the_json_is_one_object(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.p1(DSMR_5)
    assert await house.run(Form.JSON) == OK
    told = json.loads(capsys.readouterr().out)
    assert {"meter", "version", "time", "checksum", "lines"} <= told.keys()
    assert (told["version"], told["checksum"]) == ("5.0", "right")
    assert {"code": "1-0:32.99.9", "name": None, "value": None, "unit": None, "raw": "1-0:32.99.9(00012)"} in told[
        "lines"
    ]


@pytest.mark.parametrize("form", [Form.RAW, Form.JSON])
async def test_without_words_it_is_asked_for_nothing_but_who_it_is_and_one_telegram(house: House, form: Form) -> None:
    device = house.p1(DSMR_5)
    assert await house.run(form) == OK
    assert [kind for _, kind in device.requests] == ["api", "telegram"]


def ticking(device: FakeDevice, version: str, every_s: int, reads: int) -> None:
    """Its telegram is a new one after so many reads."""
    first, read = datetime.now(ZONE), device.telegram

    async def tick() -> str:
        await read()
        clock = first + timedelta(seconds=every_s * ((len(device.asked("telegram")) - 1) // reads))
        return sent(f"/X\n\n1-3:0.2.8({version})\n0-0:1.0.0({clock:%y%m%d%H%M%S}{'S' if clock.dst() else 'W'})")

    device.telegram = tick  # type: ignore[method-assign]


async def test_how_often_one_comes_is_told_once_its_clock_has_moved_twice(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "EVERY_S", 0.01)
    ticking(device := house.p1(""), "50", 1, 2)
    assert await house.run(timeout_s=None) == OK
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == "X  DSMR 5.0  checksum right  every 1.0 s"
    assert any("ahead of this computer's" in row or "as this computer's clock" in row for row in rows)
    assert [kind for _, kind in device.requests] == ["api", *["telegram"] * 5]


async def test_a_meter_that_sends_seldom_is_waited_for_longer_and_that_is_said_on_a_terminal(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reads are no ten seconds apart here, but more of them than there is patience for a DSMR 5 meter."""
    monkeypatch.setattr(command, "SLOW_EVERY_S", 0.01)
    monkeypatch.setattr(command, "USUAL_TIMEOUT_S", 0.05)
    monkeypatch.setenv("TERM", "linux")
    ticking(house.p1(""), "42", 10, 10)
    mine, its = pty.openpty()
    with io.TextIOWrapper(io.FileIO(its, "w")) as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert await house.run(timeout_s=None) == OK
        said = b""
        while said.count(b"\r\x1b[K") < 2:  # before it and after it
            said += os.read(mine, 4096)
    os.close(mine)
    assert capsys.readouterr().out.startswith("X  DSMR 4.2  checksum right  every 10.0 s")
    assert b"waiting for the next telegram" in said
    assert said.endswith(b"\r\x1b[K")


async def test_where_no_other_one_comes_that_is_said(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "EVERY_S", 0.01)
    monkeypatch.setattr(command, "USUAL_TIMEOUT_S", 0.1)
    house.p1(DSMR_5)
    assert await house.run(timeout_s=None) == OK
    assert capsys.readouterr().err == "hwtui: no other telegram came within 0.1 s: is the cable in on both sides?\n"


# ------------------------------------------------------------------ where there is none


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (DSMR_5.replace("00.672", "00.673"), WARNING, "its checksum is wrong"),
        ('{"error":{"id":202}}', WARNING, "this is no telegram"),
        ("<html>\x1b[2J</html>", WARNING, "this is no telegram"),
        ("", CRITICAL, NONE_YET),
        (" \r\n", CRITICAL, NONE_YET),
    ],
)
@pytest.mark.parametrize("form", Form)
async def test_what_is_no_good_telegram_is_shown_and_said(
    house: House, capsys: pytest.CaptureFixture[str], text: str, code: int, words: str, form: Form
) -> None:
    house.p1(text)
    assert await house.run(form, timeout_s=0.2) == code
    out, err = capsys.readouterr()
    assert words in err
    assert bool(out) is (code == WARNING)
    assert form is Form.RAW or "\x1b" not in out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("Connected, but no answer within 5 s: if it stays so, restart it"), "Connected, but no answer"),
        (NotFound("This device has no /api/v1/telegram (HTTP 404): newer firmware may have it"), "newer firmware"),
        (BadAnswer("No telegram from the smart meter yet: is the cable in on both sides?"), "is the cable in"),
    ],
)
async def test_a_p1_that_does_not_give_it_is_named_with_the_reason(
    house: House, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    house.p1("").faults["telegram"] = error
    assert await house.run() == CRITICAL
    out, err = capsys.readouterr()
    assert (out, err.startswith("hwtui: P1 meter aabbcc: "), words in err) == ("", True, True)


@pytest.mark.parametrize("form", Form)
async def test_one_that_hangs_is_told_before_its_own_time_limit_is_over(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: Form
) -> None:
    monkeypatch.setattr(command, "TELL_S", 0.1)
    monkeypatch.setattr(command, "LEAST_READ_S", 0.1)
    house.p1(DSMR_5).latency_s["telegram"] = 60.0
    assert await house.run(form, timeout_s=None) == CRITICAL
    assert capsys.readouterr() == ("", "hwtui: P1 meter aabbcc: stalled for 0.1 s\n")


async def test_a_host_that_is_silent_or_off_is_told_why(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.p1("").faults["api"] = ApiDisabled()
    assert await house.run() == CRITICAL
    assert capsys.readouterr().err.startswith("hwtui: 10.0.0.5: Local API is off")


async def test_several_p1_meters_are_named_and_none_is_read(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.p1(DSMR_5)
    house.p1(DSMR_5, "10.0.0.6", "ddeeff")
    assert await house.run() == UNKNOWN
    assert capsys.readouterr().err == (
        "hwtui: several P1 meters: P1 meter aabbcc (10.0.0.5), P1 meter ddeeff (10.0.0.6): name one of them\n"
    )


async def test_a_named_host_that_is_silent_is_told_beside_the_telegram_of_the_other(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.p1(DSMR_5)
    house.p1(DSMR_5, "10.0.0.6", "ddeeff").faults["api"] = Unreachable("No answer: is it on?")
    assert await house.run(Form.RAW) == OK
    out, err = capsys.readouterr()
    assert out.startswith("/ISK5")
    assert err == "hwtui: 10.0.0.6: No answer: is it on?\n"


async def test_what_is_no_p1_has_no_telegram(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.network.add("10.0.0.7", "112233", "HWE-SKT")
    assert await house.run() == UNKNOWN
    assert capsys.readouterr().err == (
        "hwtui: only a P1 meter passes on telegrams, and there is none here: Socket 112233\n"
    )


async def test_nobody_named_and_nobody_found(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert await house.run() == UNKNOWN
    assert "nothing to ask: name a HOST" in capsys.readouterr().err


# ------------------------------------------------------------------ what the screen asks for


async def test_a_key_that_is_gone_and_a_socket_are_refused_in_words(house: House) -> None:
    clock = SystemClock()
    house.network.add("10.0.0.7", "112233", "HWE-SKT")
    monitor = Monitor(Settings(mdns=False), clock, opening=[Added(Endpoint("10.0.0.7"), clock.now())])
    with pytest.raises(CommandError, match="is not here"):
        await read_telegram(monitor, "nobody")
    monitor.apply(Added(Endpoint("10.0.0.7"), Now(0.0, 0.0)))
    with pytest.raises(CommandError, match=r"10\.0\.0\.7 has not answered yet: only a P1 passes on telegrams"):
        await read_telegram(monitor, next(iter(monitor.fleet.devices)))
    monitor.apply(Seen(Endpoint("10.0.0.8"), "445566", clock.now(), "HWE-SKT", "Socket"))
    with pytest.raises(CommandError, match="Socket 445566 is no P1 meter"):
        await read_telegram(monitor, "445566")


async def test_the_screen_waits_no_longer_than_a_request_may_take_and_then_says_how_far_it_came(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a poll that hangs is in front of it: what waits its turn has no time limit of its own."""
    monkeypatch.setattr("tui.engine.telegrams.TURN_S", 0.05)
    device, clock = house.p1(DSMR_5), SystemClock()
    device.latency_s["telegram"] = 60.0
    monitor = Monitor(
        Settings(mdns=False),
        clock,
        depth=Depth.HELD,
        opening=[Added(Endpoint("10.0.0.5"), clock.now())],
        client_factory=house.network.connect,
    )
    running = asyncio.create_task(monitor.run())
    await monitor.all_asked()
    device.timeout_s = 0.05
    with pytest.raises(Unreachable, match=r"stalled for 0\.1 s"):
        await read_telegram(monitor, "aabbcc")
    assert not device.busy
    running.cancel()
    await asyncio.wait((running,))


async def test_a_p1_that_nobody_reads_is_told_with_what_it_needs(house: House) -> None:
    clock = SystemClock()
    monitor = Monitor(Settings(mdns=False), clock)
    at = Endpoint("10.0.0.5", 443, "v2")
    monitor.apply(Seen(at, "aabbcc", clock.now(), "HWE-P1", "P1 meter"))
    with pytest.raises(CommandError, match="P1 meter aabbcc: not paired: press p, or run hwtui pair"):
        await read_telegram(monitor, "aabbcc")
    monitor.apply(Failed(at, State.NOT_PAIRED, "API v1 is off", clock.now()))
    with pytest.raises(CommandError, match="P1 meter aabbcc: API v1 is off"):
        await read_telegram(monitor, "aabbcc")
    monitor.apply(Seen(Endpoint("10.0.0.6"), "ddeeff", clock.now(), "HWE-P1", "P1 meter"))
    with pytest.raises(CommandError, match="P1 meter ddeeff: it is not being polled"):
        await read_telegram(monitor, "ddeeff")
