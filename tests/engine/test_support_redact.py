"""What a support file of a house full of secrets holds, and that none of them is in it, however it is written."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.engine.reports import DEAD, HOSTS, NAMES, a_house, secrets_of
from tests.engine.test_report_redact import ways
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import Arp, Computer, Evidence, Examined, Interface, Reach, Route, Said, Tried, Way
from tui.core.events import Configured, Noted
from tui.core.model import DeviceSetting, Endpoint, Role
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.doctor.doctor import Outcome
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.engine.support import making
from tui.engine.support.lasthour import MOST_LINES, last_hour
from tui.engine.support.making import Found, support_text
from tui.engine.support.marks import key_in

TOKEN = "B5F167C18303F732D8144627EEE6D6D4"  # noqa: S105  (of no device)
UNSEEN, UNSEEN_NAME, BEHIND = "5c2faf00beef", "Oma's Kachel", "5c2faf00cafe"
MAC, OLD_HOST, GATEWAY, V6 = (
    "dc:a6:32:0f:1e:2d",
    "werkplaats-jansen.fritz.box",
    "10.77.1.1",
    "fe80::dea6:32ff:fe0f:1e2d",
)
USER, HOME, COMPUTER, VPN = "pieterjansen", "/home/pieterjansen", "jansen-nas", "vpn-jansen"
OWN = [TOKEN, UNSEEN, UNSEEN_NAME, BEHIND, MAC, OLD_HOST, GATEWAY, V6, USER, HOME, COMPUTER, VPN, "10.77.1.23"]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """A house whose every secret is told in settings, notes, problems, the log and by the doctor."""
    house = a_house()
    now = house.now
    for name, value in (("HOME", HOME), ("USER", USER), ("LOGNAME", USER), ("TERM_PROGRAM", f"{USER}'s terminal")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("socket.gethostname", lambda: f"{COMPUTER}.jansen.example")
    folder = tmp_path / "Huize Jansen"
    state = folder / "state"
    TokenFile(state / "tokens.json").put(
        Token(house.meters[0].serial, Secret(TOKEN), f"local/hwtui#{COMPUTER}", Endpoint(HOSTS[0], 443, "v2"))
    )
    every = [*secrets_of(house), *OWN, str(folder)]
    for at, secret in enumerate(every):
        house.tell(Noted(f"note {at}", f"Beside {secret} and {secret.upper()}.", now))
    stamp = f"{datetime.fromtimestamp(now.utc):%Y-%m-%d %H:%M:%S},000 INFO tui: "
    lines = [f"{stamp}said {way} twice" for secret in every for way in (secret, json.dumps(secret)[1:-1])]
    log = folder / "hwtui.log"
    log.write_text("\n".join(lines) + "\n", "utf-8")
    settings = Settings(
        hosts=(Endpoint(HOSTS[0]), Endpoint(DEAD)),
        config_file=folder / "config.toml",
        state_dir=state,
        log_file=log,
        devices={UNSEEN: DeviceSetting(UNSEEN_NAME, Role.SOLAR, BEHIND)},
    )
    way = Way(Endpoint(HOSTS[1]), Reach.ACCEPTED, Said.NOT_HOMEWIZARD, f"the page of {USER}", asked=3, lost=1)
    tried = (Tried(now.utc, "ARP", f"{HOSTS[1]} is at {MAC.upper()}"), Tried(now.utc, "TCP 80", f"over {V6}"))
    examined = Examined(
        NAMES[1], HOSTS[1], house.meters[1].serial, HOSTS[1], Route.LINK, VPN, Arp.ANSWERED,
        MAC.replace(":", ""), ways=(way,), tried=tried,
    )  # fmt: skip
    near = Interface("eth0", "10.77.1.23", "10.77.1.0/24")
    computer = Computer((near, Interface(VPN, "10.77.2.1", "10.77.2.0/24", is_tunnel=True)), gateway=GATEWAY)
    evidence = Evidence(examined, computer)
    outcome = Outcome(computer, (Patient(evidence, diagnose(evidence, now)),))
    return Found(settings, house.fleet, house.record, outcome)


def every_secret(found: Found) -> Iterator[str]:
    house = a_house(0)
    yield from secrets_of(house)
    yield from OWN
    yield "Huize Jansen"
    for meter in house.meters:
        yield from (mark.join(re.findall("..", meter.serial)) for mark in ":-")
    yield MAC.replace(":", "")


def test_no_secret_of_the_house_is_in_the_file_in_any_way_it_can_be_written(found: Found) -> None:
    text = support_text(found).casefold()
    left = [way for secret in every_secret(found) for way in ways(secret) if way.casefold() in text]
    assert left == []
    assert "jansen" not in text
    assert not [meter for meter in a_house(0).meters if re.search(rf"\b{meter.serial[-6:]}\b", text)]


def test_each_of_them_was_there_and_has_one_placeholder(found: Found) -> None:
    log: list[Any] = list(made(found)["log"])
    said = [re.findall(r"said (.+) twice", line) for line in log]
    assert all(len(one) == 1 for one in said)
    assert [one for (one,) in said if not re.fullmatch(r"[a-z]+-\d+(?:[/.][\w.-]+)?", one)] == []
    assert said[::2] == said[1::2], "a secret in an escape of JSON is the same secret"


def test_the_same_secret_has_the_same_placeholder_everywhere(found: Found) -> None:
    doc = made(found)
    grid = next(row for row in doc["fleet"] if row["role"] == "grid")
    solar = next(row for row in doc["fleet"] if row["role"] == "solar")
    assert re.fullmatch(r"device-\d+", grid["serial"])
    assert grid["name"] == grid["serial"]
    assert grid["serial"] in {row["serial"] for row in doc["links"]}
    assert doc["settings"]["hosts"]["value"][0]["host"] == grid["host"]
    device = doc["doctor"]["devices"][0]
    assert device["serial"] == device["name"] == solar["serial"]
    assert device["host"] == solar["host"]
    assert grid["serial"] in {row["device"] for row in doc["check"]}


def test_what_is_wrong_comes_first_and_every_part_calls_a_device_alike(found: Found) -> None:
    doc = made(found)
    assert list(doc)[:8] == ["about", "schema", "made", "house", "watched_s", "cut", "wrong", "system"]
    assert doc["house"] == "real"
    solar = next(row for row in doc["fleet"] if row["role"] == "solar")
    assert doc["wrong"][0].startswith(f"{solar['device']} (HWE-KWH1): other device: ")
    dead = next(row for row in doc["fleet"] if row["serial"] is None)
    assert re.fullmatch(r"device-\d+", dead["device"])
    assert dead["device"] in {row["device"] for row in doc["links"]}
    assert dead["device"] in {row["device"] for row in doc["check"]}
    assert any(one.startswith(f"{dead['device']}: ") for one in doc["wrong"])


def test_a_device_that_the_doctor_alone_knows_is_a_device_too(found: Found) -> None:
    assert found.outcome is not None
    way = Way(Endpoint("10.7.7.7"), serial="5c2faf00f00d")
    gone = Examined("P1 Meter 00cafe", "10.7.7.7", "5c2faf00cafe", "10.7.7.7", ways=(way,))
    evidence = Evidence(gone, found.outcome.computer)
    patient = Patient(evidence, diagnose(evidence, found.now))
    house = replace(found, settings=Settings(), outcome=replace(found.outcome, patients=(patient,)))
    text = support_text(house)
    assert not re.search("00cafe|00f00d|10[.]7[.]7", text)
    (row,) = json.loads(text)["doctor"]["devices"]
    assert row["device"] == row["serial"] == row["name"]


def test_what_the_program_says_stays(found: Found) -> None:
    doc = made(found)
    assert next(iter(doc)) == "about"
    assert doc["about"].startswith("Support file of hwtui")
    assert doc["schema"] == 1
    assert [row["role"] for row in doc["fleet"]] == [None, "grid", "solar", "load"]
    assert doc["doctor"]["devices"][0]["layer"] == "wrong-mac"
    assert "voltage.mean10" in {row["rule"] for row in doc["check"]}
    assert doc["settings"]["devices"]["value"][0]["role"] == "solar"
    assert doc["settings"]["interval_s"] == {"value": 1.0, "from": "default"}
    assert [row["answered"] for row in doc["links"]] == [0, 30, 30, 30]


@pytest.mark.parametrize("name", ["P1", "Solar", "a", "V", "v1", "live"])
def test_a_name_that_is_a_word_of_the_program_costs_it_no_such_word(name: str) -> None:
    house = a_house()
    serial = house.meters[0].serial
    house.tell(Configured(serial, DeviceSetting(name=name, role=Role.SOLAR)))
    doc = made(Found(Settings(devices={serial: DeviceSetting(name=name)}), house.fleet, house.record))
    row = next(row for row in doc["fleet"] if row["role"] == "solar" and row["product_type"] == "HWE-P1")
    assert re.fullmatch(r"device-\d+", row["name"])
    assert (row["state"], row["api_version"], row["endpoints"][0]["api"]) == ("live", "v1", "v1")
    assert doc["about"].startswith("Support file of hwtui")


def test_marks_are_the_same_for_the_same_secret_on_this_computer_alone(found: Found, tmp_path: Path) -> None:
    marks = made(found)["marks"]
    assert marks == made(found)["marks"]
    elsewhere = replace(found, settings=replace(found.settings, state_dir=tmp_path / "other"))
    theirs = made(elsewhere)["marks"]
    assert theirs["device-1"] != marks["device-1"]
    assert made(replace(found, settings=replace(found.settings, state_dir=None)))["marks"] == {}
    assert stat.S_IMODE((tmp_path / "other" / "support-key").stat().st_mode) == 0o600


def test_a_home_that_is_no_text_is_hidden_all_the_same(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/\udcff/jansen")
    found = replace(found, settings=replace(found.settings, config_file=Path("/\udcff/jansen/config.toml")))
    assert re.fullmatch(r"path-\d+", made(found)["settings"]["config_file"]["value"])


def test_a_damaged_key_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "support-key").write_text("no hex")
    made_anew = key_in(tmp_path)
    assert made_anew is not None
    assert key_in(tmp_path) == made_anew


def test_it_is_bounded(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = support_text(found)
    monkeypatch.setattr(making, "LARGEST", 20_000)
    assert len(whole) > 20_000
    text = support_text(found)
    assert len(text) <= 20_000
    doc = json.loads(text)
    assert doc["cut"] is True
    assert doc["wrong"]
    log = json.loads(whole)["log"]
    assert doc["log"] == log[-len(doc["log"]) :], "the newest lines are kept"


def made(found: Found) -> dict[str, Any]:
    doc: dict[str, Any] = json.loads(support_text(found))
    return doc


def test_a_log_with_more_secrets_than_can_be_learnt_tells_none(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "MOST_KNOWN", 3)
    stamp = f"{datetime.fromtimestamp(found.now.utc):%Y-%m-%d %H:%M:%S},000 INFO x:"
    (tmp_path / "full.log").write_text("".join(f"{stamp} 10.1.1.{at} ab{at:012x} p{at}.lan\n" for at in range(10)))
    found = replace(found, settings=replace(found.settings, log_file=tmp_path / "full.log"))
    log = made(found)["log"]
    assert log[9].endswith(" ... ... ...")
    assert not [line for line in log if "10.1.1." in line or "ab0000" in line or ".lan" in line]


def test_a_host_of_an_earlier_run_is_a_placeholder_by_its_place_in_the_log(found: Found, tmp_path: Path) -> None:
    at = f"{datetime.fromtimestamp(found.now.utc):%Y-%m-%d %H:%M:%S},000 INFO"
    told = f"{at} tui.engine.lines.poller: meterkast:8080: measurement: nobody at meterkast\n"
    (tmp_path / "an.log").write_text(told)
    found = replace(found, settings=replace(found.settings, log_file=tmp_path / "an.log"))
    assert re.search(r"poller: (address-\d+):8080: measurement: nobody at \1$", made(found)["log"][0])


# ------------------------------------------------------------------ the log

AT = datetime(2026, 11, 29, 16, 0, 0).astimezone().timestamp()


def test_of_the_log_the_last_hour_is_kept_with_what_belongs_to_its_lines(tmp_path: Path) -> None:
    log = tmp_path / "hwtui.log"
    log.with_name("hwtui.log.1").write_text(
        "2026-11-29 14:59:59,000 INFO a: old\n  of the old\n2026-11-29 15:10:00,000 INFO b\n"
    )
    log.write_text("2026-11-29 15:59:59,500 ERROR c: fell\nTraceback:\n  File x\n\x1b[31mred\n")
    assert last_hour(log, AT) == [
        "2026-11-29 15:10:00,000 INFO b",
        "2026-11-29 15:59:59,500 ERROR c: fell",
        "Traceback:",
        "  File x",
        "[31mred",
    ]


def test_a_log_of_any_length_costs_no_more(tmp_path: Path) -> None:
    log = tmp_path / "hwtui.log"
    log.write_text("".join(f"2026-11-29 15:59:59,000 INFO x: {at}\n" for at in range(40_000)))
    kept = last_hour(log, AT)
    assert len(kept) == MOST_LINES
    assert kept[-1].endswith(" 39999")


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00", b"2026-99-99 00:00:00 x\n"])
def test_a_log_without_a_readable_line_gives_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.log").write_bytes(text)
    assert last_hour(tmp_path / "a.log", AT) == []
    assert last_hour(tmp_path / "none.log", AT) == []
    assert last_hour(tmp_path, AT) == []
