"""The meters of a fleet as a guided test has them, what it says, and the exit code."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.checks.house import House
from tui.core.events import Configured
from tui.core.fuse import parse_fuse
from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.guide import Guide, wiring_of
from tui.core.guided.judging import Wiring
from tui.core.guided.trial import Asks
from tui.core.guided.words import asked, likely, told
from tui.core.model import DeviceSetting, Role
from tui.core.options import LANGUAGES
from tui.core.profiles import NO_PROFILE, PROFILES, profile_of
from tui.core.reading import Measurement, Value
from tui.engine.checkdata import load_words
from tui.engine.commands.guided import worst

EN = load_words("en")
THREE: dict[str, Value] = {"power_w": 300.0, "power_l1_w": 100.0, "power_l2_w": 100.0, "power_l3_w": 100.0}


@pytest.mark.parametrize(
    ("values", "fuse", "wiring"),
    [
        (THREE, None, Wiring.THREE),
        ({"power_w": 300.0}, None, Wiring.TOTAL_ONLY),
        ({"power_w": 300.0}, "1x35", Wiring.ONE),
        ({"power_w": 300.0}, "3x25", Wiring.TOTAL_ONLY),
        ({"power_w": 300.0, "power_l1_w": 300.0}, None, Wiring.ONE),
        ({"power_w": 300.0, "voltage_l1_v": 230.0}, None, Wiring.ONE),
        ({"power_w": 300.0, "voltage_l1_v": 230.0, "voltage_l2_v": 230.0}, None, Wiring.TOTAL_ONLY),
    ],
)
def test_what_a_connection_can_tell(values: dict[str, Value], fuse: str | None, wiring: Wiring) -> None:
    assert wiring_of(Measurement(values), NO_PROFILE, parse_fuse(fuse) if fuse else None) is wiring


def test_without_a_neutral_no_phase_is_told() -> None:
    profile = profile_of("be-vlg-3x230")
    assert not profile.has_neutral
    assert wiring_of(Measurement(THREE), profile, None) is Wiring.NO_NEUTRAL


class Told:
    """A house whose events a guide hears."""

    def __init__(self) -> None:
        self.house = House()
        self.guide = Guide(PROFILES["nl"])

    def run(self, seconds: int) -> Told:
        """Let time pass."""
        tell = self.house.tell

        def both(event: object) -> None:
            tell(event)  # type: ignore[arg-type]
            self.guide.heard(event, self.house.fleet)  # type: ignore[arg-type]

        self.house.tell = both  # type: ignore[method-assign]
        self.house.run(seconds)
        self.house.tell = tell  # type: ignore[method-assign]
        return self


def test_a_kettle_behind_a_socket_through_the_fleet() -> None:
    told_house = Told()
    house, is_on = told_house.house, False

    def load() -> float:
        return 2000.0 * is_on

    house.meter(lambda second: {**THREE, "protocol_version": 50, "power_l2_w": 100.0 + load()})
    house.meter(lambda second: {"power_w": load()}, "HWE-SKT", Role.LOAD)
    house.meter({"water_flow_lpm": 3.0}, "HWE-WTR")
    told_house.run(120)
    (socket,) = told_house.guide.subjects(house.fleet)
    connection = told_house.guide.connection(house.fleet)
    assert connection is not None
    assert connection.product_type == "HWE-P1"
    assert told_house.guide.watched_s(socket) == pytest.approx(119, abs=1)
    trial = told_house.guide.begin(socket, house.fleet, house.now)
    for _ in range(60):
        if trial.asks in (Asks.ON, Asks.OFF):
            is_on = trial.asks is Asks.ON
        told_house.run(1)
        trial.tick(house.now.monotonic)
        if trial.asks is Asks.OVER:
            break
    assert {str(one.question): one.value for one in trial.answers} == {
        "phase": "L2",
        "direction": "right",
        "rise": "same",
    }
    assert worst(trial.answers, socket.key) == 0


def test_a_meter_that_is_turned_in_the_settings_begins_anew() -> None:
    told_house = Told()
    told_house.house.meter({"power_w": 500.0}, "HWE-KWH1")
    (meter,) = told_house.run(30).guide.subjects(told_house.house.fleet)
    assert meter.serial is not None
    told_house.house.tell(Configured(meter.serial, DeviceSetting(inverted=True)))
    told_house.run(10)
    assert told_house.guide.watched_s(meter) < 11


ANSWERS = [
    Answer(Question.NAME, Certainty.PROVEN, "one"),
    Answer(Question.NAME, Certainty.PROVEN, "two"),
    Answer(Question.PHASE, Certainty.LIKELY, "L2"),
    Answer(Question.PHASE, Certainty.PROVEN, "L1", of=3),
    Answer(Question.DIRECTION, Certainty.PROVEN, "right"),
    Answer(Question.DIRECTION, Certainty.PROVEN, "reversed"),
    Answer(Question.RISE, Certainty.PROVEN, "same"),
    Answer(Question.RISE, Certainty.PROVEN, "none"),
    Answer(Question.RISE, Certainty.PROVEN, "other", ratio=0.5),
    *(
        Answer(question, sure, why=why)
        for question, sure, why in itertools.product(Question, (Certainty.NOT_SURE, Certainty.UNTESTABLE), Why)
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("subject", "is_source"), [("Dryer", False), ("Dryer", True), ("", False)])
def test_every_answer_is_a_sentence(language: str, subject: str, is_source: bool) -> None:
    words = load_words(language)
    for answer in ANSWERS:
        line = told(answer, {"one": "Dryer", "two": "Oven"}.__getitem__, subject, words, is_source=is_source)
        assert "Dryer" in line if subject else line.startswith(("The load", "Het apparaat"))
        assert line.endswith(".")
        assert "  " not in line
        assert len(line) < 170


def test_names_that_were_mixed_up_are_both_named() -> None:
    line = told(ANSWERS[1], {"one": "Dryer", "two": "Oven"}.__getitem__, "Dryer", EN)
    assert line == "Dryer does not show this load, but Oven does: names mixed up? (proven)."


def test_what_is_likely_tells_its_steps() -> None:
    phase = Answer(Question.PHASE, Certainty.LIKELY, "L2", steps=12)
    assert likely(phase, "Solar", EN) == "Solar is on L2 (likely: 12 steps)."
    assert likely(replace(phase, steps=1, of=3), "Solar", EN) == "Solar (its L3) is on L2 (likely: one step)."
    turned = Answer(Question.DIRECTION, Certainty.LIKELY, "reversed", steps=2)
    assert "what is delivered shows as drawn (likely: 2 steps)" in likely(turned, "Solar", EN, is_source=True)


def test_a_meter_that_did_not_answer_is_named() -> None:
    gaps = Answer(Question.PHASE, Certainty.NOT_SURE, why=Why.GAPS, silent="one")
    line = told(gaps, {"one": "Grid"}.__getitem__, "Dryer", EN)
    assert line == (
        "Dryer: not sure of the phase: Grid did not answer while it mattered: see its Wi-Fi, and try once more."
    )


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([ANSWERS[4], ANSWERS[3], ANSWERS[6]], 0),
        ([ANSWERS[5], ANSWERS[3]], 2),
        ([ANSWERS[4], ANSWERS[8]], 1),
        ([ANSWERS[1]], 1),
        ([ANSWERS[0], ANSWERS[2]], 3),
        ([Answer(Question.PHASE, Certainty.UNTESTABLE, why=Why.ONE_PHASE), ANSWERS[4]], 0),
        ([ANSWERS[4], ANSWERS[3], Answer(Question.RISE, Certainty.NOT_SURE, why=Why.MORE)], 0),
        ([], 3),
    ],
)
def test_the_exit_code_is_that_of_the_worst(answers: list[Answer], code: int) -> None:
    assert worst(answers, "one") == code


def test_what_is_asked() -> None:
    told_house = Told()
    told_house.house.meter(THREE)
    trial = told_house.run(20).guide.begin(None, told_house.house.fleet, told_house.house.now)
    assert asked(trial, "", EN) == "Switch a load of about 2 kW, like a kettle, on now."
    assert asked(trial, "Dryer", EN) == "Switch a load of about 2 kW, like a kettle, behind Dryer on now."
    nl = load_words("nl")
    assert (
        asked(trial, "Droger", nl) == "Zet nu een apparaat van ongeveer 2 kW, zoals een waterkoker, achter Droger aan."
    )
