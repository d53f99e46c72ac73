"""The key w: write the report of the check into the folder in which the program was started."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input, Static

from tui.core.checks.record import Record
from tui.engine.checkdata import load_words
from tui.engine.report.rendering import render
from tui.engine.report.report import LONGEST_NOTE, make_report
from tui.engine.report.writing import ReportError, check_writable, write_report
from tui.ui.checking import Checking
from tui.ui.screens.actions import DeviceActions
from tui.ui.screens.deliberate import Confirm
from tui.ui.screens.dialogs import Dialog, Prompt

ENDINGS = {"text": "txt", "markdown": "md", "html": "html"}
"""What is written, and how the names of the files end."""


class AskNote(Dialog[str | None]):
    """Says where the report goes, and asks for a note in it."""

    def __init__(self, folder: Path, stem: str) -> None:
        one, *others = (f".{ending}" for ending in ENDINGS.values())
        files = f"{stem}{one}, {' and '.join(others)}"
        super().__init__("Write the report", [f"{files}, in {folder}", "A note to stand in it, if you like:"])

    def fields(self) -> ComposeResult:
        yield Prompt(id="note", max_length=LONGEST_NOTE)
        yield Static("enter: write   esc: write nothing", classes="words hint")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class ReportActions(DeviceActions):
    """Writes the report, from the views of the check."""

    checking: Checking

    def action_guided(self) -> None:
        """Open the guided test."""
        if self.session.replay is not None:
            self.say("This is a recording: nobody can switch a load in it.", bad=True)
            return
        from tui.ui.screens.guided import GuidedTest  # few need it

        self.checking.refresh()
        self.app.push_screen(GuidedTest(self.session, self.checking.natural))

    @work(group="report", exclusive=True)
    async def action_report(self) -> None:
        """Write the report as text, Markdown and HTML, after asking for a note."""
        if self.is_afar():
            return
        self.checking.refresh()
        record = self.checking.record
        if record is None or not record.observed:
            self.say("There is nothing to report yet.")
            return
        stem = stem_of(record)
        try:
            paths = [Path.cwd() / f"{stem}.{ending}" for ending in ENDINGS.values()]
            for path in paths:
                check_writable(path)
        except (ReportError, OSError) as error:
            self.say(f"No report: {error}", bad=True)
            return
        note = await self.app.push_screen_wait(AskNote(paths[0].parent, stem))
        if note is None:
            return
        there = [path.name for path in paths if path.exists()]
        listed = " and ".join(filter(None, [", ".join(there[:-1]), *there[-1:]]))
        if there and not await self.app.push_screen_wait(Confirm("Write over it?", [f"There is already {listed}."])):
            self.say("No report was written.")
            return
        language = self.session.settings.language
        why_not = await asyncio.to_thread(write_reports, record, language, note, paths)
        names = f"{paths[0]}, {' and '.join(path.suffix for path in paths[1:])}"
        self.say(why_not or f"Written: {names}", bad=why_not is not None)


def stem_of(record: Record) -> str:
    """The name of the files without their ending, by the clock of the grid's zone: "hwtui-check-2026-11-29-1424"."""
    return f"hwtui-check-{datetime.fromtimestamp(record.now.utc, record.zone):%Y-%m-%d-%H%M}"


def write_reports(record: Record, language: str, note: str, paths: Sequence[Path]) -> str | None:
    """Write the report in each of `ENDINGS`; what went wrong, and which files are there all the same."""
    report = make_report(record, load_words(language), note=note)
    written: list[str] = []
    for path, fmt in zip(paths, ENDINGS, strict=True):
        try:
            write_report(path, render(report, fmt))
        except ReportError as error:
            done = f"; written: {', '.join(written)}" if written else ""
            return f"{error}{done}"
        written.append(path.name)
    return None
