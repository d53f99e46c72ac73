"""The rules on telegrams: how often they come, their checksums, the clock in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.house import House
from tui.core.api.metertime import EARLIEST
from tui.core.checks.finding import Verdict
from tui.core.checks.limits import Limit
from tui.core.checks.registry import check
from tui.core.checks.telegramlog import TelegramLog
from tui.core.events import ClockStood, TelegramRead
from tui.core.moment import Now
from tui.core.telegram import Telegram
from tui.engine.checkdata import load_words

TWO_O_CLOCK = datetime(2026, 6, 12, 14, 0, 0)
"""The start of a `House`, by a meter that is right."""

Told = Callable[[int], Telegram | None]
"""The telegram at a second; None for no page."""


def clocked(period: int = 1, off_s: float = 0.0, *, checksum: bool | None = True) -> Told:
    """A meter that sends once in `period` seconds."""
    start = TWO_O_CLOCK + timedelta(seconds=off_s)
    return lambda second: Telegram(start + timedelta(seconds=second // period * period), checksum)


def p1(telegram: Told, seconds: int = 60, every_s: int = 1, version: float | None = 50, **more: object) -> House:
    """A house whose P1 is asked for its telegram every so often."""
    house = House(**more)  # type: ignore[arg-type]
    meter = house.meter({"power_w": 400.0, "protocol_version": version})
    for second in range(seconds):
        house.run(1)
        if second % every_s == 0:
            house.tell(TelegramRead(meter.serial, telegram(second), house.now.plus(-1)))
    return house


# ------------------------------------------------------------------ telegram.rate


@pytest.mark.parametrize(
    ("version", "period", "case"),
    [
        (50, 1, "pass"),
        (50, 2, "pass"),
        (50, 3, "warn"),
        (50, 10, "warn"),
        (50217, 1, "pass"),
        (42, 1, "pass"),
        (42, 10, "pass"),
        (49, 20, "pass"),
        (40, 21, "warn"),
        (None, 10, "pass"),
    ],
)
def test_a_meter_sends_every_second_or_every_ten(version: float | None, period: int, case: str) -> None:
    house = p1(clocked(period), seconds=period * 6, version=version)
    assert house.verdicts("telegram.rate") == [case]
    assert house.lines("telegram.rate")


def test_it_says_how_often_they_come() -> None:
    assert p1(clocked()).lines("telegram.rate") == ["a new one every 1.0 s"]
    assert p1(clocked(4)).lines("telegram.rate") == ["only every 4.0 s; should be every 1 s"]


def test_a_telegram_lost_now_and_then_is_no_slow_meter() -> None:
    house = p1(lambda second: clocked()(second - second % 5 // 4))
    assert house.verdicts("telegram.rate") == ["pass"]


@pytest.mark.parametrize(("every_s", "period", "case"), [(5, 1, "untestable-few"), (5, 10, "pass"), (2, 6, "warn")])
def test_slow_polls_do_not_make_a_slow_meter(every_s: int, period: int, case: str) -> None:
    version = 50 if period < 10 else 42
    house = p1(clocked(period), every_s=every_s, version=version)
    assert house.verdicts("telegram.rate") == [case]
    assert house.lines("telegram.rate")


@pytest.mark.parametrize(("seconds", "case"), [(0, "untestable-not-yet"), (3, "untestable-few"), (4, "pass")], ids=str)
def test_three_steps_make_a_rate(seconds: int, case: str) -> None:
    house = p1(clocked(), seconds)
    house.run(1)
    assert house.verdicts("telegram.rate") == [case]
    assert house.lines("telegram.rate")


@pytest.mark.parametrize("telegram", [Telegram(), None], ids=["no clock", "no page"])
def test_without_a_clock_it_is_told_after_ten_minutes(telegram: Telegram | None) -> None:
    house = p1(lambda second: telegram, seconds=1)
    assert house.run(598).verdicts("telegram.rate") == ["untestable-no-clock" if telegram else "untestable-not-yet"]
    assert house.lines("telegram.rate")
    assert house.run(1).verdicts("telegram.rate") == ["info"]
    assert house.lines("telegram.rate")


def test_a_frozen_meter_fails_and_is_healed_when_its_clock_runs_again() -> None:
    house = p1(clocked(), seconds=120)
    serial = house.meters[0].serial
    house.tell(ClockStood(serial, still=True, at=house.now))
    assert house.verdicts("telegram.rate") == ["fail"]
    assert house.verdicts("meter.clock") == ["untestable-frozen"]
    assert house.lines("telegram.rate") == ["frozen since 14:00: nothing new for 2 min"]
    waiting = [one for one in check(house.record) if one.verdict is Verdict.UNTESTABLE and one.rule != "meter.clock"]
    assert {load_words("en").of(one, house.record).line for one in waiting} == {"the P1 is frozen: see Telegrams"}
    assert house.lines("meter.clock")
    house.tell(ClockStood(serial, still=False, at=house.now))
    assert house.verdicts("telegram.rate") == ["pass"]


def test_the_limits_on_telegrams_may_be_the_users_own() -> None:
    house = p1(lambda second: Telegram(None, second != 3), seconds=120)
    own = {"telegram.crc.wrong": Limit(1.0, "crc"), "telegram.rate.frozen_s": Limit(180.0, "frozen")}
    house.limits = house.limits.changed_by(own, house.limits.sources)
    house.tell(ClockStood(house.meters[0].serial, still=True, at=house.now))
    assert house.lines("telegram.crc") == ["checksum right, 119 of 120"]
    assert house.verdicts("telegram.rate") != ["fail"]
    assert house.run(61).verdicts("telegram.rate") == ["fail"]


@pytest.mark.parametrize(
    ("period", "off_s", "rate", "clock"),
    [(1, 0.0, "pass", "pass-exact"), (10, 0.0, "warn", "pass-exact"), (1, -600.0, "pass", "fail")],
)
def test_a_p1_that_tells_its_clock_with_each_reading_needs_no_telegram(
    period: int, off_s: float, rate: str, clock: str
) -> None:
    start = TWO_O_CLOCK + timedelta(seconds=off_s)
    house = House()
    house.meter(
        lambda second: {
            "power_w": 400.0,
            "protocol_version": 50,
            "timestamp": start + timedelta(seconds=second // period * period),
        }
    )
    house.run(60)
    assert (house.verdicts("telegram.rate"), house.verdicts("meter.clock")) == ([rate], [clock])


def test_a_clock_that_is_set_or_goes_back_is_no_step() -> None:
    for wrong in (-86400, 3600, 86400):
        log = TelegramLog()
        for second in range(20):
            clock = TWO_O_CLOCK + timedelta(seconds=second + (wrong if 5 <= second < 10 else 0))
            log.add(Telegram(clock), Now(0.0, float(second)), House().zone)
        assert set(log.telegrams(Now(0.0, 0.0)).steps_s) == {1.0}


@given(
    st.lists(
        st.tuples(st.none() | st.datetimes(), st.sampled_from([True, False, None]), st.floats(0, 1e9)), max_size=60
    )
)
def test_no_telegrams_make_it_fail_or_grow(telegrams: list[tuple[datetime | None, bool | None, float]]) -> None:
    log, now = TelegramLog(), Now(0.0, 0.0)
    for clock, checksum, seconds in telegrams:
        now = now.plus(seconds)
        log.add(Telegram(clock, checksum), now, House().zone)
    told = log.telegrams(now)
    wrong = sum(checksum is False for _, checksum, _ in telegrams)
    is_within_a_day = now.monotonic < 86400
    assert (told.read, told.wrong) == (len(telegrams), wrong) or not is_within_a_day
    assert len(told.steps_s) <= 16
    assert all(0 < step <= 120 for step in told.steps_s)


# ------------------------------------------------------------------ telegram.crc


@pytest.mark.parametrize(
    ("telegram", "case"),
    [
        (clocked(), "pass"),
        (clocked(checksum=None), "na-none"),
        (clocked(checksum=False), "warn"),
        (lambda second: Telegram(None, second != 7), "warn"),
        (lambda second: None, "untestable"),
    ],
)
def test_checksums_are_right(telegram: Told, case: str) -> None:
    house = p1(telegram, seconds=20)
    assert house.verdicts("telegram.crc") == [case]
    assert house.lines("telegram.crc")


def test_it_counts_checksums() -> None:
    assert p1(clocked(), seconds=6).lines("telegram.crc") == ["checksum right, 6 of 6"]
    house = p1(lambda second: Telegram(None, second != 3), seconds=6)
    assert house.lines("telegram.crc") == ["checksum wrong in 1 of 6"]


def test_the_clock_of_a_garbled_telegram_makes_no_rate() -> None:
    house = p1(lambda second: clocked(1, 0 if second % 2 else 30, checksum=bool(second % 2))(second))
    assert house.verdicts("telegram.rate") == ["untestable-few"]


# ------------------------------------------------------------------ meter.clock


@pytest.mark.parametrize(
    ("off_s", "synchronised", "case"),
    [
        (0.0, True, "pass-exact"),
        (-0.9, False, "pass-exact"),
        (0.9, None, "pass-exact"),
        (-1.0, None, "pass"),
        (60.0, True, "pass"),
        (-60.0, False, "pass"),
        (61.0, True, "warn"),
        (-300.0, True, "warn"),
        (301.0, True, "fail"),
        (-86400.0, True, "fail"),
        (-86400.0, None, "warn-unsure"),
        (61.0, None, "warn-unsure"),
        (61.0, False, "untestable-own-clock"),
        (-86400.0, False, "untestable-own-clock"),
    ],
)
def test_a_clock_that_is_off_is_told_as_far_as_ours_can_be_trusted(
    off_s: float, synchronised: bool | None, case: str
) -> None:
    house = p1(clocked(1, off_s), seconds=30, synchronised=synchronised)
    assert house.verdicts("meter.clock") == [case]
    assert house.lines("meter.clock")


def test_it_says_how_far_the_clock_is_off() -> None:
    assert p1(clocked(1, 1.0)).lines("meter.clock") == ["clock 1 s ahead"]
    assert p1(clocked(1, -7300.0)).lines("meter.clock") == ["clock 2 h 1 min behind"]


def test_a_clock_that_was_never_set() -> None:
    house = p1(lambda second: Telegram(EARLIEST - timedelta(days=3000)), seconds=3)
    assert house.verdicts("meter.clock") == ["fail-never-set"]
    assert house.lines("meter.clock")


def test_a_clock_is_compared_with_ours_of_now() -> None:
    """This computer had not set its clock yet when the telegram was read."""
    house = p1(clocked(1, 1000.0), seconds=30)
    assert house.verdicts("meter.clock") == ["fail"]
    house.now = Now(house.now.utc + 1000, house.now.monotonic)
    assert house.verdicts("meter.clock") == ["pass-exact"]


@pytest.mark.parametrize("telegram", [Telegram(), None])
def test_without_a_clock_there_is_no_verdict(telegram: Telegram | None) -> None:
    house = p1(lambda second: telegram, seconds=3)
    assert house.verdicts("meter.clock") == ["untestable-no-clock" if telegram else "untestable-not-yet"]
    assert house.lines("meter.clock")


@pytest.mark.parametrize("rule", ["telegram.rate", "telegram.crc", "meter.clock"])
def test_a_house_without_a_smart_meter_has_no_telegrams(rule: str) -> None:
    house = House()
    house.meter({"power_w": 3.0}, "HWE-SKT")
    assert house.run(2).verdicts(rule) == ["na"]
    assert house.lines(rule)
