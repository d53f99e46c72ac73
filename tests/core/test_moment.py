"""A moment of the past is told by the present clock, whatever its own clock said then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.devicejson import device_json
from tui.core.model import Device, Endpoint, Link, Problem, State
from tui.core.moment import Now

DAY = 86_400.0
PRESENT = datetime(2026, 11, 27, 16, 27, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("jump_s", "ago_s", "told"),
    [
        (0.0, 12.0, "2026-11-27T16:27:18.000+00:00"),
        (26 * DAY, 12.0, "2026-11-27T16:27:18.000+00:00"),  # a Pi that gets its time from the network later
        (-3600.0, 12.0, "2026-11-27T16:27:18.000+00:00"),  # was an hour ahead
        (56 * 365 * DAY, 3600.0, "2026-11-27T15:27:30.000+00:00"),  # began in 1970
        (-400 * DAY, 90.0, "2026-11-27T16:26:00.000+00:00"),  # a wrong year that was corrected
        (3.0, 0.0, "2026-11-27T16:27:30.000+00:00"),
        (26 * DAY, 40 * DAY, "2026-10-18T16:27:30.000+00:00"),  # in trouble since long before the jump
    ],
)
def test_json_tells_a_trouble_by_its_age_and_the_present_clock(jump_s: float, ago_s: float, told: str) -> None:
    now = Now(PRESENT, 5000.0 + ago_s)
    began = Now(PRESENT - jump_s - ago_s, 5000.0)
    problem = Problem(State.REFUSED, "Connection refused", began)
    device = Device("a", endpoints=(Endpoint("192.168.1.20"),), problem=problem, link=Link(lost=1))
    row = device_json(device, now, reading=True)["problem"]
    assert row == {"kind": "refused", "text": "Connection refused", "since": told}


SECONDS = st.floats(0, 4e9, allow_nan=False)


@given(SECONDS, SECONDS, SECONDS, st.floats(0, 1e8))
def test_what_the_clock_said_then_changes_nothing(utc: float, then: float, start: float, age: float) -> None:
    now = Now(utc, start + age)
    assert now.utc_of(Now(then, start)) == pytest.approx(utc - age, abs=1e-5)
    assert now.utc_of(now) == utc
