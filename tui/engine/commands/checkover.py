"""The end of a check: its report on stdout or in a file, and its exit code."""

from __future__ import annotations

from dataclasses import replace

from tui.core.checks.record import Record
from tui.core.guided.natural import likely_of
from tui.core.model import key_of
from tui.engine.commands.checkplan import Plan
from tui.engine.commands.checktalk import Talk
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.report.plain import for_stdout
from tui.engine.report.rendering import render
from tui.engine.report.report import STATES, make_report
from tui.engine.report.writing import ReportError, write_report


def hand_over(
    plan: Plan,
    record: Record,
    talk: Talk,
    output: Output,
    *,
    partial: bool,
    recorded: str = "",
    made_utc: float | None = None,
) -> int:
    """Write the report, with what the steps of the last hour make likely; the exit code.

    `recorded` and `made_utc` are as `make_report` takes them.
    """
    likely = likely_of(record)
    known = replace(record.installation, proofs=(*record.installation.proofs, *likely))
    report = make_report(
        replace(record, installation=known),
        plan.words,
        note=plan.note,
        redact=plan.redact,
        partial=partial,
        secrets=plan.secrets,
        recorded=recorded,
        made_utc=made_utc,
    )
    for key, option in plan.given.items():
        if not any(one.device.serial and key_of(one.device.serial) == key for one in record.observed):
            narrate(f"hwtui: {option}: no device with the serial {key} was seen")
    text = render(report, plan.fmt)
    status = report.exit_code
    if plan.path is not None:
        try:
            write_report(plan.path, text)
        except ReportError as error:
            narrate(f"hwtui: the report was not written: {error}. Here it is")
            status = UNKNOWN
        else:
            talk.written(report, plan.path)
            return status
    output.last(for_stdout(text, plan.fmt).removesuffix("\n"))
    return status


def say_unknown(plan: Plan, output: Output) -> None:
    """A monitoring server shows the first line of stdout, also of a check that found nothing."""
    if plan.fmt == "text" and plan.path is None:
        output.line(f"HWTUI {STATES[UNKNOWN]} - {plan.words.phrases['no_devices'].rstrip('.')}")
