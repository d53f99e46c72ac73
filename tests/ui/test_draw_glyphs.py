"""Every character of every picture is one that its set of glyphs allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from tui.core.graph.chart import AxisGlyphs, Levels
from tui.core.model import Problem, State
from tui.core.profiles import profile_of
from tui.core.wording import Arrow
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.ui.draw.attention import attention_lines, nothing_found
from tui.ui.draw.devices import device_row, header, sorted_devices, unmeasured_rows
from tui.ui.draw.frame import flat_rule, rule
from tui.ui.draw.house import house_line
from tui.ui.draw.lines import Context, Lines, plain
from tui.ui.draw.links import link_details, link_lines
from tui.ui.draw.meters import meter_lines
from tui.ui.draw.panel import all_lines, panel, title
from tui.ui.draw.wall import wall
from tui.ui.glyphs import GLYPHS, Glyphs, choose_glyphs

HOUSEHOLDS = ("nl", "be", "old", "be-3x230")
PRINTABLE_ASCII = {chr(code) for code in range(32, 127)}
CONSOLE_FONT = PRINTABLE_ASCII | set("█░▒■•▲▼▶◀←↑→↓─│┌┐└┘├┤┬┴┼°²µ·±≈≤≥") | {chr(code) for code in range(0xC0, 0x100)}


def allowed(name: str, character: str) -> bool:
    match name:
        case "ascii":
            return character in PRINTABLE_ASCII
        case "console":
            return character in CONSOLE_FONT
        case _:
            return character.isprintable()


@cache
def still(name: str) -> Still:
    """A household after some minutes, with one device that fell silent."""
    house = Still(Household(name), DEFAULT_START)
    house.run(120, every_s=2)
    house.silence(house.household.devices[-1].serial)
    house.run(80, every_s=2)
    return house


def pictures(name: str, glyphs: Glyphs) -> Iterator[Lines]:
    house = still(name)
    context = Context(glyphs, profile_of(house.household.grid), house.now)
    devices = sorted_devices(house.fleet, house.now)
    devices[0] = replace(devices[0], last_problem=Problem(State.SILENT, "no answer", house.now))
    for width in (40, 80, 120):
        yield [house_line(house.fleet, context, width), house_line(house.fleet, context, width, "14:30")]
        yield [rule(width, glyphs, split=20, titles=("Devices", title(devices[0], full=True)))]
        yield [rule(width, glyphs, split=20, top=False), rule(width, glyphs), flat_rule(width, glyphs)]
        yield [header(context, width), *unmeasured_rows(house.fleet, context, width)]
        yield meter_lines(devices, context, width)
        yield link_lines(devices, context, width, devices[0].key)
        yield attention_lines(devices, house.fleet, context, width, 6)
        yield wall(devices, house.fleet, context, house.trends.window, width, 40, 0, None, frozen_at="14:30").rows
        yield nothing_found(["wlan0"], context, width, scan="192.168.1.0/24", late=True)
        yield nothing_found(["wlan0"], context, width, scan=None, late=False)
        for device in devices:

            def trend(device: object, columns: int) -> tuple[None, ...]:
                return (None,) * columns

            yield [device_row(device, context, width, trend, selected=True)]
            yield panel(device, context, house.trends.window, width, 40, None).rows
            yield all_lines(device, context, width)
            yield link_details(device, context, width)


@pytest.mark.parametrize("name", GLYPHS)
@pytest.mark.parametrize("household", HOUSEHOLDS)
def test_every_character_of_every_picture_is_in_its_set(household: str, name: str) -> None:
    used = {character for rows in pictures(household, GLYPHS[name]) for row in rows for character in plain(row)}
    assert {character for character in used if not allowed(name, character)} == set()
    assert GLYPHS[name].full in used  # the pictures are not empty


def characters(glyphs: Glyphs) -> dict[str, str]:
    """Every field of a set as text."""
    parts: dict[str, str] = {}
    for field in glyphs._fields:
        value = getattr(glyphs, field)
        if isinstance(value, Levels):
            parts[field] = value.marks
        elif isinstance(value, AxisGlyphs):
            parts[field] = value.zero + value.gap + value.axis + value.tick + value.cross
        else:
            parts[field] = value
    return parts


@pytest.mark.parametrize("name", GLYPHS)
def test_a_set_has_only_characters_it_allows_and_each_takes_one_cell(name: str) -> None:
    for field, text in characters(GLYPHS[name]).items():
        assert all(allowed(name, character) for character in text), field
        assert len(text) == 1 or field in ("name", "levels", "axes", "ellipsis", "cubic")


@pytest.mark.parametrize("name", GLYPHS)
def test_the_two_directions_and_none_look_different(name: str) -> None:
    glyphs = GLYPHS[name]
    assert len({glyphs.arrow(arrow) for arrow in Arrow}) == 3
    assert glyphs.arrow(Arrow.NONE) == " "


@pytest.mark.parametrize(
    ("wanted", "term", "utf8", "name"),
    [
        ("auto", "xterm-256color", True, "unicode"),
        ("auto", "linux", True, "console"),
        ("auto", "linux", False, "ascii"),
        ("auto", "xterm", False, "ascii"),
        ("console", "xterm", False, "console"),
        ("unicode", "linux", False, "unicode"),
    ],
)
def test_the_set_is_chosen_by_word_else_by_encoding_and_terminal(wanted: str, term: str, utf8: bool, name: str) -> None:
    assert choose_glyphs(wanted, term, utf8=utf8).name == name
