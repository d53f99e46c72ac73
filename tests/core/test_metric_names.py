"""Names of metrics: the conventions hold for each of them, and no two mean the same."""

from __future__ import annotations

import re

import pytest

from tui.core.out.listening import Listening, parse_listening
from tui.core.out.metrics import METRICS, external_family
from tui.core.quantities import QUANTITIES, Kind, Quantity


@pytest.mark.parametrize(
    ("quantity", "name", "labels", "factor"),
    [
        ("power_w", "hwtui_power_watts", ',phase="total"', 1),
        ("power_l2_w", "hwtui_power_watts", ',phase="l2"', 1),
        ("energy_import_kwh", "hwtui_energy_import_kilowatthours", "", 1),
        ("energy_import_t1_kwh", "hwtui_energy_import_tariff_kilowatthours", ',tariff="1"', 1),
        ("voltage_sag_l3_count", "hwtui_voltage_sags", ',phase="l3"', 1),
        ("state_of_charge_pct", "hwtui_state_of_charge_ratio", "", 0.01),
        ("power_factor_l1", "hwtui_power_factor", ',phase="l1"', 1),
        ("water_total_m3", "hwtui_water_cubic_meters", "", 1),
        ("frequency_hz", "hwtui_frequency_hertz", "", 1),
        ("any_power_fail_count", "hwtui_any_power_fails", "", 1),
    ],
)
def test_a_quantity_has_the_name_that_its_unit_asks_for(quantity: str, name: str, labels: str, factor: float) -> None:
    metric = METRICS[quantity]
    assert (metric.family.name, metric.labels, metric.factor) == (name, labels, factor)


def test_every_number_of_the_table_is_a_metric() -> None:
    numbers = {name for name, one in QUANTITIES.items() if one.kind not in (Kind.TEXT, Kind.TIME)}
    assert numbers - METRICS.keys() == {"water_total_offset_m3"}


def test_names_and_labels_tell_every_quantity_from_every_other() -> None:
    series = [(metric.family.name, metric.labels) for metric in METRICS.values()]
    assert len(set(series)) == len(series)
    families = {metric.family for metric in METRICS.values()}
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert re.fullmatch(r"hwtui_[a-z0-9_]+", family.name)
        assert not family.name.endswith("_total")
        assert family.name.endswith(f"_{family.unit}" if family.unit else "")
        assert {one.kind in (Kind.COUNTER, Kind.EVENT) for one in _of(family.name)} == {family.kind == "counter"}


def _of(name: str) -> list[Quantity]:
    return [QUANTITIES[quantity] for quantity, metric in METRICS.items() if metric.family.name == name]


def test_what_a_meter_behind_the_smart_meter_counts_is_told_by_its_unit() -> None:
    families = [external_family(unit) for unit in ("m3", "GJ", "kWh", "m3/h")]
    assert [family.name if family else None for family in families] == [
        "hwtui_external_cubic_meters",
        "hwtui_external_gigajoules",
        "hwtui_external_kilowatthours",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "listening", "is_loopback"),
    [
        ("9925", Listening("127.0.0.1", 9925), True),
        (":9925", Listening("127.0.0.1", 9925), True),
        ("localhost:9925", Listening("127.0.0.1", 9925), True),
        ("192.168.1.5:80", Listening("192.168.1.5", 80), False),
        ("0.0.0.0:1", Listening("0.0.0.0", 1), False),  # noqa: S104
        ("[::1]:65535", Listening("::1", 65535), True),
        ("::1:9925", Listening("::1", 9925), True),
    ],
)
def test_where_to_listen(text: str, listening: Listening, is_loopback: bool) -> None:
    assert parse_listening(text) == listening
    assert listening.is_loopback is is_loopback
    assert parse_listening(listening.address) == listening


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no port"),
        ("0", "has no port"),
        ("65536", "has no port"),
        ("127.0.0.1", "has no port"),
        ("127.0.0.1:", "has no port"),
        ("127.0.0.1:9925/metrics", "has no port"),
        ("example.com:9925", "is no address"),
        ("256.0.0.1:9925", "is no address"),
        ("[fe80::1%eth0]:9925", "has a zone"),
        ("٣٣٣٣", "has no port"),
    ],
)
def test_where_not_to_listen(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_listening(text)
