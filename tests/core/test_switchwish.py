"""What may be told to a socket from a command line: the words, the whole table of refusals, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tui.core.model import Device, Endpoint, Read, Role
from tui.core.moment import Now
from tui.core.reading import Measurement, Switch
from tui.core.switchwish import Wish, done_words, question, state_words, wish_of, wish_refusal

NOW = Now(1_800_000_000.0, 1000.0)
SOCKET = Device(
    "5c2faf000001",
    serial="5c2faf000001",
    product_type="HWE-SKT",
    name="Freezer",
    endpoints=(Endpoint("192.168.1.20"),),
    measurement=Read(Measurement({"power_w": 61.0}), NOW),
)
ON, OFF = Switch(power_on=True, switch_lock=False, brightness=255), Switch(power_on=False, switch_lock=False)
LOCKED = Switch(power_on=True, switch_lock=True)
EVERY = [*(["on"], ["off"], ["lock"], ["unlock"], ["brightness", "7"])]


def wish(*words: str) -> Wish:
    found = wish_of(words)
    assert found is not None
    return found


def test_no_word_asks_for_nothing() -> None:
    assert wish_of([]) is None


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["on"], {"power_on": True}),
        (["off"], {"power_on": False}),
        (["lock"], {"switch_lock": True}),
        (["unlock"], {"switch_lock": False}),
        (["brightness", "0"], {"brightness": 0}),
        (["brightness", "255"], {"brightness": 255}),
    ],
)
def test_a_wish_is_written_as_the_api_takes_it(words: Sequence[str], body: dict[str, bool | int]) -> None:
    assert wish(*words).body == body


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["of"], '"of" is nothing that a socket does: use on, off, lock'),
        (["ON"], "is nothing that a socket does"),
        (["on", "off"], '"on off" is nothing'),
        (["brightness"], "brightness: a number from 0 to 255 is missing"),
        (["brightness", "256"], "brightness: 256 is out of range: use 0 to 255"),
        (["brightness", "-1"], "brightness: -1 is out of range"),
        (["brightness", "half"], 'brightness: "half" is not a whole number'),
    ],
)
def test_what_is_no_wish_is_said_in_a_sentence(words: Sequence[str], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        wish_of(words)


def test_only_what_takes_power_or_protection_away_is_asked_about() -> None:
    assert [words[0] for words in EVERY if wish(*words).takes_away] == ["off", "unlock"]


@pytest.mark.parametrize("words", EVERY)
@pytest.mark.parametrize(
    ("device", "read_only", "says"),
    [
        (SOCKET, True, "read-only: nothing is switched"),
        (replace(SOCKET, product_type="HWE-P1"), False, "Freezer has no switch"),
        (replace(SOCKET, measurement=None), False, "it has not answered yet"),
        (replace(SOCKET, remembered=True), False, "Freezer"),
        (replace(SOCKET, measurement=Read(Measurement(), NOW.plus(-600))), False, "last heard 10 min ago"),
    ],
)
def test_nothing_is_told_to_one_that_must_not_be(
    words: Sequence[str], device: Device, read_only: bool, says: str
) -> None:
    assert says in (wish_refusal(wish(*words), device, NOW, read_only=read_only) or "")


@pytest.mark.parametrize("role", [Role.SOLAR, Role.BATTERY])
def test_a_socket_of_an_inverter_or_a_battery_is_neither_switched_nor_unlocked(role: Role) -> None:
    device = replace(SOCKET, given_role=role)
    refused = [words[0] for words in EVERY if wish_refusal(wish(*words), device, NOW, read_only=False, switch=ON)]
    assert refused == ["on", "off", "unlock"]


@pytest.mark.parametrize(
    ("switch", "refused"),
    [
        (ON, []),
        (OFF, ["lock"]),  # its lock would switch it on
        (LOCKED, ["on", "off"]),
        (Switch(switch_lock=False), ["on", "off", "lock"]),
        (Switch(power_on=True), ["on", "off"]),
    ],
)
def test_what_its_state_forbids(switch: Switch, refused: list[str]) -> None:
    told = [words[0] for words in EVERY if wish_refusal(wish(*words), SOCKET, NOW, read_only=False, switch=switch)]
    assert told == refused


@pytest.mark.parametrize(
    ("words", "switch", "so"),
    [
        (["on"], ON, True),
        (["off"], ON, False),
        (["off"], Switch(), False),
        (["unlock"], ON, True),
        (["brightness", "255"], ON, True),
        (["brightness", "1"], Switch(brightness=None), False),
        (["brightness", "0"], Switch(brightness=0), True),
    ],
)
def test_what_is_so_already_needs_nothing(words: Sequence[str], switch: Switch, so: bool) -> None:
    assert wish(*words).is_so(switch) is so


def test_the_question_names_what_is_at_stake() -> None:
    off = question(wish("off"), SOCKET, NOW)
    assert off[0] == "Freezer is on. It draws 61 W (0 s ago). Its switch lock is off."
    assert "you cannot switch it on again from here" in off[1]
    assert "does not tell what it draws" in question(wish("off"), replace(SOCKET, measurement=None), NOW)[0]
    assert question(wish("unlock"), SOCKET, NOW) == [
        "Without its lock, everybody in this network can switch Freezer off."
    ]


@pytest.mark.parametrize(
    ("words", "switch", "text"),
    [
        (["on"], ON, "Freezer is on"),
        (["on"], OFF, "Freezer is off"),
        (["lock"], LOCKED, "Freezer is locked"),
        (["lock"], ON, "Freezer is unlocked"),
        (["brightness", "9"], Switch(brightness=9), "Freezer has brightness 9 of 255"),
        (["brightness", "9"], Switch(), "Freezer does not tell its brightness"),
    ],
)
def test_what_became_of_it_is_told_as_it_was_read(words: Sequence[str], switch: Switch, text: str) -> None:
    assert done_words(wish(*words), SOCKET, switch) == text


def test_the_state_in_a_line_says_what_is_known() -> None:
    assert state_words(SOCKET, ON) == "Freezer: on, unlocked, brightness 255 of 255"
    assert state_words(SOCKET, Switch(switch_lock=True)) == "Freezer: locked"
    assert state_words(SOCKET, Switch()) == "Freezer: it tells nothing of its switch"
