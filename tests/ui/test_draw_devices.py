"""The device list: one row a device, exactly as wide as asked, whatever the device is called and how it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import Measurement
from tui.ui.draw.devices import SORTS, device_row, header, label_in, sorted_devices, unmeasured_rows
from tui.ui.draw.lines import Context, Line, plain, width_of
from tui.ui.glyphs import GLYPHS

T0 = Now(1_795_267_920.0, 5000.0)
HERE = (Endpoint("192.168.1.20"),)
WIDTHS = range(30, 61)


def context(age: float = 1.0, glyphs: str = "console") -> Context:
    return Context(GLYPHS[glyphs], profile_of("nl"), T0.plus(age))


def device(power: float | None = 640.0, role: Role | None = None, kind: str = "HWE-KWH1", name: str = "Pump") -> Device:
    values = {} if power is None else {"power_w": power}
    read = Read(Measurement(values), T0)
    key = name.casefold()
    return Device(
        key, key, kind, name=name, given_role=role, endpoints=HERE, measurement=read, link=Link(last_answer=T0)
    )


def unasked(problem: State | None = None, **changes: object) -> Device:
    """A device without an answer yet."""
    trouble = Problem(problem, "next step", T0) if problem else None
    return replace(Device("shed", name="Shed", endpoints=HERE, problem=trouble), **changes)  # type: ignore[arg-type]


def no_trend(device: Device, columns: int) -> Sequence[Bucket | None]:
    return ()


def steady(device: Device, columns: int) -> Sequence[Bucket | None]:
    return (Bucket(640.0, 640.0, 640.0, 1),) * columns


def row_of(one: Device, width: int = 32, age: float = 1.0, glyphs: str = "console") -> str:
    row = device_row(one, context(age, glyphs), width, no_trend, selected=False)
    assert width_of(row) == width
    return plain(row)


def style_of(row: Line, text: str) -> str:
    return next(span.style for span in row if text in span.text)


@pytest.mark.parametrize("width", [30, 39, 40, 60])
def test_a_second_dongle_on_the_same_meter_stands_below_the_one_that_counts_and_says_so(width: int) -> None:
    first, second = device(500, kind="HWE-P1", name="Zaal"), device(500, kind="HWE-P1", name="Attic")
    second = replace(second, same_meter_as=first.serial)
    assert "500 duplicate" in row_of(second, width)
    fleet = Fleet({one.key: one for one in (second, first)})
    assert [one.label for one in sorted_devices(fleet, T0)] == ["Zaal", "Attic"]


@pytest.mark.parametrize(
    ("one", "age", "row"),
    [
        (device(-672, kind="HWE-P1", name="Grid"), 1, " Grid          ▼   672 to grid  "),
        (device(412, kind="HWE-P1", name="Grid"), 1, " Grid          ▲   412 from grid"),
        (device(-2140, Role.SOLAR, name="Solar"), 1, " Solar         ▼  2140 producing"),
        (device(8, Role.SOLAR, name="Solar"), 1, " Solar         ▲     8 using    "),
        (device(640, Role.LOAD, name="Heat pump"), 1, " Heat pump     ▲   640 using    "),
        (device(99999, Role.LOAD, name="Kiln"), 1, " Kiln          ▲ 99999 using    "),
        (device(500, Role.BATTERY, name="Battery"), 1, " Battery       ▲   500 charging "),
        (device(4.9, Role.LOAD, name="Freezer"), 1, " Freezer             5 idle     "),
        (device(-3, name="Freezer"), 1, " Freezer             3 idle     "),
        (device(640), 12, " Pump          ▲   640 12 s old "),
        (device(640), 60, " Pump          ▲   640 60 s old "),
        (device(640), 2700, " Pump               -- lost 45m "),
        (device(640), 43200, " Pump               -- lost 12h "),
        (device(640), 120 * 86400, " Pump               -- lost 120d"),
        (unasked(), 1, " Shed               -- not yet  "),
        (unasked(State.SILENT), 3600, " Shed               -- lost 1h  "),
        (unasked(State.API_DISABLED), 1, " Shed               -- API off  "),
        (unasked(api_enabled=False), 1, " Shed               -- API off  "),
        (unasked(State.REFUSED), 1, " Shed               -- refused  "),
        (unasked(State.BAD_ANSWER), 1, " Shed               -- bad data "),
        (unasked(endpoints=(Endpoint("h", 443, "v2"),)), 1, " Shed               -- unpaired "),
    ],
)
def test_a_row_has_name_arrow_watts_and_the_word_of_its_role_or_state(one: Device, age: float, row: str) -> None:
    assert row_of(one, age=age) == row


def test_water_has_no_arrow_and_its_unit_for_a_word_until_it_is_late() -> None:
    read = Read(Measurement({"water_flow_lpm": 7.2}), T0)
    water = replace(device(kind="HWE-WTR", name="Water"), measurement=read, interval_s=2.0)
    assert row_of(water) == " Water             7.2 l/min    "
    assert row_of(water, age=12) == " Water             7.2 12 s old "
    assert row_of(water, age=120) == " Water              -- lost 2m  "


def test_a_frozen_meter_keeps_its_figure_and_says_frozen() -> None:
    frozen = replace(device(412, kind="HWE-P1", name="Grid"), problem=Problem(State.FROZEN, "clock stands still", T0))
    assert row_of(frozen) == " Grid          ▲   412 frozen   "


def test_a_device_without_power_leaves_the_place_blank_while_it_is_live() -> None:
    assert row_of(device(None)) == f" {'Pump':<31}"


def test_a_device_without_a_name_is_called_by_product_and_serial() -> None:
    nameless = Device("5c2fafe8a06f", "5c2fafe8a06f", "HWE-SKT", endpoints=HERE)
    assert row_of(nameless, 60).startswith(" Socket e8a06f ")
    assert row_of(Device("h", endpoints=(Endpoint("192.168.1.9", 8080),)), 60).startswith(" 192.168.1.9:8080 ")


NAMELESS = {
    kind: Device("5c2fafe8a06f", "5c2fafe8a06f", kind, endpoints=HERE)
    for kind in ("HWE-P1", "HWE-SKT", "HWE-KWH1", "HWE-KWH3", "HWE-WTR", "HWE-BAT", "HWE-DSP", "HWE-XYZ")
}


@pytest.mark.parametrize(
    ("kind", "width", "shown"),
    [
        ("HWE-KWH3", 18, "kWh meter 3 e8a06f"),
        ("HWE-KWH3", 17, "kWh 3 e8a06f     "),
        ("HWE-KWH3", 14, "kWh 3 e8a06f  "),
        ("HWE-WTR", 14, "Water e8a06f  "),
        ("HWE-P1", 14, "P1 e8a06f     "),
        ("HWE-BAT", 14, "Battery e8a06f"),
        ("HWE-BAT", 13, "Batt. e8a06f "),
        ("HWE-SKT", 12, "Socke e8a06f"),
    ],
)
def test_a_name_of_ours_is_cut_so_that_the_end_of_the_serial_stays(kind: str, width: int, shown: str) -> None:
    assert label_in(NAMELESS[kind], width, GLYPHS["console"]) == shown


@pytest.mark.parametrize("name", [None, "Washing machine in the garage"])
def test_a_name_that_fills_its_column_does_not_touch_the_arrow(name: str | None) -> None:
    for kind, one in NAMELESS.items():
        for charge in ({}, {"state_of_charge_pct": 57.0}, {"state_of_charge_pct": 100.0}):
            read = Read(Measurement({"power_w": 640.0, **charge}), T0)
            for width in WIDTHS:
                assert " ▲" in row_of(replace(one, name=name, measurement=read), width), kind


@pytest.mark.parametrize("kind", NAMELESS)
@pytest.mark.parametrize("glyphs", GLYPHS)
def test_two_devices_without_a_name_are_told_apart_at_every_width(kind: str, glyphs: str) -> None:
    one, other = NAMELESS[kind], replace(NAMELESS[kind], serial="5c2fafe8a01f")
    for width in range(20, 61):
        assert row_of(one, width, glyphs=glyphs) != row_of(other, width, glyphs=glyphs)
        assert "e8a06f" in row_of(one, width, glyphs=glyphs)
        assert width < 30 or "..." not in row_of(one, width, glyphs=glyphs)


def test_an_address_is_cut_at_its_beginning_and_a_name_that_was_given_at_its_end() -> None:
    host = Device("h", endpoints=(Endpoint("192.168.1.9", 8080),))
    assert label_in(host, 14, GLYPHS["unicode"]) == "….168.1.9:8080"
    assert label_in(device(name="Washing machine"), 10, GLYPHS["unicode"]) == "Washing m…"


@pytest.mark.parametrize("age", [4, 12, 59])
@pytest.mark.parametrize("kind", [None, State.SILENT, State.REFUSED, State.BAD_ANSWER])
def test_a_figure_that_is_not_fresh_is_dimmed(age: float, kind: State | None) -> None:
    late = replace(device(640), problem=Problem(kind, "next step", T0) if kind else None)
    row = device_row(late, context(age), 40, no_trend, selected=False)
    assert style_of(row, "640") == "stale"
    assert style_of(device_row(device(640), context(), 40, no_trend, selected=False), "640") == ""


@pytest.mark.parametrize(
    ("role", "power", "word"),
    [
        (None, -640.0, "delivering"),
        (Role.LOAD, -640.0, "delivering"),
        (Role.BATTERY, -640.0, "discharging"),
        (Role.SOLAR, -640.0, "producing"),
    ],
)
def test_no_word_is_cut_on_a_phone_or_wider(role: Role | None, power: float, word: str) -> None:
    for width in (40, 46, 56, 60):
        assert word in row_of(device(power, role), width)


@pytest.mark.parametrize(
    ("one", "row"),
    [
        (device(-640.0), " Pump          ▼   640 supplying"),
        (device(-640.0, Role.BATTERY), " Pump          ▼   640 supplying"),
        (unasked(remembered=True), " Shed               -- remember "),
    ],
)
def test_a_word_that_is_longer_than_its_column_has_a_shorter_one_in_its_place(one: Device, row: str) -> None:
    assert row_of(one) == row


def test_a_device_of_last_time_is_marked_as_remembered_and_shows_no_figure() -> None:
    row = row_of(unasked(remembered=True), 40)
    assert "-- remembered" in row


HOSTILE = (
    "太陽光発電システムの電力量計",
    "🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞",
    "👩‍👩‍👧‍👦 family socket 👩‍👩‍👧‍👦 family",
    "[red]x[/]",
    "[/] [@click=app.quit]quit[/]",
    "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
    "x" * 500,
    "",
    " ",
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("glyphs", GLYPHS)
def test_a_row_is_exactly_as_wide_as_asked_whatever_the_name(name: str, glyphs: str) -> None:
    rows = [replace(device(-2140, Role.SOLAR), name=name), replace(unasked(State.SILENT), name=name)]
    for one in rows:
        for width in WIDTHS:
            for selected in (False, True):
                row = device_row(one, context(glyphs=glyphs), width, steady, selected=selected)
                assert width_of(row) == width


def test_markup_in_a_name_is_only_text() -> None:
    assert " [red]x[/] " in row_of(device(name="[red]x[/]"))


def test_the_selected_row_has_a_pointer_and_the_cursor_in_every_cell() -> None:
    row = device_row(device(), context(), 40, steady, selected=True)
    assert plain(row).startswith("▶Pump")
    assert all("cursor" in span.style for span in row)
    assert "cursor" not in "".join(span.style for span in device_row(device(), context(), 40, steady, selected=False))


def test_the_trend_is_there_only_where_there_is_room() -> None:
    asked: list[int] = []

    def trend(device: Device, columns: int) -> Sequence[Bucket | None]:
        asked.append(columns)
        return steady(device, columns)

    for width in WIDTHS:
        text = plain(device_row(device(), context(), width, trend, selected=False))
        assert ("█" in text) == (width >= 42)
        assert "640 using" in text
    assert set(asked) == {12}


def test_a_wide_row_is_drawn_like_this() -> None:
    assert plain(device_row(device(), context(), 46, steady, selected=False)) == (
        " Pump         ▲   640 using       ████████████"
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_head_stands_over_the_figures(width: int) -> None:
    head, row = plain(header(context(), width)), row_of(device(), width)
    assert len(head) == width
    assert head.index("W") == row.index("640") + 2


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (40, "  name                     W 12 more    "),
        (32, "  name               W 12 more  "),
        (20, "  12 more          W"),
    ],
)
def test_the_head_counts_the_devices_without_a_row(width: int, row: str) -> None:
    assert plain(header(context(), width, 12)) == row


def test_what_is_not_measured_is_a_row_of_its_own_below_a_blank_one() -> None:
    fleet = Fleet({"g": device(900, kind="HWE-P1"), "p": device(640, Role.LOAD)})
    blank, row = unmeasured_rows(fleet, context(), 32)
    assert not plain(blank).strip()
    assert plain(row) == "  not measured ▲   260 using    "
    assert unmeasured_rows(Fleet({"g": device(900, kind="HWE-P1")}), context(), 32) == []
    assert plain(unmeasured_rows(fleet, context(), 30)[1]).startswith("  unmeasured ▲")
    for width in WIDTHS:
        row = unmeasured_rows(fleet, context(), width)[1]
        assert width_of(row) == width
        assert re.match(r"  (not measured|unmeasured|other) +▲", plain(row)), width


def test_what_is_not_measured_is_idle_at_nothing() -> None:
    fleet = Fleet({"g": device(600, kind="HWE-P1"), "p": device(640, Role.LOAD)})
    assert plain(unmeasured_rows(fleet, context(), 32)[1]) == "  not measured       0 idle     "


HOUSE = Fleet(
    {
        one.key: one
        for one in (
            device(184, Role.LOAD, "HWE-SKT", "washing"),
            device(-2140, Role.SOLAR, name="Solar"),
            replace(unasked(State.SILENT), given_role=Role.LOAD),
            device(50, None, "HWE-XYZ", "Attic"),
            device(-672, kind="HWE-P1", name="Grid"),
            device(500, Role.BATTERY, name="Battery"),
        )
    }
)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("role", ["Grid", "Solar", "Battery", "Shed", "washing", "Attic"]),
        ("name", ["Attic", "Battery", "Grid", "Shed", "Solar", "washing"]),
        ("power", ["Solar", "Grid", "Battery", "washing", "Attic", "Shed"]),
        ("trouble", ["Shed", "Attic", "Battery", "Grid", "Solar", "washing"]),
    ],
)
def test_the_list_is_sorted(sort: str, names: list[str]) -> None:
    assert sort in SORTS
    assert [one.name for one in sorted_devices(HOUSE, T0.plus(1), sort)] == names


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("", {"Grid", "Solar", "Battery", "Shed", "washing", "Attic"}),
        ("WASH", {"washing"}),
        ("hwe-xyz", {"Attic"}),
        ("solar", {"Solar"}),
        ("192.168.1.20 grid", {"Grid"}),
        ("load", {"Shed", "washing"}),
        ("load wash", {"washing"}),
        ("nothing like it", set()),
    ],
)
def test_a_filter_takes_all_words_from_name_address_serial_product_and_role(wanted: str, names: set[str]) -> None:
    assert {one.name for one in sorted_devices(HOUSE, T0.plus(1), "role", wanted)} == names
