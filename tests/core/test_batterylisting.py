"""The batteries of a meter as plain text; what was not told is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.core.battery.batteries import BOTH, Batteries, Mode
from tui.core.battery.listing import count_words, group_lines, power_words
from tui.core.model import Device, Endpoint, Read
from tui.core.moment import Now

NOW = Now(1_800_000_000.0, 1000.0)
METER = Device("aabbcc", serial="aabbcc", product_type="HWE-P1", name="Grid", endpoints=(Endpoint("10.0.0.5"),))


def test_a_meter_and_its_batteries() -> None:
    group = Batteries(Mode.ZERO, permissions=BOTH, count=1, power_w=640.0)
    assert group_lines(replace(METER, batteries=Read(group, NOW))) == [
        "Grid (10.0.0.5): 1 battery",
        "    now   zero, may charge and discharge",
        "    power 640 W charging",
    ]
    assert group_lines(METER) == ["Grid (10.0.0.5): batteries"]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Batteries(), ""),
        (Batteries(power_w=0.0, target_power_w=-3.0), "power 0 W   target 3 W discharging"),
        (Batteries(max_production_w=-800.0), "of 800 W out"),
    ],
)
def test_its_power(group: Batteries, words: str) -> None:
    assert power_words(group) == words


@pytest.mark.parametrize(("count", "words"), [(None, "batteries"), (1, "1 battery"), (2, "2 batteries")])
def test_how_many(count: int | None, words: str) -> None:
    assert count_words(Batteries(count=count)) == words
