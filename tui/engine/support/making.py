"""Makes the support file: everything is gathered first, then what is secret in it is replaced, then it is made to fit.

What is secret is learnt from what the program knows (serials, names, hosts, tokens, the user), and from what looks
like it in the texts themselves; then one redactor replaces all of it, so the same secret has one placeholder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from tui import __version__
from tui.core.checks.record import Record
from tui.core.checks.registry import check
from tui.core.doctor.evidence import Examined
from tui.core.doctor.pages import as_json
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.reading import Json
from tui.core.settings import Settings
from tui.core.support.wrong import wrong
from tui.engine.checkdata import load_words
from tui.engine.doctor.doctor import Outcome
from tui.engine.out.sink import SinkState
from tui.engine.paired.tokenfile import TokenFile, TokenFileError
from tui.engine.report.redact import Redactor
from tui.engine.support.forms import looks_secret, swept
from tui.engine.support.gaps import Gap
from tui.engine.support.hiding import (
    MOST_KNOWN,
    hidden,
    interface_names,
    logged_hosts,
    named_in,
    paths_in,
    strings_in,
)
from tui.engine.support.housefacts import fleet_facts, link_facts, name_of, note_facts
from tui.engine.support.lasthour import last_hour
from tui.engine.support.layout import laid_out
from tui.engine.support.marks import key_in, marks_of
from tui.engine.support.outfacts import out_facts, secrets_of_out
from tui.engine.support.settingsfacts import Typed, settings_facts
from tui.engine.support.system import own_secrets, system_facts

SCHEMA = 1
OWN_SOURCE = "a limit of the user's own"
"""In place of the words in which a user says where a limit is from."""
LARGEST = 3 * 1024 * 1024
"""Bytes of the whole file (own choice): what a form on the web takes."""
TOKENS = "tokens.json"
REAL, DEMO, RECORDING = "real", "demo", "recording"
KINDS = {REAL: "", DEMO: " of a simulated house (hwtui demo)", RECORDING: " of a recording (hwtui replay)"}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out, before anything of it is hidden."""

    settings: Settings
    fleet: Fleet
    record: Record
    outcome: Outcome | None = None
    """The doctor's; None where it was not asked, as in a recording."""
    typed_at: Typed | None = None
    """See `settings_facts`."""
    house: str = REAL
    """What kind of house it is: `REAL`, `DEMO` or `RECORDING`."""
    gaps: Mapping[str, list[Gap]] | None = None
    """See `gaps_of`."""
    sinks: Sequence[SinkState] | None = None
    """Those that run beside it; None where none does."""

    @property
    def now(self) -> Now:
        """When the record ends."""
        return self.record.now


def support_text(found: Found) -> str:
    """The file, of at most `LARGEST` bytes; it ends with a line break. It reads the log and the tokens."""
    made = support_json(found)
    text = laid_out(made) + "\n"
    for name in ("log", "check", "links", "doctor", "fleet", "notes", "settings"):
        if len(text) <= LARGEST:
            break
        part = made[name]
        kept = len(part) // 8 if isinstance(part, list) else 0
        newest = name == "log"  # the other lists have the worst first, or are as old as each other
        made[name] = (part[len(part) - kept :] if newest else part[:kept]) if isinstance(part, list) else None
        made["cut"] = True
        text = laid_out(made) + "\n"
    return text


def support_json(found: Found) -> dict[str, Json]:
    """The file as an object, without secrets."""
    raw = _gathered(found)
    redactor = _redactor(found, raw)
    made = {name: hidden(value, redactor, name) for name, value in raw.items()}
    made["check"] = _check(found.record, redactor)
    made["wrong"] = list[Json](wrong(made))
    key = key_in(found.settings.state_dir)
    made["marks"] = dict(marks_of(redactor.placeholders, key))
    return made


def _gathered(found: Found) -> dict[str, Json]:
    now, settings = found.now, found.settings
    observed = {one.key: one for one in found.record.observed}
    made = datetime.fromtimestamp(now.utc, UTC).isoformat(timespec="seconds")
    about = (
        f"Support file of hwtui {__version__}{KINDS[found.house]}, made {made}. What is wrong comes first; what each "
        "part holds: hwtui help support. Names, serials, addresses, ids and tokens are placeholders."
    )
    return {
        "about": about,
        "schema": SCHEMA,
        "made": made,
        "house": found.house,
        "watched_s": round(found.record.watched_s, 1),
        "cut": False,
        "wrong": [],
        "system": system_facts(),
        "doctor": None if found.outcome is None else _doctor(found.outcome, found.fleet),
        "links": link_facts(found.fleet, observed, found.gaps, now),
        "check": _check(found.record, None),
        "notes": note_facts(found.fleet, now),
        "out": out_facts(settings, found.sinks, found.fleet, now),
        "log": None if settings.log_file is None else list[Json](last_hour(settings.log_file, now.utc)),
        "fleet": fleet_facts(found.fleet, now),
        "settings": settings_facts(settings, found.typed_at),
        "marks": {},
    }


