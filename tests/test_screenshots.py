"""The pictures in `screenshots/` are what the program draws. Another Textual or Rich may write other SVG for the same
screen; then the text on it is compared, and the summary says so."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "screenshots"


MOST_KB = 250
"""Of a picture in pixels: the README is read on slow lines, too."""


def _script(name: str) -> Any:
    """One of `screenshots/*.py`, which are scripts and not part of the package."""
    spec = importlib.util.spec_from_file_location(f"screenshots_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make, report = _script("make"), _script("report")


@pytest.mark.parametrize("household", dict.fromkeys(shot.household for shot in make.SHOTS))
def test_the_pictures_of_a_household_are_what_the_program_draws(
    household: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a household in one test: what takes long is to let it live.

    The check looks at the clock of this machine, which changes nothing in its picture: it is drawn with either.
    """
    shots = [shot for shot in make.SHOTS if shot.household == household]
    drawn = {shot.name: make.draw(shot) for shot in shots}
    for shot in (shot for shot in shots if shot.name == "check"):
        for is_synchronised in (True, False):
            monkeypatch.setattr("tui.ui.checking.is_synchronised", lambda known=is_synchronised: known)
            assert make.draw(shot) == drawn[shot.name]
    kept = {name: (FOLDER / f"{name}.svg").read_text(encoding="utf-8") for name in drawn}
    for name in drawn:
        assert make.screen_text(drawn[name]) == make.screen_text(kept[name]), f"{name}: python screenshots/make.py"
    here, there = make.made_with(), make.VERSION.read_text(encoding="utf-8")
    if here != there:
        pytest.skip(f"text compared and equal; the bytes are those of {', '.join(there.splitlines())}")
    changed = [name for name in drawn if drawn[name] != kept[name]]
    assert changed == [], "run: python screenshots/make.py"


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {shot.name for shot in make.SHOTS}


@pytest.mark.parametrize("shot", make.SHOTS, ids=lambda shot: shot.name)
def test_the_text_of_a_picture_is_the_screen_row_by_row(shot: Any) -> None:
    svg = (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8")
    rows = make.screen_text(svg)
    assert len(rows) == shot.height
    assert max(map(len, rows)) <= shot.width
    assert "Sat 14:32" in rows[0] or rows[0].endswith(("14:32", "to  Sat 25 Apr"))
    assert ">hwtui</text>" in svg


def test_the_report_in_the_picture_is_one_that_the_program_makes() -> None:
    page = report.page()
    assert page.startswith("<!doctype html>")
    assert re.findall(r'<section class="group (\w+)">', page) == ["fail", "warn", "info", "pass", "untestable"]
    for shown in ("2026-06-13 14:32", "3x25 A", "255.9 V", "<svg"):
        assert shown in page
    picture = report.PICTURE.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == report.WIDTH
    assert len(picture) <= 1000 * MOST_KB
