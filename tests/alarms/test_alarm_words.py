"""The sentences of alarms."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.alarms.alarmlab import rule
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import Alarm, Cleared
from tui.core.alarms.words import cleared_text, filled, raised_text, together
from tui.core.moment import Now

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = Now(datetime(2026, 11, 27, 14, 45, tzinfo=ZONE).timestamp(), 10_000.0)


def alarm(asked: Rule | str, *figures: float | None, label: str = "Fuse box", ago_s: float = 780) -> Alarm:
    asked = rule(asked) if isinstance(asked, str) else asked
    return Alarm(asked, "5c2faf" if label else "", label, figures, NOW.plus(-ago_s), NOW)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (alarm("power_w > 5000 for 60s", 5321.4), "Fuse box: power is 5321 W, above 5000 W since 14:32"),
        (alarm("power_w > 5000", 5000.04), "Fuse box: power is 5000.04 W, above 5000 W since 14:32"),
        (alarm("power_l1_w < 0", -1234), "Fuse box: power L1 is -1234 W, below 0 W since 14:32"),
        (alarm("voltage_l2_v >= 253", 253), "Fuse box: voltage L2 is 253.0 V, at least 253 V since 14:32"),
        (alarm("state_of_charge_pct <= 10", 9.7), "Fuse box: state of charge is 10 %, at most 10 % since 14:32"),
        (alarm("tariff == 2", 2), "Fuse box: tariff is 2, equal to 2 since 14:32"),
        (alarm("tariff != 2", 1), "Fuse box: tariff is 1, not 2 since 14:32"),
        (alarm("price < 0.1", 0.05, label=""), "House: price is 0.0500, below 0.1 since 14:32"),
        (
            alarm("power_w > 1 and price > 0.3", 20, 0.4),
            "Fuse box: power is 20 W, above 1 W, and price is 0.4000, above 0.3 since 14:32",
        ),
        (
            alarm(rule("water_flow_lpm > 0 for 60m", name="Leak"), 6, label="Water meter", ago_s=3600),
            "Leak, Water meter: water flow is 6.0 l/min, above 0 l/min since 13:45",
        ),
        (
            alarm("peak_forecast_w > 2500", 2600),
            "Fuse box: forecast of this quarter-hour is 2600 W, above 2500 W since 14:32",
        ),
        (alarm("new_peak", 4100), "Fuse box: this quarter-hour is becoming the month's peak, at 4100 W since 14:32"),
        (alarm("silent for 5m", None, ago_s=86400), "Fuse box: no reading since Thu 14:45"),
        (alarm("frozen", None, ago_s=9 * 86400), "Fuse box: frozen, its meter stands still since 18 Nov 2026"),
        (alarm("check fails", None, label=""), "House: the check fails since 14:32"),
        (alarm("check fails wifi", None), "Fuse box: the check fails (wifi) since 14:32"),
    ],
)
def test_one_sentence_with_device_value_limit_and_since_when(told: Alarm, text: str) -> None:
    assert raised_text(told, NOW, ZONE) == text


def test_the_sentence_of_an_alarm_that_is_over() -> None:
    over = Cleared(alarm("power_w > 5000 for 60s", 5321), NOW)
    assert cleared_text(over, NOW.plus(60), ZONE) == "Fuse box: over at 14:45: power above 5000 W since 14:32"
    gone = Cleared(alarm("silent", None), NOW, is_gone=True)
    assert cleared_text(gone, NOW, ZONE) == "Fuse box: no longer watched: no reading since 14:32"


def test_several_alarms_are_one_line() -> None:
    one, other = alarm("frozen", None), alarm("silent", None, label="Car")
    assert together([one], NOW, ZONE) == raised_text(one, NOW, ZONE)
    assert together([one, other], NOW, ZONE) == (
        "2 alarms: Fuse box: frozen, its meter stands still since 14:32; Car: no reading since 14:32"
    )


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("{text}", "{text}: power is 5321 W, above 5000 W since 14:32"),
        ("{name} of {device} ({serial})", "power_w > 5000 W of {text} (5c2faf)"),
        ("{value} {limit} {state}", "5321 5000 raised"),
        ("{since}", "2026-11-27T14:32:00+01:00"),
        ('{"json": "{state}"}', '{"json": "raised"}'),
    ],
)
def test_words_in_braces_are_filled_once(word: str, text: str) -> None:
    assert filled(word, alarm("power_w > 5000", 5321, label="{text}"), NOW, ZONE) == text


def test_an_alarm_that_is_over_fills_them_too() -> None:
    over = Cleared(alarm(rule("silent", name="Lost"), None), NOW)
    assert filled("{state} {name} [{value}{limit}] {text}", over, NOW, ZONE) == (
        "cleared Lost [] Lost, Fuse box: over at 14:45: no reading since 14:32"
    )
