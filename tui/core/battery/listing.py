"""The batteries that a meter controls, as plain text: what is so now, and what a change would make of it."""

from __future__ import annotations

from tui.core.battery.batteries import Batteries
from tui.core.battery.control import words_now
from tui.core.model import Device
from tui.core.wording import watts

INDENT = "    "


def group_lines(meter: Device) -> list[str]:
    """A meter, and what it says about its batteries, if that is known."""
    group = meter.batteries.value if meter.batteries else None
    where = meter.endpoint.address if meter.endpoint else meter.key
    lines = [f"{meter.label} ({where}): {count_words(group)}"]
    if group is not None:
        lines.append(f"{INDENT}now   {words_now(group)}")
        lines += [f"{INDENT}{words}" for words in [power_words(group)] if words]
    return lines


def count_words(group: Batteries | None) -> str:
    """ "2 batteries", "1 battery", or "batteries" before API 2.2.0, which does not tell how many."""
    count = group.count if group else None
    return "batteries" if count is None else f"{count} batter{'y' if count == 1 else 'ies'}"


def power_words(group: Batteries) -> str:
    """Its power, its target and the most that it can; empty without any of them."""
    parts = []
    if group.power_w is not None:
        parts.append(f"power {_power(group.power_w)}")
    if group.target_power_w is not None:
        parts.append(f"target {_power(group.target_power_w)}")
    most = [
        f"{watts(abs(value))} W {word}"
        for value, word in ((group.max_consumption_w, "in"), (group.max_production_w, "out"))
        if value is not None
    ]
    if most:
        parts.append(f"of {', '.join(most)}")
    return "   ".join(parts)


def _power(value: float) -> str:
    word = "charging" if value > 0 else "discharging" if value < 0 else ""
    return f"{watts(abs(value))} W{word and f' {word}'}"
