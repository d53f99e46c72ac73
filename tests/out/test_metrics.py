"""The metrics of a house: what is told, what is absent, and what promtool makes of it.

A real Prometheus scrapes them in `test_forty.py`.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.out.houses import a_house, listening
from tui.core.events import Configured, Measured
from tui.core.model import DeviceSetting
from tui.core.reading import External, Measurement, System
from tui.engine.demo.still import Still
from tui.engine.out.metrics import Exposition

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
PROMTOOL = shutil.which("promtool")

Labels = dict[str, str]
Samples = dict[str, list[tuple[Labels, float]]]


def samples(exposition: Exposition) -> Samples:
    """By name of the sample, as a reader of OpenMetrics understands the document."""
    text, _ = exposition.document(OPEN_METRICS)
    found: Samples = {}
    for family in text_string_to_metric_families(text.decode()):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def of(serial: str, found: list[tuple[Labels, float]]) -> list[float]:
    return [value for labels, value in found if labels["serial"] == serial]


@pytest.fixture
def told() -> tuple[Still, Exposition]:
    still, clock = a_house()
    exposition = Exposition(clock)
    listening(still, [exposition.heard])
    return still, exposition


def test_a_value_is_what_the_device_says_with_the_names_that_a_person_gave(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    grid = next(one for one in still.fleet.devices.values() if one.product.is_grid_meter)
    found = samples(exposition)
    powers = {labels["phase"]: value for labels, value in found["hwtui_power_watts"] if labels["serial"] == grid.serial}
    assert powers == {"total": grid.number("power_w"), **{f"l{n}": grid.number(f"power_l{n}_w") for n in (1, 2, 3)}}
    assert of(grid.serial or "", found["hwtui_energy_import_kilowatthours_total"]) == [grid.number("energy_import_kwh")]
    (labels,) = [labels for labels, _ in found["hwtui_device_info"] if labels["serial"] == grid.serial]
    assert (labels["device"], labels["role"], labels["product"]) == ("Grid", "grid", "HWE-P1")
    gas = [value for labels, value in found["hwtui_external_cubic_meters_total"] if labels["meter"] == "gas"]
    assert grid.measurement is not None
    assert gas == [meter.value for meter in grid.measurement.value.external if meter.type == "gas_meter"]


def test_the_charge_of_a_battery_is_a_share(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    battery = next(one for one in still.fleet.devices.values() if one.product.is_battery)
    charge = battery.number("state_of_charge_pct")
    assert charge is not None
    assert of(battery.serial or "", samples(exposition)["hwtui_state_of_charge_ratio"]) == [pytest.approx(charge / 100)]


def test_what_is_not_measured_now_is_absent_and_its_device_is_not(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    socket_ = next(one for one in still.fleet.devices.values() if one.product.can_switch)
    serial = socket_.serial or ""
    assert of(serial, samples(exposition)["hwtui_power_watts"])
    still.silence(serial)
    still.run(30)
    found = samples(exposition)
    assert not of(serial, found["hwtui_power_watts"])
    assert not of(serial, found["hwtui_energy_import_kilowatthours_total"])
    assert of(serial, found["hwtui_value_age_seconds"]) == [pytest.approx(30, abs=1)]
    states = {one["hwtui_device_state"]: value for one, value in found["hwtui_device_state"] if one["serial"] == serial}
    assert [state for state, value in states.items() if value] == ["stale"]
    assert sum(of(serial, found["hwtui_polls_lost_total"])) == 1


def test_latencies_are_counted_below_their_bounds(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    water = next(one for one in still.fleet.devices.values() if one.product_type == "HWE-WTR")
    assert water.measurement is not None
    for latency_s in (0.005, 0.2, 9.0):
        still.apply(
            Measured(water.serial or "", Measurement({"water_flow_lpm": 1.0}), System(), still.now, latency_s, 1.0)
        )
    found = samples(exposition)
    counted = {
        labels["le"]: value
        for labels, value in found["hwtui_poll_latency_seconds_bucket"]
        if labels["serial"] == water.serial
    }
    assert (counted["0.005"], counted["0.025"], counted["0.25"], counted["5.0"], counted["+Inf"]) == (1, 4, 5, 5, 6)
    (total,) = of(water.serial or "", found["hwtui_poll_latency_seconds_sum"])
    assert total == pytest.approx(9.205 + 3 * 0.012)


def test_two_meters_of_one_kind_keep_their_numbers_in_whatever_order_they_come(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    grid = next(one for one in still.fleet.devices.values() if one.product.is_grid_meter)
    meters = (External("gas_meter", "B", 2.0, "m3", None), External("gas_meter", "A", 1.0, "m3", None))
    numbers = []
    for order in (meters, meters[::-1]):
        measurement = Measurement({"power_w": 1.0}, order)
        still.apply(Measured(grid.serial or "", measurement, System(), still.now, 0.01, 1.0))
        found = samples(exposition)["hwtui_external_cubic_meters_total"]
        numbers.append({labels["number"]: value for labels, value in found if labels["meter"] == "gas"})
    assert numbers == [{"1": 1.0, "2": 2.0}] * 2


def test_two_kinds_with_one_word_are_no_sample_twice(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    serial = still.household.devices[0].serial
    meters = (External("gas_meter", "A", 1.0, "m3", None), External("gas", "A", 2.0, "m3", None))
    still.apply(Measured(serial, Measurement({"power_w": 1.0}, meters), System(), still.now, 0.01, 1.0))
    found = samples(exposition)["hwtui_external_cubic_meters_total"]
    assert sorted(labels["number"] for labels, _ in found if labels["meter"] == "gas") == ["1", "2"]


def test_a_name_with_quotes_and_line_breaks_stays_one_label(told: tuple[Still, Exposition]) -> None:
    still, exposition = told
    serial = still.household.devices[0].serial
    name = 'a "b"\\c} 1'
    still.apply(Configured(serial, DeviceSetting(name)))
    assert {
        labels["device"] for labels, _ in samples(exposition)["hwtui_device_info"] if labels["serial"] == serial
    } == {name}


def test_every_household_makes_a_document_without_a_sample_twice() -> None:
    for name in ("nl", "be", "be-3x230", "faulty"):
        still, clock = a_house(name)
        exposition = Exposition(clock)
        listening(still, [exposition.heard])
        for sample, found in samples(exposition).items():
            keys = [tuple(sorted(labels.items())) for labels, _ in found]
            assert len(set(keys)) == len(keys), sample


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: NOT checked by it (Debian: apt-get install prometheus)")
def test_promtool_has_nothing_to_remark(told: tuple[Still, Exposition]) -> None:
    _, exposition = told
    document, kind = exposition.document("text/plain")
    assert kind.startswith("text/plain; version=")
    checked = subprocess.run([str(PROMTOOL), "check", "metrics"], input=document, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
