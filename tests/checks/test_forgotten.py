"""An old fault goes away: the check tells of the last day."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.checks.house import House, Values, volts
from tui.core.checks.finding import Verdict
from tui.core.checks.registry import check
from tui.core.checks.series import DAY_S
from tui.core.events import Identified, TelegramRead
from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.core.telegram import Telegram

EVERY_S = 40
AILING_S = 1300
"""The faults are over after this."""
FAULTS = {
    *("voltage.mean10", "voltage.inverter", "voltage.unbalance", "phase.skew", "fuse.phase", "supply.events"),
    *("counters", "telegram.crc", "identity", "link"),
}


def faulty_at_first(second: int) -> Values | None:
    """Too high, too much, and odd counters, with lost answers; then a healthy house."""
    ails = second < AILING_S
    if ails and second % 200 == 0:
        return None
    watts = -9000.0 if ails else 200.0
    return {
        **volts(260.0 if ails else 231.0, 231.0, 231.0),
        "power_w": watts,
        "power_l1_w": watts,
        "power_l2_w": 0.0,
        "power_l3_w": 0.0,
        "voltage_sag_l1_count": 1 + min(second, AILING_S) // 500,
        "energy_import_kwh": 100 + second / 3600,
        "energy_export_kwh": 40.0 if 400 <= second < 500 else 50.0,
    }


def accused(house: House) -> set[str]:
    """The rules that have something to say, without what a meter can send."""
    told = (Verdict.INFO, Verdict.WARN, Verdict.FAIL)
    return {found.rule for found in check(house.record) if found.verdict in told} - {"meter.protocol"}


def poll(house: House, seconds: float) -> None:
    """The devices are asked now and then."""
    for _ in range(round(seconds / EVERY_S)):
        house.run(1)
        house.now = house.now.plus(EVERY_S - 1)


@pytest.fixture
def house() -> House:
    """A house that ails at first."""
    house = House()
    meter = house.meter(faulty_at_first, interval_s=float(EVERY_S))
    poll(house, EVERY_S)
    for host in ("192.168.1.77", meter.host, "192.168.1.77"):
        house.now = house.now.plus(1)
        house.tell(
            Identified(Endpoint(host), Identity(meter.serial, meter.product_type, None, "6.0305", "v1"), house.now)
        )
    house.tell(TelegramRead(meter.serial, Telegram(datetime(2026, 6, 12, 14), checksum=False), house.now))
    house.now = house.now.plus(EVERY_S - 3)
    poll(house, AILING_S)
    return house


def test_what_was_wrong_a_day_ago_is_forgotten(house: House) -> None:
    assert accused(house) == FAULTS
    house.now = house.now.plus(DAY_S / 2)  # this computer slept: there are fewer means than a day has
    poll(house, 400)
    assert accused(house) == FAULTS
    poll(house, DAY_S / 2)
    now = datetime.fromtimestamp(house.now.utc, house.zone).replace(tzinfo=None)
    house.tell(TelegramRead(house.meters[0].serial, Telegram(now, checksum=True), house.now))
    assert accused(house) == set()
    assert house.verdicts("telegram.crc") == ["pass"]
    assert house.lines("supply.events") == ["none in 24 h; 3 since it was installed"]
    assert max(found.window_s or 0.0 for found in check(house.record)) <= DAY_S
