"""The fleet as one document of metrics, in the text formats of OpenMetrics and Prometheus.

Formats: OpenMetrics 1.0.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/) and the text format 0.0.4
(https://prometheus.io/docs/instrumenting/exposition_formats/). The library `prometheus_client` writes them, too, but
takes seven times as long (27 ms for 50 devices), in which no device is polled; the tests read with it what is written.

What is not measured now is absent: a repeated value would look like a measured one, and Prometheus marks what is absent
as stale by itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from tui.core.external import numbered
from tui.core.model import Device, Fleet, State
from tui.core.moment import Now
from tui.core.out.mainfuse import MainFuse
from tui.core.out.metrics import METRICS, Family, external_family
from tui.core.state import age_s, is_fresh, state_of

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"

LATENCIES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds of the histogram (own choice): most devices answer within 5 to 100 ms, and no poll lasts longer."""

_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

BUILD = Family("hwtui_build", "", "info", "The program.")
DEVICE = Family("hwtui_device", "", "info", "What a device is.")
STATE = Family("hwtui_device_state", "", "stateset", "The state of a device.")
FUSE = Family("hwtui_fuse_amperes", "amperes", "gauge", "What the main fuse may carry.")
LOAD = Family("hwtui_fuse_load_amperes", "amperes", "gauge", "Current through the main fuse, import positive.")
AGE = Family("hwtui_value_age_seconds", "seconds", "gauge", "Time since the last values.")
WIFI = Family("hwtui_wifi_strength_ratio", "ratio", "gauge", "How strong the Wi-Fi is.")
POLLS = Family("hwtui_polls", "", "counter", "Answers.")
LOST = Family("hwtui_polls_lost", "", "counter", "Requests without a usable answer.")
RESTARTS = Family("hwtui_device_restarts", "", "counter", "Restarts seen since the program began.")
LATENCY = Family("hwtui_poll_latency_seconds", "seconds", "histogram", "How long answers took.")


