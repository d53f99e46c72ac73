"""The report of the check: what each format holds, and that each can be read by what reads it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.house import House
from tests.engine.reports import FIGURE, GAS_ID, NAMES, SSID, a_house, one_of_each, words_of
from tui.core.checks.finding import Verdict
from tui.core.checks.record import Installation
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Role
from tui.core.profiles import PROFILES, Profile
from tui.core.table import cells
from tui.engine.checkdata import load_limits, load_words
from tui.engine.report.arranged import head
from tui.engine.report.curves import thinned
from tui.engine.report.jsonform import SCHEMA_FILE
from tui.engine.report.markdown import escaped
from tui.engine.report.plain import in_ascii
from tui.engine.report.rendering import render
from tui.engine.report.report import FORMATS, Report, make_report
from tui.engine.report.text import PLUGIN_BYTES, plugin_line, wrap

PERFDATA = re.compile(r"'[^'=|;]+'=-?\d+(\.\d+)?;(-?\d+(\.\d+)?:?)?;(-?\d+(\.\d+)?:?)?;;")
"""'label'=value;warn;crit;min;max of the guidelines for monitoring plugins."""


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    """A report with every verdict."""
    one_of_each(monkeypatch)
    return make_report(a_house().record, words_of("en"), note="Group 3 was loose.\nCall <me>.")


# ------------------------------------------------------------------ what it holds


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_format_says_what_was_found_and_the_disclaimer_once(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    one_of_each(monkeypatch)
    report = make_report(a_house().record, words_of(language), note="Group 3 was loose.", partial=True)
    for fmt in FORMATS:
        text = " ".join(render(report, fmt).replace("\n  ", " ").split())
        assert "Group 3 was loose" in text
        assert "13779.338" in text
        for key in ("disclaimer", "license"):
            assert text.count(report.phrases[key]) == 1
        if fmt == "json":
            assert json.loads(text)["partial"] is True
        else:
            assert report.phrases["partial"] in text


def test_the_words_around_the_findings_are_the_same_in_both_languages() -> None:
    one, other = (load_words(language).phrases for language in ("en", "nl"))
    holes = re.compile(r"\{[^}]*\}")
    assert {key: sorted(holes.findall(text)) for key, text in one.items()} == {
        key: sorted(holes.findall(text)) for key, text in other.items()
    }


@pytest.mark.parametrize(
    ("verdicts", "code", "state"),
    [
        ((Verdict.PASS, Verdict.INFO, Verdict.NA), 0, "OK"),
        ((Verdict.UNTESTABLE,), 0, "OK"),
        ((Verdict.INFO, Verdict.WARN), 1, "WARNING"),
        ((Verdict.WARN, Verdict.FAIL), 2, "CRITICAL"),
    ],
)
def test_the_exit_code_is_that_of_the_worst_verdict(
    monkeypatch: pytest.MonkeyPatch, verdicts: tuple[Verdict, ...], code: int, state: str
) -> None:
    one_of_each(monkeypatch, *verdicts)
    report = make_report(a_house(2).record, words_of("en"))
    assert report.exit_code == code
    assert render(report, "text").startswith(f"HWTUI {state} - ")


def test_without_an_answer_the_state_is_unknown() -> None:
    house = a_house(0)
    report = make_report(house.record, load_words("en"))
    assert report.exit_code == 3
    assert render(report, "text").startswith("HWTUI UNKNOWN - 1 device")
    assert "is p1meter-jansen.local right?" in render(report, "text")


def test_a_report_says_which_limits_are_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "limits.toml"
    own.write_text(
        '["voltage.mean10"]\nhigh_v = { value = 255.0, source = "me" }\n[sources]\nme = "agreed with <the> mayor"'
    )
    house = a_house(2)
    reports = [
        make_report(house.recorder.record(house.now, Installation(load_limits("nl", path))), load_words("en"))
        for path in (own, tmp_path / "no such file")
    ]
    for fmt in FORMATS:
        changed, usual = (render(report, fmt) for report in reports)
        assert "voltage.mean10.high_v" in changed.replace("\\_", "_")
        assert "255" in changed
        assert "mayor" in changed
        assert "mayor" not in usual
        assert "own limits" not in usual.casefold()


# ------------------------------------------------------------------ text


def test_the_first_line_is_that_of_a_monitoring_plugin(report: Report) -> None:
    state, _, data = plugin_line(report).partition(" | ")
    assert state == "HWTUI CRITICAL - 4 devices, 1 fail, 1 warn, 1 info, 1 ok, 1 not testable"
    assert PERFDATA.fullmatch(data)
    assert data.startswith("'rule.of.all Familie Jansen `P1` L1 V'=253.125;;253;;")


@pytest.mark.parametrize(
    ("verdict", "limit", "thresholds"),
    [
        (Verdict.FAIL, 253.0, ";253"),
        (Verdict.WARN, 253.0, "253;"),
        (Verdict.WARN, 260.0, "260:;"),
        (Verdict.PASS, 253.0, ";"),
        (Verdict.INFO, 253.0, ";"),
        (Verdict.WARN, None, ";"),
    ],
)
def test_a_threshold_is_told_where_it_was_passed(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict, limit: float | None, thresholds: str
) -> None:
    one_of_each(monkeypatch, verdict)
    report = make_report(a_house(1).record, words_of("en"))
    item = report.items[0]
    finding = dataclasses.replace(item.finding, limit=limit)
    report = dataclasses.replace(report, items=(item._replace(worded=item.worded._replace(finding=finding)),))
    assert plugin_line(report).endswith(f"=253.125;{thresholds};;")


def test_the_first_line_has_each_figure_once_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    one_of_each(monkeypatch, *([Verdict.WARN] * 3))
    record = a_house(1).record
    assert plugin_line(make_report(record, words_of("en"))).count("'rule.of.all") == 1
    many = tuple(
        item._replace(device=f"a device ' = | with a long name, number {count}, \N{LATIN SMALL LETTER E WITH ACUTE}")
        for count in range(100)
        for item in make_report(record, words_of("en")).items[:1]
    )
    line = plugin_line(dataclasses.replace(make_report(record, words_of("en")), items=many))
    data = line.partition(" | ")[2]
    assert PLUGIN_BYTES - 100 < len(line.encode()) <= PLUGIN_BYTES
    assert all(PERFDATA.fullmatch(datum) for datum in re.findall(r"'[^']*'=\S*", data))
    assert len(re.findall(r"'[^']*'=\S*", data)) > 5


@pytest.mark.parametrize("language", ["en", "nl"])
def test_text_fits_in_80_columns_below_its_first_line(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    one_of_each(monkeypatch)
    report = make_report(a_house(3).record, words_of(language), note="word " * 60)
    assert max(map(cells, render(report, "text").splitlines()[1:])) <= 80


def test_wide_names_fit_too() -> None:
    house = a_house(1)
    house.tell(Configured(house.meters[0].serial, DeviceSetting(name="\N{CJK UNIFIED IDEOGRAPH-96FB}" * 40)))
    text = render(make_report(house.record, load_words("en")), "text")
    assert max(map(cells, text.splitlines()[1:])) == 80
    assert "".join(text.split()).count("\N{CJK UNIFIED IDEOGRAPH-96FB}") >= 40


@given(st.text(max_size=300), st.integers(10, 80))
def test_nothing_is_lost_where_lines_are_broken(text: str, width: int) -> None:
    lines = wrap(text, width, indent="  ", later="    ")
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cells(line) <= width for line in lines)


def test_a_report_can_be_written_in_ascii(report: Report) -> None:
    text = render(report, "text")
    assert "Tuin/zolder ÉÉN" in text
    assert "Tuin/zolder EEN" in in_ascii(text, "text")
    assert "Tuin/zolder &#201;&#201;N" in in_ascii(render(report, "html"), "html")
    assert all(in_ascii(render(report, fmt), fmt).isascii() for fmt in FORMATS)


# ------------------------------------------------------------------ Markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("two\nlines", "two lines"),
        ("[a](http://x)", r"\[a\](http&#58;//x)"),
        ("@someone #1 www.x.org", "&#64;someone &#35;1 www&#46;x.org"),
        ("# no heading", "&#35; no heading"),
        ("1. no item", "&#49;. no item"),
        ("- no item", "&#45; no item"),
        ("230.1 V (L1), 3x25 A", "230.1 V (L1), 3x25 A"),
    ],
)
def test_markdown_shows_a_value_as_it_is(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_no_row_of_a_markdown_table_has_a_cell_too_many(report: Report) -> None:
    rows = [line for line in render(report, "markdown").splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 5}


# ------------------------------------------------------------------ JSON


def test_json_is_as_its_schema_says(report: Report) -> None:
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(render(report, "json"))
    jsonschema.Draft202012Validator(schema).validate(data)
    assert [row["verdict"] for row in data["findings"]] == ["fail", "warn", "info", "pass", "untestable", "na"]
    assert data["findings"][0] | {"text": "", "line": "", "advice": ""} == {
        "rule": "rule.of.all",
        "name": "Everything",
        "device": "5c2faf000000",
        "device_name": NAMES[0],
        "phase": 1,
        "verdict": "fail",
        "figure": FIGURE,
        "unit": "V",
        "limit": 253.0,
        "source": load_limits("nl").source_of(["voltage.mean10.high_v"]),
        "window_s": 600.0,
        "line": "",
        "text": "",
        "advice": "",
    }
    assert {row["serial"] for row in data["devices"]} == {"5c2faf000000", "5c2faf000001", "5c2faf000002", None}
    assert data["generated"] == "2026-06-12T14:00:30+02:00"


def test_json_has_no_number_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    one_of_each(monkeypatch, Verdict.FAIL)
    report = make_report(a_house(1).record, words_of("en"))
    monkeypatch.setattr("tests.engine.reports.FIGURE", float("nan"))
    report = make_report(a_house(1).record, words_of("en"))
    finding = json.loads(render(report, "json"), parse_constant=pytest.fail)["findings"][0]
    assert finding["figure"] is None
    assert " | " not in plugin_line(report)


# ------------------------------------------------------------------ HTML


class Page(HTMLParser):
    """Counts elements, keeps the text, and complains of what is not closed."""

    EMPTY = ("meta", "br", "line", "circle", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag == name]


def test_the_page_is_whole_and_asks_for_nothing(report: Report) -> None:
    html = render(report, "html")
    page = Page(html)
    assert page.open == []
    assert not page.tags("script")
    assert not {"src", "href", "xlink:href", "srcset", "data"} & {name for _, names in page.seen for name in names}
    assert not [name for _, names in page.seen for name in names if name.startswith("on")]
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = page.tags("meta")[1]["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_a_name_is_text_and_no_element(report: Report) -> None:
    page = Page(render(report, "html"))
    assert NAMES[2] in page.text
    assert SSID in page.text
    assert not page.tags("script")
    assert "Call <me>." in page.text
    assert not page.tags("me")


def test_the_page_can_be_read_by_a_machine_that_reads_aloud(report: Report) -> None:
    page = Page(render(report, "html"))
    assert page.tags("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.seen if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert all(attributes.get("scope") == "col" for attributes in page.tags("th"))
    pictures = page.tags("svg")
    assert len(pictures) == 5
    assert all(attributes.get("role") == "img" and attributes.get("aria-label") for attributes in pictures)
    assert "L2 from 236.8 to 236.8 V" in str(pictures[0]["aria-label"])


def test_the_curves_have_their_limits_drawn_in(report: Report) -> None:
    page = Page(render(report, "html"))
    assert [chart.unit for chart in report.charts] == ["V", "W"]
    assert len([1 for line in page.tags("line") if line.get("class") == "limit"]) == 3
    assert "253 V" in page.text
    assert "3x25 A: 5750 W" in page.text


def test_a_short_check_draws_samples_and_a_long_one_minutes() -> None:
    short, long = (make_report(a_house(seconds).record, load_words("en")) for seconds in (40, 700))
    assert "each reading" in short.charts[0].caption
    assert len(short.charts[0].curves[0].values) == 40
    assert "1-minute means" in long.charts[0].caption
    assert len(long.charts[0].curves[0].values) == 11


def test_a_gap_in_the_answers_is_a_gap_in_the_curve() -> None:
    house = a_house(0)
    steady = house.meters[0].answers
    house.meters[0].answers = lambda second: None if 20 <= second < 40 else steady(second)
    report = make_report(house.run(60).record, load_words("en"))
    assert [len(piece) for piece in report.charts[0].curves[0].pieces] == [20, 20]


def test_a_phase_that_means_nothing_is_not_drawn_in_watt() -> None:
    house = a_house(0, grid="be-vlg-3x230")
    steady = house.meters[0].answers
    house.meters[0].answers = lambda second: {**(steady(second) or {}), "current_l1_a": 4.9, "current_l3_a": 0.4}
    report = make_report(house.run(5).record, load_words("en"))
    assert [chart.unit for chart in report.charts] == ["V", "A"]
    assert [curve.label for curve in report.charts[1].curves] == ["L1", "L3"]


def test_devices_stand_as_on_the_screen_and_not_as_they_were_found() -> None:
    house = House()
    for product, name, role in (
        ("HWE-SKT", "zolder", None),
        ("HWE-SKT", "A", None),
        ("HWE-KWH3", "Oven", Role.LOAD),
        ("HWE-KWH1", "Zon", Role.SOLAR),
        ("HWE-P1", "Net", None),
    ):
        house.tell(Configured(house.meter({"power_w": 5.0}, product).serial, DeviceSetting(name=name, role=role)))
    report = make_report(house.run(1).record, load_words("nl"))
    assert [device.name for device in report.devices] == ["Net", "Zon", "Oven", "A", "zolder"]


@pytest.mark.parametrize("profile", PROFILES.values())
def test_the_grid_is_told_as_a_place(profile: Profile) -> None:
    record = dataclasses.replace(a_house(1).record, installation=Installation(load_limits(profile.name), profile))
    told = [
        dict(head(make_report(record, load_words(language))))[title]
        for language, title in (("en", "Grid"), ("nl", "Net"))
    ]
    assert all(text.endswith(f" ({profile.name})") for text in told)
    assert ("3x230 V" in told[0]) is str(profile.name).endswith("-3x230")


def test_a_report_of_nothing_is_still_a_report() -> None:
    house = a_house(0)
    report = make_report(house.recorder.record(house.start, house.installation), load_words("nl"))
    for fmt in FORMATS:
        assert render(report, fmt).endswith("\n")
    assert GAS_ID not in render(report, "json")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=500), st.integers(1, 60))
def test_a_long_curve_keeps_its_peaks_in_few_points(values: list[float], most: int) -> None:
    points = [(float(at), value) for at, value in enumerate(values)]
    few = thinned(points, most)
    assert len(few) <= 2 * most
    assert {min(values), max(values)} <= {value for _, value in few}
    assert list(few) == sorted(few)
    assert set(few) <= set(points)
