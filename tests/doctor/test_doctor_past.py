"""What was known of a link before it was examined: its last hour, its last answer, restarts, where it was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.house import House
from tests.doctor.test_doctor_rules import HOME, NOW, WELL, unreached
from tests.engine.history.keeping import START
from tui.core.checks.hours import MINUTES, PollLog
from tui.core.checks.record import PollSpan
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import Evidence, Layer, Reach
from tui.core.doctor.meaning import MEANS, known, means
from tui.core.doctor.pages import lines
from tui.core.doctor.past import NOTHING, LinkPast, before_words, past_of, trend_of, with_past
from tui.core.events import Failed, Identified, SystemRead
from tui.core.model import Device, Endpoint, State
from tui.core.moment import Now
from tui.core.past.history import DAY, MINUTE, Level, Row
from tui.core.reading import Identity, System
from tui.core.settings import Settings
from tui.engine.doctor.lastseen import last_seen, last_seen_on_disk
from tui.engine.history.schema import FILE, VERSION


def watched(house: House) -> tuple[Device, LinkPast]:
    """The only device of a house, and its past."""
    (observed,) = house.record.observed
    return observed.device, past_of(observed.device, observed)


def dying(second: int) -> dict[str, float] | None:
    """Answers for some minutes, in which it loses four; then it is silent."""
    return None if second in (100, 150, 200, 250) or second > 400 else {"power_w": 1.0}


# ------------------------------------------------------------------ the polls minute by minute


def test_a_minute_is_a_row_and_a_long_silence_is_one() -> None:
    house = House()
    house.meter(dying)
    _, past = watched(house.run(1000))
    *minutes, silence, open_minute = past.spans
    assert [span.answered + span.lost for span in minutes] == [60.0] * 7
    assert {span.p95_s for span in minutes} == {0.03}
    assert (silence.answered, silence.lost) == (0, 540)
    assert (open_minute.answered, open_minute.lost) == (0, 40)
    assert all(one.ends == two.starts for one, two in pairwise(past.spans))
    assert (past.asked, past.lost) == (401, 4)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0.0, 300.0), st.sampled_from([None, 0.01, 2.0, "lost"])), max_size=150))
def test_whatever_comes_the_rows_are_few_in_order_and_hold_all_of_the_last_hour(
    polls: list[tuple[float, float | str | None]],
) -> None:
    log, now = PollLog(), Now(0.0, 0.0)
    for wait, what in polls:
        now = now.plus(wait)
        if isinstance(what, str):
            log.lost(now)
        else:
            log.answered(now, what)
    spans = log.polls(now).spans
    assert len(spans) <= MINUTES + 1
    assert all(one.starts < one.ends <= two.starts for one, two in pairwise(spans))
    assert all(span.answered or span.lost for span in spans)
    if len(polls) <= MINUTES:
        assert sum(span.answered + span.lost for span in spans) == len(polls)


# ------------------------------------------------------------------ the past


def test_a_device_that_died_tells_its_last_hour() -> None:
    house = House()
    house.meter(dying, wifi_pct=31.0)
    device, past = watched(house.run(1000))
    assert past.last_answer is not None
    assert house.now.age_of(past.last_answer) == 600
    examined = with_past(unreached(Reach.NOBODY), past, house.now)
    assert before_words(examined, house.now, house.zone) == [
        "last answer 14:06:40",
        "Wi-Fi 31 % then",
        "4 losses in the hour before",
    ]
    patient = Patient(Evidence(examined, HOME), diagnose(Evidence(examined, HOME), house.now), house.now)
    told = " ".join(" ".join(lines(patient, house.zone)).split())
    assert "its last answer was 10 min ago" in told
    assert "before last answer 14:06:40, Wi-Fi 31 % then, 4 losses in the hour before" in told
    assert known(device, past, house.now) == (Layer.TIMEOUT, "connection timed out")


def test_a_device_that_answers_counts_its_hour_with_the_examination() -> None:
    house = House()
    house.meter(lambda second: None if second % 20 == 0 else {"power_w": 1.0}, latency_s=0.2)
    device, past = watched(house.run(1000))
    found = diagnose(Evidence(with_past(WELL, past, house.now), HOME), house.now)
    words = "loses answers: 49 of 1004 did not come, p95 of the others 200 ms, Wi-Fi 70 %"
    assert (found.layer, found.text) == (Layer.SLOW, words)
    assert known(device, past, house.now).layer is Layer.SLOW


def test_one_loss_in_an_hour_is_no_fault() -> None:
    house = House()
    house.meter(lambda second: None if second in (300, 400) else {"power_w": 1.0}, latency_s=0.012)
    device, past = watched(house.run(1000))
    examined = with_past(WELL, past, house.now)
    found = diagnose(Evidence(examined, HOME), house.now)
    assert (found.layer, found.text) == (Layer.WELL, "p50 12 ms, p95 12 ms, 2 of 1005 lost")
    assert known(device, past, house.now) == (Layer.WELL, "p50 12 ms, p95 12 ms, 2 of 1000 lost")
    assert before_words(examined, house.now, house.zone) == ["2 losses in the last hour", "Wi-Fi 70 %"]


def test_restarts_and_a_move_are_told_with_their_times() -> None:
    house = House()
    meter = house.meter({"power_w": 1.0})
    house.run(200)
    for up_s in (5000.0, 5.0):
        house.tell(SystemRead(meter.serial, System(wifi_rssi_db=-60.0, uptime_s=up_s), house.now))
        house.run(100)
    identity = Identity(meter.serial, "HWE-P1")
    house.tell(Identified(Endpoint("192.168.1.99"), identity, house.now))
    _, past = watched(house.run(60))
    there = replace(WELL, host="192.168.1.99", address="192.168.1.99")
    examined = with_past(there, past, house.now)
    found = diagnose(Evidence(examined, HOME), house.now)
    assert found.layer is Layer.MOVED
    assert found.text.startswith("was at 192.168.1.10, and answers at 192.168.1.20 now, since 1 min")
    told = before_words(examined, house.now, house.zone)
    assert told[-2:] == ["restarted 14:04:55", "at 192.168.1.10 until 14:06:40"]
    later = house.now.plus(90_000)
    assert with_past(there, past, later).before is None, "it moved long ago: that is no fault any more"


def test_without_a_past_nothing_is_claimed() -> None:
    assert with_past(WELL, NOTHING, NOW) == WELL
    assert before_words(WELL, NOW, House().zone) == []
    assert known(Device("x"), NOTHING, NOW).layer is None
    house = House()
    house.meter({"power_w": 1.0})
    _, past = watched(house.run(20))
    assert with_past(WELL, past, house.now).ways == WELL.ways, "twenty seconds say nothing of a link"


def test_an_api_that_is_off_is_known_without_an_examination() -> None:
    house = House()
    house.meter({"power_w": 1.0})
    house.run(5)
    house.tell(Failed(Endpoint("192.168.1.10"), State.API_DISABLED, "its Local API is off", house.now))
    device, past = watched(house)
    assert known(device, past, house.now) == (Layer.API_OFF, "its Local API is off")


def test_every_layer_means_something() -> None:
    assert set(MEANS) == set(Layer)
    assert all(len(text) <= 80 and text[0].islower() for text in MEANS.values())


@pytest.mark.parametrize(
    ("layer", "evidence", "words"),
    [
        (Layer.TIMEOUT, Evidence(unreached(Reach.TIMEOUT), HOME), "no power"),
        (Layer.TIMEOUT, Evidence(unreached(Reach.ACCEPTED), HOME), "stuck"),
        (Layer.SLOW, Evidence(replace(WELL, wifi_pct=26.0), HOME), "weak or busy where it is"),
        (Layer.SLOW, Evidence(replace(WELL, wifi_pct=80.0), HOME), "its signal is good"),
        (Layer.SLOW, Evidence(WELL, replace(HOME, gateway_s=0.4)), "of this computer itself"),
        (Layer.WELL, Evidence(replace(WELL, wifi_pct=29.0), HOME), "but its Wi-Fi is weak"),
        (Layer.WELL, Evidence(replace(WELL, wifi_pct=30.0), HOME), "nothing is wrong"),
        (Layer.SLOW, None, "weak or busy where it is"),
    ],
)
def test_what_it_means_depends_on_what_was_seen(layer: Layer, evidence: Evidence | None, words: str) -> None:
    assert words in means(layer, evidence)


# ------------------------------------------------------------------ trends


def test_a_trend_shows_losses_delays_and_gaps_where_they_were() -> None:
    now = Now(0.0, 10_000.0)
    spans = (
        PollSpan(6460.0, 6520.0, 60, 0, 0.01, 0.02),
        PollSpan(8200.0, 8260.0, 30, 30, 0.01, 0.4),
        PollSpan(8800.0, 10_000.0, 0, 9, float("nan"), float("nan")),
    )
    trend = trend_of(LinkPast(spans=spans), now, 6)
    assert trend.p95_s == (0.02, None, None, 0.4, None, None)
    assert trend.lost == (0.0, None, None, 0.5, 1.0, 1.0)
    assert trend.wifi_pct == (None,) * 6


# ------------------------------------------------------------------ the history


class Rows:
    """A past of which the rows are known."""

    def __init__(self, *rows: tuple[Level, Row]) -> None:
        self._rows = rows

    def rows(self, place: str, level: Level, start: float, end: float) -> list[Row]:
        return [row for of, row in self._rows if of is level and start <= row.start < end]


@pytest.mark.parametrize(
    ("rows", "ago_s"),
    [
        ((), None),
        (((MINUTE, Row(int(START) - 600, 60, 59)),), 541),
        (((DAY, Row(int(START) - 90_000, 9, 800)), (MINUTE, Row(int(START) - 89_400, 9, 30))), 89_370),
        (((DAY, Row(int(START) - 90_000, 9, 800)),), 89_200),
    ],
)
def test_the_history_tells_the_last_answer(rows: tuple[tuple[Level, Row], ...], ago_s: float | None) -> None:
    now = Now(START, 50.0)
    found = last_seen(Rows(*rows), "x", now)  # type: ignore[arg-type]
    assert (found and found.last_answer and now.age_of(found.last_answer)) == ago_s


def test_a_history_on_disk_tells_it_of_those_it_knows(tmp_path: Path) -> None:
    kept = Path(__file__).parents[1] / "engine" / "history" / f"version-{VERSION}.sqlite"
    shutil.copy(kept, tmp_path / FILE)
    now = Now(START + 2 * 86_400, 1_000_000.0)
    keys = ("5c2faf0000aa", "5c2faf0000bb", "5c2faf0000cc")
    found = last_seen_on_disk(Settings(state_dir=tmp_path), keys, now)
    last = START + 13.9 * 3600 + 179 * 60
    assert {key: past.last_answer and now.utc_of(past.last_answer) for key, past in found.items()} == {
        "5c2faf0000aa": last,
        "5c2faf0000bb": last,
    }
    assert last_seen_on_disk(Settings(state_dir=tmp_path, history=False), keys, now) == {}
    assert last_seen_on_disk(Settings(state_dir=tmp_path / "none"), keys, now) == {}
    assert last_seen_on_disk(Settings(), keys, now) == {}
