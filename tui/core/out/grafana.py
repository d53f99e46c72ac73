"""A Grafana dashboard of the metrics, made of the same table.

Format: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/. Units are those
of Grafana's own list (`packages/grafana-data/src/valueFormats/categories.ts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tui.core.out.exposition import AGE, DEVICE, FUSE, LATENCY, LOAD, LOST, POLLS, RESTARTS, STATE, WIFI
from tui.core.out.metrics import ALL_PHASES, METRICS, Family, external_family
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import Json

SCHEMA_VERSION = 39
"""Of Grafana 11; later ones read it, too, and bring it up to date themselves."""

_UNITS: Mapping[str, str] = {
    "watts": "watt",
    "volts": "volt",
    "amperes": "amp",
    "voltamperes": "voltamp",
    "vars": "voltampreact",
    "hertz": "hertz",
    "kilowatthours": "kwatth",
    "gigajoules": "suffix: GJ",
    "ratio": "percentunit",
    "cubic_meters": "m3",
    "liters_per_minute": "flowlpm",
    "seconds": "s",
}
_CHOSEN = 'device=~"$device"'
_OF_FUSE = f"abs({LOAD.name}{{{_CHOSEN}}}) / {FUSE.name}{{{_CHOSEN}}}"
_SOURCE: dict[str, Json] = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT = 12, 8
"""Of a panel, in a grid of 24 columns."""


class Query(NamedTuple):
    """One question to Prometheus, and what its lines are called."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """One picture."""

    title: str
    queries: tuple[Query, ...]
    unit: str = ""
    """Of the metric, as its name has it."""
    style: str = "line"
    """"line", "bars" for what is one value a day, or "states"."""


def dashboard() -> dict[str, Json]:
    """The dashboard, ready to be imported. It asks for its data source itself."""
    panels: list[Json] = []
    y = 0
    for title, rows in _rows():
        panels.append({"type": "row", "title": title, "id": len(panels) + 1, "gridPos": _place(0, y, 24, 1)})
        y += 1
        for number, panel in enumerate(rows):
            place = _place(number % 2 * _WIDTH, y + number // 2 * _HEIGHT, _WIDTH, _HEIGHT)
            panels.append({"id": len(panels) + 1, "gridPos": place, **_panel(panel)})
        y += (len(rows) + 1) // 2 * _HEIGHT
    return {
        "uid": "hwtui",
        "title": "HomeWizard (hwtui)",
        "tags": ["hwtui"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "panels": panels,
    }


def _rows() -> Iterator[tuple[str, list[Panel]]]:
    """Headings, and the panels below each."""
    power = METRICS["power_w"].family
    one, phases = f'{power.name}{{{_CHOSEN},phase="{ALL_PHASES}"}}', f'{power.name}{{{_CHOSEN},phase=~"l[123]"}}'
    yield (
        "Power and energy",
        [
            Panel("Power", (Query(one, "{{device}}"),), power.unit),
            Panel("Power by phase", (Query(phases, "{{device}} {{phase}}"),), power.unit),
            Panel("Load of the main fuse", (Query(_OF_FUSE, "{{device}} {{phase}}"),), "ratio"),
            *(_per_day(family) for family in _families(Kind.COUNTER)),
            *(_behind(family) for unit in ("m3", "GJ", "kWh") if (family := external_family(unit)) is not None),
        ],
    )
    yield "Values", [_gauge(family) for family in _families(Kind.GAUGE) if family != power]
    yield "Events of the meter", [_per_day(family) for family in _families(Kind.EVENT)]
    yield "Devices and their network", list(_devices())


def _families(kind: Kind) -> Iterable[Family]:
    """Those of the quantities of a kind, each once, in the order of the table."""
    return dict.fromkeys(metric.family for name, metric in METRICS.items() if QUANTITIES[name].kind is kind)


def _behind(family: Family) -> Panel:
    """Of the meters behind the smart meter."""
    per_day = _per_day(family)
    queries = tuple(Query(query.expr, "{{device}} {{meter}} {{number}}") for query in per_day.queries)
    return per_day._replace(title=f"Gas, water and heat per day ({family.unit.replace('_', ' ')})", queries=queries)


def _gauge(family: Family) -> Panel:
    return Panel(_title(family), (Query(f"{family.name}{{{_CHOSEN}}}", _legend(family)),), family.unit)


def _per_day(family: Family) -> Panel:
    expr = f"increase({family.name}_total{{{_CHOSEN}}}[1d])"
    return Panel(f"{_title(family)} per day", (Query(expr, _legend(family)),), family.unit, "bars")


def _title(family: Family) -> str:
    return family.help.removesuffix(".").replace(" tariff", " by tariff")


def _legend(family: Family) -> str:
    labels = "".join(metric.labels for metric in METRICS.values() if metric.family == family)
    return "{{device}}" + "".join(f" {{{{{name}}}}}" for name in ("tariff", "phase") if f"{name}=" in labels)


def _devices() -> Iterator[Panel]:
    state = f"{STATE.name}{{{_CHOSEN}}} == 1"
    yield Panel("States", (Query(state, "{{device}}: {{" + STATE.name + "}}"),), style="states")
    yield Panel("Age of the values", (Query(f"{AGE.name}{{{_CHOSEN}}}", "{{device}}"),), AGE.unit)
    rate = f"sum by (le, device) (rate({LATENCY.name}_bucket{{{_CHOSEN}}}[$__rate_interval]))"
    quantiles = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    queries = tuple(
        Query(f"histogram_quantile({share}, {rate})", f"{{{{device}}}} {name}") for share, name in quantiles
    )
    yield Panel("How long answers take", queries, LATENCY.unit)
    lost, answered = (f"rate({family.name}_total{{{_CHOSEN}}}[$__rate_interval])" for family in (LOST, POLLS))
    yield Panel("Requests without an answer", (Query(f"{lost} / ({lost} + {answered})", "{{device}}"),), "ratio")
    yield Panel("Wi-Fi", (Query(f"{WIFI.name}{{{_CHOSEN}}}", "{{device}}"),), WIFI.unit)
    yield _per_day(RESTARTS)._replace(title="Restarts per day")


def _panel(panel: Panel) -> dict[str, Json]:
    targets: list[Json] = []
    for letter, query in zip("ABCDEF", panel.queries, strict=False):
        targets.append(
            {
                "refId": letter,
                "datasource": _SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                **({"interval": "1d"} if panel.style == "bars" else {}),
            }
        )
    custom: dict[str, Json] = {"drawStyle": "bars", "fillOpacity": 80} if panel.style == "bars" else {}
    if panel.style == "line":
        custom = {"drawStyle": "line", "lineWidth": 1, "spanNulls": False}
    shown: dict[str, Json] = {
        "type": "state-timeline" if panel.style == "states" else "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": _UNITS.get(panel.unit, "none"), "custom": custom}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}},
    }
    if panel.style == "bars":
        shown["timeFrom"] = "30d"
    return shown


def _variables() -> list[Json]:
    ask: dict[str, Json] = {"query": f"label_values({DEVICE.name}_info, device)", "refId": "device"}
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "device",
            "label": "Device",
            "type": "query",
            "datasource": _SOURCE,
            "query": ask,
            "definition": ask["query"],
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
        },
    ]


def _place(x: int, y: int, width: int, height: int) -> dict[str, Json]:
    return {"x": x, "y": y, "w": width, "h": height}
