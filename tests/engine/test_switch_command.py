"""`hwtui switch` and `identify`: what they send, what they ask first, and what they say became of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from io import FileIO

import pytest

from tests.net.conftest import Servers, Visit
from tui.core.model import DeviceSetting, Role
from tui.core.settings import Settings
from tui.core.switchwish import wish_of
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.switch import identify, switch
from tui.engine.commands.yesno import types

LAMP = "5c2faf000001"
SETTINGS = Settings(mdns=False, timeout_s=2.0, devices={LAMP: DeviceSetting(name="Lamp")})


@dataclass
class Socket:
    """A socket over HTTP, with faults, and a person who may be asked about it."""

    servers: Servers
    serial: str = LAMP
    product: str = "HWE-SKT"
    state: dict[str, bool | int] = field(
        default_factory=lambda: {"power_on": True, "switch_lock": False, "brightness": 255}
    )
    deaf: bool = False
    """It says yes, and does nothing."""
    lost: str = ""
    """The connection breaks at a request that begins so."""
    does_it: bool = True
    """It did what was asked before the connection broke."""
    dies: bool = False
    """Nothing comes from it after that."""
    dead: bool = False
    asked: list[str] = field(default_factory=list)
    """Words that the person was asked for."""
    answer: bool = True
    meanwhile: dict[str, bool | int] = field(default_factory=dict)
    """What somebody else sets while the question is open."""
    address: str = ""

    async def start(self) -> Socket:
        self.served = await self.servers.start(self._behave)
        self.address = self.served.endpoint.address
        return self

    async def _behave(self, visit: Visit) -> None:
        while True:
            request = await visit.request()
            method, path, *body = request.split(" ", 2)
            is_lost = bool(self.lost) and request.startswith(self.lost)
            if method == "PUT" and path == "/api/v1/state" and not self.deaf and (self.does_it or not is_lost):
                self.state |= json.loads(body[0])
            if is_lost:
                self.dead = self.dies
            if is_lost or self.dead:
                return
            answers: dict[str, object] = {
                "/api": {"product_type": self.product, "serial": self.serial},
                "/api/v1/data": {"active_power_w": 61.5},
                "/api/v1/state": json.loads(body[0]) if body else self.state,
            }
            await visit.answer(json.dumps(answers.get(path, {})).encode())

    @property
    def puts(self) -> list[str]:
        """What was changed."""
        return [request for request in self.served.requests if request.startswith("PUT")]

    async def ask(self, word: str, lines: Sequence[str]) -> bool:
        self.asked.append(word)
        self.state |= self.meanwhile
        return self.answer

    async def told(
        self, *words: str, settings: Settings = SETTINGS, yes: bool = False, as_json: bool = False, person: bool = True
    ) -> int:
        ask = self.ask if person else None
        return await switch(settings, Output(), self.address, wish_of(words), as_json=as_json, yes=yes, ask=ask)


@pytest.fixture
async def lamp() -> AsyncIterator[Socket]:
    servers = Servers()
    yield await Socket(servers).start()
    await servers.stop()


Said = pytest.CaptureFixture[str]


async def test_without_a_word_it_shows_the_state_and_changes_nothing(lamp: Socket, capsys: Said) -> None:
    assert await lamp.told() == OK
    assert capsys.readouterr() == ("Lamp: on, unlocked, brightness 255 of 255\n", "")
    assert (lamp.puts, lamp.asked) == ([], [])


@pytest.mark.parametrize(
    ("words", "before", "put", "said"),
    [
        (["on"], {"power_on": False}, '{"power_on": true}', "Lamp is on"),
        (["off"], {}, '{"power_on": false}', "Lamp is off"),
        (["lock"], {}, '{"switch_lock": true}', "Lamp is locked"),
        (["unlock"], {"switch_lock": True}, '{"switch_lock": false}', "Lamp is unlocked"),
        (["brightness", "7"], {}, '{"brightness": 7}', "Lamp has brightness 7 of 255"),
    ],
)
async def test_it_is_told_once_and_read_back(
    lamp: Socket, capsys: Said, words: list[str], before: dict[str, bool], put: str, said: str
) -> None:
    lamp.state |= before
    assert await lamp.told(*words) == OK
    assert capsys.readouterr().out == f"{said}\n"
    assert lamp.puts == [f"PUT /api/v1/state {put}"]
    assert lamp.served.requests[-3:] == ["GET /api", lamp.puts[0], "GET /api/v1/state"]
    assert lamp.asked == [word for word in words if word in ("off", "unlock")]


@pytest.mark.parametrize("words", [["on"], ["unlock"], ["brightness", "255"]])
async def test_what_is_so_already_is_not_told_again(lamp: Socket, words: list[str]) -> None:
    assert await lamp.told(*words) == OK
    assert (lamp.puts, lamp.asked) == ([], [])


async def test_without_the_word_nothing_is_done(lamp: Socket, capsys: Said) -> None:
    lamp.answer = False
    assert await lamp.told("off") == UNKNOWN
    assert capsys.readouterr() == ("", "hwtui: nothing was done: Lamp: on, unlocked, brightness 255 of 255\n")
    assert lamp.puts == []


async def test_a_lock_that_was_set_while_the_question_was_open_holds(lamp: Socket, capsys: Said) -> None:
    lamp.meanwhile = {"switch_lock": True}
    assert await lamp.told("off") == UNKNOWN
    assert capsys.readouterr().err == "hwtui: Lamp is not switched: locked in the app\n"
    assert lamp.puts == []


@pytest.mark.parametrize("word", ["off", "unlock"])
async def test_with_nobody_to_ask_it_needs_a_yes(lamp: Socket, capsys: Said, word: str) -> None:
    lamp.state["switch_lock"] = word == "unlock"
    assert await lamp.told(word, person=False) == UNKNOWN
    assert capsys.readouterr() == ("", f"hwtui: {word} asks first, and there is no terminal to ask on: add --yes\n")
    assert lamp.served.connections == 0
    assert await lamp.told(word, person=False, yes=True) == OK
    assert len(lamp.puts) == 1


async def test_yes_passes_no_guard(lamp: Socket, capsys: Said) -> None:
    lamp.state["switch_lock"] = True
    assert await lamp.told("off", yes=True) == UNKNOWN
    solar = replace(SETTINGS, devices={LAMP: DeviceSetting(name="Lamp", role=Role.SOLAR)})
    assert await lamp.told("off", yes=True, settings=solar) == UNKNOWN
    assert await lamp.told("off", yes=True, settings=replace(SETTINGS, read_only=True)) == UNKNOWN
    assert capsys.readouterr().err.splitlines() == [
        "hwtui: Lamp is not switched: locked in the app",
        "hwtui: Lamp is not switched: its role is solar",
        "hwtui: read-only: nothing is switched",
    ]
    assert lamp.puts == []


async def test_another_device_that_took_its_address_is_left_alone(lamp: Socket, capsys: Said) -> None:
    async def ask(word: str, lines: Sequence[str]) -> bool:
        lamp.serial = "5c2faf00ffff"
        return True

    assert await switch(SETTINGS, Output(), lamp.address, wish_of(["off"]), ask=ask) == UNKNOWN
    assert "another device answers at the address of Lamp: nothing was switched" in capsys.readouterr().err
    assert lamp.puts == []


async def test_one_that_does_not_do_it_is_told_so(lamp: Socket, capsys: Said) -> None:
    lamp.deaf = True
    assert await lamp.told("off") == WARNING
    assert capsys.readouterr().out == "Lamp is on, not as it was told\n"


async def test_json_holds_the_device_and_what_became_of_it(lamp: Socket, capsys: Said) -> None:
    assert await lamp.told("off", as_json=True) == OK
    row = json.loads(capsys.readouterr().out)
    assert (row["serial"], row["switch"]["power_on"]) == (LAMP, False)
    assert row["change"] == {"done": True, "text": "Lamp is off"}
    assert await lamp.told(as_json=True) == OK
    assert json.loads(capsys.readouterr().out)["change"] is None


async def test_a_lost_answer_is_read_again_before_anything_is_claimed(lamp: Socket, capsys: Said) -> None:
    lamp.lost = "PUT"
    assert await lamp.told("off") == OK
    assert capsys.readouterr().out == "Lamp is off\n"
    lamp.state["power_on"], lamp.does_it = True, False
    assert await lamp.told("off") == CRITICAL
    assert capsys.readouterr().err.startswith("hwtui: Lamp: Connection closed")


async def test_one_that_is_gone_after_it_was_told_may_have_done_it(lamp: Socket, capsys: Said) -> None:
    lamp.lost = "PUT"
    lamp.dies = True
    assert await lamp.told("off") == CRITICAL
    assert "so it is not known what it did" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("on",)])
async def test_what_has_no_switch_is_told_nothing(lamp: Socket, capsys: Said, words: tuple[str, ...]) -> None:
    lamp.product = "HWE-P1"
    assert await lamp.told(*words) == UNKNOWN
    assert capsys.readouterr() == ("", "hwtui: Lamp has no switch\n")


async def test_one_that_does_not_answer_is_named_with_what_is_wrong(capsys: Said) -> None:
    assert await switch(SETTINGS, Output(), "127.0.0.1:9", None) == CRITICAL
    assert capsys.readouterr().err == "hwtui: 127.0.0.1:9: Connection refused at port 9: is this the right address?\n"
    assert await switch(SETTINGS, Output(), LAMP, None) == CRITICAL
    assert capsys.readouterr().err.startswith("hwtui: Lamp: Not found without mDNS")


# ------------------------------------------------------------------ identify


async def test_its_led_blinks(lamp: Socket, capsys: Said) -> None:
    assert await identify(SETTINGS, lamp.address) == OK
    assert lamp.puts == ["PUT /api/v1/identify"]
    assert capsys.readouterr() == ("", "hwtui: the LED of Lamp blinks for a few seconds\n")


async def test_what_must_not_or_cannot_blink_says_why(lamp: Socket, capsys: Said) -> None:
    assert await identify(replace(SETTINGS, read_only=True), lamp.address) == UNKNOWN
    lamp.product = "HWE-KWH1"
    assert await identify(SETTINGS, lamp.address) == UNKNOWN
    lamp.product, lamp.lost = "HWE-SKT", "PUT"
    assert await identify(SETTINGS, lamp.address) == CRITICAL
    first, second, third = capsys.readouterr().err.splitlines()
    assert (first, second) == ("hwtui: read-only: no LED is blinked", "hwtui: Lamp has no LED to blink")
    assert third.startswith("hwtui: Lamp: ")


# ------------------------------------------------------------------ the word on a terminal


@pytest.mark.parametrize(
    ("answer", "means"), [("off\n", True), ("OFF\n", False), ("y\n", False), ("\n", False), ("off off\n", False)]
)
async def test_only_the_word_typed_after_the_question_does_it(
    person: FileIO, capsys: Said, answer: str, means: bool
) -> None:
    person.write(b"off\n")  # the rest of a pasted line
    asked = asyncio.create_task(types("off", ["Lamp is on."]))
    end = time.monotonic() + 5
    said = ""
    while "Lamp is on.\nType off to do it: " not in (said := said + capsys.readouterr().err):
        assert time.monotonic() < end
        await asyncio.sleep(0)
    assert not asked.done()
    person.write(answer.encode())
    assert await asked is means
