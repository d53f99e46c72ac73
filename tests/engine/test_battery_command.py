"""`hwtui battery`: what it shows, what it asks, what it writes, and what it says became of it."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable, Sequence
from io import FileIO
from typing import cast

import pytest

from tests.engine.conftest import FakeNetwork
from tests.engine.paired_meter import STANDBY, ZERO, PairedMeter
from tui.core.battery.batteries import Mode, Permission, Wanted
from tui.core.events import Added, Event, Noted, Paired, Remembered
from tui.core.model import DeviceSetting, Endpoint
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import SystemClock, VirtualClock
from tui.engine.commands import named
from tui.engine.commands.battery import NOBODY_TO_ASK, battery
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.yesno import says_yes
from tui.engine.monitor import Monitor
from tui.engine.paired.tokens import TOPIC
from tui.net.errors import BadAnswer, Unreachable

HOST, OTHER = Endpoint("10.0.0.5"), Endpoint("10.0.0.6")
TO_STANDBY = Wanted(Mode.STANDBY)


class House:
    """Meters on the real clock, and a person who answers each question as told."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.network = FakeNetwork(cast("VirtualClock", SystemClock()))
        self.meter = self.add("aabbcc", HOST)
        self.paired = ["aabbcc"]
        self.questions: list[str] = []
        self.notes: list[str] = []
        """On the file of tokens."""
        self.answer = True
        self._capsys = capsys

    def add(self, serial: str, endpoint: Endpoint, product_type: str = "HWE-P1") -> PairedMeter:
        meter = PairedMeter(self.network.clock, Identity(serial, product_type, api_version="2.2.0"))
        self.network.devices[endpoint] = meter
        return meter

    async def _ask(self, question: str) -> bool:
        self.questions.append(question)
        return self.answer

    def _monitor(self, settings: Settings) -> Monitor:
        clock = SystemClock()
        opening: list[Event] = [Added(endpoint, clock.now()) for endpoint in settings.hosts]
        opening += [Paired(serial, clock.now()) for serial in self.paired]
        opening += [Noted(TOPIC, text, clock.now()) for text in self.notes]
        return Monitor(settings, clock, opening=opening, client_factory=self.network.connect)

    async def run(
        self,
        wanted: Wanted | None = None,
        *,
        as_json: bool = False,
        yes: bool = False,
        settings: Settings | None = None,
        words: Sequence[str] = (),
    ) -> tuple[int, str, str]:
        """The exit code, stdout and stderr."""
        code = await battery(
            settings or Settings(mdns=False, hosts=tuple(self.network.devices)),
            Output(),
            wanted,
            as_json=as_json,
            yes=yes,
            make_monitor=self._monitor,
            ask=self._ask,
            words=words,
        )
        return code, *self._capsys.readouterr()


@pytest.fixture
def house(capsys: pytest.CaptureFixture[str]) -> House:
    return House(capsys)


async def test_without_a_wish_it_shows_what_is_now(house: House) -> None:
    code, out, err = await house.run()
    assert (code, err) == (OK, "")
    assert out.splitlines() == [
        "P1 meter aabbcc (10.0.0.5): 2 batteries",
        "    now   zero, may charge and discharge",
        "    power 404 W discharging   target 400 W discharging   of 1600 W in, 800 W out",
    ]
    assert house.meter.written == []


async def test_a_change_is_shown_asked_about_set_and_read_back(house: House) -> None:
    code, out, err = await house.run(TO_STANDBY)
    assert code == OK
    assert house.questions == ["Set it?"]
    assert out.splitlines()[-1] == "set, now standby: neither charges nor discharges"
    assert "then  standby: neither charges nor discharges" in err
    assert house.meter.written == [{"mode": "standby", "permissions": []}]


async def test_whoever_says_no_has_changed_nothing(house: House) -> None:
    house.answer = False
    code, _, err = await house.run(TO_STANDBY)
    assert code == UNKNOWN
    assert err.endswith("hwtui: nothing was set\n")
    assert house.meter.written == []