def _doctor(outcome: Outcome, fleet: Fleet) -> dict[str, Json]:
    """As `hwtui doctor --json` tells it, the worst first; with the port beside the host (the host alone is the secret),
    what the other parts call the device, and what else is wrong with it."""
    patients = sorted(outcome.patients, key=lambda patient: -patient.diagnosis.weight)
    told = as_json(outcome.computer, patients)
    rows = told["devices"]
    made: list[Json] = []
    for patient, row in zip(patients, rows if isinstance(rows, list) else (), strict=True):
        if isinstance(row, dict):
            also: list[Json] = [
                {"layer": layer.value, "text": text, "advice": advice} for layer, text, advice in patient.diagnosis.also
            ]
            device = _name_in(fleet, patient.evidence.device)
            made.append({"device": device, **row, **_place_in(row["host"]), "also": also})
    return {"computer": told["computer"], "devices": made}


def _place_in(address: Json) -> dict[str, Json]:
    """The host and the port of an address; none where the doctor had none."""
    host, _, port = str(address).rpartition(":")
    return {"host": host, "port": int(port)} if host and port.isdecimal() else {"host": address, "port": 80}


def _name_in(fleet: Fleet, examined: Examined) -> str | None:
    """What the other parts call a device that the doctor has looked at; None for one that they do not have."""
    known = fleet.devices.get(key_of(examined.serial)) if examined.serial else None
    if known is None:
        there = (one for one in fleet.devices.values() if examined.host in {end.address for end in one.endpoints})
        known = next(there, None)
    return name_of(known) if known else examined.serial


def _check(record: Record, redactor: Redactor | None) -> list[Json]:
    """The findings in words; hidden ones where there is a redactor. A rule judges what is not hidden."""
    words = load_words("en")
    findings = check(record)
    sources = tuple(words.of(finding, record).source for finding in findings)
    if redactor is not None:
        findings = tuple(redactor.finding(finding) for finding in findings)
        record = redactor.record(record)
    rows: list[Json] = []
    for finding, source in zip(findings, sources, strict=True):
        worded = words.of(finding, record)
        own = any(limit in record.limits.changed for limit in finding.limits)
        rows.append(
            {
                "rule": finding.rule,
                "device": finding.device,
                "phase": finding.phase,
                "verdict": finding.verdict.value,
                "line": swept(redactor.words(worded.line)) if redactor else worded.line,
                "text": swept(redactor.words(worded.text)) if redactor else worded.text,
                "source": OWN_SOURCE if own else source,
            }
        )
    return rows


def _redactor(found: Found, raw: dict[str, Json]) -> Redactor:
    """One that knows all that is secret in `raw`."""
    settings = found.settings
    networks = found.outcome.computer.interfaces if found.outcome else ()
    known = [
        *(("wifi", (ssid,)) for ssid in _networks_of(found.fleet)),
        *(("address", (host.host,)) for host in settings.hosts),
        *((("host", (settings.influx.host,)),) if settings.influx else ()),
        *((("host", (settings.mqtt.host,)),) if settings.mqtt else ()),
        *secrets_of_out(settings),
        *(("host", (name,)) for name in settings.web_names),
        *paths_in(settings),
        *own_secrets(),
        *interface_names(one.name for one in networks),
        *_tokens(settings.state_dir),
        *islice(dict.fromkeys(logged_hosts(strings_in(raw["log"]))), MOST_KNOWN),
        *islice(dict.fromkeys(looks_secret(strings_in(dict(raw)))), MOST_KNOWN),
    ]
    fleet = list(found.fleet.devices.values())
    others = [*named_in(settings), *_behind(fleet), *_examined_in(found.outcome)]
    return Redactor(found.record, devices=[*fleet, *others], known=known)


def _networks_of(fleet: Fleet) -> Iterator[str]:
    for device in fleet.devices.values():
        if device.system and device.system.value.wifi_ssid:
            yield device.system.value.wifi_ssid


def _behind(fleet: list[Device]) -> Iterator[Device]:
    for device in fleet:
        if device.behind:
            yield Device(device.behind.casefold(), serial=device.behind)


def _examined_in(outcome: Outcome | None) -> Iterator[Device]:
    """Whom the doctor knows of: a device of an earlier run, or another one that answers in its place."""
    for patient in outcome.patients if outcome else ():
        one = patient.evidence.device
        serials = dict.fromkeys(filter(None, (one.serial, *(way.serial for way in one.ways))))
        for serial in serials:
            own = serial == one.serial and one.name != one.host
            yield Device(key_of(serial), serial=serial, name=one.name if own else None)


def _tokens(state_dir: Path | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the file of tokens holds: none of it is ever written, and if a text has it all the same, it is hidden."""
    if state_dir is None:
        return
    try:
        tokens = TokenFile(state_dir / TOKENS).read()
    except TokenFileError:
        return
    for token in tokens.values():
        yield "token", (token.secret.reveal(),)
        yield "host", (token.endpoint.host,)
        if "#" in token.name:
            yield "computer", (token.name.partition("#")[2],)