class Latencies:
    """The answers of one device by how long they took."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCIES_S) + 1)
        self.sum_s = 0.0

    def add(self, latency_s: float) -> None:
        """One more answer."""
        self.counts[bisect_left(LATENCIES_S, latency_s)] += 1
        self.sum_s += latency_s


class Sample(NamedTuple):
    """One line of the document."""

    suffix: str
    """What follows the name of its family."""
    labels: str
    """As they stand between the braces."""
    value: float


Told = tuple[Family, list[Sample]]
Named = list[tuple[Device, str]]
"""Devices with the labels that all of their samples have."""


def kind_for(accept: str) -> str:
    """The media type to answer, for a header `Accept`."""
    return OPEN_METRICS if "application/openmetrics-text" in accept else TEXT


def document(
    fleet: Fleet, now: Now, latencies: Mapping[str, Latencies], version: str, kind: str, main_fuse: MainFuse
) -> str:
    """The metrics at `now`; `latencies` by the keys of devices, `kind` from `kind_for`."""
    devices = [(device, _of(device)) for device in fleet.devices.values() if device.serial]
    of_fuse = ((FUSE, main_fuse.rated(fleet, now)), (LOAD, main_fuse.loads(fleet, now)))
    fuse = ((family, [*_phases(values)]) for family, values in of_fuse)
    told = (one for one in chain(_families(devices, now, latencies, version), fuse) if one[1])
    if kind == OPEN_METRICS:
        return "".join(line for family, samples in told for line in _open_metrics(family, samples)) + "# EOF\n"
    return "".join(line for family, samples in told for line in _text(family, samples))


def _open_metrics(family: Family, samples: Iterable[Sample]) -> Iterator[str]:
    unit = f"# UNIT {family.name} {family.unit}\n" if family.unit else ""
    yield f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n{unit}"
    yield from _lines(family.name, samples)


def _text(family: Family, samples: Iterable[Sample]) -> Iterator[str]:
    """The older format knows fewer kinds, and names a counter as its samples."""
    suffix = {"counter": "_total", "info": "_info"}.get(family.kind, "")
    kind = family.kind if family.kind in ("counter", "histogram") else "gauge"
    yield f"# HELP {family.name}{suffix} {family.help}\n# TYPE {family.name}{suffix} {kind}\n"
    yield from _lines(family.name, samples)


def _lines(name: str, samples: Iterable[Sample]) -> Iterator[str]:
    return (f"{name}{suffix}{{{labels}}} {value}\n" for suffix, labels, value in samples)


def _label(name: str, value: str) -> str:
    return f'{name}="{value.translate(_ESCAPED)}"'


def _of(device: Device) -> str:
    role = device.role.value if device.role else ""
    return ",".join((_label("device", device.label), _label("serial", device.serial or ""), _label("role", role)))


def _families(devices: Named, now: Now, latencies: Mapping[str, Latencies], version: str) -> Iterator[Told]:
    yield BUILD, [Sample("_info", _label("version", version), 1)]
    yield from _values((device, labels) for device, labels in devices if is_fresh(device, now))
    yield DEVICE, [Sample("_info", f"{labels},{_what(device)}", 1) for device, labels in devices]
    yield STATE, [one for device, labels in devices for one in _states(labels, state_of(device, now))]
    yield AGE, [Sample("", labels, age) for device, labels in devices if (age := age_s(device, now)) is not None]
    yield WIFI, [Sample("", labels, pct / 100) for device, labels in devices if (pct := _wifi_pct(device)) is not None]
    yield POLLS, [Sample("_total", labels, device.link.answered) for device, labels in devices]
    yield LOST, [Sample("_total", labels, device.link.lost) for device, labels in devices]
    yield RESTARTS, [Sample("_total", labels, device.restarts) for device, labels in devices]
    answered = ((labels, latencies[device.key]) for device, labels in devices if device.key in latencies)
    yield LATENCY, [one for labels, taken in answered for one in _histogram(labels, taken)]


def _values(devices: Iterable[tuple[Device, str]]) -> Iterator[Told]:
    """What they measure, one family after the other as the formats demand."""
    families: dict[Family, list[Sample]] = {}
    for device, labels in devices:
        if device.measurement is None:
            continue
        for name, value in device.measurement.value.values.items():
            metric = METRICS.get(name)
            if metric is not None and isinstance(value, (int, float)):
                suffix = "_total" if metric.family.kind == "counter" else ""
                sample = Sample(suffix, labels + metric.labels, value * metric.factor)
                families.setdefault(metric.family, []).append(sample)
        for meter_kind, number, meter in numbered(device.measurement.value.external):
            family = external_family(meter.unit or "")
            if family is not None:
                own = f'{_label("meter", meter_kind)},number="{number}"'
                families.setdefault(family, []).append(Sample("_total", f"{labels},{own}", meter.value))
    yield from families.items()


def _what(device: Device) -> str:
    told = {
        "product": device.product_type,
        "model": device.product_name,
        "firmware": device.firmware_version,
        "api": device.spoken.api if device.spoken else None,
    }
    return ",".join(_label(name, value or "") for name, value in told.items())


def _states(labels: str, state: State) -> Iterator[Sample]:
    return (Sample("", f'{labels},hwtui_device_state="{one.value}"', int(one is state)) for one in State)


def _wifi_pct(device: Device) -> float | None:
    return device.system.value.wifi_pct if device.system else None


def _phases(told: Iterable[tuple[Device, int, float]]) -> Iterator[Sample]:
    return (Sample("", f'{_of(device)},phase="l{phase}"', value) for device, phase, value in told if device.serial)


def _histogram(labels: str, taken: Latencies) -> Iterator[Sample]:
    below = 0
    for bound, count in zip((*LATENCIES_S, "+Inf"), taken.counts, strict=True):
        below += count
        yield Sample("_bucket", f'{labels},le="{bound}"', below)
    yield Sample("_count", labels, below)
    yield Sample("_sum", labels, taken.sum_s)