async def test_a_script_is_not_asked(house: House) -> None:
    code, out, _ = await house.run(Wanted(Mode.ZERO, frozenset({Permission.CHARGE})), yes=True, as_json=True)
    (row,) = json.loads(out)
    assert code == OK
    assert house.questions == []
    assert row["change"] == {"done": True, "text": "set, now zero, may charge only"}
    assert house.meter.written == [{"mode": "zero", "permissions": ["charge_allowed"]}]


async def test_without_a_terminal_nobody_is_asked_and_nothing_is_set(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the network."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert await battery(Settings(mdns=False, hosts=(HOST,)), Output(), TO_STANDBY) == UNKNOWN
    assert capsys.readouterr().err == f"{NOBODY_TO_ASK}\n"


async def test_what_is_so_already_is_neither_asked_nor_written(house: House) -> None:
    code, out, _ = await house.run(Wanted(Mode.ZERO))
    assert code == OK
    assert out.splitlines()[-1] == "it is so already: zero, may charge and discharge"
    assert not house.questions
    assert not house.meter.written


async def test_what_makes_no_sense_is_not_asked(house: House) -> None:
    code, _, err = await house.run(Wanted(Mode.PREDICTIVE))
    assert code == UNKNOWN
    assert "hwtui: P1 meter aabbcc: predictive needs API 2.3.0" in err
    assert not house.questions
    assert not house.meter.written


async def test_read_only_asks_nobody_anything(house: House) -> None:
    settings = Settings(mdns=False, hosts=(HOST,), read_only=True)
    code, out, err = await house.run(TO_STANDBY, settings=settings)
    assert (code, out, err) == (UNKNOWN, "", "hwtui: read-only: no mode is set\n")
    assert house.meter.requests == []
    assert (await house.run(settings=settings))[0] == OK  # looking is allowed


async def test_several_meters_are_shown_but_one_must_be_named_to_be_set(house: House) -> None:
    other = house.add("ddeeff", OTHER, "HWE-KWH1")
    house.paired.append("ddeeff")
    code, out, _ = await house.run()
    assert code == OK
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "P1 meter aabbcc (10.0.0.5): 2 batteries",
        "kWh meter ddeeff (10.0.0.6): 2 batteries",
    ]
    code, _, err = await house.run(TO_STANDBY)
    assert code == UNKNOWN
    assert "P1 meter aabbcc (10.0.0.5), kWh meter ddeeff (10.0.0.6): name one of them" in err
    assert house.meter.written == other.written == []


async def test_one_is_named_and_the_other_is_not_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    other = house.add("ddeeff", OTHER)
    house.paired.append("ddeeff")
    was_at = [Remembered(Identity("ddeeff", "HWE-P1"), OTHER, Now(0.0, 0.0))]

    async def remembered(*_: object) -> list[Remembered]:
        return was_at

    monkeypatch.setattr(named, "_remembered", remembered)
    settings = Settings(mdns=False, timeout_s=1.0, devices={"ddeeff": DeviceSetting(name="Barn")})
    code, out, _ = await house.run(TO_STANDBY, yes=True, settings=settings, words=["barn"])
    assert code == OK
    assert out.startswith("P1 meter ddeeff (10.0.0.6): 2 batteries")
    assert (house.meter.written, len(other.written)) == ([], 1)
    was_at.clear()
    code, out, err = await house.run(TO_STANDBY, yes=True, settings=settings, words=["Barn"])
    assert (code, out) == (CRITICAL, "")
    assert err.startswith("hwtui: Barn: Not found without mDNS")


async def test_one_that_controls_none_does_not_count(house: House) -> None:
    other = house.add("ddeeff", OTHER, "HWE-KWH1")
    house.paired.append("ddeeff")
    other.meter.sent = {**ZERO, "battery_count": 0}
    assert (await house.run(TO_STANDBY))[0] == OK
    assert other.written == []


def _unpaired(house: House) -> None:
    house.paired.clear()


