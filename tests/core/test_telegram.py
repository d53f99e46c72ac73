"""What is read of a raw telegram: the meter's own clock, and its checksum."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.telegrams import NOT_HERE, REAL
from tui.core.telegram import crc16, parse_telegram, telegram_clock

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
    "piece", ["0-0:1.0.0(\n", "\n", "0-0:1.0.0(26112214320\n", "\n0-0:1.0.0(" + "1" * 13, "()\n", "1-0:1.8.0\n"]
)
def test_a_text_full_of_beginnings_is_read_as_far_as_allowed(piece: str) -> None:
    clock = "\n0-0:1.0.0(261122143205W)\n"
    assert telegram_clock(piece * 400 + clock) == datetime(2026, 11, 22, 14, 32, 5)
    assert telegram_clock(piece * (256 * 1024 // len(piece)) + clock) is None


# ------------------------------------------------------------------ the checksum


def closed(text: str) -> str:
    """A telegram with the right checksum."""
    return f"{text}!{crc16(f'{text}!'.encode('latin-1')):04X}\r\n"


RIGHT = closed(DSMR_5.partition("!")[0])


@pytest.mark.parametrize(
    ("text", "checksum"),
    [
        (RIGHT, True),
        (RIGHT.replace("\r\n", "\n"), True),
        (RIGHT.strip(), True),
        ("\r\n" + RIGHT, True),
        (RIGHT.lower().replace("isk5", "ISK5").replace("2m550t", "2M550T"), False),
        (RIGHT.replace("14320", "14321"), False),
        (RIGHT.replace("\r\n\r\n", "\r\n"), False),
        (DSMR_5, False),
        (DSMR_2, None),
        (RIGHT.lstrip("/"), None),
        (RIGHT.partition("!")[0], None),
        (RIGHT.partition("!")[0] + "!no checksum\r\n", None),
        (RIGHT.partition("!")[0] + "!12345\r\n", None),
        ("", None),
        ("/!", None),
        ("!0000/", None),
    ],
)
def test_the_checksum_is_recomputed_over_lines_that_end_in_crlf(text: str, checksum: bool | None) -> None:
    assert parse_telegram(text).checksum is checksum


def test_a_meter_may_leave_out_the_zeros_of_its_checksum() -> None:
    texts = (closed(f"/X\r\n\r\n0-0:96.1.1({number})\r\n") for number in range(1000))
    text = next(text for text in texts if "!0" in text)
    assert parse_telegram(text.replace("!0", "!")).checksum is True


@given(st.text() | st.text(st.sampled_from("/!09afAF\r\n:()é€")).map(lambda text: f"/{text}!{text[:4]}"))
def test_no_text_makes_reading_it_fail(text: str) -> None:
    assert parse_telegram(text).checksum in (True, False, None)


@pytest.mark.parametrize("piece", ["/", "!", "/!0000\r\n", "!0", "\n", "/\r", "a" * 1000])
def test_a_body_of_any_length_is_read_in_no_time(piece: str) -> None:
    body = "/" + piece * (256 * 1024 // len(piece)) + "!0000"
    start = time.process_time()
    assert parse_telegram(body).checksum is None
    assert time.process_time() - start < 0.2


# ------------------------------------------------------------------ the peaks of past months

LIST = "0-0:98.1.0(4)(1-0:1.6.0)(1-0:1.6.0)"
JULY = "(260801000000S)(632525252525W)(00.000*kW)"
AUGUST = "(260901000000S)(260830181500S)(01.871*kW)"
OCTOBER = "(261101000000W)(261025024500W)(04.927*kW)"


@pytest.mark.parametrize(
    ("lines", "peaks"),
    [
        (LIST + JULY + AUGUST + OCTOBER, [(9, datetime(2026, 8, 30, 18, 15), 0, 1871.0), (11, None, 1, 4927.0)]),
        (LIST + AUGUST * 20, [(9, None, 0, 1871.0)] * 13),
        (f"0-0:1.0.0(261129120000W)\r\n{LIST}{AUGUST}\r\n!", [(9, None, 0, 1871.0)]),
        (LIST + AUGUST.replace("0901", "1301") + OCTOBER, [(11, None, 1, 4927.0)]),
        (LIST + AUGUST.replace("01.871", "999999.871") + OCTOBER, [(11, None, 1, 4927.0)]),
        (LIST + AUGUST.replace("*kW", "*kWh"), []),
        (LIST.replace("1-0:1.6.0", "1-0:1.8.0") + AUGUST, []),
        ("0-0:98.1.0(260701000000S)(000040.777*kWh)(03.564*kW)(04.104*kW)", []),  # Hungary
        (f"1{LIST}{AUGUST}", []),
        (LIST, []),
        ("", []),
    ],
)
def test_the_peaks_of_past_months(lines: str, peaks: list[tuple[int, datetime | None, int, float]]) -> None:
    found = parse_telegram(lines).peaks
    assert [(peak.closed.month, peak.at.fold, peak.power_w) for peak in found] == [
        (month, fold, watts) for month, _, fold, watts in peaks
    ]
    assert all(peak.at == at for peak, (_, at, _, _) in zip(found, peaks, strict=True) if at)


@given(st.text(st.sampled_from("()0192SW.*k:-\n")).map(lambda text: LIST + text))
def test_no_list_makes_it_fail(text: str) -> None:
    assert len(parse_telegram(text).peaks) <= 13


@pytest.mark.parametrize(
    "piece", ["(", "0-0:98.1.0(", LIST, LIST + "\n", "(260901000000S)", "0-0:98.1.0(4)(1-0:1.6.0)"]
)
def test_a_list_of_any_length_is_read_in_no_time(piece: str) -> None:
    start = time.process_time()
    parse_telegram(LIST + piece * (256 * 1024 // len(piece)))
    assert time.process_time() - start < 0.2


@pytest.mark.skipif(not REAL.is_dir(), reason=NOT_HERE)
def test_telegrams_of_real_meters() -> None:
    names = "v4_2 v5 v5_two_mbus v5_eon_hu fluvius_v171 iskra_ie sagemcom_t210_d_r unpadded_crc v2_2 v3 dsmr-reader-02"
    found = [parse_telegram((REAL / f"{name}.txt").read_bytes().decode("latin-1")) for name in names.split()]
    assert [telegram.checksum for telegram in found] == [True] * 8 + [None, None, False]
    assert [telegram.clock is not None for telegram in found] == [True] * 8 + [False, False, True]
    assert [len(telegram.peaks) for telegram in found] == [0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    assert found[4].peaks[1] == (datetime(2020, 4, 1), datetime(2020, 3, 5, 12, 21, 39), 5980.0)
    many = (REAL / "sequence-566s.txt").read_bytes().decode("latin-1").split("/")[1:]
    assert {parse_telegram(f"/{one}").checksum for one in many} == {True}
