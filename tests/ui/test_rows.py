"""The one widget of our own: what it draws, and that it sends only the cells that changed."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region

from tui.ui.draw.lines import Lines, Span, line
from tui.ui.theme import THEMES
from tui.ui.widgets.rows import Rows, easily_cut


class Board(Rows):
    """Rows that draw what a test gives them, and write down what they refresh."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: Lines = []
        self.refreshed: list[tuple[Region, ...]] = []

    def draw(self, width: int, height: int) -> Lines:
        return self.picture

    def refresh(self, *regions: Region, **how: Any) -> Self:
        self.refreshed.append(regions)
        return super().refresh(*regions, **how)

    def show(self, *rows: str | Span) -> list[tuple[Region, ...]]:
        """Draw these rows; what was refreshed for it."""
        self.picture = [line(row) for row in rows]
        self.refreshed.clear()
        self.redraw()
        return list(self.refreshed)


class Bench(App[None]):
    """An app with nothing but the board."""

    CSS = "Board { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Board()

    def on_mount(self) -> None:
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES["dark"].variables)


@asynccontextmanager
async def bench(width: int = 40, height: int = 6) -> AsyncIterator[Board]:
    app = Bench()
    async with app.run_test(size=(width, height)):
        yield app.query_one(Board)


async def test_only_changed_cells_are_refreshed() -> None:
    async with bench() as board:
        board.show("Grid     672 W", "Solar   2140 W")
        assert board.show("Grid     672 W", "Solar   2140 W") == [], "an equal picture refreshes nothing"
        assert board.show("Grid     671 W", "Solar   2140 W") == [(Region(11, 0, 1, 1),)]
        assert board.show("Grid     671 W", "Solar") == [(Region(8, 1, 6, 1),)], "what is gone is wiped"
        assert board.show("Grid     671 W") == [(Region(0, 1, 5, 1),)], "a row that is gone is wiped"


async def test_a_new_colour_is_a_change() -> None:
    async with bench() as board:
        board.show(Span("672", "import"))
        assert board.show(Span("672", "export")) == [(Region(0, 0, 3, 1),)]


async def test_what_lies_beyond_the_edge_is_not_refreshed() -> None:
    async with bench(width=10) as board:
        board.show("0123456789 one")
        assert board.show("0123456789 two") == []
        assert board.show("012345678x two") == [(Region(9, 0, 1, 1),)]


async def test_rows_beyond_the_height_are_left_out() -> None:
    async with bench(height=2) as board:
        board.show("one", "two", "three")
        assert board.text == "one\ntwo"


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/x]", "[@click=app.quit]x[/]", "\\[b]"])
async def test_a_row_is_never_read_as_markup(text: str) -> None:
    async with bench() as board:
        board.show(text)
        assert board.render_line(0).text.rstrip() == text


async def test_a_line_fills_the_width_of_the_widget() -> None:
    async with bench(width=12) as board:
        board.show("short", "much longer than this")
        assert [board.render_line(y).cell_length for y in range(3)] == [12, 12, 12]
        assert board.line_text(0) == "short"


async def test_a_theme_recolours_the_rows() -> None:
    app = Bench()
    async with app.run_test() as pilot:
        board = app.query_one(Board)
        board.show(Span("672", "import"))
        assert colour_of(board) == THEMES["dark"].variables["import"]
        app.theme = "light"
        await pilot.pause()
        assert colour_of(board) == THEMES["light"].variables["import"]


def colour_of(board: Board) -> str | None:
    """The colour of the first cells."""
    style = next(iter(board.render_line(0))).style
    return style.color.name if style and style.color else None


@pytest.mark.parametrize("name", ["Front do…", "Frontdør", "“Front”", "寿司 bar"])
async def test_a_figure_beside_a_rare_character_is_cut_and_forgotten(name: str) -> None:
    async with bench() as board:
        for watts in range(1000):
            board.show(f"{name} {watts:4} wombats")
            strip = board.strip_of(0)
            assert strip.crop(2, 13).text + strip.crop(13).text == strip.crop(2).text
        assert strip.cell_length == 40
        gc.collect()
        kept = [one for one in gc.get_objects() if type(one) is Segment and "wombat" in one.text]
        assert len(kept) < 50


def test_a_row_in_pieces_is_the_row() -> None:
    assert easily_cut("L1 672 W") == ["L1 672 W"]
    assert easily_cut("m³ █▇▔ ▲▼ é °") == ["m³ █▇▔ ▲▼ é °"], "one cell wide, and known to be"
    assert easily_cut("Front do…  672 W") == ["Front do", "…", "  672 W"]
    assert easily_cut("…") == ["…"]
    assert easily_cut("") == [""]
