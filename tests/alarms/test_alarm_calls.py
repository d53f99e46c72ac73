"""Which programs are started, with which words; and what a webhook and a broker are sent."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.alarms.alarmlab import rule
from tui.core.alarms.calls import calls, tells
from tui.core.alarms.rules import Rule, only_shown
from tui.core.alarms.state import Alarm, Cleared
from tui.core.alarms.words import message, together
from tui.core.moment import Now
from tui.core.secret import Secret

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = Now(datetime(2026, 11, 27, 14, 45, tzinfo=ZONE).timestamp(), 10_000.0)


def alarm(label: str, *run: str, when: str = "power_w > 5000", figure: float | None = 5321) -> Alarm:
    return Alarm(rule(when, run=run), label.lower(), label, (figure,), NOW.plus(-780), NOW)


def test_a_program_that_wants_only_the_sentence_is_started_once_for_several() -> None:
    car, oven = alarm("Car", "notify", "{text}"), alarm("Oven", "notify", "{text}")
    assert calls([car, oven], NOW, ZONE) == [
        (
            "notify",
            "2 alarms: Car: power is 5321 W, above 5000 W since 14:32; Oven: power is 5321 W, above 5000 W since 14:32",
        )
    ]


@pytest.mark.parametrize("word", ["{serial}", "{device}", "{text} {value}", "{name}", "{since}", "{limit}"])
def test_one_that_wants_more_is_started_for_each(word: str) -> None:
    events = [alarm("Car", "do", word), alarm("Oven", "do", word)]
    assert len(calls(events, NOW, ZONE)) == 2


def test_each_program_in_the_order_of_its_first_alarm_and_what_is_over_by_itself() -> None:
    car, oven, sauna = alarm("Car", "a", "{state}"), alarm("Oven", "b", "{state}"), alarm("Sauna", "a", "{state}")
    assert calls([car, oven, Cleared(car, NOW), sauna], NOW, ZONE) == [
        ("a", "raised"),
        ("b", "raised"),
        ("a", "cleared"),
    ]


@pytest.mark.parametrize(
    ("run", "raised", "over"),
    [
        ((), False, False),
        (("close-the-valve",), True, False),
        (("close-the-valve", "{serial}"), True, False),
        (("tell", "it is {state}"), True, True),
        (("tell", "{text}"), True, True),
    ],
)
def test_what_is_over_is_told_to_a_program_that_can_see_it(run: tuple[str, ...], raised: bool, over: bool) -> None:
    one = alarm("Car", *run)
    assert tells(one.rule, one) is raised
    assert tells(one.rule, Cleared(one, NOW)) is over


@pytest.mark.parametrize("word", ["{text}", "{device}", "{serial}"])
def test_a_device_cannot_call_itself_an_option(word: str) -> None:
    ((_, told),) = calls([alarm("--Help", "do", word)], NOW, ZONE)
    assert told.casefold().startswith("help")
    ((_, low),) = calls([alarm("Car", "do", "{value}", when="power_w < 0", figure=-5)], NOW, ZONE)
    assert low == "-5"


def test_a_text_holds_five_sentences() -> None:
    text = together([alarm(f"No {number}") for number in range(8)], NOW, ZONE)
    assert text.startswith("8 alarms: No 0: ")
    assert "No 4:" in text
    assert text.endswith("; and 3 more")


def test_what_is_sent() -> None:
    one = alarm("Car")
    assert message(one, NOW, ZONE) == {
        "alarm": "power_w > 5000 W",
        "text": "Car: power is 5321 W, above 5000 W since 14:32",
        "device": "Car",
        "serial": "car",
        "since": "2026-11-27T14:32:00+01:00",
        "value": 5321,
        "state": "raised",
    }
    over = message(Cleared(alarm("Car", when="silent", figure=None), NOW), NOW, ZONE)
    assert (over["value"], over["state"]) == (None, "cleared")


def test_of_a_simulated_house_alarms_are_only_shown() -> None:
    whole = Rule(rule("silent").when, "Leak", bell=True, run=("a",), webhook=Secret("http://b"), mqtt="c")
    assert only_shown([whole]) == (Rule(whole.when, "Leak", bell=True),)
