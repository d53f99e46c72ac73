"""The page of the link doctor, drawn: the devices, all that is known of one, and this computer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doctor.test_doctor_rules import GOOD, HOME, WELL, unreached, way
from tui.core.checks.record import PollSpan
from tui.core.checks.series import Mean
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import Evidence, Examined, Layer, Port, Reach, Said, Tried
from tui.core.doctor.meaning import Known
from tui.core.doctor.past import NOTHING, LinkPast
from tui.core.moment import Now
from tui.core.profiles import PROFILES
from tui.core.text import clean
from tui.ui.draw.doctor import (
    Page,
    Row,
    detail_lines,
    detail_rows,
    detail_title,
    head_lines,
    list_title,
    row_line,
    title_line,
)
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.glyphs import GLYPHS

NL = PROFILES["nl"]
UTC = datetime(2026, 4, 25, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp()
NOW = Now(UTC, 10_000.0)
DIED = Now(0.0, NOW.monotonic - 4317)


def context(glyphs: str = "unicode") -> Context:
    return Context(GLYPHS[glyphs], NL, NOW)


def row(examined: Examined, past: LinkPast = NOTHING, *, is_fresh: bool = True) -> Row:
    evidence = Evidence(examined, HOME)
    known = Known(Layer.WELL, "p50 12 ms, p95 30 ms, 0 of 3600 lost")
    return Row(
        examined.name, examined.name, None, known, Patient(evidence, diagnose(evidence, NOW), NOW), is_fresh, past
    )


SPANS = tuple(
    PollSpan(6400.0 + 60 * at, 6460.0 + 60 * at, 58, 2 * (at > 40), 0.012, 0.02 + at / 200) for at in range(60)
)
PAST = LinkPast(NOW, 31.0, 3480, 38, (0.012,) * 60, 0.012, 0.03, 9000.0, spans=SPANS,
                wifi=tuple(Mean(span.ends, 62.0 - at / 2) for at, span in enumerate(SPANS)))  # fmt: skip
TRIED = (
    Tried(UTC - 10, "mDNS", "no answer"),
    Tried(UTC - 8, "ARP", "no answer"),
    Tried(UTC - 7, "TCP 80", "no route"),
)
SHED = row(
    replace(
        unreached(Reach.NOBODY), name="Shed", address="192.168.1.27", tried=TRIED, wifi_pct=31.0, last_answer=DIED,
        lost_before=4,
    )
)  # fmt: skip
PUMP = row(
    replace(WELL, name="Heat pump", ways=(replace(GOOD, latencies_s=(1.8,), asked=840, lost=31),), wifi_pct=26.0)
)
SOLAR = row(replace(WELL, name="Solar", ways=(way(said=Said.API_OFF),)))
GRID = row(replace(WELL, name="Grid"), PAST)
NEW = row(replace(WELL, name="Shop"), is_fresh=False)
PAGE = Page((SHED, SOLAR, PUMP, GRID), HOME, NOW)


def rows_of(page: Page, width: int, glyphs: str = "unicode") -> list[str]:
    return [plain(row_line(one, context(glyphs), width, selected=one is page.rows[0])).rstrip() for one in page.rows]


def test_the_list_is_the_mock_ups() -> None:
    assert rows_of(PAGE, 78) == [
        "▶Shed             no ARP answer  nobody has 192.168.1.27 in this network …",
        " Solar            API off        answers that its Local API is off",
        " Heat pump        slow           p95 1.8 s, 31 of 840 lost, Wi-Fi 26 %",
        " Grid             well           p50 12 ms, p95 30 ms, 0 of 5 lost",
    ]


def test_a_narrow_list_has_names_and_layers() -> None:
    assert rows_of(PAGE, 40, "ascii") == [
        ">Shed                     no ARP answer",
        " Solar                    API off",
        " Heat pump                slow",
        " Grid                     well",
    ]


def details(one: Row, width: int, most: int = 30, glyphs: str = "unicode") -> list[str]:
    return [plain(line).rstrip() for line in detail_lines(one, PAGE, context(glyphs), width, most)]


def test_what_is_known_of_one_is_the_mock_ups() -> None:
    assert details(SHED, 78) == [
        " tried   mDNS 14:31:50 no answer   ARP 14:31:52 no answer",
        "         TCP 80 14:31:53 no route",
        " before  last answer 13:20:03, Wi-Fi 31 % then, 4 losses in the hour before",
        " found   nobody has 192.168.1.27 in this network; its last answer was 1 h ago",
        " means   it has no power, or it lost the Wi-Fi",
        " do      see whether its light is on; try it nearer to the access point",
    ]


def test_what_is_cut_for_want_of_room_says_so() -> None:
    assert details(SHED, 34, 7) == [
        " tried   mDNS 14:31:50 no answer …",
        " before  last answer 13:20:03, …",
        " found   nobody has 192.168.1.27 …",
        " means   it has no power, or it …",
        " do      see whether its light is",
        "         on; try it nearer to the",
        "         access point",
    ]


def test_before_an_examination_a_silence_is_not_explained() -> None:
    silent = SHED._replace(patient=None, known=Known(Layer.TIMEOUT, "Connected, but no answer within 5 s"))
    assert details(silent, 78) == [" found   Connected, but no answer within 5 s"]
    recorded = detail_lines(silent, PAGE._replace(is_recorded=True), context(), 78, 30)
    assert [plain(line)[:8].strip() for line in recorded] == ["found", "means"]


def test_one_that_came_later_says_how_to_examine_it() -> None:
    late = SHED._replace(patient=None, is_fresh=False)
    assert details(late, 78) == [
        " found   p50 12 ms, p95 30 ms, 0 of 3600 lost",
        " means   nothing is wrong with the way to it",
        " do      press enter: it was not known yet when the others were examined",
    ]


def test_with_less_room_what_to_do_is_left() -> None:
    assert [text[:8].strip() for text in details(SHED, 78, 5)] == ["tried", "before", "found", "means", "do"]
    assert [text[:8].strip() for text in details(SHED, 78, 2)] == ["means", "do"]
    assert details(SHED, 78, 1) == [" do      see whether its light is on; try it nearer to the access point"]


@pytest.mark.parametrize(
    ("glyphs", "width", "trends"),
    [
        ("unicode", 78, [
            " latency ▁▁▁▁▂▂▂▂▂▂▂▃▃▃▃▃▃▄▄▄▄▄▄▅▅▅▅▅▅▆ p50 12 ms, p95 30 ms of the last polls",
            " lost    ____________________▁▁▁▁▁▁▁▁▁▁ 38 of 3518 lost in 1 h",
            " Wi-Fi   ▅▅▅▅▅▅▅▅▅▅▅▅▄▄▄▄▄▄▄▄▄▄▄▄▄▃▃▃▃▃ 32 %, 32 to 62 % in 1 h",
        ]),
        ("ascii", 60, [
            " latency :::::::::::::::##### p50 12 ms, p95 30 ms",
            " lost    _____________::::::: 38 of 3518 lost in 1 h",
            " Wi-Fi   ########:::::::::::: 32 %, 32 to 62 % in 1 h",
        ]),
        ("console", 40, [
            " latency p50 12 ms, p95 30 ms",
            " lost    38 of 3518 lost in 1 h",
            " Wi-Fi   32 %, 32 to 62 % in 1 h",
        ]),
    ],
)  # fmt: skip
def test_the_last_hour_is_a_trend(glyphs: str, width: int, trends: list[str]) -> None:
    assert details(GRID, width, 30, glyphs)[-3:] == trends


def test_a_recording_claims_neither_losses_nor_delays() -> None:
    lines = detail_lines(GRID, PAGE._replace(is_recorded=True), context(), 78, 30)
    assert [plain(line)[:8].strip() for line in lines] == ["means", "Wi-Fi"]


def test_the_title_of_the_details_says_where_it_was_asked() -> None:
    assert (detail_title(SHED), detail_title(SHED._replace(name="192.168.1.20"))) == (
        "Shed  192.168.1.20",
        "192.168.1.20",
    )


def test_what_the_network_lacks_is_said_once_it_is_known() -> None:
    lacking = PAGE._replace(computer=replace(HOME, port_5353=Port.HELD, heard=0))
    assert [plain(line).rstrip() for line in head_lines(lacking, 80, 9)] == [
        " This computer  wlan0 192.168.1.2/24, gateway answers in 3 ms, mDNS heard: 0",
        " note  UDP port 5353 is kept for itself by another program. Announcements are",
        " not heard at once: end it, or let it share",
    ]
    (looking,) = head_lines(lacking._replace(is_looking=True), 80, 9)
    assert plain(looking).rstrip() == " This computer  wlan0 192.168.1.2/24, gateway answers in 3 ms"
    under_way = PAGE._replace(rows=(*PAGE.rows, NEW), is_looking=True)
    assert list_title(under_way, 2) == "worst first, looking at 1 ...  2 more"
    assert list_title(under_way, 2, 32) == "looking at 1 ...  2 more"


@pytest.mark.parametrize(
    ("width", "frozen", "title"),
    [
        (80, None, f" LINKS  why does it not answer?{'Sat 14:32':>48} "),
        (40, None, " LINKS  why does it not answer?   14:32 "),
        (60, "14:17", f" LINKS{'frozen at 14:17, space goes on':>52}  "),
        (24, "14:17", f" LINKS{'held 14:17':>16}  "),
        (8, "14:17", "held 14:"),
    ],
)
def test_the_heading_has_the_time_and_that_it_is_frozen(width: int, frozen: str | None, title: str) -> None:
    assert plain(title_line(PAGE, frozen, context(), width)) == title


@settings(max_examples=30)
@given(
    st.integers(1, 200),
    st.integers(0, 30),
    st.sampled_from(["unicode", "console", "ascii"]),
    st.text(max_size=70),
    st.sampled_from([SHED, PUMP, SOLAR, GRID, NEW]),
)
def test_nothing_is_wider_than_the_screen_or_longer_than_its_rows(
    width: int, most: int, glyphs: str, name: str, one: Row
) -> None:
    one = one._replace(name=clean(name))
    lines = detail_lines(one, PAGE, context(glyphs), width, most)
    assert len(lines) <= most
    assert len(lines) == min(most, detail_rows(one, PAGE, context(glyphs), width))
    lines += [row_line(one, context(glyphs), width, selected=True), title_line(PAGE, None, context(glyphs), width)]
    lines += head_lines(PAGE, width, 3)
    assert {width_of(line) for line in lines} == {width}
