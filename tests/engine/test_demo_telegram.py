"""The simulated telegram against an independent checksum and against our own reader."""

from __future__ import annotations

import re

import pytest

from tests.core.telegrams import bitwise_crc
from tui.core.telegram import crc16, parse_telegram, telegram_clock
from tui.core.telegram.told import tell
from tui.core.telegram.words import rows_of
from tui.engine.demo.household import DEFAULT_START, HOUSEHOLDS, Household


def telegram(name: str, seconds: float = 0) -> bytes:
    household = Household(name)
    household.advance(DEFAULT_START.plus(seconds))
    grid = next(device for device in household.devices if device.is_grid_meter)
    answer = grid.answer("GET", "/api/v1/telegram")
    assert (answer.status, answer.content_type) == (200, "text/plain")
    return answer.body


def test_the_check_value_of_the_catalogue_comes_out() -> None:
    assert crc16(b"123456789") == bitwise_crc(b"123456789") == 0xBB3D


@pytest.mark.parametrize("name", HOUSEHOLDS)
@pytest.mark.parametrize("seconds", [0, 777])
def test_every_telegram_is_closed_by_its_checksum(name: str, seconds: int) -> None:
    body = telegram(name, seconds)
    checked, mark, rest = body.rpartition(b"!")
    assert body.startswith(b"/")
    assert rest == f"{bitwise_crc(checked + mark):04X}\r\n".encode()
    assert parse_telegram(body.decode("ascii")).checksum is True


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_every_line_is_an_obis_line_and_ends_in_crlf(name: str) -> None:
    body = telegram(name)
    lines = body.decode("ascii").split("\r\n")
    assert "\n" not in "".join(lines)
    assert lines[1] == ""
    assert lines[-1] == ""
    for line in lines[2:-2]:
        assert re.fullmatch(r"\d-\d:\d+\.\d+\.\d+(\([^()]*\))+", line), line


def test_the_telegram_says_what_the_answer_says() -> None:
    lines = telegram("nl", 60).decode("ascii")
    found = telegram_clock(lines.replace("\r\n", "\n"))
    assert found is not None
    assert f"{found:%y%m%d %H:%M:%S}" == "260612 14:18:00"
    assert "\r\n1-3:0.2.8(50)\r\n" in lines
    assert "\r\n0-2:24.1.0(007)\r\n" in lines


def test_a_month_that_ends_in_the_demo_joins_the_list() -> None:
    june, july = (parse_telegram(telegram("be", days * 86400).decode("ascii")) for days in (0, 20))
    assert [peak.closed.month for peak in june.peaks] == [6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]
    assert july.peaks[:12] == june.peaks[1:]
    assert (july.peaks[12].closed.month, july.peaks[12].at.month) == (7, 6)
    assert july.peaks[12].power_w >= 4610


def test_flanders_tells_demand_and_dsmr_4_no_voltage() -> None:
    assert b"1-0:1.6.0(260603181500S)(04.610*kW)" in telegram("be")
    assert b"\r\n0-0:98.1.0(13)(1-0:1.6.0)(1-0:1.6.0)(250601000000S)(" in telegram("be-3x230")
    assert b"98.1.0" not in telegram("nl")
    assert re.search(rb"1-0:31\.7\.0\(\d{3}\.\d{2}\*A\)", telegram("be"))
    assert b"*V)" not in telegram("old")
    assert re.search(rb"1-0:31\.7\.0\(\d{3}\*A\)", telegram("old"))


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_every_line_of_the_demo_has_a_name_and_a_value(name: str) -> None:
    told = tell(telegram(name).decode("ascii"))
    assert [line.raw for line in told.lines if line.name is None or not line.is_read] == []


def test_the_dutch_meter_has_a_log_of_power_cuts_and_a_message() -> None:
    rows = {row.name: row.value for row in rows_of(tell(telegram("nl").decode("ascii"))) if row.name}
    assert rows["power cuts, log"] == "1: 29 May 2018 15:56, 40 min 51 s"
    assert rows["text message"].startswith("Planned works")
