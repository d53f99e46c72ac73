"""The report as JSON, for programs; `schema.json` beside this file describes it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tui.core.reading import Json
from tui.engine.report.report import Item, Report

SCHEMA = 1
SCHEMA_FILE = Path(__file__).with_name("schema.json")


def write(report: Report) -> str:
    """One JSON object. Every number is finite, every time has an offset."""
    return json.dumps(_finite(as_json(report)), indent=2, allow_nan=False) + "\n"


def as_json(report: Report) -> dict[str, Json]:
    """The report as `schema.json` describes it."""
    return {
        "schema": SCHEMA,
        "generated": report.generated.isoformat(timespec="seconds"),
        "program": report.program,
        "language": report.phrases["language"],
        "profile": report.profile.name,
        "fuse": str(report.fuse) if report.fuse else None,
        "window_s": round(report.window_s, 1),
        "partial": report.partial,
        "recorded": report.recorded or None,
        "redacted": report.redacted,
        "note": report.note or None,
        "disclaimer": f"{report.phrases['disclaimer']} {report.phrases['license']}",
        "counts": {str(verdict): count for verdict, count in report.counts.items()},
        "own_limits": [{"name": one.name, "value": one.value, "source": one.source} for one in report.own_limits],
        "devices": [dict(device.data) for device in report.devices],
        "findings": [_finding(item) for item in report.items],
    }


def _finding(item: Item) -> dict[str, Json]:
    finding, worded = item.finding, item.worded
    return {
        "rule": finding.rule,
        "name": worded.name,
        "device": item.serial,
        "device_name": item.device or None,
        "phase": finding.phase,
        "verdict": str(finding.verdict),
        "figure": finding.figure,
        "unit": finding.unit or None,
        "limit": finding.limit,
        "source": worded.source or None,
        "window_s": finding.window_s,
        "line": worded.line,
        "text": worded.text,
        "advice": worded.advice or None,
    }


def _finite(value: Any) -> Any:
    """The same, with None for what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
