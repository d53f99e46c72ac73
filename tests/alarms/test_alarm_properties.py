"""Whatever values come, and whenever: what a raise means, held against all the values there were."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alarms.alarmlab import T0, Lab, rule
from tui.core.alarms.state import GROUP_S

LIMIT, FOR_S, COOLDOWN_S, GAP_S = 100.0, 5, 20.0, 3.0
VALUES = st.lists(
    st.tuples(
        st.sampled_from([0.25, 1.0, 1.0, 2.0, 3.0, 4.0]), st.sampled_from([0.0, 96.0, 101.0, 101.0, 150.0, None])
    ),
    max_size=60,
)


def lived(values: list[tuple[float, float | None]], *, looks: bool, group_s: float = 0.0) -> Lab:
    lab = Lab(rule(f"power_w > {LIMIT:g} for {FOR_S}s", cooldown_s=COOLDOWN_S), group_s=group_s, before_s=3600.0)
    lab.add()
    for pause, value in values:
        lab.wait(pause)
        if value is not None:
            lab.measures(power_w=value)
        if looks:
            lab.look()
    return lab


@settings(max_examples=40)
@given(VALUES)
def test_a_raise_is_an_unbroken_run_beyond_the_limit(values: list[tuple[float, float | None]]) -> None:
    lab = lived(values, looks=False)
    at, measured = 0.0, list[tuple[float, float]]()
    for pause, value in values:
        at += pause
        if value is not None:
            measured.append((at, value))
    for raised, _ in lab.raised:
        run = [(moment, value) for moment, value in measured if raised - FOR_S <= moment <= raised]
        before = [moment for moment, _ in measured if moment <= raised - FOR_S]
        assert all(value > LIMIT for _, value in run)
        assert all(later - moment <= GAP_S for (moment, _), (later, _) in pairwise(run))
        assert before
        assert run[0][0] - before[-1] <= GAP_S


@settings(max_examples=40)
@given(VALUES)
def test_raises_and_ends_take_turns_and_raises_are_a_cool_down_apart(values: list[tuple[float, float | None]]) -> None:
    lab = lived(values, looks=True)
    told = sorted([(at, "raised") for at, _ in lab.raised] + [(at, "cleared") for at, _ in lab.cleared])
    assert [what for _, what in told] == (["raised", "cleared"] * len(told))[: len(told)]
    assert all(later - at >= COOLDOWN_S for (at, _), (later, _) in pairwise(lab.raised))
    assert [alarm.key for alarm in lab.state.raised()] == (["a"] if len(lab.raised) > len(lab.cleared) else [])


@settings(max_examples=30)
@given(VALUES)
def test_to_look_more_often_changes_nothing(values: list[tuple[float, float | None]]) -> None:
    seldom, often = lived(values, looks=False), lived(values, looks=True)
    assert (seldom.raised, seldom.cleared) == (often.raised, often.cleared)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 150.0]), min_size=1, max_size=40))
def test_what_begins_at_the_start_is_raised_later_by_the_wait_for_others_at_most(values: list[float]) -> None:
    alone, grouped = (Lab(rule("power_w > 100"), group_s=group_s, before_s=0.0) for group_s in (0.0, GROUP_S))
    for lab in (alone, grouped):
        lab.add()
        lab.goes("power_w", *values)
    if values[0] and all(values):
        assert [at for at, _ in grouped.raised] == ([GROUP_S] if len(values) > GROUP_S else [])
    assert len(grouped.raised) <= max(1, len(alone.raised))
    assert all(alarm.since.monotonic >= T0.monotonic for alarm in grouped.state.raised())
