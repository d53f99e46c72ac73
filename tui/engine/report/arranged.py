"""What every format for people says in the same order: the facts of the check, and its findings in groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tui.core.checks.finding import WORST_FIRST, Verdict
from tui.core.checks.series import DAY_S
from tui.core.checks.words import duration
from tui.engine.checkdata import ON_3X230
from tui.engine.report.report import Item, Report


def head(report: Report) -> list[tuple[str, str]]:
    """The facts of the check itself, as pairs of words."""
    words = report.phrases
    clock = "%H:%M:%S" if report.window_s < BRIEF_S else "%H:%M" if report.window_s < DAY_S else "%Y-%m-%d %H:%M"
    ended = report.ended or report.generated
    if report.ended and report.started.date() != report.generated.date():
        clock = "%Y-%m-%d %H:%M"  # the day of a recording is not that of its report
    start, end = report.started.strftime(clock), ended.strftime(clock)
    span = report.phrase("watched_from", duration=duration(report.window_s), start=start, end=end)
    return [
        (words["generated"], f"{report.generated:%Y-%m-%d %H:%M}"),
        (words["watched"], span),
        (words["profile"], _grid(report)),
        (words["fuse"], f"{report.fuse} A" if report.fuse else words["no_fuse"]),
        (words["program"], report.program),
    ]


def _grid(report: Report) -> str:
    """ "Netherlands (nl)": where the grid is, and the name of its profile."""
    name = report.profile.name
    if name is None:
        return report.phrases["no_profile"]
    region = name.removesuffix(ON_3X230)
    supply = "" if region == name else ", 3x230 V"
    return f"{report.phrases[f'grid_{region}']}{supply} ({name})"


BRIEF_S = 120.0
"""A shorter check shows the seconds of its clock times."""


class Entry(NamedTuple):
    """A finding as it is listed: the same one of several phases stands there once."""

    item: Item
    where: str
    """ "Grid L1, L2, L3; Solar": the devices and their phases; the house where it is of no device."""


def groups(report: Report) -> Iterator[tuple[Verdict, list[Entry]]]:
    """The findings of each verdict that there are any of, worst first, without those that do not apply."""
    for verdict in WORST_FIRST:
        entries = list(_entries([item for item in report.listed if item.verdict is verdict], report))
        if entries:
            yield verdict, entries


def _entries(items: list[Item], report: Report) -> Iterator[Entry]:
    """Findings that say the same are one entry: of several phases always, of several devices where nothing is wrong."""
    alike: dict[tuple[str | None, ...], list[Item]] = {}
    for item in items:
        worded = item.worded
        device = item.serial if item.verdict in (Verdict.FAIL, Verdict.WARN) else None
        what = (item.finding.rule, device, worded.line, worded.text, worded.advice, worded.limit)
        alike.setdefault(what, []).append(item)
    for same in alike.values():
        phases: dict[str, list[str]] = {}
        for item in same:
            phases.setdefault(item.device or report.phrases["house"], []).append(item.phase)
        places = (f"{device} {', '.join(filter(None, of_it))}".rstrip() for device, of_it in phases.items())
        yield Entry(same[0], "; ".join(places))


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


def details(item: Item, report: Report) -> Iterator[tuple[str, str]]:
    """What there is to say of a finding below its line, as pairs of words; of one not testable, how it would be."""
    worded, is_tested = item.worded, item.verdict is not Verdict.UNTESTABLE
    if worded.text and is_tested:
        yield report.phrases["means"], worded.text
    if worded.advice:
        yield report.phrases["advice"], worded.advice
    if worded.limit and is_tested:
        yield report.phrases["limit"], f"{worded.limit} ({worded.source})" if worded.source else worded.limit
    if item.finding.window_s and is_tested:
        yield report.phrases["window"], duration(item.finding.window_s)


def above(report: Report) -> list[str]:
    """What stands above everything else."""
    recorded = [report.recorded] if report.recorded else []
    return recorded + [
        report.phrases[key] for key, said in (("partial", report.partial), ("redacted", report.redacted)) if said
    ]


def not_applicable(report: Report) -> str:
    """How many rules do not apply; empty where all do."""
    count = len({item.finding.rule for item in report.items if item.verdict is Verdict.NA})
    return report.phrase("not_applicable", count=count) if count else ""
