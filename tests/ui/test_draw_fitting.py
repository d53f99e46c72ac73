"""A panel in a size: blocks give way by their rank, the graph keeps its rows, and nothing grows out of its box."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.api.fields import TEXT_LENGTH, TOO_LARGE
from tui.core.battery.batteries import Batteries, Mode, Permission
from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.products import PRODUCTS
from tui.core.profiles import PROFILES, profile_of
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Measurement, Switch, System, Value
from tui.core.text import clean
from tui.ui.draw.graph import LEAST_HEIGHT
from tui.ui.draw.lines import Context, Lines, plain, width_of
from tui.ui.draw.panel import MOST_GRAPH, all_lines, exactly, panel
from tui.ui.glyphs import GLYPHS

T0 = Now(1_795_267_920.0, 100_000.0)
TYPES = [name for product in PRODUCTS for name in product.types] + ["HWE-XYZ", None]


def context(age: float = 1.0, grid: str = "nl", glyphs: str = "console") -> Context:
    return Context(GLYPHS[glyphs], profile_of(grid), T0.plus(age))


def steady(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    return (Bucket(400.0, 412.0, 420.0, 3),) * columns


P1 = Device(
    "5c2fafe8a06f",
    "5c2fafe8a06f",
    "HWE-P1",
    name="Grid",
    endpoints=(Endpoint("192.168.1.20"),),
    measurement=Read(
        Measurement(
            {
                "power_w": 412,
                "power_l1_w": 212,
                "power_l2_w": 100,
                "power_l3_w": 100,
                "energy_import_kwh": 13779.338,
                "voltage_sag_l1_count": 2,
                "average_power_15m_w": 1060,
                "frequency_hz": 50.02,
            },
            (External("gas_meter", None, 2569.646, "m3", datetime(2026, 11, 21, 14, 25)),),
            ("external[2]: not an object, dropped",),
            {"mystery": 1},
        ),
        T0,
    ),
    problem=Problem(State.FROZEN, "The meter's clock stands still.", T0),
    link=Link(last_answer=T0),
)
RANKS = {
    "412 W  frozen": 0,
    "The meter's clock": 1,
    "L1 ▲": 1,
    "quarter hour": 2,
    "frequency": 5,
    "total     in": 2,
    "Gas ": 2,
    "not an object": 3,
    "sags": 4,
    "address": 6,
}
"""A word of each block, and its rank as a reader would have it: what matters least gives way first."""


def words_at(height: int) -> dict[str, int]:
    picture = "\n".join(plain(row) for row in panel(P1, context(), steady, 78, height, None).rows)
    return {word: rank for word, rank in RANKS.items() if word in picture}


def test_blocks_give_way_by_rank_least_important_first() -> None:
    assert words_at(60) == RANKS
    for height in range(1, 60):
        kept = words_at(height)
        gone = RANKS.keys() - kept.keys()
        assert "412 W  frozen" in kept
        assert all(RANKS[word] >= max(kept.values()) for word in gone)
        assert kept.keys() <= words_at(height + 1).keys() or height + 1 == LEAST_HEIGHT + 4  # there the graph comes in


@pytest.mark.parametrize("width", [40, 45, 60, 78, 120])
def test_a_panel_never_has_more_rows_than_asked_and_fills_them_with_its_graph(width: int) -> None:
    for height in range(1, 60):
        rows, scale, _ = panel(P1, context(), steady, width, height, None)
        graph = [row for row in rows if "┼" in plain(row)]
        assert len(rows) <= height
        assert len(graph) == (1 if height >= LEAST_HEIGHT + 4 else 0)
        assert (scale is not None) == bool(graph)
        if graph:
            blank = max(index for index, row in enumerate(rows) if not row)
            assert LEAST_HEIGHT <= len(rows) - blank - 1 <= MOST_GRAPH
            assert len(rows) == height or len(rows) - blank - 1 == MOST_GRAPH


def test_a_panel_says_whether_anything_gave_way() -> None:
    need = len(all_lines(P1, context(), 78))
    assert panel(P1, context(), steady, 78, need + 1 + LEAST_HEIGHT, None).complete
    assert not panel(P1, context(), steady, 78, 12, None).complete


def test_a_panel_for_a_look_gives_up_what_matters_least_before_its_blank_rows() -> None:
    need = len(all_lines(P1, context(), 78)) + 1 + LEAST_HEIGHT
    full = panel(P1, context(), steady, 78, need - 1, None)
    airy = panel(P1, context(), steady, 78, need - 1, None, airy=True)
    words = {name: "\n".join(plain(row) for row in one.rows) for name, one in (("full", full), ("airy", airy))}
    assert full.complete
    assert not airy.complete
    assert ("address" in words["full"], "address" in words["airy"]) == (True, False)
    assert words["full"].count("\n\n") == 1  # above the graph
    assert words["airy"].count("\n\n") > 1


def test_the_scale_of_the_last_picture_is_kept_while_it_is_good() -> None:
    _, scale, _ = panel(P1, context(), steady, 78, 30, None)
    assert panel(P1, context(), steady, 78, 30, scale).scale is scale


def test_a_panel_without_a_graph_hands_the_scale_on() -> None:
    _, scale, _ = panel(P1, context(), steady, 78, 30, None)
    assert panel(P1, context(), steady, 78, 5, scale).scale is scale


numbers = st.one_of(
    st.integers(1 - TOO_LARGE, TOO_LARGE - 1),
    st.floats(-TOO_LARGE, TOO_LARGE, exclude_min=True, exclude_max=True, allow_nan=False),
    st.sampled_from([0, -0.0, 0.04, -0.4, 4.99, 5, 99999, -99999.5]),
)
times = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))
texts = st.text(max_size=40).map(lambda raw: clean(raw, TEXT_LENGTH)).filter(bool)


def value_of(name: str) -> st.SearchStrategy[Value]:
    match QUANTITIES[name].kind:
        case Kind.TEXT:
            return texts
        case Kind.TIME:
            return times
        case Kind.EVENT:
            return st.integers(1 - TOO_LARGE, TOO_LARGE - 1)
        case Kind.CODE:
            return st.integers(1, 4) if name == "tariff" else st.integers(1 - TOO_LARGE, TOO_LARGE - 1)
        case _:
            return numbers


externals = st.builds(
    External,
    type=st.one_of(st.sampled_from(["gas_meter", "heat_meter"]), texts),
    unique_id=st.none() | texts,
    value=numbers,
    unit=st.none() | st.sampled_from(["m3", "GJ"]) | texts,
    timestamp=st.none() | times,
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner),
)
measurements = st.builds(
    Measurement,
    values=st.fixed_dictionaries({}, optional={name: value_of(name) for name in QUANTITIES}),
    external=st.lists(externals, max_size=4).map(tuple),
    notes=st.lists(texts, max_size=3).map(tuple),
    extra=st.dictionaries(texts, json_values, max_size=4),
)
groups = st.builds(
    Batteries,
    mode=st.none() | st.sampled_from(Mode),
    other_mode=st.none() | texts,
    other_permissions=st.lists(texts, max_size=3).map(tuple),
    permissions=st.none() | st.frozensets(st.sampled_from(Permission)),
    charge_to_full=st.none() | st.booleans(),
    count=st.none() | st.integers(-1, TOO_LARGE - 1),
    **dict.fromkeys(("power_w", "target_power_w", "max_consumption_w", "max_production_w"), st.none() | numbers),
)
moments = st.floats(0, 200_000).map(lambda ago: T0.plus(-ago))
devices = st.builds(
    Device,
    key=st.just("k"),
    serial=st.none() | st.just("5c2fafe8a06f"),
    product_type=st.sampled_from(TYPES),
    product_name=st.none() | texts,
    firmware_version=st.none() | texts,
    name=st.none() | texts,
    given_role=st.none() | st.sampled_from(Role),
    endpoints=st.lists(st.sampled_from([Endpoint("192.168.1.20"), Endpoint("h", 443, "v2")]), max_size=2).map(tuple),
    remembered=st.booleans(),
    api_enabled=st.none() | st.booleans(),
    measurement=st.none() | st.builds(Read, measurements, moments),
    earlier=st.lists(externals, max_size=2).map(tuple),
    system=st.none()
    | st.builds(
        Read,
        st.builds(System, st.none() | texts, st.none() | st.floats(0, 100), st.none() | st.booleans()),
        moments,
    ),
    switch=st.none()
    | st.builds(
        Read,
        st.builds(Switch, st.none() | st.booleans(), st.none() | st.booleans(), st.none() | st.integers(0, 255)),
        moments,
    ),
    batteries=st.none() | st.builds(Read, groups, moments),
    astray=st.none() | moments,
    started=st.none() | moments,
    restarts=st.integers(0, 10**6),
    capacity_kwh=st.none() | st.floats(0.1, 100),
    problem=st.none() | st.builds(Problem, st.sampled_from(State), texts, moments),
    link=st.builds(Link, last_answer=st.none() | moments, crowded=st.booleans()),
)


@settings(max_examples=60)
@given(
    device=devices,
    width=st.integers(1, 130),
    height=st.integers(1, 60),
    grid=st.sampled_from(sorted(PROFILES)),
    glyphs=st.sampled_from(sorted(GLYPHS)),
    age=st.floats(0, 10_000),
)
def test_any_device_is_drawn_in_exactly_its_box(
    device: Device, width: int, height: int, grid: str, glyphs: str, age: float
) -> None:
    meter = Device("other", batteries=device.batteries, name=device.name)  # the battery's panel has its group
    here = replace(context(age, grid, glyphs), fleet=Fleet({one.key: one for one in (device, meter)}))
    rows = panel(device, here, steady, width, height, None).rows
    assert len(rows) <= height
    box: Lines = exactly(rows, width, height)
    assert len(box) == height
    assert {width_of(row) for row in box} == {width}


sane_groups = st.builds(
    Batteries,
    mode=st.sampled_from(Mode),
    permissions=st.none() | st.frozensets(st.sampled_from(Permission)),
    charge_to_full=st.booleans(),
    count=st.integers(0, 20),
    **dict.fromkeys(("power_w", "target_power_w"), st.floats(-16_000, 16_000)),
    **dict.fromkeys(("max_consumption_w", "max_production_w"), st.floats(0, 16_000)),
)


def sane(name: str) -> st.SearchStrategy[Value]:
    """What a real meter may send."""
    quantity = QUANTITIES[name]
    match quantity.kind:
        case Kind.COUNTER:
            return st.floats(0, 999_999.999)
        case Kind.EVENT:
            return st.integers(0, 9999)
        case Kind.TEXT:
            return st.sampled_from(["ISKRA  2M550T-101", "4530303433303030393135303231373139", "00" * 16])
        case Kind.TIME:
            return times
        case Kind.CODE:
            return st.integers(1, 4) if name == "tariff" else st.sampled_from([20, 42, 50])
    if quantity.unit == "V":
        return st.floats(0, 480)
    return st.floats(-1, 1) if quantity.unit == "" else st.floats(-99_999, 99_999)


@settings(max_examples=60)
@given(
    values=st.fixed_dictionaries({}, optional={name: sane(name) for name in QUANTITIES}),
    kind=st.sampled_from(TYPES),
    width=st.sampled_from([40, 45, 60, 78, 120]),
    grid=st.sampled_from(["nl", "be-vlg", "be-vlg-3x230"]),
    age=st.sampled_from([1.0, 12.0, 4000.0]),
    group=st.none() | sane_groups,
)
def test_no_row_of_a_real_device_is_cut(
    values: dict[str, Value], kind: str | None, width: int, grid: str, age: float, group: Batteries | None
) -> None:
    gas = External("gas_meter", None, 12569.646, "m3", datetime(2026, 11, 20, 14, 25))
    device = Device(
        "5c2fafe8a06f",
        "5c2fafe8a06f",
        kind,
        firmware_version="6.0305",
        endpoints=(Endpoint("192.168.1.20"),),
        measurement=Read(Measurement(values, (gas,)), T0),
        system=Read(System("A network of some length", 62.0, True), T0),
        switch=Read(Switch(power_on=True, switch_lock=True, brightness=255), T0),
        link=Link(last_answer=T0),
        batteries=None if group is None or kind == "HWE-BAT" else Read(group, T0),
        capacity_kwh=2.7,
    )
    meter = Device("other", "other", "HWE-P1", batteries=None if group is None else Read(group, T0))
    here = replace(context(age, grid), fleet=Fleet({device.key: device, "other": meter}))
    rows = all_lines(device, here, width)
    assert [plain(row) for row in rows if width_of(row) > width] == []


@pytest.mark.parametrize(
    "ssid", ["家のネットワーク無線の長い名前の二番目の家のネットワーク", "x" * 64, "🌞" * 20, "word " * 12 + "word"]
)
def test_a_long_or_wide_name_of_a_network_is_told_whole(ssid: str) -> None:
    one = Device("k", endpoints=(Endpoint("h"),), system=Read(System(ssid), T0))
    for width in (45, 60):
        rows = all_lines(one, context(), width)
        assert [plain(row) for row in rows if width_of(row) > width] == []
        assert ssid.replace(" ", "") in "".join(plain(row) for row in rows).replace(" ", "")


def test_a_long_unknown_field_is_told_whole() -> None:
    one = Device("k", endpoints=(Endpoint("h"),), measurement=Read(Measurement(extra={"field": "abc" * 40}), T0))
    for width in (45, 60):
        rows = all_lines(one, context(), width)
        assert [plain(row) for row in rows if width_of(row) > width] == []
        assert "abc" * 40 in "".join(plain(row) for row in rows).replace(" ", "")


def test_no_row_is_wider_than_the_box_where_there_is_nothing_but_hostile_text() -> None:
    problem = Problem(State.SILENT, "家のネットワーク無線の長い名前の二番目の家のネットワーク" * 3, T0)
    rows = all_lines(Device("k", endpoints=(Endpoint("h"),), problem=problem), context(), 45)
    assert [plain(row) for row in rows if width_of(row) > 45] == []
