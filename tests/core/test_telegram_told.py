"""What the lines of a telegram say: nothing is lost, nothing raises, and everything that leaves is clean."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telegrams import DSMR_2, DSMR_4, DSMR_5, NOT_HERE, REAL, SAMPLES, real, sent
from tui.core.telegram import LONGEST, parse_telegram
from tui.core.telegram.asjson import telegram_json
from tui.core.telegram.tokens import LONGEST_LINE, MOST_LINES, tokenize
from tui.core.telegram.told import MONTHS_END, tell
from tui.core.telegram.words import Received, checksum_words, clock_words, lasted, listing, rows_of, version_words

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = Received(datetime(2026, 11, 28, 14, 32, 7, tzinfo=ZONE).timestamp(), ZONE)


def rows(text: str, received: Received | None = None) -> dict[str, tuple[str, list[str]]]:
    """Name and values by code."""
    found: dict[str, tuple[str, list[str]]] = {}
    last = ""
    for row in rows_of(tell(text), received):
        if row.code or row.name:
            last = row.code or row.name
            found[last] = row.name, []
        found[last][1].append(row.value)
    return found


@pytest.mark.parametrize(
    ("sample", "code", "name", "values"),
    [
        ("dsmr-5", "make and model", "make and model", ["ISK5\\2M550T-1013"]),
        ("dsmr-5", "1-3:0.2.8", "version of the P1 port", ["5.0"]),
        ("dsmr-5", "0-0:1.0.0", "meter's clock", ["Sat 28 Nov 14:32:07, winter time"]),
        ("dsmr-5", "0-0:96.1.1", "meter's number", ["E0047000012345619"]),
        ("dsmr-5", "1-0:1.8.1", "import, tariff 1", ["10830.511 kWh"]),
        ("dsmr-5", "1-0:2.8.2", "export, tariff 2", ["2876.510 kWh"]),
        ("dsmr-5", "0-0:96.14.0", "tariff now", ["2"]),
        ("dsmr-5", "1-0:1.7.0", "power from the grid", ["0.000 kW"]),
        ("dsmr-5", "1-0:2.7.0", "power to the grid", ["0.672 kW"]),
        ("dsmr-5", "0-0:96.7.21", "power cuts", ["6"]),
        ("dsmr-5", "1-0:99.97.0", "power cuts, log", ["1: 29 May 2018 15:56, 40 min 51 s"]),
        ("dsmr-5", "1-0:32.32.0", "voltage sags, L1", ["0"]),
        ("dsmr-5", "0-0:96.13.0", "text message", ["Planned outage"]),
        ("dsmr-5", "1-0:32.7.0", "voltage, L1", ["241.3 V"]),
        ("dsmr-5", "0-1:96.1.0", "gas number, channel 1", ["none"]),
        ("dsmr-5", "0-1:24.2.1", "gas, channel 1", ["0, never read"]),
        ("dsmr-5", "0-2:24.2.1", "gas, channel 2", ["2569.646 m3, Sat 14:25"]),
        ("dsmr-5", "0-3:24.1.0", "kind of meter, channel 3", ["inlet heat"]),
        ("dsmr-5", "0-3:24.2.1", "inlet heat, channel 3", ["12.345 GJ, Fri 23:00"]),
        ("dsmr-5", "0-4:24.1.0", "kind of meter, channel 4", ["(099)"]),
        ("dsmr-5", "0-4:24.2.1", "reading, channel 4", ["1.000 m3, Sat 14:00"]),
        ("dsmr-5", "1-0:32.99.9", "not known", ["(00012)"]),
        ("dsmr-4", "0-0:1.0.0", "meter's clock", ["Tue 25 Oct 02:30:00, summer time"]),
        ("dsmr-4", "0-0:17.0.0", "most power allowed", ["16.1 kW"]),
        ("dsmr-4", "0-0:96.3.10", "breaker", ["on"]),
        (
            "dsmr-4",
            "1-0:99.97.0",
            "power cuts, log",
            ["1: 8 Dec 2010 15:24, 4 min", "2: 29 May 2018 15:56, 40 min 51 s"],
        ),
        ("dsmr-4", "0-0:96.13.1", "message code", ["012345678"]),
        ("dsmr-4", "0-0:96.13.0", "text message", ["Gepland were op 3 okt"]),
        ("dsmr-2", "0-1:24.3.0", "gas, channel 1", ["345.678 m3, 30 Oct 2012 14:00"]),
        ("dsmr-2", "0-1:24.4.0", "gas valve, channel 1", ["ready to be switched on"]),
        ("dsmr-2", "checksum", "checksum", ["none"]),
        ("belgian", "0-0:96.1.4", "version of the P1 port", ["5.0.2, e-MUCS 1.7"]),
        ("belgian", "0-0:96.1.2", "connection's number (EAN)", ["541448960012345678"]),
        ("belgian", "1-0:1.4.0", "average this quarter-hour", ["0.052 kW"]),
        ("belgian", "1-0:1.6.0", "peak this month", ["3.064 kW, Thu 11:45"]),
        (
            "belgian",
            "0-0:98.1.0",
            "peaks of past months",
            [
                "Apr 2026: 0.000 kW",
                "May 2026: 1.862 kW, 18 May 17:45",
                "Jun 2026: 4.229 kW, 25 Jun 18:00",
                "Jul 2026: 2.339 kW, 22 Jul 17:00",
            ],
        ),
        ("belgian", "1-0:31.4.0", "most current allowed, L1", ["999 A"]),
        ("belgian", "0-1:24.2.3", "gas, channel 1", ["92.287 m3, Sun 12:10"]),
        ("belgian", "0-2:24.2.1", "water, channel 2", ["8.579 m3, 30 Aug 2026 12:15"]),
        ("luxembourg", "0-0:42.0.0", "meter's name on the network", ["SAG3000001234567"]),
        ("luxembourg", "1-0:3.8.0", "reactive import, all tariffs", ["120.001 kvarh"]),
        ("luxembourg", "0-0:96.13.2", "text message 2", ["Maintenance"]),
        ("luxembourg", "0-0:17.0.0", "most power allowed", ["27.6 kVA"]),
        ("swedish", "1-0:1.8.0", "import, all tariffs", ["6678.394 kWh"]),
        ("swedish", "1-0:24.7.0", "reactive power, export, L1", ["0.009 kvar"]),
        ("swedish", "1-0:71.7.0", "current, L3", ["1.7 A"]),
    ],
)
def test_a_line_has_its_name_its_value_and_its_unit(sample: str, code: str, name: str, values: list[str]) -> None:
    assert rows(SAMPLES[sample])[code] == (name, values)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1-0:1.8.0*255", "import, all tariffs"),
        ("1.8.1", "import, tariff 1"),
        ("1-0:99:97.0", "power cuts, log"),
        ("1-0:13.7.0", "power factor"),
        ("1-0:73.7.0", "power factor, L3"),
        ("1-0:7.7.0", "reactive power Q3"),
        ("1-0:8.8.0", "reactive Q4, all tariffs"),
        ("1-0:16.7.0", "power, import less export"),
        ("0-1:96.3.10", "relay, channel 1"),
        ("0-3:24.4.0", "valve, channel 3"),
        ("1-0:83.7.0", "not known"),
        ("0-0:24.2.1", "not known"),
        ("7-0:3.0.0", "not known"),
        ("1-1:1.8.0", "not known"),
        ("0-1:1.8.0", "not known"),
    ],
)
def test_the_name_of_a_code(code: str, name: str) -> None:
    assert rows(f"/X\r\n{code}(5)\r\n!\r\n")[code][0] == name


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("1-0:1.8.1(00012*kWh)(3)", "(00012*kWh)(3)"),
        ("1-0:1.8.1(12", "(12"),
        ("1-0:1.8.1", "1-0:1.8.1"),
        ("1-0:1.8.1(12)x", "(12)x"),
        ("1-0:1.8.1(-00.5*kW)", "-0.5 kW"),
        ("1-0:1.8.1(.5*kW)", "(.5*kW)"),
        ("1-0:1.8.1(1234567890123456789)", "(1234567890123456789)"),
        ("0-0:1.0.0(632525252525W)", "(632525252525W)"),
        ("0-0:1.0.0(260228120000)", "Sat 28 Feb 12:00:00"),
        ("0-1:24.2.1(260228120000s)(1*m3)", "(260228120000s)(1*m3)"),
        ("0-1:24.2.1(632525252525W)(00000.000)", "0.000, never read"),
        (
            "0-1:24.3.0(121030140000)(08)(60)(2)(0-1:24.2.1)(m3)(1)(2)",
            "(121030140000)(08)(60)(2)(0-1:24.2.1)(m3)(1)(2)",
        ),
        ("1-0:99.97.0()", "none"),
        ("1-0:99.97.0(0)(0-0:96.7.19)", "none"),
        ("1-0:99.97.0(1)(0-0:96.7.19)(180529155601S)", "(1)(0-0:96.7.19)(180529155601S)"),
        ("1-0:99.97.0(1)(0-0:96.7.19)(180529155601S)(5*h)", "(1)(0-0:96.7.19)(180529155601S)(5*h)"),
        ("0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)", "none"),
        ("0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(260501000000S)", "(1)(1-0:1.6.0)(1-0:1.6.0)(260501000000S)"),
        ("0-0:96.3.10(7)", "(7)"),
        ("0-0:96.13.0(4F6)", "4F6"),
        ("0-0:96.13.0(63616669E9)", "cafié"),
        ("0-0:96.13.0(1B5B33316D)", "[31m"),
        ("0-0:96.1.1(000000)", "000000"),
        ("1-3:0.2.8(4)", "4"),
        ("1-3:0.2.8(x)", "x"),
    ],
)
def test_what_makes_no_sense_stays_as_it_came(line: str, value: str) -> None:
    row = list(rows_of(tell(f"/X\r\n{line}\r\n!\r\n")))[1]
    assert row.value == value


def test_what_other_countries_list_under_the_code_of_the_peaks_is_not_called_peaks() -> None:
    found = rows("/SAG5\r\n0-0:98.1.0(260701000000S)(000040.777*kWh)(03.564*kW)\r\n!\r\n")
    assert found["0-0:98.1.0"] == (MONTHS_END, ["(260701000000S)(000040.777*kWh)(03.564*kW)"])


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("dsmr-2", "DSMR 2 or 3"),
        ("dsmr-4", "DSMR 4.2"),
        ("dsmr-5", "DSMR 5.0"),
        ("belgian", "DSMR 5.0.2"),
        ("swedish", ""),
    ],
)
def test_the_version(sample: str, words: str) -> None:
    assert version_words(tell(SAMPLES[sample])) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DSMR_5, "checksum right"),
        (DSMR_5.replace("00.672", "00.673"), "checksum wrong"),
        (DSMR_5.lstrip("/"), "checksum not checked"),
        (DSMR_5 + "x" * LONGEST, "checksum not checked"),
        (DSMR_2, "no checksum"),
        (DSMR_5.partition("!")[0], "no checksum"),
        ("", "no checksum"),
    ],
)
def test_the_checksum_in_words(text: str, words: str) -> None:
    assert checksum_words(tell(text)) == words


# ------------------------------------------------------------------ nothing is lost


def lost(text: str) -> str:
    """What of a telegram is in none of its lines, or in them and not in it; control characters are taken away."""
    came = "".join("".join(filter(str.isprintable, line)).strip() for line in re.split(r"[\r\n]+", text))
    shown = "".join(line.raw for line in tell(text).lines)
    return "" if came == shown else f"{came!r} became {shown!r}"


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_every_line_is_told_and_each_has_a_row(text: str) -> None:
    assert lost(text) == ""
    told = tell(text)
    assert told.left_out == 0
    assert {row.line for row in rows_of(told)} == set(range(len(told.lines)))
    continued = sum(line.startswith("(") for line in text.split("\r\n"))
    assert len(told.lines) + continued == sum(bool(line.strip()) for line in text.split("\r\n"))
    assert told.checksum is (None if text is DSMR_2 else True)


def test_what_is_before_and_after_a_telegram_is_told_too_and_is_no_part_of_it() -> None:
    told = tell("1-0:1.7.0(99.999*kW)\r\n!1234\r\n" + DSMR_5 + "0-0:1.0.0(200101000000W)\r\n/AGAIN\r\n")
    assert [(line.code, line.name, line.raw) for line in (*told.lines[:2], *told.lines[-2:])] == [
        ("", None, "1-0:1.7.0(99.999*kW)"),
        ("", None, "!1234"),
        ("", None, "0-0:1.0.0(200101000000W)"),
        ("", None, "/AGAIN"),
    ]
    assert told.checksum is True
    assert told.clock is not None
    assert told.clock.time == datetime(2026, 11, 28, 14, 32, 7)


@pytest.mark.skipif(not REAL.is_dir(), reason=NOT_HERE)
def test_of_the_telegrams_of_real_meters_every_line_is_told() -> None:
    texts = real()
    assert len(texts) == 42
    for name, text in texts.items():
        assert lost(text) == "", name
        inside = [line for line in tell(text).lines if line.code]
        assert {line.code for line in inside if line.name is None} == set(), name
        assert len(inside) >= 8, name
    many = (REAL / "sequence-566s.txt").read_bytes().decode("latin-1")
    told = [tell(f"/{one}") for one in many.split("/")[1:]]
    assert len(told) == 566
    assert {one.checksum for one in told} == {True}
    assert {line.is_read for one in told for line in one.lines} == {True}


# ------------------------------------------------------------------ hostile text

ALPHABET = "/!()\r\n0123456789-:.*kWhSW m3\x1b\x00\x9b\u202eé[]"
PIECES = st.sampled_from(
    [
        "1-0:1.8.1(",
        "0-0:1.0.0(",
        "0-1:24.2.1(",
        "0-1:24.1.0(",
        "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)",
        "1-0:99.97.0(",
        "(",
    ]
)
GROUPS = st.text(ALPHABET, max_size=14) | st.sampled_from(
    ["000101000001W", "632525252525W", "2147483647*s", "99999999999999*kW", "1-0:1.6.0", "9" * 400, "E9"]
)
LINES = st.lists(st.tuples(PIECES, st.lists(GROUPS, max_size=5)).map(lambda one: one[0] + ")(".join(one[1]) + ")"))
TEXTS = (
    st.text() | st.text(ALPHABET, max_size=300) | LINES.map(lambda lines: "/X\r\n" + "\r\n".join(lines) + "\r\n!00\r\n")
)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_no_text_makes_it_fail_and_all_that_leaves_is_clean(text: str) -> None:
    told = tell(text)
    shown = [told.meter, *listing(told, NOON, 1.0)]
    assert all(line.isprintable() for line in shown), shown
    assert all(line.raw.isprintable() for line in told.lines)
    assert json.loads(json.dumps(telegram_json(told), allow_nan=False))["checksum"] in ("right", "wrong", "none")
    assert parse_telegram(text).checksum is told.checksum


@pytest.mark.parametrize(
    "piece",
    [
        "/",
        "!",
        "(",
        ")",
        "()",
        "1-0:1.8.1(1)\r\n",
        "(1)\r\n",
        "\n",
        "\r",
        "0-0:98.1.0(9)(1-0:1.6.0)(1-0:1.6.0)",
        "x" * 999,
    ],
)
def test_a_text_of_any_length_is_bounded_and_read_in_no_time(piece: str) -> None:
    text = "/X\r\n1-0:1.7.0(1*kW)" + piece * (256 * 1024 // len(piece))
    start = time.process_time()
    told = tell(text)
    assert time.process_time() - start < 0.2
    assert len(told.lines) <= MOST_LINES
    assert sum(len(line.raw) for line in told.lines) <= LONGEST
    assert max(len(line.raw) for line in told.lines) <= LONGEST_LINE
    assert told.left_out > 0
    assert told.checksum is None
    assert list(rows_of(told))[-1].value.endswith("characters are left out: no telegram is so long")


def test_a_text_message_of_the_longest_kind_is_told_whole() -> None:
    text = sent(f"/X\n\n0-0:96.13.0({'41' * 1024})")
    assert rows(text)["0-0:96.13.0"] == ("text message", ["A" * 1024])
    assert tokenize(text).checksum is True


# ------------------------------------------------------------------ the clock


@pytest.mark.parametrize(
    ("clock", "version", "words", "is_wrong"),
    [
        ("261128143207W", "50", "as this computer's clock", False),
        ("261128143206W", "50", "as this computer's clock", False),
        ("261128143200W", "50", "7 s behind this computer's", False),
        ("261128143200W", "42", "as this computer's clock, within 10 s", False),
        ("261128143155W", "42", "12 s behind this computer's", False),
        ("261128143257W", "42", "50 s ahead of this computer's", False),
        ("261128143407W", "50", "2 min ahead of this computer's", True),
        ("000101000000W", "50", "it was never set", True),
        ("261128143207S", "50", "it says summer time, but that is winter time", True),
        (
            "261128153207S",
            "50",
            "1 h ahead of this computer's; it says summer time, but that is winter time",
            True,
        ),
        (
            "260728143207W",
            "50",
            "123 days behind this computer's; it says winter time, but that is summer time",
            True,
        ),
        ("261128143207", "50", "as this computer's clock", False),
    ],
)
def test_the_clock_of_the_meter_against_that_of_this_computer(
    clock: str, version: str, words: str, is_wrong: bool
) -> None:
    told = tell(f"/X\r\n1-3:0.2.8({version})\r\n0-0:1.0.0({clock})\r\n!\r\n")
    assert clock_words(told, NOON) == (words, is_wrong)


@pytest.mark.parametrize(
    ("season", "utc_hour", "words"),
    [
        ("S", 0, "as this computer's clock"),
        ("W", 1, "as this computer's clock"),
        ("W", 0, "60 min ahead of this computer's"),
        ("S", 1, "60 min behind this computer's"),
        ("", 0, "as this computer's clock"),
        ("", 1, "as this computer's clock"),
    ],
)
def test_in_the_hour_that_occurs_twice_the_letter_says_which_it_is(season: str, utc_hour: int, words: str) -> None:
    told = tell(f"/X\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(261025023000{season})\r\n!\r\n")
    at = datetime(2026, 10, 25, utc_hour, 30, tzinfo=ZoneInfo("UTC")).timestamp()
    clock = clock_words(told, Received(at, ZONE))
    assert clock is not None
    assert clock.text == words.replace("60 min", "1 h")


def test_a_clock_of_another_year_has_that_instead_of_its_weekday() -> None:
    name, values = rows("/X\r\n0-0:1.0.0(190324150851W)\r\n!\r\n", NOON)["0-0:1.0.0"]
    assert (name, values) == (
        "meter's clock",
        ["24 Mar 2019 15:08:51, winter time", "2805 days behind this computer's"],
    )


def test_a_telegram_without_a_clock_is_compared_with_nothing() -> None:
    assert clock_words(tell(DSMR_2), NOON) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (2451, "40 min 51 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90000, "1 day 1 h"),
        (2147483647, "24855 days 3 h"),
    ],
)
def test_how_long_a_power_cut_lasted(seconds: int, words: str) -> None:
    assert lasted(seconds) == words


# ------------------------------------------------------------------ JSON


def test_the_json_of_a_telegram() -> None:
    told = telegram_json(tell(DSMR_5))
    lines = {line["code"] or line["name"]: line for line in told.pop("lines")}
    assert told == {
        "meter": "ISK5\\2M550T-1013",
        "version": "5.0",
        "time": "2026-11-28T14:32:07",
        "checksum": "right",
        "left_out": 0,
    }
    expected: dict[str, dict[str, object]] = {
        "1-0:2.7.0": {"name": "power to the grid", "value": 0.672, "unit": "kW", "raw": "1-0:2.7.0(00.672*kW)"},
        "0-0:96.7.21": {"name": "power cuts", "value": 6, "unit": None, "raw": "0-0:96.7.21(00006)"},
        "1-0:32.99.9": {"name": None, "value": None, "unit": None, "raw": "1-0:32.99.9(00012)"},
        "0-0:96.13.0": {
            "name": "text message",
            "value": "Planned outage",
            "unit": None,
            "raw": "0-0:96.13.0(506C616E6E6564206F7574616765)",
        },
        "0-2:24.2.1": {
            "name": "gas, channel 2",
            "value": 2569.646,
            "unit": "m3",
            "time": "2026-11-28T14:25:00",
            "raw": "0-2:24.2.1(261128142500W)(02569.646*m3)",
        },
        "0-0:1.0.0": {
            "name": "meter's clock",
            "value": "2026-11-28T14:32:07",
            "unit": None,
            "summer_time": False,
            "raw": "0-0:1.0.0(261128143207W)",
        },
    }
    for code, line in expected.items():
        assert lines[code] == {"code": code, **line}
    assert lines["1-0:99.97.0"]["value"] == [{"ended": "2018-05-29T15:56:01", "lasted_s": 2451}]
    assert lines["checksum"]["code"] == ""


def test_the_peaks_of_months_and_the_log_of_cuts_are_lists_in_json() -> None:
    belgian, dutch = (telegram_json(tell(SAMPLES[name]))["lines"] for name in ("belgian", "dsmr-4"))
    peaks = next(line["value"] for line in belgian if line["code"] == "0-0:98.1.0")
    assert len(peaks) == 4
    assert peaks[0] == {"month_ended": "2026-05-01T00:00:00", "time": None, "value": 0.0, "unit": "kW"}
    assert peaks[3] == {
        "month_ended": "2026-08-01T00:00:00",
        "time": "2026-07-22T17:00:00",
        "value": 2.339,
        "unit": "kW",
    }
    assert [len(line["value"]) for line in dutch if line["code"] == "1-0:99.97.0"] == [2]


def test_a_wrong_checksum_is_said_everywhere() -> None:
    told = tell(DSMR_4.replace("00.393", "00.394"))
    assert telegram_json(told)["checksum"] == "wrong"
    assert list(rows_of(told))[-1].mark == "warn"
    assert "checksum wrong" in listing(told, NOON, None)[0]