def _no_battery(house: House) -> None:
    house.meter.meter.sent["battery_count"] = 0


def _a_battery(house: House) -> None:
    house.meter.identified = Identity("aabbcc", "HWE-BAT")


def _unknown(house: House) -> None:
    """Only its certificate has told who it is."""
    house.paired.clear()
    house.meter.identified = Identity("aabbcc", "HWE-XYZ")


def _over_v1(house: House) -> None:
    """It is paired, and its API v2 was not found."""
    house.network.add(HOST.host, "aabbcc", "HWE-P1")


def _refused_file(house: House) -> None:
    house.paired.clear()
    house.notes.append("others can read the tokens of your devices")


def _gone(house: House) -> None:
    house.paired.clear()
    house.meter.faults["api"] = Unreachable("no answer at all")


def _silent(house: House) -> None:
    house.meter.faults["batteries"] = Unreachable("no answer within 5 s")


def _nobody(house: House) -> None:
    house.network.devices.clear()


@pytest.mark.parametrize(
    ("what", "exit_code", "words"),
    [
        (_unpaired, UNKNOWN, "not paired, so it does not tell of batteries: P1 meter aabbcc: hwtui pair 10.0.0.5"),
        (_unknown, UNKNOWN, "not paired, so it does not tell of batteries: Device aabbcc: hwtui pair 10.0.0.5"),
        (_over_v1, UNKNOWN, "P1 meter aabbcc is read over API v1, which knows no batteries: name it as https://HOST"),
        (_refused_file, UNKNOWN, "hwtui: others can read the tokens of your devices"),
        (_gone, CRITICAL, "no answer at all"),
        (_no_battery, UNKNOWN, "no battery is connected to any of these devices"),
        (_a_battery, UNKNOWN, "a battery does not set its mode: name the P1 or kWh meter that controls it"),
        (_silent, CRITICAL, "P1 meter aabbcc: no answer within 5 s"),
        (_nobody, UNKNOWN, "nothing to ask"),
    ],
)
async def test_why_there_is_nothing_to_set(
    house: House, what: Callable[[House], None], exit_code: int, words: str
) -> None:
    what(house)
    code, out, err = await house.run(TO_STANDBY)
    assert (code, out) == (exit_code, "")
    assert words in err


async def test_one_that_takes_too_long_is_not_called_unpaired(house: House) -> None:
    house.paired.clear()
    house.meter.latency_s["api"] = 60.0
    code, out, err = await house.run(settings=Settings(mdns=False, hosts=(HOST,), timeout_s=0.05))
    assert (code, out) == (CRITICAL, "")
    assert err == "hwtui: 10.0.0.5: no answer within 0.05 s: give it a longer --timeout\n"


async def test_a_change_that_is_refused_is_critical(house: House) -> None:
    house.meter.faults["put"] = BadAnswer("HTTP 400: json:no-parameters-recognized")
    code, _, err = await house.run(TO_STANDBY, yes=True)
    assert code == CRITICAL
    assert "json:no-parameters-recognized" in err


async def test_one_that_becomes_something_else_is_a_warning(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.commanding.READ_BACK", (0.0,))
    house.meter.says = [ZERO, ZERO, {**STANDBY, "mode": "to_full"}]
    code, out, _ = await house.run(TO_STANDBY)
    assert code == WARNING
    assert out.splitlines()[-1].startswith("the device took it and went back: to full")


@pytest.mark.parametrize(
    ("answer", "means"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("yep\n", False)]
)
async def test_only_a_yes_that_comes_after_the_question_is_one(
    person: FileIO, capsys: pytest.CaptureFixture[str], answer: str, means: bool
) -> None:
    person.write(b"y\n")  # the rest of a pasted line
    asked = asyncio.create_task(says_yes("Set it?"))
    end = time.monotonic() + 5
    while "Set it? [y/N]" not in capsys.readouterr().err:
        assert time.monotonic() < end
        await asyncio.sleep(0)
    assert not asked.done()
    person.write(answer.encode())
    assert await asked is means
