"""What is wrong by a support file, in sentences, the worst first: whoever is to help reads these first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tui.core.doctor.evidence import Layer
from tui.core.doctor.words import SHORT, Weight

MOST = 100
"""Sentences (own choice): the parts of the file have the rest."""
FEW_LOST, SHARE_LOST = 3, 0.03
"""As the rule `link` of the check has it."""
NEARLY_A_DAY = timedelta(hours=23, minutes=50)

Row = Mapping[str, Any]
_BAD_LINE = re.compile(r"\S+ \S+ (ERROR|CRITICAL|WARNING) ")


def wrong(made: Row) -> list[str]:
    """The sentences of a support file that is made, without secrets; none where nothing is wrong."""
    said = list(dict.fromkeys(_wrong(made)))
    return said if len(said) <= MOST else [*said[:MOST], f"And {len(said) - MOST} more, which the parts below tell."]


def _wrong(made: Row) -> Iterator[str]:
    fleet: list[Row] = made["fleet"]
    kinds = {row["device"]: row["product_type"] for row in fleet}
    if not fleet:
        yield "No device was found, and none was named."
    doctor: Row = made["doctor"] or {"computer": {"notes": []}, "devices": []}
    patients: list[Row] = doctor["devices"]
    yield from _layers(patients, kinds, Weight.MEND)
    for note in doctor["computer"]["notes"]:
        said = _advised(note["text"], note["advice"])
        yield said[:1].upper() + said[1:] if said.startswith("this computer") else f"This computer: {said}"
    yield from _findings(made, kinds, "fail")
    yield from _layers(patients, kinds, Weight.LOOK)
    told = {row["device"] for row in patients if SHORT[Layer(row["layer"])][1] is not Weight.FINE}
    for row in fleet:
        if row["state"] != "live" and row["device"] not in told:
            problem = row["problem"]
            yield f"{_who(row['device'], kinds)}: {row['state']}" + (f": {problem['text']}" if problem else "")
    yield from _findings(made, kinds, "warn")
    for row in made["links"]:
        yield from (f"{_who(row['device'], kinds)}: {said}" for said in _link(row))
    for note in made["notes"]:
        yield f"{_who(note['device'], kinds) if note['device'] else 'Note'}: {note['text']}"
    if fault := made["settings"]["config_file_fault"]:
        yield f"The config file: {fault}"
    yield from _log(made["log"] or [])


def _who(device: str, kinds: Mapping[str, str | None]) -> str:
    kind = kinds.get(device)
    return f"{device} ({kind})" if kind else device


def _layers(patients: list[Row], kinds: Mapping[str, str | None], weight: Weight) -> Iterator[str]:
    for row in patients:
        who = _who(row["device"] or row["name"], kinds)
        if SHORT[Layer(row["layer"])][1] is weight:
            yield f"{who}: {_layer(row)}"
        for one in row["also"]:
            if SHORT[Layer(one["layer"])][1] is weight:
                yield f"{who}: also {_layer(one)}"


def _layer(row: Row) -> str:
    return f"{SHORT[Layer(row['layer'])][0]}: {_advised(row['text'], row['advice'])}"


def _advised(text: str, advice: str) -> str:
    return f"{text}. To do: {advice}" if advice else text


def _findings(made: Row, kinds: Mapping[str, str | None], verdict: str) -> Iterator[str]:
    said = {"fail": "fails", "warn": "warns"}[verdict]
    for row in made["check"]:
        if row["verdict"] == verdict:
            where = f"{_who(row['device'], kinds)}: " if row["device"] else ""
            phase = f" on L{row['phase']}" if row["phase"] else ""
            yield f"{where}the check {said} ({row['rule']}{phase}): {row['line']}"


def _link(row: Row) -> Iterator[str]:
    asked = row["answered"] + row["lost"]
    if row["answered"] and row["lost"] >= FEW_LOST and row["lost"] > SHARE_LOST * asked:
        yield f"{row['lost']} of {asked} requests were lost"
    if row["restarts"]:
        yield f"it was seen to start anew, the last time at {row['started']} (restarts: {row['restarts']})"
    if row["another_program_reads_it"]:
        yield "another program reads it, too"
    if gaps := row["gaps"]:
        begins, ends = (datetime.fromisoformat(gaps[-1][key]).astimezone(UTC) for key in ("from", "to"))
        if ends - begins > NEARLY_A_DAY:
            yield "no value of it in the last day"
        else:
            more = f" (gaps in the last day: {len(gaps)})" if len(gaps) > 1 else ""
            yield f"no value of it from {begins:%Y-%m-%d %H:%M} to {ends:%H:%M} UTC{more}"
    if len(row["addresses"]) > 1:
        yield f"it has had {len(row['addresses'])} addresses since the program started"


def _log(lines: list[str]) -> Iterator[str]:
    bad = [(found[1], line) for line in lines if (found := _BAD_LINE.match(line))]
    errors = sum(level != "WARNING" for level, _ in bad)
    if bad:
        last = next((line for level, line in reversed(bad) if level != "WARNING"), bad[-1][1])
        yield f"The last hour of the log (errors: {errors}, warnings: {len(bad) - errors}); the last: {last}"
