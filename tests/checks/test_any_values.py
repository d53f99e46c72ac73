"""The rules of `fuse`, `meter` and `clocks` over whatever meters may send."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.house import House
from tui.core.checks import clocks, fuse, meter
from tui.core.checks.finding import Verdict
from tui.core.checks.registry import RULES
from tui.core.events import ClockStood, TelegramRead
from tui.core.model import Role
from tui.core.options import LANGUAGES
from tui.core.profiles import PROFILES
from tui.core.reading import Value
from tui.core.telegram import Telegram
from tui.engine.checkdata import load_words

OURS = [name for name, rule in RULES.items() if rule.__module__ in (clocks.__name__, fuse.__name__, meter.__name__)]
WORDS = [load_words(language) for language in LANGUAGES]
NAMES = (
    *("power_w", "power_l1_w", "power_l2_w", "current_a", "current_l1_a", "current_l3_a", "voltage_l1_v"),
    *("energy_import_kwh", "energy_import_t1_kwh", "energy_export_kwh", "protocol_version", "meter_model"),
)
NUMBERS = st.none() | st.sampled_from([0, -0.0, 1, 25.0, 230.0, 1e12, -1e12]) | st.floats(-1e12, 1e12)
ANSWERS = st.none() | st.dictionaries(st.sampled_from(NAMES), NUMBERS | st.just("text"), max_size=6)
TELEGRAMS = st.none() | st.builds(
    Telegram, st.none() | st.datetimes(datetime(1970, 1, 1)), st.sampled_from([True, None])
)
METERS = st.tuples(
    st.sampled_from(["HWE-P1", "HWE-SKT", "HWE-KWH1", "HWE-KWH3", "HWE-WTR", "HWE-NEW"]),
    st.none() | st.sampled_from(list(Role)),
    st.lists(ANSWERS, min_size=1, max_size=4),
)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([None, *PROFILES]),
    st.sampled_from([None, "1x35", "3x25"]),
    st.lists(METERS, max_size=3),
    st.lists(TELEGRAMS, max_size=8),
    st.booleans(),
)
def test_no_rule_raises_and_every_finding_has_words(
    grid: str | None,
    main: str | None,
    meters: list[tuple[str, Role | None, list[dict[str, Value | None] | None]]],
    telegrams: list[Telegram | None],
    still: bool,
) -> None:
    house = House(grid, main, synchronised=None)
    for product, role, answers in meters:
        house.meter(lambda second, answers=answers: answers[second // 25 % len(answers)], product, role)  # type: ignore[misc]
    house.run(10)
    for one in house.meters:
        house.tell(ClockStood(one.serial, still, house.now))
        for telegram in telegrams:
            house.run(1)
            house.tell(TelegramRead(one.serial, telegram, house.now))
    house.run(60)
    record = house.record
    for rule in OURS:
        findings = list(RULES[rule](record))
        assert findings
        for finding in findings:
            assert finding.rule == rule
            for words in WORDS:
                assert words.of(finding, record).line


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([None, *PROFILES]), st.lists(METERS, max_size=3))
def test_without_an_answer_nothing_is_right_or_wrong(
    grid: str | None, meters: list[tuple[str, Role | None, list[dict[str, Value | None] | None]]]
) -> None:
    house = House(grid)
    for product, role, _ in meters:
        house.meter(lambda second: {} if second == 0 else None, product, role)
    house.run(20)
    found = {finding.verdict for rule in OURS for finding in RULES[rule](house.record)}
    assert found <= {Verdict.NA, Verdict.UNTESTABLE, Verdict.INFO}
