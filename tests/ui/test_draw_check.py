"""The check as rows: its head, its counts, the list, a finding in words, and the graph behind it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.house import NOON, House, volts
from tui.core.checks.finding import WORST_FIRST, Finding, Verdict
from tui.core.checks.limits import Limit
from tui.core.checks.record import Record
from tui.core.checks.words import Worded
from tui.core.fuse import Fuse
from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Fleet
from tui.core.profiles import NO_PROFILE, profile_of
from tui.engine.checkdata import load_limits, load_words
from tui.ui.draw.box import boxed
from tui.ui.draw.check import (
    DISCLAIMER,
    SHORT_DISCLAIMER,
    Entry,
    Watch,
    counts_line,
    detail_rows,
    entry_line,
    head_line,
    line_start,
)
from tui.ui.draw.checkgraph import finding_graph, graph_title, recorded_window
from tui.ui.draw.finding import Section, detail_lines, figures, full_lines, sections
from tui.ui.draw.lines import Context, Line, Lines, Span, fit_words, plain, width_of
from tui.ui.glyphs import GLYPHS

HEAT_PUMP = Device("aa01", "aa01", "HWE-SKT", name="Heat pump")
GRID = Device("aa02", "aa02", "HWE-P1", name="Grid")
UNNAMED = Device("5c2fafe8a06f", "5c2fafe8a06f", "HWE-KWH3")
FLEET = Fleet({device.key: device for device in (HEAT_PUMP, GRID, UNNAMED)})
NL = Context(GLYPHS["console"], profile_of("nl"), NOON.plus(840), FLEET)
WATCH = Watch(NOON, NOON.plus(840), Fuse(3, 25.0))
TRIPS = Entry(
    Finding("voltage.inverter", Verdict.WARN, "aa02", 1),
    "Grid",
    "Inverter trip",
    "10-min mean 250.4 V at 2.9 kW out; trips at 253",
)


def text(rows: Lines) -> list[str]:
    return [plain(row).rstrip() for row in rows]


def style_of(row: Line, words: str) -> str:
    return next(span.style for span in row if words in span.text)


# ------------------------------------------------------------------ the head


@pytest.mark.parametrize(
    ("width", "frozen", "row"),
    [
        (80, False, " CHECK  NL, fuse 3x25 A                 watched 14 min, since 14:00   Fri 14:14 "),
        (60, False, " CHECK  NL, fuse 3x25 A             since 14:00   14:14 "),
        (40, False, " CHECK  NL, fuse 3x25 A          14:14 "),
        (25, False, " CHECK            14:14 "),
        (80, True, " CHECK  NL, fuse 3x25 A                         frozen at 14:14, space goes on  "),
        (40, True, " CHECK  frozen at 14:14, space goes on  "),
        (30, True, " CHECK     frozen at 14:14  "),
        (20, True, " CHECK   held 14:14  "),
        (8, True, "held 14:"),
    ],
)
def test_the_head_tells_what_the_findings_rest_on_and_first_of_all_that_it_is_frozen(
    width: int, frozen: bool, row: str
) -> None:
    drawn = head_line(WATCH, NL, width, frozen=frozen)
    assert width_of(drawn) == width
    assert " ".join(plain(drawn).split()) == " ".join(row.split())
    assert plain(drawn).startswith(row[:6])


def test_a_house_without_fuse_or_grid_says_so() -> None:
    context = replace(NL, profile=NO_PROFILE)
    assert plain(head_line(Watch(NOON, NOON), context, 80)).startswith(" CHECK  no grid set, fuse not set ")
    flemish = replace(NL, profile=profile_of("be-vlg"))
    assert plain(head_line(WATCH, flemish, 80)).startswith(" CHECK  BE-VLG, fuse 3x25 A ")


FINDINGS = tuple(
    Finding("a", verdict) for verdict, count in zip(WORST_FIRST, (1, 2, 2, 10, 3, 6), strict=True) for _ in range(count)
)


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (80, " 1 fail   2 warn   2 info   10 ok   3 not testable   6 do not apply"),
        (68, " 1 fail   2 warn   2 info   10 ok   3 not testable   6 do not apply"),
        (67, " 1 fail 2 warn 2 info 10 ok 3 ? 6 n/a"),
        (40, " 1 fail 2 warn 2 info 10 ok 3 ? 6 n/a"),
    ],
)
def test_every_verdict_is_counted(width: int, row: str) -> None:
    drawn = counts_line(FINDINGS, width)
    assert plain(drawn).rstrip() == row
    assert width_of(drawn) == width


def test_only_what_is_wrong_stands_out_among_the_counts() -> None:
    drawn = counts_line(FINDINGS, 80)
    assert [style_of(drawn, words) for words in ("1 fail", "2 warn", "2 info")] == ["fail", "warn", "label"]
    assert {span.style for span in counts_line((), 80) if span.text.strip()} == {"label"}


# ------------------------------------------------------------------ the list


@pytest.mark.parametrize(("width", "words"), [(14, "polls lost:..."), (18, "polls lost: a ..."), (8, "polls...")])
def test_a_sentence_is_cut_between_its_words_unless_too_little_would_be_left(width: int, words: str) -> None:
    assert fit_words("polls lost: a noticeably weak signal", width, NL.glyphs) == words.ljust(width)
    assert fit_words("polls lost", width, NL.glyphs).startswith("polls")


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (78, "▶WARN Grid L1   Inverter trip 10-min mean 250.4 V at 2.9 kW out; trips at 253"),
        (118, "▶WARN Grid L1                 Inverter trip 10-min mean 250.4 V at 2.9 kW out; trips at 253"),
        (60, "▶WARN Grid L1   Inverter trip 10-min mean 250.4 V at 2.9 ..."),
        (40, "▶WARN Grid L1             Inverter trip"),
    ],
)
def test_a_finding_in_the_list(width: int, row: str) -> None:
    drawn = entry_line(TRIPS, NL, width, selected=True)
    assert plain(drawn).rstrip() == row
    assert width_of(drawn) == width
    assert all("cursor" in span.style for span in drawn)


@pytest.mark.parametrize(
    ("finding", "row"),
    [
        (Finding("a", Verdict.FAIL, "aa01"), " FAIL Heat pump Link          lost"),
        (Finding("a", Verdict.INFO, "aa01", 3), " INFO Heat p L3 Link          lost"),
        (Finding("a", Verdict.PASS), " ok   House     Link          lost"),
        (Finding("a", Verdict.UNTESTABLE, "bb"), " ?    bb        Link          lost"),
        (Finding("a", Verdict.NA, "5c2fafe8a06f"), " -    kW e8a06f Link          lost"),
    ],
)
def test_every_verdict_has_a_word_and_every_finding_a_place(finding: Finding, row: str) -> None:
    assert plain(entry_line(Entry(finding, "", "Link", "lost"), NL, 78)).rstrip() == row


@given(
    st.integers(0, 220),
    st.sampled_from(WORST_FIRST),
    st.sampled_from(("aa01", "5c2fafe8a06f", None, "x")),
    st.sampled_from((None, 2)),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=80),
)
def test_a_finding_is_as_wide_as_asked_whatever_it_says(
    width: int, verdict: Verdict, device: str | None, phase: int | None, words: str
) -> None:
    entry = Entry(Finding("a", verdict, device, phase), "", "Inverter trip", words)
    assert width_of(entry_line(entry, NL, width)) == width
    assert line_start(width) >= 0


def test_what_was_seen_begins_where_the_slice_does() -> None:
    for width in (80, 100, 200):
        row = boxed([entry_line(TRIPS, NL, width - 2)], [], ("", ""), width, GLYPHS["console"])[1]
        assert plain(row).index("10-min") == line_start(width)


def test_a_box_on_a_screen_and_none_on_a_phone() -> None:
    rows: Lines = [(Span("one"),)]
    below: Lines = [(Span("two"),)]
    assert text(boxed(rows, below, ("worst first", "Grid: Link"), 72, GLYPHS["console"])) == [
        f"┌ worst first {'─' * 57}┐",
        f"│one{' ' * 67}│",
        f"├ Grid: Link {'─' * 58}┤",
        f"│two{' ' * 67}│",
        f"└{'─' * 70}┘",
    ]
    assert text(boxed(rows, below, ("worst first", "Grid: Link"), 40, GLYPHS["ascii"])) == [
        f"- worst first {'-' * 26}",
        "one",
        f"- Grid: Link {'-' * 27}",
        "two",
    ]


@pytest.mark.parametrize(
    ("height", "findings", "rows"), [(17, 20, 6), (17, 3, 12), (17, 8, 9), (53, 50, 12), (10, 20, 5), (9, 20, 0)]
)
def test_the_details_get_what_the_list_leaves(height: int, findings: int, rows: int) -> None:
    assert detail_rows(height, findings) == rows


# ------------------------------------------------------------------ a finding in words


@cache
def high() -> Record:
    house = House()
    house.meter(lambda second: {**volts(240.0 if second < 700 else 256.0), "frequency_hz": 50.02})
    return house.run(1300).record


def finding(verdict: Verdict = Verdict.FAIL) -> Finding:
    found = Finding("voltage.mean10", verdict, high().observed[0].key, 1)
    return replace(
        found,
        figure=256.0,
        unit="V",
        limit=253.0,
        limits=("voltage.mean10.low_v", "voltage.mean10.high_v"),
        window_s=1200.0,
        quantity="voltage_l1_v",
        variant="high",
        values={"at": high().now.plus(-100)},
    )


def worded(record: Record | None = None) -> Worded:
    return load_words("en").of(finding(), record or high())


def test_a_finding_beside_the_list() -> None:
    assert text(detail_lines(sections(worded(), high().limits), NL, 78, 8)) == [
        " Seen   10-min mean 256.0 V at 14:20, above 253 V; seen over 20 min",
        " Means  The voltage was higher than a grid may be. Solar inverters switch",
        "        off, and appliances age faster.",
        " Do     Report it to the grid operator with this figure and its time.",
        " Limit  10-minute means within 207 to 253 V; below 195.5 V or above 253 V",
        "        fails (Dutch Netcode, as quoted at schrijvendemeter.nl/netcode;",
        "        NEN-EN 50160, as quoted at safetyspec.nl)",
    ]


def test_what_is_too_much_is_cut_where_most_is_left_and_says_so() -> None:
    rows = text(detail_lines(sections(worded(), high().limits), NL, 78, 5))
    assert [row[:7].strip() for row in rows] == ["Seen", "Means", "", "Do", "Limit"]
    assert rows[2].endswith("off, and appliances age faster.")
    assert rows[4].endswith("below 195.5 V or above 253 V ...")
    assert [row[:7].strip() for row in text(detail_lines(sections(worded(), high().limits), NL, 78, 3))] == [
        "Seen",
        "Means",
        "Do",
    ]


def test_a_finding_in_full() -> None:
    assert text(full_lines(sections(worded(), high().limits, full=True), NL, 80)) == [
        " Seen   10-min mean 256.0 V at 14:20, above 253 V; seen over 20 min",
        " Figure 256 V, limit 253 V",
        "",
        " Means  The voltage was higher than a grid may be. Solar inverters switch off,",
        "        and appliances age faster.",
        " Do     Report it to the grid operator with this figure and its time.",
        "",
        " Limit  10-minute means within 207 to 253 V; below 195.5 V or above 253 V fails",
        " Source Dutch Netcode, as quoted at schrijvendemeter.nl/netcode; NEN-EN 50160,",
        "        as quoted at safetyspec.nl",
        " Rule   voltage.mean10",
    ]


def test_a_limit_of_the_users_own_is_marked() -> None:
    own = high().limits.changed_by({"voltage.mean10.high_v": Limit(255.0, "mine", own=True)}, {"mine": "own limit"})
    record = replace(high(), installation=replace(high().installation, limits=own))
    parts = sections(worded(record), own)
    assert parts[-1] == Section("Own", "your own limits: high_v 255", "warn")
    assert "own limit" in parts[-2].text
    assert [part.head for part in sections(worded(), high().limits)] == ["Seen", "Means", "Do", "Limit"]


@pytest.mark.parametrize(
    ("figure", "limit", "words"),
    [
        (253.14, 253.0, "253.1 V, limit 253 V"),
        (253.04, 253.0, "253.04 V, limit 253 V"),
        (4896.63, 1000.0, "4897 V, limit 1000 V"),
        (0.0753, 1.0, "0.0753 V, limit 1 V"),
        (123456.7, 3.0, "123457 V, limit 3 V"),
        (None, 3.0, "limit 3 V"),
        (2.0, None, "2 V"),
        (None, None, ""),
    ],
)
def test_a_figure_beside_its_limit(figure: float | None, limit: float | None, words: str) -> None:
    assert figures(Finding("a", Verdict.PASS, figure=figure, limit=limit, unit="V")) == words


@pytest.mark.parametrize("glyphs", GLYPHS)
@pytest.mark.parametrize("width", [12, 20, 40, 80, 200])
def test_no_row_of_a_finding_is_wider_than_the_screen(width: int, glyphs: str) -> None:
    context = replace(NL, glyphs=GLYPHS[glyphs])
    for height in (1, 3, 6, None):
        rows = detail_lines(sections(worded(), high().limits), context, width, height)
        assert all(width_of(row) <= width for row in rows)
        assert height is None or len(rows) <= height
    assert len(DISCLAIMER) < 78
    assert len(SHORT_DISCLAIMER) < 40


# ------------------------------------------------------------------ the graph


def nothing(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    return (None,) * columns


def test_a_voltage_stands_on_its_nominal_value_below_its_limit() -> None:
    record = high()

    def window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        assert quantity == "voltage_l1_v"
        return recorded_window(record.observed[0], quantity, record, start, end, columns)

    context = replace(NL, now=record.now)
    rows, scale = finding_graph(finding(), record, window, context, 46, 9, None)
    assert text(rows) == [
        " voltage L1 in V; line at 253",
        "  260┤",
        "  253┤────────────────────████████████████████",
        "  250┤                    ████████████████████",
        "     │                  ██████████████████████",
        "  240┤████████████████████████████████████████",
        "     │████████████████████████████████████████",
        "  230┼────────────────────────────────────────",
        "            14:05     14:10     14:15",
    ]
    assert scale is not None
    assert style_of(rows[2], "───") == "warn"
    assert all(width_of(row) == 46 for row in rows)


def test_what_has_no_quantity_and_what_has_no_room_has_no_graph() -> None:
    for found, width, height in (
        (replace(finding(), quantity=None), 80, 20),
        (replace(finding(), device="gone"), 80, 20),
        (replace(finding(), quantity="energy_import_kwh"), 80, 20),
        (finding(), 80, 6),
        (finding(), 15, 20),
    ):
        assert finding_graph(found, high(), nothing, NL, width, height, None) == ([], None)


def test_what_only_the_record_has_is_drawn_from_its_samples_and_minutes() -> None:
    record, observed = high(), high().observed[0]
    now = record.now.utc
    columns = recorded_window(observed, "frequency_hz", record, now - 1500, now, 25)
    assert [column is not None for column in columns] == [False] * 3 + [True] * 22
    assert all(column is None or abs(column.mean - 50.02) < 1e-3 for column in columns)
    assert recorded_window(observed, "wifi_rssi_db", record, now - 60, now, 2) == (None, None)


@pytest.mark.parametrize(
    ("quantity", "unit", "limits", "words"),
    [
        ("load_l2_a", "A", (), "current through the main fuse L1 in A; line at 253"),
        ("wifi_strength_pct", "%", (), "Wi-Fi L1 in %; line at 253"),
        ("frequency_hz", "V", (), "frequency L1 in Hz"),
    ],
)
def test_a_graph_says_what_it_shows(quantity: str, unit: str, limits: tuple[str, ...], words: str) -> None:
    shown = replace(finding(), quantity=quantity, unit=unit, limits=limits)
    assert graph_title(shown, load_limits("nl")) == words


def test_a_fuse_has_its_limit_on_both_sides_once_there_is_export() -> None:
    def window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return tuple(Bucket(value, value, value, 1) for value in [5.0] * (columns - 5) + [-5.0] * 5)

    shown = replace(finding(), quantity="current_l1_a", unit="A", limit=25.0, limits=())
    rows, _ = finding_graph(shown, high(), window, NL, 60, 16, None)
    assert sum(row.strip().startswith(("25┤", "-25┤")) for row in text(rows)) == 2
