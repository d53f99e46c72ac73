"""The words for a group of batteries: every mode has some, and what was not told is not guessed."""

from __future__ import annotations

import pytest

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission
from tui.core.battery.words import MODES, may_words, mode_name, permission_words


def test_every_mode_has_a_name_and_a_meaning_that_fit_in_a_dialog() -> None:
    assert set(MODES) == set(Mode)
    assert all(len(words.name) <= 11 and len(words.means) <= 52 for words in MODES.values())


@pytest.mark.parametrize(
    ("batteries", "name"),
    [
        (Batteries(mode=Mode.ZERO), "zero"),
        (Batteries(mode=Mode.TO_FULL), "to full"),
        (Batteries(other_mode="dreaming"), "dreaming"),
        (Batteries(), "not told"),
    ],
)
def test_the_mode_of_a_group(batteries: Batteries, name: str) -> None:
    assert mode_name(batteries) == name


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (BOTH, "may charge and discharge"),
        (frozenset({Permission.CHARGE}), "may charge only"),
        (frozenset({Permission.DISCHARGE}), "may discharge only"),
        (NEITHER, "may neither charge nor discharge"),
        (None, "permissions not told"),  # API 2.1.0: neither all nor none
    ],
)
def test_what_a_group_may_do(permissions: frozenset[Permission] | None, words: str) -> None:
    assert permission_words(permissions) == words


def test_permissions_that_have_no_word_are_told_as_sent() -> None:
    assert may_words(Batteries(permissions=BOTH)) == "may charge and discharge"
    assert may_words(Batteries(other_permissions=("heat_allowed",))) == "permissions heat_allowed"
    known = frozenset({Permission.CHARGE})
    assert may_words(Batteries(permissions=known, other_permissions=("x",))) == "permissions charge_allowed, x"


@pytest.mark.parametrize("mode", [Mode.TO_FULL, Mode.PREDICTIVE])
@pytest.mark.parametrize("permissions", [NEITHER, BOTH, None])
def test_where_the_meter_decides_nothing_is_said_about_leave(mode: Mode, permissions: frozenset[Permission]) -> None:
    """In `to_full` it sends none, and charges."""
    assert may_words(Batteries(mode, permissions=permissions)) == ""
    assert may_words(Batteries(mode, permissions=permissions, other_permissions=("x",))) == ""
