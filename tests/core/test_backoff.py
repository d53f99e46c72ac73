"""How long a device is left alone."""

from __future__ import annotations

import pytest

from tui.core.link.backoff import API_OFF_S, CALM_S, CEILING_S, Backoff
from tui.core.model import State
from tui.core.moment import Now

START = Now(1_800_000_000.0, 100.0)


def failed(*kinds: State, before: Backoff | None = None) -> Backoff:
    backoff = before or Backoff()
    for kind in kinds:
        backoff = backoff.after_failure(kind, START)
    return backoff


@pytest.mark.parametrize(
    ("kinds", "usual_s", "luck", "wait_s"),
    [
        ([State.SILENT], 1.0, 0.0, 1.0),
        ([State.SILENT], 1.0, 1.0, 1.0),  # luck never makes it sooner than the usual interval
        ([State.SILENT] * 2, 1.0, 0.0, 2.0),
        ([State.SILENT] * 2, 1.0, 0.5, 1.8),
        ([State.SILENT] * 5, 1.0, 0.0, 16.0),
        ([State.SILENT] * 5, 2.0, 0.0, 32.0),
        ([State.SILENT] * 7, 1.0, 0.0, 60.0),
        ([State.SILENT] * 5000, 1.0, 0.0, 60.0),
        ([State.SILENT] * 5000, 1.0, 1.0, 48.0),
        ([State.BAD_ANSWER] * 3, 1.0, 0.0, 4.0),
        ([State.REFUSED] * 3, 1.0, 0.0, 4.0),  # it has never answered: nobody crowds it, it is not there
        ([State.SILENT] * 2, 300.0, 0.0, 300.0),  # a slow interval is kept
        ([State.API_DISABLED], 1.0, 0.0, 15.0),
        ([State.API_DISABLED] * 50, 1.0, 1.0, 15.0),
        ([State.API_DISABLED], 30.0, 0.0, 30.0),
    ],
)
def test_a_failing_device_waits(kinds: list[State], usual_s: float, luck: float, wait_s: float) -> None:
    assert failed(*kinds).retry_s(usual_s, START, luck) == pytest.approx(wait_s)


def test_waits_have_a_ceiling_and_api_off_a_steady_pace() -> None:
    assert CEILING_S == 60.0
    assert API_OFF_S == 15.0


def test_one_answer_puts_everything_back_to_normal() -> None:
    recovered = failed(*[State.SILENT] * 9).after_answer()
    assert recovered.interval_s(1.0, START) == 1.0
    assert recovered.after_failure(State.SILENT, START).retry_s(1.0, START, 0.0) == 1.0


def test_an_answer_after_an_answer_changes_nothing() -> None:
    answered = Backoff().after_answer()
    assert answered.after_answer() is answered


def test_a_reset_by_a_device_that_has_answered_means_another_program_reads_it() -> None:
    crowded = failed(*[State.REFUSED] * 8, before=Backoff().after_answer())
    assert crowded.crowded
    assert crowded.retry_s(1.0, START, 0.5) == 5.0
    assert not failed(State.REFUSED).crowded
    assert not failed(State.SILENT, before=Backoff().after_answer()).crowded


def test_a_crowded_device_gets_its_usual_interval_back_after_a_minute_without_resets() -> None:
    backoff = failed(State.REFUSED, before=Backoff().after_answer()).after_answer()
    assert not backoff.crowded
    assert backoff.interval_s(1.0, START.plus(CALM_S - 0.1)) == 5.0
    assert backoff.interval_s(1.0, START.plus(CALM_S)) == 1.0
    assert backoff.interval_s(10.0, START) == 10.0
