"""What is wrong with the way to one device, in words, and what to do: the deepest layer first."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.doctor.cause import Cause, main_way, percentile
from tui.core.doctor.evidence import Evidence, Layer, Tried
from tui.core.doctor.rules import CUT, causes, well
from tui.core.doctor.words import SHORT, TEXTS, Weight
from tui.core.moment import Moment, Now


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The layer that fails, what that means, and what to do next."""

    layer: Layer
    text: str
    advice: str
    """Empty where there is nothing to do."""
    tried: tuple[Tried, ...] = ()
    """All that was tried, oldest first."""
    also: tuple[tuple[Layer, str, str], ...] = ()
    """What else is wrong and does not follow from that, each as layer, text and advice, the deeper one first."""

    @property
    def short(self) -> str:
        """The layer as a word of 14 characters at most."""
        return SHORT[self.layer][0]

    @property
    def weight(self) -> Weight:
        """How much it matters."""
        return SHORT[self.layer][1]


@dataclass(frozen=True, slots=True)
class Patient:
    """One device with its evidence and its diagnosis: what a line, a page and the JSON are made of."""

    evidence: Evidence
    diagnosis: Diagnosis
    at: Now | None = None
    """When that was found."""

    @property
    def name(self) -> str:
        """As the user calls it, else its product and serial, else its address."""
        return self.evidence.device.name

    @property
    def latency_s(self) -> tuple[float, float] | None:
        """p50 and p95 of its answers in seconds; None without any."""
        way = main_way(self.evidence)
        if way is None or not way.latencies_s:
            return None
        return percentile(way.latencies_s, 0.5), percentile(way.latencies_s, 0.95)

    @property
    def losses(self) -> tuple[int, int]:
        """How many requests were lost, and how many were sent."""
        way = main_way(self.evidence)
        return (way.lost, way.asked) if way else (0, 0)


def diagnose(evidence: Evidence, now: Moment) -> Diagnosis:
    """The diagnosis of one device. Never raises; the same evidence gives the same words."""
    found = causes(evidence, now) or [well(evidence, now)]
    told = [found[0], *(cause for cause in found[1:] if not {cause.layer, found[0].layer} <= CUT)]
    (layer, text, advice), *also = map(_told, told)
    tried = tuple(sorted(evidence.device.tried, key=lambda one: one.at_utc))
    return Diagnosis(layer, text, advice, tried, tuple(also))


def _told(cause: Cause) -> tuple[Layer, str, str]:
    words = TEXTS[cause.layer, cause.variant]
    return cause.layer, words.text.format_map(cause.values), words.advice.format_map(cause.values)
