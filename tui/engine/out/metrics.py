"""The fleet as metrics, in the text formats of OpenMetrics and Prometheus, by the library `prometheus_client`.

What is not measured now is absent: a repeated value would look like a measured one, and Prometheus marks what is absent
as stale by itself. Names come from `core.out.metrics`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Metrics
from prometheus_client.registry import Collector

from tui import __version__
from tui.core.events import Event, Measured
from tui.core.external import keyed
from tui.core.model import Device, Fleet, State, key_of
from tui.core.moment import Now
from tui.core.out.metrics import METRICS, Family, external_family
from tui.core.reading import External
from tui.core.state import age_s, is_fresh, state_of
from tui.engine.clock import Clock

LATENCIES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds of the histogram: those of `prometheus_client` without what no poll lasts."""

Labels = dict[str, str]


class Latencies:
    """The answers of one device by how long they took."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCIES_S) + 1)
        self.sum_s = 0.0

    def add(self, latency_s: float) -> None:
        """One more answer."""
        self.counts[bisect_left(LATENCIES_S, latency_s)] += 1
        self.sum_s += latency_s


class Exposition(Collector):
    """Listens to the monitor, and writes the document when it is asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fleet = Fleet()
        self._latencies: dict[str, Latencies] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet
        if isinstance(event, Measured) and event.latency_s is not None:
            self._latencies.setdefault(key_of(event.serial), Latencies()).add(event.latency_s)

    def document(self, accept: str) -> tuple[bytes, str]:
        """The metrics as they are now, in the format that a header `Accept` wants; and its media type."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind

    def describe(self) -> list[Metrics]:
        """Nothing can be said before a device answers."""
        return []

    def collect(self) -> Iterator[Metrics]:
        """See `prometheus_client`."""
        now = self._clock.now()
        devices = [(device, _labels(device)) for device in self._fleet.devices.values() if device.serial]
        yield _info("hwtui_build", "The program.", [({"version": __version__}, 1.0)])
        yield from _values([one for one in devices if is_fresh(one[0], now)])
        yield from _about(devices, now)
        yield self._latency(devices)

    def _latency(self, devices: list[tuple[Device, Labels]]) -> Metrics:
        family = Metrics("hwtui_poll_latency_seconds", "How long answers took.", "histogram", "seconds")
        for device, labels in devices:
            told = self._latencies.get(device.key)
            if told is None:
                continue
            below = 0
            for bound, count in zip((*LATENCIES_S, None), told.counts, strict=True):
                below += count
                family.add_sample(
                    f"{family.name}_bucket", {**labels, "le": "+Inf" if bound is None else f"{bound}"}, below
                )
            family.add_sample(f"{family.name}_count", labels, below)
            family.add_sample(f"{family.name}_sum", labels, told.sum_s)
        return family


def _labels(device: Device) -> Labels:
    return {"device": device.label, "serial": device.serial or "", "role": device.role.value if device.role else ""}


def _family(family: Family) -> Metrics:
    return Metrics(family.name, family.help, "counter" if family.counts else "gauge", family.unit)


def _info(name: str, text: str, samples: list[tuple[Labels, float]]) -> Metrics:
    family = Metrics(name, text, "info")
    for labels, value in samples:
        family.add_sample(f"{name}_info", labels, value)
    return family


def _values(devices: list[tuple[Device, Labels]]) -> Iterator[Metrics]:
    """What they measure, one family after the other as the format demands."""
    families: dict[Family, Metrics] = {}

    def put(family: Family, labels: Labels, value: float) -> None:
        if family not in families:
            families[family] = _family(family)
        families[family].add_sample(f"{family.name}_total" if family.counts else family.name, labels, value)

    for device, labels in devices:
        measurement = device.measurement.value if device.measurement else None
        if measurement is None:
            continue
        for name, value in measurement.values.items():
            metric = METRICS.get(name)
            if metric is not None and isinstance(value, (int, float)):
                put(metric.family, {**labels, **dict(metric.labels)}, value * metric.factor)
        for labels_of_meter, meter in _external(measurement.external):
            family = external_family(meter.unit or "")
            if family is not None:
                put(family, {**labels, **labels_of_meter}, meter.value)
    yield from families.values()


def _external(meters: tuple[External, ...]) -> Iterator[tuple[Labels, External]]:
    """Meters of one kind are numbered by their ids, which no label tells: their order in an answer may change."""
    numbers: Counter[str] = Counter()
    for (kind, *_), meter in sorted(keyed(meters).items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][2])):
        numbers[kind] += 1
        yield {"meter": kind.removesuffix("_meter"), "number": f"{numbers[kind]}"}, meter


def _about(devices: list[tuple[Device, Labels]], now: Now) -> Iterator[Metrics]:
    """What is known about the devices themselves, also of one that is silent."""
    yield _info("hwtui_device", "What a device is.", [(labels | _is(device), 1.0) for device, labels in devices])
    states = Metrics("hwtui_device_state", "The state of a device.", "stateset")
    for device, labels in devices:
        state = state_of(device, now)
        for one in State:
            states.add_sample(states.name, {**labels, states.name: one.value}, float(one is state))
    yield states
    yield _gauge(
        "hwtui_value_age_seconds",
        "seconds",
        "Since the last values.",
        [(labels, age_s(device, now)) for device, labels in devices],
    )
    wifi = [(labels, _share(device.system.value.wifi_pct if device.system else None)) for device, labels in devices]
    yield _gauge("hwtui_wifi_strength_ratio", "ratio", "How strong the Wi-Fi is.", wifi)
    answered = [(labels, float(device.link.answered)) for device, labels in devices]
    yield _counter("hwtui_polls", "Answers.", answered)
    lost = [(labels, float(device.link.lost)) for device, labels in devices]
    yield _counter("hwtui_polls_lost", "Requests without a usable answer.", lost)
    restarts = [(labels, float(device.restarts)) for device, labels in devices]
    yield _counter("hwtui_device_restarts", "Restarts seen since the program began.", restarts)


def _is(device: Device) -> Labels:
    told: dict[str, Any] = {
        "product": device.product_type,
        "model": device.product_name,
        "firmware": device.firmware_version,
        "api": device.spoken.api if device.spoken else None,
    }
    return {name: value or "" for name, value in told.items()}


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _gauge(name: str, unit: str, text: str, samples: list[tuple[Labels, float | None]]) -> Metrics:
    family = Metrics(name, text, "gauge", unit)
    for labels, value in samples:
        if value is not None:
            family.add_sample(name, labels, value)
    return family


def _counter(name: str, text: str, samples: list[tuple[Labels, float]]) -> Metrics:
    family = Metrics(name, text, "counter")
    for labels, value in samples:
        family.add_sample(f"{name}_total", labels, value)
    return family
