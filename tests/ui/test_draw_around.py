"""What stands around the tables and panels: attention, help for an empty house, rules and the footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core.model import Device, Endpoint, Fleet, Link, Note, Problem, Read, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import Measurement, System
from tui.ui.draw.attention import attention_lines, nothing_found, trouble_line
from tui.ui.draw.frame import Hint, flat_rule, footer, rule
from tui.ui.draw.lines import Context, Lines, bar, fit, gauge, plain, width_of
from tui.ui.glyphs import GLYPHS

CONSOLE = GLYPHS["console"]
T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5000.0)
HERE = Context(CONSOLE, profile_of("nl"), T0)


def text(rows: Lines) -> list[str]:
    return [plain(row).rstrip() for row in rows]


def shed(
    kind: State | None = State.SILENT, name: str = "Shed", *, age: float = 3600, wifi: float | None = 31.0
) -> Device:
    return Device(
        "shed",
        "5c2faf000001",
        "HWE-SKT",
        name=name,
        endpoints=(Endpoint("192.168.1.23"),),
        measurement=Read(Measurement({"power_w": 61}), T0.plus(-age)),
        system=Read(System(wifi_strength_pct=wifi), T0) if wifi is not None else None,
        problem=Problem(kind, "no answer within 5 s: is it plugged in?", T0.plus(-age)) if kind else None,
        link=Link(last_answer=T0.plus(-age)),
    )


def told(devices: Sequence[Device], *notes: str, width: int = 80, height: int = 6) -> list[str]:
    fleet = Fleet({}, {}, tuple(Note(words, words, T0) for words in notes))
    rows = attention_lines(devices, fleet, HERE, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return text(rows)


def test_a_silent_device_is_told_with_its_problem_its_time_and_its_last_wifi() -> None:
    assert told([shed()]) == [
        "Shed: no answer within 5 s: is it plugged in? (since 13:32). Wi-Fi was 31 % when",
        "last heard.",
    ]


def two_grids() -> Fleet:
    def p1(key: str, name: str) -> Device:
        read = Read(Measurement({"power_w": 500.0, "unique_id": f"id-of-{key}"}), T0)
        return Device(key, key, "HWE-P1", name=name, endpoints=(Endpoint(key),), measurement=read)

    return Fleet({"a": p1("a", "Front"), "b": p1("b", "Barn")})


def test_a_kiosk_names_no_key_that_it_does_not_take() -> None:
    line = plain(trouble_line([], two_grids(), replace(HERE, kiosk=True), 100, 0)).rstrip()
    assert line == "two grid meters, Front and Barn: which is yours? the config file gives a role"


def test_of_two_grid_meters_the_user_is_asked_which_is_theirs_once_after_what_is_wrong() -> None:
    rows = text(attention_lines([shed(wifi=None)], two_grids(), HERE, 80, 6))
    assert rows[-1] == "two grid meters, Front and Barn: which is yours? r gives a role"
    assert rows[0].startswith("Shed: ")


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (80, "two grid meters, Front and Barn: which is yours? r gives a role"),
        (60, "two grid meters: which is yours? r gives a role"),
        (40, "two grid meters: which is yours?"),
        (20, "two grid meters"),
    ],
)
def test_the_wall_asks_too_in_words_that_fit(width: int, words: str) -> None:
    assert plain(trouble_line([], two_grids(), HERE, width, 0)).rstrip() == words


@pytest.mark.parametrize("kind", [State.REFUSED, State.BAD_ANSWER, State.API_DISABLED])
def test_wifi_is_named_only_where_it_may_be_the_reason(kind: State) -> None:
    assert told([shed(kind)]) == ["Shed: no answer within 5 s: is it plugged in? (since 13:32)."]
    assert "Wi-Fi" not in " ".join(told([shed(wifi=None)]))
    far = replace(shed(), system=Read(System(wifi_rssi_db=-88.0), T0))
    assert " ".join(told([far])).endswith("Wi-Fi was -88 dBm when last heard.")


@pytest.mark.parametrize(("kind", "age"), [(None, 0.5), (State.SILENT, 0.5), (State.SILENT, 30)])
def test_a_device_that_is_live_or_only_late_needs_no_attention(kind: State | None, age: float) -> None:
    assert told([shed(kind, age=age)]) == []


def test_devices_come_before_notes_and_what_has_no_room_is_counted() -> None:
    mdns = "mDNS could not start: add devices by their address with key a."
    assert told([shed(State.REFUSED)], mdns)[-1] == mdns
    assert told([shed(State.REFUSED)] * 5, mdns, height=3) == [
        "Shed: no answer within 5 s: is it plugged in? (since 13:32).",
        "Shed: no answer within 5 s: is it plugged in? (since 13:32).",
        "and 3 problems, 1 note: key 6",
    ]


@pytest.mark.parametrize(
    ("troubled", "notes", "width", "words"),
    [
        (1, 1, 40, "and 1 more note: key 6"),
        (1, 3, 80, "and 3 more notes: key 6"),
        (0, 3, 80, "and 2 more notes: key 6"),
        (2, 2, 80, "and 1 problem, 2 notes: key 6"),
        (3, 1, 31, "and 2 problems, 1 note: key 6"),
        (12, 2, 30, "and 13 more: key 6"),
    ],
)
def test_problems_and_notes_are_counted_as_what_they_are(troubled: int, notes: int, width: int, words: str) -> None:
    rows = told(
        [shed(State.REFUSED)] * troubled, *(f"{number} {MDNS}" for number in range(notes)), width=width, height=2
    )
    assert rows[-1] == words


def test_what_is_counted_is_problems_and_a_device_of_v2_is_none() -> None:
    v2 = replace(shed(), endpoints=(Endpoint("192.168.1.24", 443, "v2"),), problem=None)
    assert told([v2]) == []
    assert told([shed(State.REFUSED), v2, shed(State.REFUSED), v2, shed(State.REFUSED)], height=2)[-1] == (
        "and 2 more problems: key 6"
    )
    assert told([shed()] * 2, width=30, height=5)[-1] == "and 1 more problem: key 6"


MDNS = "mDNS could not start: add devices by their address with key a."


def wall_line(devices: Sequence[Device], *notes: str, width: int = 77, turn: int = 0) -> str:
    row = trouble_line(devices, Fleet({}, {}, tuple(Note(words, words, T0) for words in notes)), HERE, width, turn)
    assert width_of(row) <= width
    return plain(row)


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (80, "Shed: no answer within 5 s: is it plugged in? (since 13:32).  and 3 more"),
        (70, "Shed: no answer since 13:32  and 3 more"),
        (38, "Shed: no answer  and 3 more"),
        (18, "Shed: no answer +3"),
        (17, "Shed +3"),
        (6, "She +3"),
    ],
)
def test_one_trouble_is_told_in_words_that_fit_and_the_others_are_counted(width: int, words: str) -> None:
    kinds = (State.REFUSED, State.API_DISABLED, State.BAD_ANSWER)
    assert wall_line([shed(wifi=None), *map(shed, kinds)], width=width).rstrip() == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (State.SILENT, "Shed: no answer since Tue 14:32"),
        (State.REFUSED, "Shed: refused since Tue 14:32"),
        (State.API_DISABLED, "Shed: API off since Tue 14:32"),
        (State.BAD_ANSWER, "Shed: bad data since Tue 14:32"),
    ],
)
def test_a_short_trouble_says_what_and_since_when(kind: State, words: str) -> None:
    assert wall_line([shed(kind, age=4 * 86400)], width=40) == words


def test_several_troubles_take_turns_and_without_one_the_line_is_blank() -> None:
    devices = [shed(wifi=None), shed(State.REFUSED, "Attic")]
    told_now = [wall_line(devices, MDNS, width=50, turn=turn) for turn in range(4)]
    assert told_now == [
        "Shed: no answer since 13:32  and 2 more",
        "Attic: refused since 13:32  and 2 more",
        "mDNS could not start  and 2 more",
        "Shed: no answer since 13:32  and 2 more",
    ]
    assert wall_line([shed(None, age=1)]) == ""


def test_a_sentence_that_is_longer_than_the_room_is_cut_after_its_rows() -> None:
    assert told([shed()], width=32, height=2) == ["Shed: no answer within 5 s: is", "it plugged in? (since 13:32)."]


@pytest.mark.parametrize("name", ["家のネットワーク無線の長い名前の", "🌞" * 12, "[red]x[/]", "x" * 300, ""])
def test_hostile_names_do_not_widen_a_sentence(name: str) -> None:
    for width in (20, 32, 80):
        assert told([shed(name=name)], width=width, height=40)


def test_nothing_found_yet() -> None:
    early = nothing_found(["wlan0 192.168.1.23"], HERE, 80, scan=None, late=False)
    assert text(early) == [" Searching on wlan0 192.168.1.23..."]


def test_nothing_found_helps_as_drawn_in_the_target_picture() -> None:
    rows = nothing_found(["wlan0 192.168.1.23"], HERE, 80, scan="192.168.1.0/24 (254)", late=True)
    assert text(rows) == [
        " No HomeWizard device has answered yet. Searching on wlan0 192.168.1.23.",
        "",
        "   1  Same network?  This computer must be on the network of the meters, and",
        "      not on a guest network. The meters use 2.4 GHz Wi-Fi only.",
        "   2  Local API on?  HomeWizard app: Settings > Meters > your meter > Local API",
        "   3  Address known? Press a and type it. The app shows it under the meter.",
        "   4  Nothing helps? Press S to ask every address of 192.168.1.0/24 (254).",
    ]


def test_without_an_address_of_its_own_the_computer_says_so_and_offers_no_scan() -> None:
    words = " ".join(text(nothing_found([], HERE, 80, scan=None, late=True)))
    assert "This computer has no network address." in words
    assert "Nothing helps?" not in words


def test_the_help_of_a_kiosk_names_no_key_that_it_would_not_take() -> None:
    rows = text(nothing_found(["eth0 10.0.0.5"], HERE, 100, scan=None, late=True, kiosk=True))
    assert "   3  Address known? Start with --host ADDRESS. The app shows it under the meter." in rows


@pytest.mark.parametrize("width", [40, 45, 60, 120])
def test_the_help_for_an_empty_house_fits(width: int) -> None:
    rows = nothing_found(["eth0 10.0.0.5", "wlan0 192.168.1.23"], HERE, width, scan="10.0.0.0/22 (1022)", late=True)
    assert all(width_of(row) <= width for row in rows)
    assert "Settings > Meters > your meter > Local API" in " ".join(" ".join(text(rows)).split())


def test_rules_of_two_boxes() -> None:
    titles = ("Devices  6 of 7 live", "Grid  P1 meter  DSMR 5.0")
    assert plain(rule(80, CONSOLE, split=33, titles=titles)) == (
        "┌ Devices  6 of 7 live ──────────┬ Grid  P1 meter  DSMR 5.0 ───────────────────┐"
    )
    assert plain(rule(80, CONSOLE, split=33, top=False)) == f"└{'─' * 32}┴{'─' * 45}┘"
    assert plain(rule(12, CONSOLE, titles=("Grid",))) == "┌ Grid ────┐"
    assert plain(rule(12, GLYPHS["ascii"], titles=("Grid",))) == "+ Grid ----+"
    assert plain(flat_rule(5, CONSOLE)) == "─────"


@pytest.mark.parametrize("title", ["", "Grid", "x" * 200, "家のネットワーク無線の", "🌞" * 30, "[red]x[/]"])
def test_a_rule_is_as_wide_as_asked_whatever_the_title(title: str) -> None:
    for width in range(40, 130):
        assert width_of(rule(width, CONSOLE, titles=(title,))) == width
        for split in (20, 33, width // 2):
            row = rule(width, CONSOLE, split=split, titles=(title, title))
            assert width_of(row) == width
            assert plain(row)[-1] == "┐"
            assert "┬" in plain(row)


HINTS = [
    Hint("enter", "open", "open"),
    Hint("4", "meters", "view('meters')"),
    Hint("/", "filter", "filter"),
    Hint("space", "freeze", "freeze"),
    Hint("q", "quit", "app.quit"),
    Hint("?", "help", "help"),
]


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (80, " enter open  4 meters  / filter  space freeze  q quit  ? help"),
        (52, " enter open  4 meters  / filter  q quit  ? help"),
        (30, " enter open  4 meters  ? help"),
        (8, " ? help"),
    ],
)
def test_the_footer_shows_the_keys_that_fit_and_always_help(width: int, row: str) -> None:
    line, _ = footer(HINTS, width)
    assert plain(line) == row.ljust(width)


def test_a_click_on_a_key_finds_its_action() -> None:
    words = {hint.action: f"{hint.key} {hint.words}" for hint in HINTS}
    for width in range(8, 100):
        row, places = footer(HINTS, width)
        assert width_of(row) == width
        assert places[-1][2] == "help"
        assert [plain(row)[start:end] for start, end, _ in places] == [words[action] for _, _, action in places]


def test_a_footer_without_keys_is_blank() -> None:
    assert footer([], 5) == ((("     ", ""),), [])


@pytest.mark.parametrize(
    ("share", "cells"),
    [(0.0, 0), (0.04, 0), (0.0625, 1), (0.5, 4), (0.95, 8), (1.0, 8), (3.0, 8), (-1.0, 0)],
)
def test_half_a_cell_of_a_bar_counts_as_a_cell(share: float, cells: int) -> None:
    assert bar(share, 8, CONSOLE) == "█" * cells + "·" * (8 - cells)


@pytest.mark.parametrize(("volts", "place"), [(0, 0), (207, 0), (230, 6), (236.8, 7), (241.3, 8), (253, 11), (400, 11)])
def test_a_gauge_has_its_mark_where_the_value_stands_and_at_the_end_beyond(volts: float, place: int) -> None:
    assert gauge(volts, 207, 253, 12, CONSOLE).index("■") == place
    assert len(gauge(volts, 207, 253, 12, CONSOLE)) == 12


@pytest.mark.parametrize(
    ("words", "width", "glyphs", "shown"),
    [
        ("Grid", 6, "unicode", "Grid  "),
        ("Washing machine", 8, "unicode", "Washing…"),
        ("Washing machine", 12, "console", "Washing m..."),
        ("Washing machine", 5, "ascii", "Washi"),
        ("家のネット", 6, "unicode", "家の… "),
        ("Grid", 0, "unicode", ""),
    ],
)
def test_text_is_cut_with_an_ellipsis_where_there_is_room_for_one(
    words: str, width: int, glyphs: str, shown: str
) -> None:
    assert fit(words, width, GLYPHS[glyphs]) == shown
