"""The Grafana dashboard: every question is one that Prometheus understands, about metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.out.houses import a_house, listening
from tui.cli.commands import serve
from tui.cli.given import Given
from tui.core.events import Measured
from tui.core.out.grafana import dashboard
from tui.core.out.metrics import METRICS, external_family
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Measurement, System
from tui.engine.out.metrics import Exposition

PROMTOOL = shutil.which("promtool")
BOARD: dict[str, Any] = dict(dashboard())
SHOWN: list[dict[str, Any]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]


def exprs() -> Iterator[tuple[str, str]]:
    """Each with its legend, as Grafana asks it."""
    for panel in SHOWN:
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", "1m").replace("$device", ".*")
            assert "$" not in expr
            yield expr, target["legendFormat"]


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """The names of all samples that hwtui can tell, each with the labels that it has."""
    still, clock = a_house()
    exposition = Exposition(clock, still.household.fuse)
    listening(still, [exposition.heard])
    everything = Measurement(
        {name: 1.0 for name, one in QUANTITIES.items() if one.kind not in (Kind.TEXT, Kind.TIME)},
        tuple(External("heat_meter", unit, 1.0, unit, None) for unit in ("m3", "GJ", "kWh")),
    )
    serial = still.household.devices[0].serial
    still.apply(Measured(serial, everything, System(wifi_strength_pct=50.0), still.now, 0.01, 1.0))
    text, _ = exposition.document("application/openmetrics-text")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text.decode()):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_question_and_every_legend_names_what_there_is(told: dict[str, set[str]]) -> None:
    for expr, legend in exprs():
        names = re.findall(r"(hwtui_\w+)\{([^}]*)\}", expr)
        assert names, expr
        for name, selector in names:
            assert name in told, expr
            assert set(re.findall(r"(\w+)=", selector)) <= told[name], expr
            assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= told[name], (expr, legend)


def test_every_value_has_a_panel() -> None:
    asked = {name.removesuffix("_total") for expr, _ in exprs() for name in re.findall(r"hwtui_\w+", expr)}
    values = {metric.family.name for name, metric in METRICS.items() if QUANTITIES[name].kind is not Kind.CODE}
    behind = {family.name for unit in ("m3", "GJ", "kWh") if (family := external_family(unit))}
    assert values | behind <= asked


def test_every_unit_is_one_of_grafana() -> None:
    units = {panel["title"]: panel["fieldConfig"]["defaults"]["unit"] for panel in SHOWN}
    assert (units["Power"], units["Voltage"], units["State of charge"]) == ("watt", "volt", "percentunit")
    unitless = {title for title, unit in units.items() if unit == "none"}
    assert {title for title in unitless if not title.endswith(" per day")} == {"Power factor", "States"}


def test_it_has_what_grafana_wants_of_a_dashboard() -> None:
    assert BOARD["schemaVersion"] >= 39
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert len({panel["title"] for panel in SHOWN}) == len(SHOWN)
    cells = [
        (x, y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    assert {variable["name"]: variable["type"] for variable in BOARD["templating"]["list"]} == {
        "datasource": "datasource",
        "device": "query",
    }
    for panel in SHOWN:
        places = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(place == {"type": "prometheus", "uid": "${datasource}"} for place in places)
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == sorted(set(letters))


def test_serve_prints_it_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.run(Given("serve", {}, {"grafana": True}, {})) == 0
    assert json.loads(capsys.readouterr().out) == BOARD


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: NOT checked by it (Debian: apt-get install prometheus)")
def test_promtool_understands_every_question(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": expr} for number, (expr, _) in enumerate(exprs())]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    checked = subprocess.run([str(PROMTOOL), "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert (checked.returncode, f"SUCCESS: {len(rules)} rules found" in checked.stdout) == (0, True), checked.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: NOT run by it (Debian: apt-get install prometheus)")
def test_a_real_prometheus_answers_them_as_meant(tmp_path: Path) -> None:
    asked = dict(exprs())

    def named(*parts: str) -> str:
        (expr,) = [expr for expr in asked if all(part in expr for part in parts)]
        return expr

    labels = 'device="Grid"'
    latency = "hwtui_poll_latency_seconds_bucket"
    series = [
        (f'hwtui_power_watts{{{labels},phase="total"}}', "100+0x20"),
        (f'hwtui_power_watts{{{labels},phase="l1"}}', "70+0x20"),
        (f'hwtui_device_state{{{labels},hwtui_device_state="live"}}', "1+0x20"),
        (f'hwtui_device_state{{{labels},hwtui_device_state="stale"}}', "0+0x20"),
        (f"hwtui_polls_total{{{labels}}}", "0+9x20"),
        (f"hwtui_polls_lost_total{{{labels}}}", "0+1x20"),
        (f'{latency}{{{labels},le="0.1"}}', "0+10x20"),
        (f'{latency}{{{labels},le="+Inf"}}', "0+10x20"),
    ]
    wanted = [
        (named("hwtui_power_watts", 'phase="total"'), f'hwtui_power_watts{{{labels},phase="total"}}', 100),
        (named("hwtui_power_watts", "l[123]"), f'hwtui_power_watts{{{labels},phase="l1"}}', 70),
        (named("hwtui_device_state"), f'hwtui_device_state{{{labels},hwtui_device_state="live"}}', 1),
        (named("hwtui_polls_lost_total"), f"{{{labels}}}", 0.1),
        (named("histogram_quantile(0.5,"), f"{{{labels}}}", 0.05),
    ]
    tests = [
        {"expr": expr, "eval_time": "100s", "exp_samples": [{"labels": name, "value": value}]}
        for expr, name, value in wanted
    ]
    told = [{"series": name, "values": values} for name, values in series]
    file = tmp_path / "test.yml"
    group = {"interval": "10s", "input_series": told, "promql_expr_test": tests}
    file.write_text(json.dumps({"evaluation_interval": "10s", "tests": [group]}))
    checked = subprocess.run([str(PROMTOOL), "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
