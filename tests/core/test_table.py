"""Plain text in columns."""

from __future__ import annotations

import pytest

from tui.core.table import cells, columns


@pytest.mark.parametrize(("text", "width"), [("", 0), ("Grid", 4), ("é", 1), ("e\u0301", 1), ("電力", 4), ("☀", 1)])
def test_text_is_as_wide_as_the_terminal_draws_it(text: str, width: int) -> None:
    assert cells(text) == width


def test_columns_line_up_by_cells_and_empty_ones_are_left_out() -> None:
    rows = [("NAME", "", "W"), ("Grid", "", "-1"), ("電力", "", "12345")]
    assert columns(rows, right=frozenset({2})) == [
        "NAME      W",
        "Grid     -1",
        "電力  12345",
    ]
