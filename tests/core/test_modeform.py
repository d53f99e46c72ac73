"""What can be picked in the dialog of the battery mode, and what is asked for then."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_control import CHARGE, DISCHARGE, FULL, GROUP, NEW, OLD, PREDICTIVE, STANDBY, STRANGE
from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Wanted
from tui.core.battery.control import NoChange, plan
from tui.core.battery.modeform import ModeForm, form_of

ZERO = form_of(GROUP, "2.2.0")
STEPS = {
    "up": lambda form: form.move(-1),
    "down": lambda form: form.move(1),
    "left": lambda form: form.mark(-1),
    "right": lambda form: form.mark(1),
    "space": lambda form: form.tick(),
}


def after(form: ModeForm, *steps: str) -> ModeForm:
    for step in steps:
        form = STEPS[step](form)
    return form


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ((), Wanted(Mode.ZERO, BOTH)),
        (("down",), Wanted(Mode.TO_FULL)),
        (("down", "down"), Wanted(Mode.STANDBY)),
        (("down",) * 9, Wanted(Mode.STANDBY)),
        (("down", "up", "up"), Wanted(Mode.ZERO, BOTH)),
        (("space",), Wanted(Mode.ZERO, BOTH)),
        (("right", "space"), Wanted(Mode.ZERO, DISCHARGE)),
        (("left", "space"), Wanted(Mode.ZERO, CHARGE)),
        (("right", "right", "right", "space"), Wanted(Mode.ZERO, CHARGE)),
        (("right", "space", "right", "space"), Wanted(Mode.STANDBY)),
        (("right", "space", "right", "space", "space"), Wanted(Mode.ZERO, DISCHARGE)),
        (("right", "space", "down", "up"), Wanted(Mode.ZERO, DISCHARGE)),
        (("down", "right", "space"), Wanted(Mode.TO_FULL)),
        (("down", "down", "right", "space"), Wanted(Mode.ZERO, CHARGE)),
    ],
)
def test_what_is_picked(steps: tuple[str, ...], wanted: Wanted) -> None:
    assert after(ZERO, *steps).wanted == wanted


@pytest.mark.parametrize(
    ("now", "version", "mode", "ticked", "is_open"),
    [
        (GROUP, "2.2.0", Mode.ZERO, BOTH, True),
        (STANDBY, "2.2.0", Mode.STANDBY, NEITHER, True),
        (FULL, "2.2.0", Mode.TO_FULL, NEITHER, False),
        (PREDICTIVE, "2.3.0", Mode.PREDICTIVE, NEITHER, False),
        (OLD, "2.1.0", Mode.ZERO, BOTH, False),
        (STRANGE, "2.2.0", None, NEITHER, False),
    ],
)
def test_how_it_opens(
    now: Batteries, version: str, mode: Mode | None, ticked: frozenset[object], is_open: bool
) -> None:
    form = form_of(now, version)
    assert (form.mode, form.ticked, form.is_open) == (mode, ticked, is_open)
    assert (Mode.PREDICTIVE in form.modes) is (version == "2.3.0")


def test_from_a_mode_that_is_not_known_both_ways_lead_out() -> None:
    strange = form_of(STRANGE, "2.2.0")
    assert after(strange, "down").mode is Mode.ZERO
    assert after(strange, "up").mode is Mode.STANDBY


@settings(max_examples=40)
@given(
    st.sampled_from(
        [(OLD, "2.1.0"), (GROUP, "2.2.0"), (STANDBY, "2.2.0"), (FULL, "2.2.0"), (NEW, "2.3.0"), (PREDICTIVE, "2.3.0")]
    ),
    st.lists(st.sampled_from(sorted(STEPS)), max_size=12),
)
def test_whatever_is_picked_can_be_written_or_is_so_already(of: tuple[Batteries, str], steps: list[str]) -> None:
    now, version = of
    planned = plan(now, after(form_of(now, version), *steps).wanted, version)
    assert not isinstance(planned, NoChange) or planned.is_so
