"""What steps told, as findings: what a guided test proved, and what the steps of an hour make likely."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.checks.house import House
from tests.checks.sound import WORDS, assert_told
from tests.checks.told import untold
from tui.core.checks.registry import RULES
from tui.core.events import Configured
from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.proof import MOST_LOADS, Proof, kept, of_test
from tui.core.model import DeviceSetting, Role

if TYPE_CHECKING:
    from tui.core.checks.finding import Finding

PROVEN, LIKELY, UNSURE = Certainty.PROVEN, Certainty.LIKELY, Certainty.NOT_SURE
THREE = {"power_w": 300.0, "power_l1_w": 100.0, "power_l2_w": 100.0, "power_l3_w": 100.0}
METER = "5c2faf000001"


class Proofs(House):
    """A house with a P1 and a meter, and what steps told of them."""

    proofs: tuple[Proof, ...] = ()

    def after(self, *answers: Answer, device: str | None = METER) -> Proofs:
        """Let a test be made."""
        self.proofs = (*self.proofs, *(Proof(device, one, self.now) for one in answers))
        return self

    def findings(self, rule: str) -> list[Finding]:
        """As that of a house, with what was proven."""
        record = self.record
        record = replace(record, installation=replace(record.installation, proofs=self.proofs))
        found = list(RULES[rule](record))
        for one in found:
            assert_told(one, record)
        return found

    def told(self, rule: str) -> list[str]:
        """The English lines."""
        return [WORDS["en"].of(one, self.record).line for one in self.findings(rule)]


def seen(product: str = "HWE-KWH1", role: Role | None = None, watts: float = 50.0) -> Proofs:
    house = Proofs()
    house.meter(THREE)
    house.meter({"power_w": watts}, product, role)
    house.run(90)
    return house


def of(question: Question, value: str, sure: Certainty = PROVEN, **more: object) -> Answer:
    return Answer(question, sure, value, steps=12, **more)  # type: ignore[arg-type]


PHASE, TURN, RISE, NAME = Question.PHASE, Question.DIRECTION, Question.RISE, Question.NAME


def test_a_phase_that_was_proven_is_said_with_the_time_of_the_test() -> None:
    (found,) = seen().after(of(PHASE, "L2")).findings("phase.meter")
    assert (found.case, found.device, found.phase) == ("info-proven", METER, 2)
    assert seen().after(of(PHASE, "L2")).told("phase.meter") == ["on L2, proven by a test at 14:01"]


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ((), "needs the guided test, key g"),
        ((of(PHASE, "L3", LIKELY),), "likely on L3 (12 steps)"),
        ((of(PHASE, "L3", LIKELY), of(PHASE, "L1")), "on L1, proven by a test at 14:01"),
        ((Answer(PHASE, UNSURE, why=Why.MORE),), "needs the guided test, key g"),
    ],
)
def test_what_is_known_best_of_a_phase_is_said(answers: tuple[Answer, ...], line: str) -> None:
    assert seen().after(*answers).told("phase.meter") == [line]


@pytest.mark.parametrize(
    ("setup", "case"),
    [
        ({"power_w": 1.0}, "na-total-only"),
        ({"power_w": 1.0, "power_l1_w": 1.0}, "na-one-phase"),
        (THREE, "untestable"),
    ],
)
def test_where_no_phase_can_be_told_the_rule_does_not_apply(setup: dict[str, float], case: str) -> None:
    house = Proofs()
    house.meter(setup)
    house.meter({"power_w": 1.0}, "HWE-SKT")
    house.run(5)
    assert [one.case for one in house.findings("phase.meter")] == [case]


def cases(rule: str, *houses: Proofs) -> list[str]:
    return [one.case for house in houses for one in house.findings(rule)]


def test_every_sentence_on_a_phase_is_told() -> None:
    alone, empty, lines = Proofs(), Proofs(), Proofs(grid="be-vlg-3x230")
    alone.meter({"power_w": 1.0}, "HWE-SKT")
    empty.meter(THREE)
    for one in (alone, empty, lines):
        one.run(2)
    lines.meter(THREE)
    lines.run(2)
    total, single = Proofs(), Proofs()
    total.meter({"power_w": 1.0})
    single.meter({"power_w": 1.0, "power_l1_w": 1.0})
    houses = (
        seen(),
        seen().after(of(PHASE, "L1")),
        seen().after(of(PHASE, "L1", of=2)),
        seen().after(of(PHASE, "L1", LIKELY)),
        seen().after(of(PHASE, "L1", LIKELY, of=2)),
        seen().after(of(PHASE, "L1"), device=None),
        *(alone, empty, lines, total.run(2), single.run(2)),
    )
    assert untold("phase.meter", cases("phase.meter", *houses)) == set()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "watts", "answer", "case"),
    [
        (None, 50.0, of(TURN, "right"), "pass-test"),
        (None, 50.0, of(TURN, "reversed"), "fail-test"),
        (Role.LOAD, -1500.0, of(TURN, "reversed"), "fail-test"),
        (Role.LOAD, 5.0, of(TURN, "reversed", LIKELY), "info-likely-reversed"),
        (None, 50.0, of(TURN, "right", LIKELY), "info-likely-right"),
        (Role.LOAD, 1500.0, of(TURN, "right", LIKELY), "pass-load"),
        (Role.LOAD, 5.0, Answer(TURN, UNSURE, why=Why.MORE), "untestable-load"),
    ],
)
def test_a_test_says_more_of_a_direction_than_the_role(
    role: Role | None, watts: float, answer: Answer, case: str
) -> None:
    assert cases("meter.direction", seen(role=role, watts=watts).after(answer)) == [case]


def test_a_role_that_a_test_contradicts_is_still_a_warning() -> None:
    house = seen(role=Role.SOLAR, watts=1500.0).after(of(TURN, "right"))
    assert cases("meter.direction", house) == ["warn-solar", "pass-test"]


def test_a_meter_that_was_turned_in_the_settings_after_its_test_is_right() -> None:
    house = seen().after(of(TURN, "reversed"))
    house.tell(Configured(METER, DeviceSetting(inverted=True)))
    assert cases("meter.direction", house) == ["pass-test"]


def test_every_other_sentence_of_a_test_is_told() -> None:
    mixed = seen()
    mixed.proofs = (Proof(METER, of(NAME, "x"), mixed.now, other="Oven"),)
    silent = Answer(PHASE, UNSURE, why=Why.GAPS, silent="5c2faf000000")
    houses = (
        seen(),
        seen().after(of(RISE, "same", ratio=1.0)),
        seen().after(of(RISE, "none")),
        seen().after(of(RISE, "other", ratio=0.5)),
        seen().after(Answer(PHASE, UNSURE, why=Why.AT_ONCE)),
        seen().after(silent),
        mixed,
    )
    assert untold("meter.test", cases("meter.test", *houses)) == set()
    assert mixed.told("meter.test") == ["Oven showed its load, by a test at 14:01"]
    (why,) = seen().after(silent).findings("meter.test")
    assert "P1" in str(why.values["other"])


def test_what_a_test_was_not_sure_of_is_no_matter_once_something_is_proven() -> None:
    house = seen().after(Answer(PHASE, UNSURE, why=Why.AT_ONCE), of(TURN, "right"))
    assert cases("meter.test", house) == ["na"]


def test_a_later_test_replaces_an_earlier_one_unless_it_proves_less() -> None:
    now, house = House().now, seen()
    device = house.fleet.devices[METER]
    first = of_test(device, [of(PHASE, "L1"), Answer(TURN, UNSURE, why=Why.MORE)], now, str)
    second = of_test(device, [of(PHASE, "L2"), of(TURN, "right")], now.plus(60), str)
    unsure = of_test(device, [Answer(PHASE, UNSURE, why=Why.MORE)], now.plus(90), str)
    assert {one.answer.value for one in kept(kept(first, second), unsure)} == {"L2", "right"}
    assert {one.at for one in kept(first, second)} == {now.plus(60)}


def test_the_last_loads_are_kept_each_as_another_one() -> None:
    now = House().now
    proofs: tuple[Proof, ...] = ()
    for turn in range(MOST_LOADS + 2):
        proofs = kept(proofs, of_test(None, [of(PHASE, f"L{turn % 3 + 1}")], now.plus(turn), str))
    assert [one.at for one in proofs] == [now.plus(turn) for turn in range(2, MOST_LOADS + 2)]
