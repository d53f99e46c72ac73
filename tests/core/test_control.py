"""What a change of the battery mode writes for each API version, why it writes nothing, and what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.strict_meter import ALL, StrictMeter
from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission, Wanted
from tui.core.battery.control import (
    NO_BATTERY,
    NO_CLOUD,
    Body,
    Change,
    NoChange,
    modes_of,
    outcome,
    plan,
    state_of_group,
    version_of,
    words_now,
)

CHARGE, DISCHARGE = frozenset({Permission.CHARGE}), frozenset({Permission.DISCHARGE})
OLD = Batteries(mode=Mode.ZERO, power_w=-404.0, max_consumption_w=1600.0, max_production_w=800.0)
"""As API 2.1.0 tells it: neither permissions nor a count."""
GROUP = replace(OLD, permissions=BOTH, count=2)
"""As API 2.2.0 tells it."""
STANDBY = replace(GROUP, mode=Mode.STANDBY, permissions=NEITHER)
FULL = replace(GROUP, mode=Mode.TO_FULL, permissions=NEITHER)
NEW = replace(GROUP, charge_to_full=False)
"""As API 2.3.0 tells it."""
PREDICTIVE = replace(NEW, mode=Mode.PREDICTIVE)
STRANGE = replace(GROUP, mode=None, other_mode="dreaming")


@pytest.mark.parametrize(
    ("now", "wanted", "version", "body"),
    [
        # API 2.1.0 knows no permissions
        (OLD, Wanted(Mode.STANDBY), "2.1.0", {"mode": "standby"}),
        (OLD, Wanted(Mode.STANDBY, NEITHER), "2.1.0", {"mode": "standby"}),
        (OLD, Wanted(Mode.TO_FULL), "2.1.0", {"mode": "to_full"}),
        (replace(OLD, mode=Mode.STANDBY), Wanted(Mode.ZERO), "2.1.0", {"mode": "zero"}),
        (OLD, Wanted(permissions=NEITHER), "2.1.0", {"mode": "standby"}),
        # from 2.2.0 on
        (GROUP, Wanted(Mode.STANDBY), "2.2.0", {"mode": "standby", "permissions": []}),
        (GROUP, Wanted(Mode.ZERO, NEITHER), "2.2.0", {"mode": "standby", "permissions": []}),
        (GROUP, Wanted(permissions=NEITHER), "2.2.0", {"mode": "standby", "permissions": []}),
        (GROUP, Wanted(permissions=CHARGE), "2.2.0", {"mode": "zero", "permissions": ["charge_allowed"]}),
        (GROUP, Wanted(Mode.ZERO, DISCHARGE), "2.2.0", {"mode": "zero", "permissions": ["discharge_allowed"]}),
        (GROUP, Wanted(Mode.TO_FULL), "2.2.0", {"mode": "to_full"}),
        (STANDBY, Wanted(Mode.ZERO), "2.2.0", {"mode": "zero", "permissions": ALL}),
        (STANDBY, Wanted(permissions=CHARGE), "2.2.0", {"mode": "zero", "permissions": ["charge_allowed"]}),
        (replace(STANDBY, mode=Mode.ZERO), Wanted(Mode.ZERO), "2.2.0", {"mode": "zero", "permissions": ALL}),
        (FULL, Wanted(Mode.ZERO), "2.2.0", {"mode": "zero", "permissions": ALL}),
        (FULL, Wanted(Mode.STANDBY), "2.2.0", {"mode": "standby", "permissions": []}),
        (STRANGE, Wanted(Mode.ZERO, CHARGE), "2.2.0", {"mode": "zero", "permissions": ["charge_allowed"]}),
        # from 2.3.0 on
        (NEW, Wanted(Mode.PREDICTIVE), "2.3.0", {"mode": "predictive"}),
        (PREDICTIVE, Wanted(Mode.ZERO), "2.3.0", {"mode": "zero", "permissions": ALL}),
        (PREDICTIVE, Wanted(Mode.STANDBY), "2.3.0", {"mode": "standby", "permissions": []}),
        (
            replace(NEW, charge_to_full=True),
            Wanted(Mode.ZERO),
            "2.3.0",
            {"mode": "zero", "permissions": ALL, "charge_to_full": False},
        ),
        (replace(PREDICTIVE, charge_to_full=True), Wanted(Mode.PREDICTIVE), "2.3.0", None),
        # a version that is not known: what the answer shows
        (OLD, Wanted(Mode.STANDBY), None, {"mode": "standby"}),
        (OLD, Wanted(Mode.STANDBY), "v1", {"mode": "standby"}),
        (GROUP, Wanted(Mode.STANDBY), None, {"mode": "standby", "permissions": []}),
        (NEW, Wanted(Mode.PREDICTIVE), "3.0.0", {"mode": "predictive"}),
        (GROUP, Wanted(Mode.STANDBY), "2.1.0", {"mode": "standby", "permissions": []}),
        # a version that has permissions, though the answer shows none
        (
            replace(GROUP, permissions=None),
            Wanted(permissions=CHARGE),
            "2.2.0",
            {"mode": "zero", "permissions": ALL[:1]},
        ),
        # a later version has what the earlier had
        (GROUP, Wanted(Mode.PREDICTIVE), "2.10.1", {"mode": "predictive"}),
    ],
)
def test_what_is_written(now: Batteries, wanted: Wanted, version: str | None, body: dict[str, object] | None) -> None:
    change = plan(now, wanted, version)
    assert isinstance(change, Change)
    assert change.body.as_json() == (body or {"mode": "predictive", "charge_to_full": False})


@pytest.mark.parametrize(
    ("now", "wanted", "version", "words"),
    [
        (GROUP, Wanted(), "2.2.0", "nothing was asked for"),
        (OLD, Wanted(Mode.ZERO, CHARGE), "2.1.0", "permissions need API 2.2.0; this meter has API 2.1.0"),
        (OLD, Wanted(permissions=BOTH), "2.1.5", "permissions need API 2.2.0; this meter has API 2.1.5:"),
        (OLD, Wanted(Mode.ZERO, CHARGE), None, "this meter does not tell its API version"),
        (GROUP, Wanted(Mode.TO_FULL, CHARGE), "2.2.0", "in to full, the meter itself decides"),
        (FULL, Wanted(permissions=CHARGE), "2.2.0", "in to full, permissions cannot be changed"),
        (replace(NEW, charge_to_full=True), Wanted(permissions=CHARGE), "2.3.0", "in to full, permissions cannot"),
        (PREDICTIVE, Wanted(permissions=NEITHER), "2.3.0", "in predictive, permissions cannot be changed"),
        (NEW, Wanted(Mode.PREDICTIVE, BOTH), "2.3.0", "in predictive, the meter itself decides"),
        (GROUP, Wanted(Mode.PREDICTIVE), "2.2.0", "predictive needs API 2.3.0"),
        (GROUP, Wanted(Mode.PREDICTIVE), None, "predictive needs API 2.3.0"),
        (GROUP, Wanted(Mode.STANDBY, CHARGE), "2.2.0", "standby neither charges nor discharges: leave"),
        (STRANGE, Wanted(permissions=CHARGE), "2.2.0", "in a mode that this program does not know"),
        (replace(GROUP, count=0), Wanted(Mode.STANDBY), "2.2.0", NO_BATTERY),
        (Batteries(mode=Mode.ZERO, power_w=0.0, max_consumption_w=0.0), Wanted(Mode.STANDBY), "2.1.0", NO_BATTERY),
    ],
)
def test_why_nothing_is_written(now: Batteries, wanted: Wanted, version: str | None, words: str) -> None:
    refused = plan(now, wanted, version)
    assert isinstance(refused, NoChange)
    assert words in refused.why
    assert not refused.is_so


@pytest.mark.parametrize(
    ("now", "wanted", "words"),
    [
        (GROUP, Wanted(Mode.ZERO), "zero, may charge and discharge"),
        (replace(GROUP, permissions=CHARGE), Wanted(Mode.ZERO), "zero, may charge only"),
        (GROUP, Wanted(permissions=BOTH), "zero, may charge and discharge"),
        (STANDBY, Wanted(Mode.STANDBY), "standby: neither charges nor discharges"),
        (STANDBY, Wanted(permissions=NEITHER), "standby: neither"),
        (replace(STANDBY, mode=Mode.ZERO), Wanted(Mode.STANDBY), "standby: neither"),
        (FULL, Wanted(Mode.TO_FULL), "to full: charges to 100 %"),
        (replace(NEW, charge_to_full=True), Wanted(Mode.TO_FULL), "to full: charges to 100 %"),
        (PREDICTIVE, Wanted(Mode.PREDICTIVE), "predictive: HomeWizard's cloud decides"),
        (OLD, Wanted(Mode.ZERO), "zero: keeps what the house draws"),
        (replace(GROUP, permissions=None), Wanted(Mode.ZERO), "zero: keeps what the house draws"),
    ],
)
def test_nothing_is_written_where_nothing_changes(now: Batteries, wanted: Wanted, words: str) -> None:
    same = plan(now, wanted, "2.3.0" if now.charge_to_full is not None else "2.2.0" if now != OLD else "2.1.0")
    assert isinstance(same, NoChange)
    assert same.is_so
    assert same.why.startswith(f"it is so already: {words}")


def test_predictive_without_the_cloud_is_warned_of() -> None:
    warned = [plan(NEW, Wanted(Mode.PREDICTIVE), "2.3.0", cloud_enabled=cloud) for cloud in (False, True, None)]
    assert [one.warnings for one in warned if isinstance(one, Change)] == [(NO_CLOUD,), (), ()]


def test_the_modes_that_a_meter_has() -> None:
    classic = (Mode.ZERO, Mode.TO_FULL, Mode.STANDBY)
    assert modes_of(OLD, "2.1.0") == modes_of(GROUP, "2.2.0") == modes_of(GROUP, None) == classic
    assert modes_of(GROUP, "2.3.0") == modes_of(NEW, None) == (*classic, Mode.PREDICTIVE)
    assert modes_of(replace(GROUP, mode=Mode.PREDICTIVE), None) == (*classic, Mode.PREDICTIVE)


@pytest.mark.parametrize("text", ["v1", "", None, "2", "2.1.0 ", "x2.1.0", "2.1.0.0", "1.0.0", "2.99999.0", "2.².0"])
def test_what_is_no_version_of_api_v2(text: str | None) -> None:
    assert version_of(text) is None


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (GROUP, "zero, may charge and discharge"),
        (OLD, "zero: keeps what the house draws from the grid near 0 W"),
        (STRANGE, "dreaming (not known to this program)"),
        (replace(STANDBY, mode=Mode.ZERO), "standby: neither charges nor discharges"),
    ],
)
def test_what_it_is_now(group: Batteries, words: str) -> None:
    assert words_now(group) == words


TO_STANDBY = Change(Body(Mode.STANDBY, NEITHER), Wanted(Mode.STANDBY))


@pytest.mark.parametrize(
    ("answer", "after", "text"),
    [
        (STANDBY, STANDBY, "set, now standby: neither charges nor discharges"),
        (None, STANDBY, "set, now standby: neither charges nor discharges"),
        (STANDBY, GROUP, "the device took it and went back: zero, may charge and discharge"),
        (GROUP, GROUP, "the device took it, but nothing has changed: zero, may charge and discharge"),
        (None, GROUP, "the device took it, but nothing has changed: zero, may charge and discharge"),
        (FULL, FULL, "the device took it, but says to full: charges to 100 % whatever the house does, then back"),
    ],
)
def test_what_became_of_it(answer: Batteries | None, after: Batteries, text: str) -> None:
    told = outcome(TO_STANDBY, GROUP, answer, after)
    assert told.text == text
    assert told.done is (after is STANDBY)


def test_other_permissions_in_the_same_mode_are_not_what_was_wanted() -> None:
    told = outcome(Change(Body(Mode.ZERO, CHARGE), Wanted(Mode.ZERO, CHARGE)), STANDBY, GROUP, GROUP)
    assert told.text == "the device took it, but says zero, may charge and discharge"
    assert not told.done


def test_full_batteries_do_not_charge_to_full() -> None:
    told = outcome(Change(Body(Mode.TO_FULL), Wanted(Mode.TO_FULL)), GROUP, FULL, GROUP)
    assert not told.done
    assert "are the batteries full?" in told.text


MODES = st.sampled_from(["zero", "to_full", "standby"])
MAY = st.sampled_from([[], ["charge_allowed"], ["discharge_allowed"], ALL])
WANTED = st.builds(
    Wanted,
    mode=st.none() | st.sampled_from(list(Mode)),
    permissions=st.none() | st.frozensets(st.sampled_from(list(Permission))),
)


@st.composite
def meters(draw: st.DrawFn) -> StrictMeter:
    """Any state that a meter of one of the three versions can be in, or say it is in."""
    version = draw(st.sampled_from([(2, 1), (2, 2), (2, 3)]))
    sent: dict[str, object] = {"mode": draw(MODES | st.just("dreaming")), "max_consumption_w": 800}
    if version >= (2, 2):
        sent |= {"permissions": draw(MAY), "battery_count": draw(st.integers(0, 4))}
    if version >= (2, 3):
        sent |= {"charge_to_full": draw(st.booleans()), "mode": draw(MODES | st.just("predictive"))}
    return StrictMeter(version, sent)


@settings(max_examples=60)
@given(meters(), WANTED, st.booleans())
def test_any_state_and_any_wish(meter: StrictMeter, wanted: Wanted, tells_version: bool) -> None:
    """A body that the vendor's rules accept and that does what was planned, or a sentence."""
    now = meter.get()
    version = f"{meter.version[0]}.{meter.version[1]}.0" if tells_version else None
    change = plan(now, wanted, version)
    if isinstance(change, NoChange):
        assert len(change.why) > 10
        return
    body = change.body.as_json()
    answer = meter.put(body)
    assert outcome(change, now, answer, meter.get()).done
    assert state_of_group(meter.get()).mode is change.then.mode
    # asked for again, in whatever state it is by then, it means the same
    again = plan(meter.get(), change.then, version)
    assert isinstance(again, NoChange)
    assert again.is_so
    if wanted.mode is not None and wanted.permissions != NEITHER:
        assert change.then.mode is wanted.mode
    if wanted.permissions:
        assert change.then.permissions == wanted.permissions
    # nothing that could lock a person out has a place in it
    assert body.keys() <= {"mode", "permissions", "charge_to_full"}
