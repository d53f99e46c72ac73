"""View 5, the check: what it finds, how one moves in it, and the report it writes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tui.core.checks import registry
from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Record
from tui.core.checks.recorder import Recorder
from tui.core.checks.words import Words
from tui.core.fuse import Fuse
from tui.core.settings import Settings
from tui.engine.checkdata import TABLES
from tui.engine.mailbox import Snapshot
from tui.ui.draw.check import DISCLAIMER, NO_FINDING, NONE_PASSES, NOTHING_YET, SHORT_DISCLAIMER
from tui.ui.keys import CHECK, FINDING, OVERVIEW

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig


def say(**cases: Verdict | None) -> Callable[[Record], Iterator[Finding]]:
    """A rule that finds what the test wants, by the name of the device; nothing for None."""

    def rule(record: Record) -> Iterator[Finding]:
        for one in record.observed:
            verdict = cases.get(one.device.label.replace(" ", "_"))
            if verdict is not None:
                yield found(verdict, one.key)

    return rule


def found(verdict: Verdict, key: str, phase: int | None = None) -> Finding:
    """A finding of the one rule that has words for each verdict."""
    figures = {"figure": 250.0, "limit": 253.0, "unit": "V", "quantity": f"voltage_l{phase or 1}_v"}
    values = {"low": 230.0, "high": 231.0, "count": 1, "at": "14:10", "watched": "14 min"}
    variant = {Verdict.WARN: "low", Verdict.FAIL: "high", Verdict.UNTESTABLE: "no-voltage"}.get(verdict, "")
    return Finding(RULE, verdict, key, phase, variant=variant, values=values, window_s=600.0, **figures)  # type: ignore[arg-type]


RULE = "voltage.mean10"


def each_phase(record: Record) -> Iterator[Finding]:
    """A rule with a finding for each phase of the P1: in order once there is a window, and limits as in the file."""
    for meter in record.grid_meters:
        for phase in (1, 2, 3):
            series = meter.voltage(phase)
            high = series.windows.highest if series else None
            if high is None:
                yield replace(found(Verdict.UNTESTABLE, meter.key, phase), quantity=None)
                continue
            limit = f"{RULE}.high_v"
            verdict = Verdict.FAIL if high.value > record.limits[limit] else Verdict.PASS
            yield replace(found(verdict, meter.key, phase), limits=(limit,))


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> dict[str, registry.Rule]:
    """The rules of the program: one, whose words have some for every verdict. A test may replace it."""
    table = tomllib.loads((TABLES / "words" / "en.toml").read_text("utf-8"))
    table[RULE]["na"] = table[RULE]["info"] = {"line": "a line", "text": "A text.", "advice": ""}
    monkeypatch.setattr("tui.ui.checking.load_words", lambda language: Words(table))
    rules: dict[str, registry.Rule] = {RULE: each_phase}
    monkeypatch.setattr(registry, "RULES", rules)
    monkeypatch.setattr("tui.ui.checking.RULES", rules)
    return rules


def rows(rig: Rig) -> list[str]:
    """The rows of the list, without its frame."""
    lines = rig.text("#table").splitlines()
    end = next((at for at, row in enumerate(lines) if at and row[:1] in "├└─"), len(lines))
    return [row.strip("│").rstrip() for row in lines[1:end] if row.strip("│ ")]


def marked(rig: Rig) -> str:
    """The row of the selected finding."""
    (row,) = [row for row in rows(rig) if row.startswith("▶")]
    return row


async def look(rig: Rig) -> None:
    await rig.press("5")
    await rig.in_front(CHECK)


# ------------------------------------------------------------------ what is shown


async def test_the_check_of_a_healthy_house(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await look(rig)
        assert "0 fail   0 warn   0 info   0 ok   3 not testable" in rig.screen_text
        await rig.after(1300, every_s=10)
        assert "CHECK  NL, fuse not set" in rig.screen_text
        assert "watched 21 min, since 14:17   Fri 14:38" in rig.screen_text
        assert "3 ok   0 not testable" in rig.screen_text
        assert [row[:29] for row in rows(rig)] == [
            "▶ok   Grid L1   Voltage      ",
            " ok   Grid L2   Voltage      ",
            " ok   Grid L3   Voltage      ",
        ]
        assert "Means  Every 10-minute mean lies within the limits." in rig.screen_text
        assert DISCLAIMER in rig.screen_text


async def test_a_house_in_which_nothing_has_answered(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        rig.house.recorder, recorder = Recorder(rig.house.now), rig.house.recorder
        await look(rig)
        assert NOTHING_YET in rig.screen_text
        assert "a add host" in rig.text("#keys")
        await rig.press("enter", "j", "s", "full_stop", "w")
        assert rig.view == CHECK
        await rig.heard("There is nothing to report yet.")
        rig.house.recorder = recorder
        await rig.after(2)
        assert "Grid" in marked(rig)


async def test_a_house_for_which_no_rule_has_anything_to_say(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = say()
    async with open_screen() as rig:
        await look(rig)
        assert NO_FINDING in rig.screen_text
        assert "enter open" not in rig.text("#keys")


async def test_worst_first_and_what_does_not_apply_only_when_asked_for(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.FAIL, Freezer=Verdict.UNTESTABLE, Water=Verdict.WARN)
    rules["not.here"] = lambda record: [found(Verdict.NA, "x")]
    async with open_screen() as rig:
        await look(rig)
        assert [row[1:16].split() for row in rows(rig)] == [
            ["FAIL", "Solar"],
            ["WARN", "Water"],
            ["ok", "Grid"],
            ["?", "Freezer"],
        ]
        assert "1 fail   1 warn   0 info   1 ok   1 not testable   1 do not apply" in rig.screen_text
        await rig.press("full_stop")
        assert "worst first, with what does not apply" in rig.screen_text
        assert rows(rig)[-1].startswith(" -    x  ")
        await rig.press("full_stop")
        assert len(rows(rig)) == 4


@pytest.mark.parametrize(
    ("theme", "sizes"),
    [("mono", ((40, 20), (80, 24), (120, 36))), ("dark", ((60, 20), (200, 60), (30, 8)))],
    ids=["mono", "dark"],
)
async def test_every_size_shows_the_list_and_the_finding(
    open_screen: OpenScreen, theme: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    async with open_screen(size=sizes[0], theme=theme) as rig:
        await rig.after(1300, every_s=10)
        for size in sizes:
            await rig.press("1")
            await rig.pilot.resize_terminal(*size)
            await look(rig)
            await rig.until(lambda: marked(rig).startswith("▶ok"), "the first finding is selected")
            assert all(len(row) <= size[0] for row in rig.screen_text.splitlines())
            if size[1] > 12:
                await rig.shows(DISCLAIMER if size[0] >= 80 else SHORT_DISCLAIMER)
                assert "? help" in rig.screen_text
            await rig.press("enter")
            await rig.in_front(FINDING)
            await rig.shows("Seen")
            assert all(len(row) <= size[0] for row in rig.screen_text.splitlines())
            await rig.press("enter")
            if size[1] > 12:
                await rig.shows("230┼")
                await rig.press("enter")
            else:
                await rig.heard("There is no room for its graph.")
            await rig.press("b")
            await rig.in_front(CHECK)


async def test_fifty_devices_scroll_with_the_selection(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = lambda record: [found(Verdict.PASS, one.key) for one in record.observed]
    async with open_screen(devices=50) as rig:
        await look(rig)
        count = len(rig.session.newest.fleet.devices)
        assert f"{count - len(rows(rig))} more" in rig.screen_text
        await rig.press("end")
        last = marked(rig)
        assert rows(rig)[-1] == last
        await rig.press("k")
        assert rows(rig)[-2] == marked(rig)
        await rig.press("home")
        assert rows(rig)[0] == marked(rig)
        await rig.press("pagedown", "pagedown")
        assert marked(rig) in rows(rig)


# ------------------------------------------------------------------ moving


async def test_the_selection_stays_on_its_finding_while_the_list_changes(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.PASS, Water=Verdict.PASS)
    async with open_screen() as rig:
        await look(rig)
        await rig.press("j")
        assert "Solar" in marked(rig)
        rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.PASS, Water=Verdict.FAIL)
        await rig.after(1)
        assert "Water" in rows(rig)[0]
        assert "Solar" in marked(rig)
        rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.FAIL, Water=Verdict.PASS)
        await rig.after(1)
        assert marked(rig).startswith("▶FAIL Solar")
        rules[RULE] = say(Grid=Verdict.PASS, Water=Verdict.PASS)
        await rig.after(1)
        assert "Grid" in marked(rig), "the one now in its row"


async def test_until_someone_chooses_the_worst_is_selected(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = say(Grid=Verdict.PASS)
    async with open_screen() as rig:
        await look(rig)
        assert "Grid" in marked(rig)
        rules[RULE] = say(Grid=Verdict.PASS, Water=Verdict.FAIL)
        await rig.after(1)
        assert "Water" in marked(rig)


async def test_the_rules_run_once_a_second_and_only_while_someone_looks(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    ran: list[float] = []
    rules[RULE] = lambda record: ran.append(record.now.monotonic) or []  # type: ignore[func-returns-value]
    async with open_screen() as rig:
        await rig.after(3)
        assert ran == []
        await look(rig)
        assert len(ran) == 1
        now = rig.house.now
        for quarter in (0.25, 0.5, 0.75, 1.0, 1.25):
            await rig.take(Snapshot(rig.house.fleet, now.plus(quarter)))
        assert len(ran) == 2
        rig.session.fuse = Fuse(3, 25.0)
        await rig.take(Snapshot(rig.house.fleet, now.plus(1.5)))
        assert len(ran) == 3, "another fuse is another question"
        assert "fuse 3x25 A" in rig.screen_text
        await rig.press("1")
        await rig.after(3)
        assert len(ran) == 3


async def test_the_mouse_selects_and_opens(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await look(rig)
        await rig.pilot.click("#table", offset=(9, 3))
        await rig.until(lambda: "L3" in marked(rig), "the third is selected")
        await rig.pilot.click("#table", offset=(9, 6))  # below the last
        await rig.pilot.click("#table", offset=(9, 0))
        assert rig.view == CHECK
        await rig.wheel("#table", -1)
        await rig.until(lambda: "L2" in marked(rig), "the second is selected")
        await rig.pilot.click("#table", offset=(9, 2))
        await rig.in_front(FINDING)
        assert "not testable  Grid L2: Voltage" in rig.screen_text


async def test_filter_finds_devices_rules_phases_and_verdicts(
    open_screen: OpenScreen, rules: dict[str, registry.Rule]
) -> None:
    rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.FAIL, Heat_pump=Verdict.WARN)
    async with open_screen() as rig:
        await look(rig)
        for words, names in (("heat", ["Heat pump"]), ("fail volt", ["Solar"]), ("ok", ["Grid"]), ("pass", ["Grid"])):
            await rig.press("slash")
            await rig.until(lambda: isinstance(rig.app.focused, Input), "one can type")
            await rig.type(words)
            await rig.press("enter")
            assert [row[6:16].strip() for row in rows(rig)] == names
            assert f'with "{words}"  1 of 3' in rig.screen_text
            assert rig.session.wanted == "", "the lists of devices have a filter of their own"
            await rig.press("b")
            assert len(rows(rig)) == 3
        await rig.press("slash", "x", "y", "enter")
        assert NONE_PASSES in rig.screen_text
        await rig.press("enter", "escape")
        assert rig.view == CHECK
        await rig.press("b")
        assert rig.view == OVERVIEW


async def test_the_orders_follow_each_other(open_screen: OpenScreen, rules: dict[str, registry.Rule]) -> None:
    rules[RULE] = say(Grid=Verdict.PASS, Solar=Verdict.FAIL, Freezer=Verdict.WARN)
    async with open_screen() as rig:
        await look(rig)
        for order, names in (
            ("by device", ["Freezer", "Grid", "Solar"]),
            ("by rule", ["Solar", "Freezer", "Grid"]),
            ("worst first", ["Solar", "Freezer", "Grid"]),
        ):
            await rig.press("s")
            await rig.heard(f"Sorted {order}.")
            assert [row[6:16].strip() for row in rows(rig)] == names
            assert order in rig.text("#table").splitlines()[0]


async def test_a_frozen_check_keeps_its_findings(open_screen: OpenScreen, rules: dict[str, registry.Rule]) -> None:
    rules[RULE] = say(Grid=Verdict.PASS)
    async with open_screen() as rig:
        await look(rig)
        await rig.press("space")
        rules[RULE] = say(Grid=Verdict.FAIL)
        await rig.after(90)
        assert "frozen at 14:17, space goes on" in rig.screen_text
        await rig.press("j")
        assert marked(rig).startswith("▶ok")
        await rig.press("space")
        assert marked(rig).startswith("▶FAIL")


# ------------------------------------------------------------------ one finding


async def test_a_finding_in_full_scrolls_to_its_graph_and_has_neighbours(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        await rig.after(1300, every_s=10)
        await look(rig)
        await rig.press("enter")
        await rig.in_front(FINDING)
        assert "(j k: more)" in rig.screen_text
        assert "230┼" not in rig.screen_text
        await rig.press("end")
        assert "230┼" in rig.screen_text
        await rig.press("home", "pagedown", "pageup")
        assert "Seen" in rig.screen_text
        await rig.press("right")
        assert "Grid L2: Voltage" in rig.screen_text
        await rig.press("enter")
        assert "voltage L2 in V; line at 253" in rig.screen_text
        assert "Seen" not in rig.screen_text
        await rig.press("left")
        assert "Grid L1: Voltage" in rig.screen_text
        assert "Seen" in rig.screen_text, "another finding begins with its words"
        await rig.press("b")
        await rig.in_front(CHECK)
        assert "L1" in marked(rig)


async def test_a_finding_without_a_trend_has_no_graph(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await look(rig)
        await rig.press("enter", "enter")
        await rig.heard("This finding has no graph.")
        assert "Seen" in rig.screen_text


async def test_a_finding_that_goes_says_so(open_screen: OpenScreen, rules: dict[str, registry.Rule]) -> None:
    rules[RULE] = say(Grid=Verdict.FAIL)
    async with open_screen() as rig:
        await look(rig)
        await rig.press("enter")
        await rig.in_front(FINDING)
        rules[RULE] = say()
        await rig.after(2)
        assert "This finding is gone" in rig.screen_text
        await rig.press("j", "enter", "right", "b", "enter")
        assert rig.view == CHECK


# ------------------------------------------------------------------ limits that cannot be read


async def test_own_limits_that_are_wrong_are_said_in_place_of_findings(open_screen: OpenScreen, tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text('["voltage.mean10"]\nhigh_x = 3\n')
    settings = Settings(config_file=tmp_path / "config.toml")
    async with open_screen(settings=settings) as rig:
        await look(rig)
        assert 'high_x: unknown limit: did you mean "high_v"?' in " ".join(rig.screen_text.replace("│", " ").split())
        (tmp_path / "limits.toml").write_text('["voltage.mean10"]\nhigh_v = 200\n')
        await rig.after(1300, every_s=10)
        assert marked(rig).startswith("▶FAIL")
        assert "your own limits: high_v 200" in rig.screen_text


# ------------------------------------------------------------------ the report


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def files(folder: Path) -> list[Path]:
    """The files in a folder."""
    return sorted(folder.iterdir())


async def write(rig: Rig, note: str = "") -> None:
    await rig.press("w")
    await rig.in_front("AskNote")
    if note:
        await rig.type(note)
    await rig.press("enter")


NAMES = [f"hwtui-check-2026-06-12-1417.{ending}" for ending in ("html", "md", "txt")]


@pytest.mark.parametrize("view", [CHECK, FINDING])
async def test_w_writes_three_files_that_only_their_owner_reads(open_screen: OpenScreen, here: Path, view: str) -> None:
    async with open_screen(settings=Settings(read_only=True)) as rig:
        await look(rig)
        rig.app.switch_screen(view)
        await rig.in_front(view)
        await rig.press("w")
        await rig.in_front("AskNote")
        question = rig.question
        await rig.type("Fuse box in the hall")
        await rig.press("enter")
        await rig.heard("Written:")
        assert [path.name for path in files(here)] == NAMES
        assert str(here) in question
        assert NAMES[2] in question
        for path in files(here):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert "Fuse box in the hall" in path.read_text("utf-8")
        assert str(here / NAMES[2]) in rig.said[-1]
        assert rig.monitor.asked == []


async def test_esc_writes_nothing(open_screen: OpenScreen, here: Path) -> None:
    async with open_screen() as rig:
        await look(rig)
        await rig.press("w")
        await rig.in_front("AskNote")
        await rig.press("escape")
        await rig.in_front(CHECK)
        assert files(here) == []


async def test_the_report_is_in_the_language_of_the_settings(open_screen: OpenScreen, here: Path) -> None:
    async with open_screen(settings=Settings(language="nl")) as rig:
        await look(rig)
        assert "Voltage" in marked(rig), "the screen is English"
        await write(rig)
        await rig.heard("Written:")
        assert "Spanning" in (here / NAMES[1]).read_text("utf-8")


async def test_what_is_there_is_written_over_only_after_asking(open_screen: OpenScreen, here: Path) -> None:
    (here / NAMES[1]).write_text("mine")
    async with open_screen() as rig:
        await look(rig)
        for key, said, kept in (("escape", "No report was written.", True), ("ctrl+o", "Written:", False)):
            await write(rig)
            await rig.in_front("Confirm")
            assert NAMES[1] in rig.question
            assert NAMES[2] not in rig.question
            await rig.press(key)
            await rig.heard(said)
            assert ((here / NAMES[1]).read_text("utf-8") == "mine") is kept
            assert (here / NAMES[2]).exists() is not kept


async def test_a_folder_that_cannot_be_written_is_said_before_anything_is_asked(
    open_screen: OpenScreen, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen() as rig:
        await look(rig)
        (here / NAMES[1]).mkdir()
        await rig.press("w")
        await rig.heard("is a folder")
        assert rig.view == CHECK
        os.rmdir(here / NAMES[1])
        os.rmdir(here)
        await rig.press("w")
        await rig.until(lambda: len(rig.said) == 2, "the second is said")
        assert rig.said[1].startswith("No report:")
        assert rig.view == CHECK


async def test_a_disk_that_fills_up_is_said_with_what_was_written(
    open_screen: OpenScreen, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.engine.report import writing
    from tui.ui.screens import reporting

    def full(path: Path, text: str) -> None:
        if path.suffix == ".md":
            raise writing.ReportError(f"{path}: the disk is full")
        writing.write_report(path, text)

    monkeypatch.setattr(reporting, "write_report", full)
    async with open_screen() as rig:
        await look(rig)
        await write(rig)
        await rig.heard("the disk is full")
        assert rig.said[-1].endswith(f"; written: {NAMES[2]}")


async def test_a_kiosk_has_the_check_and_no_report(open_screen: OpenScreen, here: Path) -> None:
    async with open_screen(settings=Settings(kiosk=True), size=(80, 24)) as rig:
        await look(rig)
        assert "not testable" in rig.screen_text
        await rig.press("w", "enter", "j", "slash", "s")
        assert rig.view == CHECK
        assert files(here) == []
        await rig.press("b")
        await rig.in_front("wall")


# ------------------------------------------------------------------ what it costs


def test_the_program_starts_without_the_check_and_without_alarms() -> None:
    program = "import sys, tui.ui.app, tui.ui.launch; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "tui.ui.app" in done.stdout.split()
    alarms = ("core.alarms.state", "engine.out.alarming", "ui.widgets.alarms")
    checks = ("core.checks.registry", "core.checks.words", "engine.report", "ui.checking", "ui.screens.check")
    for module in (*checks, *alarms):
        assert f"tui.{module}" not in done.stdout.split()
