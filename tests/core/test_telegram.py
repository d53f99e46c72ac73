"""telegram_clock: the meter's own clock in a raw telegram."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.telegram import telegram_clock

DSMR_5 = (
    "/ISK5\\2M550T-1011\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(261122143205W)\r\n"
    "0-0:96.1.1(4B464D31)\r\n1-0:1.8.1(010830.511*kWh)\r\n0-1:24.2.1(261122143000W)(02569.646*m3)\r\n!1F28\r\n"
)
DSMR_2 = "/KMP5 KA6U001660297912\r\n\r\n0-0:96.1.1(204B413655303031)\r\n1-0:1.8.1(00000.123*kWh)\r\n!\r\n"


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        (DSMR_5, datetime(2026, 11, 22, 14, 32, 5)),
        (DSMR_5.replace("\r\n", "\n"), datetime(2026, 11, 22, 14, 32, 5)),
        (DSMR_5.lstrip("/").replace("205W", "205S"), datetime(2026, 11, 22, 14, 32, 5)),
        ("0-0:1.0.0(261025023000S)", datetime(2026, 10, 25, 2, 30)),
        ("0-0:1.0.0(261025023000)", datetime(2026, 10, 25, 2, 30)),
        (DSMR_2, None),
        ("", None),
        ("Nothing matches the given URI", None),
        ("0-0:1.0.0()", None),
        ("0-0:1.0.0(000000000000W)", None),
        ("0-0:1.0.0(261322143205W)", None),
        ("0-0:1.0.0(26112214320W)", None),
        ("0-0:1.0.0(261122143205X)", None),
        ("0-0:1.0.0(261122143205W", None),
        ("10-0:1.0.0(261122143205W)", None),
        ("0-0:1x0x0(261122143205W)", None),
        ("0-1:24.2.1(261122143000W)(02569.646*m3)", None),
    ],
)
def test_the_clock_is_the_one_of_the_meter(text: str, clock: datetime | None) -> None:
    assert telegram_clock(text) == clock


@given(st.text(st.sampled_from("0-:1.()SW\r\n29")))
def test_no_text_makes_it_fail(text: str) -> None:
    clock = telegram_clock(text)
    assert clock is None or clock.tzinfo is None


@pytest.mark.parametrize(
    "piece", ["0-0:1.0.0(", "0-0:1.0.0(\n", "\n", "0-0:1.0.0(26112214320\n", "9", "\n0-0:1.0.0(" + "1" * 13]
)
def test_a_body_full_of_beginnings_is_read_to_its_end(piece: str) -> None:
    body = piece * (256 * 1024 // len(piece))
    assert telegram_clock(body) is None
    assert telegram_clock(body + "\n0-0:1.0.0(261122143205W)\n") == datetime(2026, 11, 22, 14, 32, 5)
