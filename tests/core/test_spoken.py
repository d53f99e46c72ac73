"""Which way a device is read: a table, and what holds whatever happens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.link.spoken import (
    AGAIN_S,
    FORCED,
    NOT_PAIRED,
    TRIES,
    Options,
    Tried,
    Way,
    again_s,
    choose,
    is_upgrade,
    why_not_better,
)
from tui.core.model import State
from tui.core.moment import Now

T0 = Now(1_700_000_000.0, 1000.0)
OUT = Tried(3, T0.monotonic, State.SILENT, "no answer")
ONCE = Tried(1, T0.monotonic, State.SILENT, "no answer")
OFF = Tried(1, T0.monotonic, State.API_DISABLED, "off")
STRANGER = Tried(3, T0.monotonic, State.BAD_ANSWER, "another authority", untrusted=True)

BOTH = Options(("v1", "v2"), paired=True)
ALONE = Options(("v2",), paired=True)


def tried(options: Options, push: Tried | None = None, poll: Tried | None = None, v1: Tried | None = None) -> Options:
    given = {Way.PUSH: push, Way.POLL: poll, Way.V1: v1}
    return replace(options, tried={way: one for way, one in given.items() if one})


CHOICES = [
    (Options(()), None, None, None),
    (Options((), paired=True), None, None, None),
    (Options(("v1",)), None, Way.V1, None),
    (Options(("v1",), paired=True), Way.V1, Way.V1, None),
    (Options(("v1",), paired=True, looked=True), Way.V1, Way.V1, "paired, but it does not answer over API v2"),
    (Options(("v1",), forced=True), None, Way.V1, None),
    (Options(("v2",)), None, None, NOT_PAIRED),
    (Options(("v1", "v2")), None, Way.V1, NOT_PAIRED),
    (BOTH, None, Way.PUSH, None),
    (ALONE, None, Way.PUSH, None),
    (replace(BOTH, can_push=False), None, Way.POLL, None),
    (replace(BOTH, forced=True), None, Way.V1, FORCED),
    (replace(ALONE, forced=True), None, None, FORCED),
    (tried(BOTH, ONCE), Way.PUSH, Way.PUSH, None),
    (tried(BOTH, OUT), Way.PUSH, Way.POLL, "its socket failed 3 times: no answer"),
    (tried(BOTH, OUT, ONCE), Way.POLL, Way.POLL, "its socket failed 3 times: no answer"),
    (tried(BOTH, OUT, OUT), Way.POLL, Way.V1, "API v2 failed: no answer"),
    (tried(BOTH, OUT, OUT, OUT), Way.V1, Way.V1, "API v2 failed: no answer"),
    (tried(BOTH, OUT, OUT, OFF), Way.V1, Way.POLL, "its socket failed 3 times: no answer"),
    (tried(BOTH, OUT, STRANGER), Way.POLL, Way.POLL, "its socket failed 3 times: no answer"),
    (tried(BOTH, OUT, STRANGER), Way.V1, Way.V1, "API v2 failed: another authority"),
    (tried(BOTH, STRANGER, STRANGER), None, Way.POLL, "its socket failed 3 times: another authority"),
    (tried(ALONE, OUT, OUT), Way.POLL, Way.POLL, "its socket failed 3 times: no answer"),
    (tried(Options(("v1",)), None, None, OFF), Way.V1, Way.V1, None),
    (tried(replace(BOTH, can_push=False, tries=1), None, ONCE), Way.POLL, Way.V1, "API v2 failed: no answer"),
]


@pytest.mark.parametrize(("options", "using", "way", "why_not"), CHOICES)
def test_the_way_and_why_not_a_better_one(
    options: Options, using: Way | None, way: Way | None, why_not: str | None
) -> None:
    assert choose(options, using, T0) is way
    assert why_not_better(options, way) == why_not


def test_a_better_way_is_tried_again_after_five_minutes_and_not_before() -> None:
    options = tried(BOTH, OUT, OUT)
    before, then = T0.plus(AGAIN_S - 1), T0.plus(AGAIN_S)
    assert (choose(options, Way.V1, before), again_s(options, Way.V1, before)) == (Way.V1, 1.0)
    assert (choose(options, Way.V1, then), again_s(options, Way.V1, then)) == (Way.PUSH, 0.0)
    assert is_upgrade(Way.PUSH, Way.V1, options, then)
    failed_again = options.failed(Way.PUSH, then, State.SILENT, "still nothing")
    assert choose(failed_again, Way.V1, then) is Way.POLL
    assert choose(failed_again.failed(Way.POLL, then, State.SILENT, "still nothing"), Way.V1, then) is Way.V1


def test_a_way_in_use_gives_way_after_its_third_failure() -> None:
    options, ways = BOTH, []
    for _ in range(TRIES):
        options = options.failed(Way.PUSH, T0, State.SILENT, "no answer")
        ways.append(choose(options, Way.PUSH, T0))
    assert ways == [Way.PUSH, Way.PUSH, Way.POLL]


def test_beside_a_way_that_works_one_failure_is_enough() -> None:
    options = BOTH.failed(Way.PUSH, T0, State.REFUSED, "refused", beside=True)
    assert choose(options, Way.V1, T0) is Way.POLL
    assert why_not_better(options, Way.POLL) == "its socket failed: refused"
    assert choose(BOTH.failed(Way.PUSH, T0, State.REFUSED, "refused"), Way.PUSH, T0) is Way.PUSH


def test_the_best_way_waits_for_nothing() -> None:
    assert again_s(tried(BOTH, ONCE), Way.PUSH, T0) is None
    assert again_s(Options(("v1",)), Way.V1, T0) is None
    assert not is_upgrade(Way.POLL, Way.PUSH, BOTH, T0)
    assert not is_upgrade(Way.PUSH, None, BOTH, T0)
    assert not is_upgrade(Way.POLL, Way.V1, tried(BOTH, OUT, OUT, OFF), T0), "nothing is left to keep"


@pytest.mark.parametrize(
    ("proven", "way"), [((), Way.V1), (("v2",), Way.POLL), (("v1",), Way.V1), (("v1", "v2"), Way.V1)]
)
def test_where_nothing_works_what_has_ever_worked_is_asked_on(proven: tuple[str, ...], way: Way) -> None:
    """The other API may be there in a forged announcement alone."""
    assert choose(tried(BOTH, OUT, OUT, OUT), Way.V1, T0, proven) is way
    assert choose(BOTH, None, T0, proven) is Way.PUSH


def test_one_answer_makes_good_all_failures() -> None:
    options = tried(BOTH, Tried(2, T0.monotonic)).answered(Way.PUSH)
    assert choose(options.failed(Way.PUSH, T0, State.SILENT, ""), Way.PUSH, T0) is Way.PUSH


def test_a_way_in_trial_says_so() -> None:
    assert why_not_better(BOTH, Way.V1) == "API v2 is being tried"
    assert why_not_better(BOTH, Way.POLL) == "its socket is being tried"


histories = st.dictionaries(
    st.sampled_from(Way),
    st.builds(
        Tried,
        st.integers(0, 5),
        st.floats(0.0, 2000.0),
        st.sampled_from(State),
        st.just("text"),
        st.booleans(),
        st.booleans(),
    ),
)
all_options = st.builds(
    Options,
    st.sets(st.sampled_from(["v1", "v2"])).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, TRIES]),
    histories,
)


@given(all_options, st.none() | st.sampled_from(Way))
def test_there_is_always_some_way_if_there_is_any_and_never_one_that_may_not_be(
    options: Options, using: Way | None
) -> None:
    way = choose(options, using, T0)
    assert (way is None) is (not options.ways)
    if way is not None:
        assert way.api in options.apis
        assert way is Way.V1 or (options.paired and not options.forced)
        assert way is not Way.PUSH or options.can_push


works = st.booleans()
kinds = st.sampled_from([State.SILENT, State.API_DISABLED])


@given(st.lists(st.tuples(works, works, works, kinds, st.integers(1, 60)), max_size=120))
def test_a_better_way_that_fails_costs_few_tries_and_failures_in_a_row_lead_to_the_last_way(
    steps: list[tuple[bool, bool, bool, State, int]],
) -> None:
    """A line in small: each step has one attempt over the way in use and, where a better one is due, one beside it."""
    options, using, now = BOTH, choose(BOTH, None, T0), T0
    failed_at: dict[Way, float] = {}
    in_vain = 0
    for push, poll, v1, kind, passed_s in steps:
        up = {Way.PUSH: push, Way.POLL: poll, Way.V1: v1}
        now = now.plus(passed_s)
        assert using is not None
        if up[using]:
            options, in_vain = options.answered(using), 0
        else:
            why = kind if using is Way.V1 else State.SILENT
            options, in_vain = options.failed(using, now, why, "text"), in_vain + 1
        way = choose(options, using, now)
        while is_upgrade(way, using, options, now):
            assert way is not None
            assert now.monotonic - failed_at.get(way, -AGAIN_S) >= AGAIN_S
            if up[way]:
                options, using, in_vain = options.answered(way), way, 0
            else:
                options = options.failed(way, now, State.SILENT, "text", beside=True)
                failed_at[way] = now.monotonic
            way = choose(options, using, now)
        if way is not None and way is not using:
            failed_at.pop(way, None)  # it is in use again, for want of a better one
        using = way
        assert in_vain < 2 * TRIES or using is Way.V1 or options.of(Way.V1).kind is State.API_DISABLED


@given(st.floats(0.0, 1e7), st.floats(0.0, AGAIN_S))
def test_after_the_wait_a_way_is_no_longer_out_however_it_is_rounded(at: float, passed_s: float) -> None:
    tried_once = Tried(TRIES, at)
    now = Now(0.0, at + passed_s)
    then = now.plus(tried_once.wait_s(now))
    assert tried_once.wait_s(now) > 0 or not tried_once.is_out(now)
    assert not tried_once.is_out(then)


def test_the_first_of_two_better_ways_that_may_be_tried_again_is_waited_for() -> None:
    later = replace(OUT, at=OUT.at + 100.0)
    assert again_s(tried(BOTH, later, OUT), Way.V1, T0) == AGAIN_S
    assert again_s(tried(BOTH, OUT, later), Way.V1, T0) == AGAIN_S
