"""What every format for people says in the same order: the facts of the check, and its findings in groups."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.checks.finding import WORST_FIRST, Verdict
from tui.core.checks.words import duration
from tui.engine.report.report import Item, Report


def head(report: Report) -> list[tuple[str, str]]:
    """The facts of the check itself, as pairs of words."""
    words = report.phrases
    span = report.phrase(
        "watched_from",
        duration=duration(report.window_s),
        start=f"{report.started:%H:%M:%S}",
        end=f"{report.generated:%H:%M:%S}",
    )
    return [
        (words["generated"], f"{report.generated:%Y-%m-%d %H:%M}"),
        (words["watched"], span),
        (words["profile"], report.profile.name or words["no_profile"]),
        (words["fuse"], f"{report.fuse} A" if report.fuse else words["no_fuse"]),
        (words["program"], report.program),
    ]


def groups(report: Report) -> Iterator[tuple[Verdict, list[Item]]]:
    """The findings of each verdict that there are any of, worst first, without those that do not apply."""
    for verdict in WORST_FIRST:
        items = [item for item in report.listed if item.verdict is verdict]
        if items:
            yield verdict, items


def summary(report: Report) -> str:
    """ "7 devices, 1 fail, 2 warn, 12 ok": only what there is."""
    count = len(report.devices)
    parts = [report.phrases["summary_one"] if count == 1 else report.phrase("summary", devices=count)]
    parts += [
        f"{report.counts[verdict]} {report.phrases[verdict]}"
        for verdict in WORST_FIRST
        if verdict is not Verdict.NA and report.counts[verdict]
    ]
    return ", ".join(parts)


def where(item: Item, report: Report) -> str:
    """ "Grid L2": the device and the phase; the house where it is of no device."""
    return f"{item.device or report.phrases['house']} {item.phase}".rstrip()


def details(item: Item, report: Report) -> Iterator[tuple[str, str]]:
    """What there is to say of a finding below its line, as pairs of words."""
    worded = item.worded
    yield report.phrases["means"], worded.text
    if worded.advice:
        yield report.phrases["advice"], worded.advice
    if worded.limit:
        yield report.phrases["limit"], f"{worded.limit} ({worded.source})" if worded.source else worded.limit
    if item.finding.window_s:
        yield report.phrases["window"], duration(item.finding.window_s)


def above(report: Report) -> list[str]:
    """What stands above everything else."""
    return [report.phrases[key] for key, said in (("partial", report.partial), ("redacted", report.redacted)) if said]


def not_applicable(report: Report) -> str:
    """How many rules do not apply; empty where all do."""
    count = len({item.finding.rule for item in report.items if item.verdict is Verdict.NA})
    return report.phrase("not_applicable", count=count) if count else ""
