"""What `--redact` leaves out: no format holds a secret of the house, and the same value has the same placeholder."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.house import House
from tests.engine.reports import DEAD, GAS_ID, HOSTS, METER_ID, NAMES, SSID, a_house, one_of_each, secrets_of, words_of
from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Installation
from tui.core.events import Configured, SystemRead
from tui.core.model import DeviceSetting
from tui.core.reading import System
from tui.engine.checkdata import load_limits, load_words
from tui.engine.report.redact import Redactor
from tui.engine.report.rendering import render
from tui.engine.report.report import FORMATS, Report, make_report


def ways(secret: str) -> set[str]:
    """How a secret may be written."""
    forms = {unicodedata.normalize(form, secret) for form in ("NFC", "NFD")}
    cased = {way for form in forms for way in (form, form.upper(), form.lower(), form.casefold())}
    written = {f(way) for way in cased for f in (quote, quote_plus, html.escape, json.dumps)}
    return cased | written | {quote(way, safe="") for way in cased}


@pytest.fixture
def redacted(monkeypatch: pytest.MonkeyPatch) -> Report:
    """A report without secrets, of a rule and a note that tell all of them."""
    one_of_each(monkeypatch)
    house = a_house()
    serial = house.meters[1].serial
    note = f"Of {NAMES[0].upper()} at {HOSTS[1]}, MAC {':'.join(re.findall('..', serial))}, {serial[-6:]}. {METER_ID}"
    return make_report(house.record, words_of("en"), note=note, redact=True)


@pytest.mark.parametrize("fmt", FORMATS)
def test_no_format_holds_a_secret_in_any_way_it_can_be_written(redacted: Report, fmt: str) -> None:
    text = render(redacted, fmt).casefold()
    house = a_house(0)
    mac = [":".join(re.findall("..", meter.serial)) for meter in house.meters]
    found = [way for secret in [*secrets_of(house), *mac] for way in ways(secret) if way.casefold() in text]
    assert found == []
    assert not [meter for meter in house.meters if re.search(rf"\b{meter.serial[-6:]}\b", text)]
    assert "device-1" in text.replace("&#45;", "-")
    assert "13779.338" in text


def test_the_test_would_find_them(monkeypatch: pytest.MonkeyPatch) -> None:
    one_of_each(monkeypatch)
    house = a_house()
    report = make_report(house.record, words_of("en"))
    texts = {fmt: render(report, fmt).casefold() for fmt in FORMATS}
    for secret in secrets_of(house):
        assert [fmt for fmt, text in texts.items() if any(way.casefold() in text for way in ways(secret))]


def test_the_same_value_has_the_same_placeholder_everywhere(redacted: Report) -> None:
    data = json.loads(render(redacted, "json"))
    grid = next(row for row in data["devices"] if row["role"] == "grid")
    assert grid["serial"] == grid["name"] == data["findings"][0]["device"] == data["findings"][0]["device_name"]
    assert re.fullmatch(r"device-\d", grid["serial"])
    placeholders = [set(re.findall(r"\b(?:device|address|wifi|meter)-\d+", render(redacted, fmt))) for fmt in FORMATS]
    assert placeholders[0] == placeholders[1] == placeholders[2] == placeholders[3]
    assert {"device-1", "device-4", "address-4", "wifi-1", "meter-1", "meter-2"} <= placeholders[0]
    dead = next(row for row in data["devices"] if row["serial"] is None)
    assert dead["problem"]["text"] == f"{dead['host']} did not answer: is {grid['host']} right?"


def test_the_verdicts_are_those_of_the_house_itself() -> None:
    house = a_house(601)
    one, other = (make_report(house.record, load_words("en"), redact=redact) for redact in (False, True))
    assert [item.finding.case for item in one.items] == [item.finding.case for item in other.items]
    assert [item.finding.figure for item in one.items] == [item.finding.figure for item in other.items]


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("a", "a loose wire, ask A", "device-1 loose wire, ask device-1"),
        ("Huis", "Huiskamer en huis", "Huiskamer en device-1"),
        ("Straße 5", "in STRASSE 5", "in device-1"),
        ("Kitchen plug", "the KITCHEN PLUGs", "the device-1s"),
    ],
)
def test_a_short_name_is_replaced_where_it_is_a_word(name: str, text: str, shown: str) -> None:
    house = House()
    meter = house.meter({"power_w": 5.0}, "HWE-SKT")
    house.tell(Configured(meter.serial, DeviceSetting(name=name)))
    assert Redactor(house.run(1).record).text(text) == shown


@pytest.mark.parametrize("name", ["L1", "V", "a", "25"])
def test_a_short_name_costs_no_phase_no_unit_and_no_figure(name: str) -> None:
    house = House()
    meter = house.meter({"power_w": 5.0})
    house.tell(Configured(meter.serial, DeviceSetting(name=name)))
    values = {"high_phase": "L1", "sent": "W, V, A", "group": "25", "said": f"ask {name}"}
    redactor = Redactor(house.run(1).record)
    found = redactor.finding(Finding("neutral.loose", Verdict.FAIL, values=values)).values
    assert found == values | {"said": "ask device-1"}


def test_a_name_that_a_rule_cut_short_is_not_told_either() -> None:
    redactor = Redactor(a_house(1).record)
    found = redactor.finding(Finding("identity", Verdict.INFO, values={"other": NAMES[0][:16]}))
    assert re.fullmatch(r"device-\d", str(found.values["other"]))


def test_the_sources_of_the_users_own_limits_are_redacted_and_no_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one_of_each(monkeypatch, Verdict.FAIL)
    own = tmp_path / "limits.toml"
    own.write_text('["voltage.mean10"]\nhigh_v = { value = 255, source = "me" }\n[sources]\nme = "asked at 10.9.8.7"')
    house = a_house(1)
    house.tell(SystemRead(house.meters[0].serial, System("schrijvendemeter"), house.now))  # a word of a usual source
    for limits, said in ((load_limits("nl", own), "asked at address-"), (load_limits("nl"), "schrijvendemeter.nl/")):
        record = house.recorder.record(house.now, Installation(limits))
        assert said in make_report(record, words_of("en"), redact=True).items[0].worded.source


def test_what_was_named_and_never_seen_is_left_out_too() -> None:
    house = a_house(0)
    report = make_report(house.record, load_words("en"), note=f"{NAMES[0]}?", redact=True, secrets=[*HOSTS, *NAMES])
    for fmt in FORMATS:
        text = render(report, fmt)
        assert not [secret for secret in (*HOSTS, *NAMES, DEAD) if secret in text]
    assert report.note == "other-4?"


def test_ids_that_name_nothing_stay() -> None:
    house = House()
    house.meter({"power_w": 5.0, "unique_id": "0000000000000000"})
    assert Redactor(house.run(1).record).text("0000000000000000") == "0000000000000000"


@given(st.text(max_size=200))
def test_any_text_can_be_redacted_and_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


REDACTOR = Redactor(a_house(1).record)


@given(st.sampled_from([SSID, GAS_ID, *NAMES, *HOSTS, DEAD]), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_in_a_text_is_never_left(secret: str, before: str, after: str) -> None:
    assert secret not in REDACTOR.text(f"{before} {secret} {after}")
