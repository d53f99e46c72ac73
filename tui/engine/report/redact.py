"""Takes out of a record what tells whose house it is, and puts a placeholder in its place, the same one everywhere.

Left out are serials, network names, meter ids, addresses and the names that the user gave. What a device says of itself
in words that we do not know (`extra`) is left out as a whole.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

from tui.core.checks.finding import Finding
from tui.core.checks.record import Observed, Record, Stamps
from tui.core.model import Device, Problem, Read, key_of
from tui.core.reading import External, Measurement, System
from tui.core.text import readable_id
from tui.engine.report.anyof import any_of, bare

FROM_OUTSIDE = ("said", "address", "other", "serial")
"""The values of a finding that a device or the user wrote. The others are figures and words of the program."""
SHORTEST_ELSEWHERE = 4
"""A shorter secret stays in those others: a meter named "L1" or "V" must not cost the report its phases and units."""
_ZEROS = re.compile(r"[0fF\s]*")
"""A meter id that names no meter (`core.external.is_empty_channel`)."""


class Redactor:
    """Knows every secret of a record and its placeholder."""

    def __init__(
        self,
        record: Record,
        others: Iterable[str] = (),
        *,
        devices: Iterable[Device] = (),
        known: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        """What is secret and not in the record: `others`, which the user named and was never seen, `devices` that it
        does not have, and whatever else is `known`: the word of its placeholder, and the ways to write it."""
        self._placeholders: dict[str, str] = {}  # by secret, its case folded
        self._spelled: dict[str, str] = {}  # by secret, as it is spelled
        self._by_words: dict[str, str] = {}  # by the words of a secret, whatever stands between them
        self._counts: dict[str, int] = {}
        for one in record.observed:
            self._learn_device(one.device)
        for one in record.observed:
            for serial in (one.device.behind, one.device.same_meter_as):
                self._learn("device", serial)
            for address in self._addresses(one):
                self._learn("address", address)
            system = one.device.system.value if one.device.system else System()
            self._learn("wifi", system.wifi_ssid)
            for meter_id in self._meter_ids(one):
                self._learn("meter", meter_id, readable_id(meter_id))
        for device in devices:
            self._learn_device(device)
            for endpoint in device.endpoints:
                self._learn("address", endpoint.host)
        for kind, secrets in known:
            self._learn(kind, *secrets)
        for other in others:
            self._learn("other", other)
        self._keys = {one.key: self._placeholders[one.key.casefold()] for one in record.observed}
        self._pattern = self._compiled(1)
        self._pattern_elsewhere = self._compiled(SHORTEST_ELSEWHERE)

    # ------------------------------------------------------------------ what is secret

    def _learn(self, kind: str, *secrets: str | None) -> None:
        """Give these one placeholder, that of the first which has one already."""
        known = [secret for secret in secrets if secret and secret.strip()]
        if not known:
            return
        placeholder = next(filter(None, (self._placeholders.get(one.casefold()) for one in known)), None)
        if placeholder is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"{kind}-{self._counts[kind]}"
        for secret in known:
            self._spelled.setdefault(secret, placeholder)
            self._placeholders.setdefault(secret.casefold(), placeholder)

    def _learn_device(self, device: Device) -> None:
        serial = device.serial or ""
        pairs = [serial[at : at + 2] for at in range(0, len(serial), 2)]
        as_mac = [mark.join(pairs) for mark in ":-"] if len(serial) == 12 else []
        short = [serial[-6:]] if len(serial) > 6 else []  # in its label, and often in its host name
        label = device.label if serial else None  # else it is its address
        self._learn("device", device.key, serial, *as_mac, device.name, label, *short)

    def _addresses(self, one: Observed) -> Iterator[str]:
        yield from (endpoint.host for endpoint in one.device.endpoints)
        yield from (re.sub(r":\d+$", "", address) for address, _ in one.addresses)

    def _meter_ids(self, one: Observed) -> Iterator[str]:
        measurement = one.device.measurement.value if one.device.measurement else Measurement()
        own = measurement.text("unique_id")
        ids = [own] if own else []
        ids += [meter.unique_id for meter in measurement.external if meter.unique_id]
        ids += [stamps.last.unique_id for stamps in one.external.values() if stamps.last.unique_id]
        yield from (meter_id for meter_id in ids if not _ZEROS.fullmatch(meter_id))

    def _compiled(self, shortest: int) -> re.Pattern[str] | None:
        """One pattern of all secrets from that length on and the ways to write them."""
        for secret, placeholder in self._spelled.items():
            for way in _ways(secret):
                self._placeholders.setdefault(way.casefold(), placeholder)
                self._by_words.setdefault(bare(way), placeholder)
        return any_of(one for one in self._placeholders if len(one) >= shortest)

    @property
    def placeholders(self) -> dict[str, str]:
        """The first secret of each placeholder."""
        first: dict[str, str] = {}
        for secret, placeholder in self._spelled.items():
            first.setdefault(placeholder, secret)
        return first

    # ------------------------------------------------------------------ replacing

    def text(self, text: str) -> str:
        """`text` with every secret replaced, in whatever case it is written."""
        return self._placeholders.get(text.casefold()) or self._replaced(self._pattern, text)

    def words(self, text: str) -> str:
        """The same for words of the program: a name as short as "L1" or "V" costs them nothing."""
        return self._replaced(self._pattern_elsewhere, text)

    def _replaced(self, pattern: re.Pattern[str] | None, text: str) -> str:
        if pattern is None or not text:
            return text
        return pattern.sub(self._instead, text)

    def _instead(self, found: re.Match[str]) -> str:
        return self._placeholders.get(found[0].casefold()) or self._by_words.get(bare(found[0]), "...")

    def _value(self, name: str, text: str) -> str:
        """A value of a finding. A rule may have cut it short: the beginning of a secret tells it, too."""
        if name not in FROM_OUTSIDE:
            return self._replaced(self._pattern_elsewhere, text)
        whole = self._placeholders.get(text.casefold())
        begun = (placeholder for secret, placeholder in self._spelled.items() if text and secret.startswith(text))
        return whole or next(begun, None) or self.text(text)

    def finding(self, finding: Finding) -> Finding:
        """A finding whose words hold no secret."""
        values = {name: self._value(name, word) if type(word) is str else word for name, word in finding.values.items()}
        device = self._keys.get(finding.device, finding.device) if finding.device else None
        return replace(finding, device=device, values=values)

    def record(self, record: Record) -> Record:
        """The record without secrets. Its verdicts are not judged anew: rules may look at what is hidden here."""
        installation = record.installation
        at_inverter = {self.text(key): phase for key, phase in installation.at_inverter.items()}
        observed = tuple(self._observed(one) for one in record.observed)
        return replace(record, installation=replace(installation, at_inverter=at_inverter), observed=observed)

    def _observed(self, one: Observed) -> Observed:
        external = {
            (kind, self._id(meter_id), number): Stamps(self._external(stamps.last), stamps.stamps)
            for (kind, meter_id, number), stamps in one.external.items()
        }
        addresses = tuple((self.text(address), at) for address, at in one.addresses)
        return replace(one, device=self._device(one.device), external=external, addresses=addresses)

    def _device(self, device: Device) -> Device:
        placeholder = self._keys[device.key]
        return replace(
            device,
            key=key_of(placeholder),
            serial=placeholder if device.serial else None,
            name=placeholder,
            product_name=device.product_name and self.text(device.product_name),
            identity_notes=tuple(map(self.text, device.identity_notes)),
            behind=device.behind and self.text(device.behind),
            same_meter_as=device.same_meter_as and self.text(device.same_meter_as),
            endpoints=tuple(replace(endpoint, host=self.text(endpoint.host)) for endpoint in device.endpoints),
            measurement=device.measurement and Read(self._measurement(device.measurement.value), device.measurement.at),
            system=device.system and Read(self._system(device.system.value), device.system.at),
            problem=self._problem(device.problem),
            last_problem=self._problem(device.last_problem),
            earlier={},
        )

    def _measurement(self, measurement: Measurement) -> Measurement:
        values = {
            name: self._id(value) or "" if name == "unique_id" and isinstance(value, str) else value
            for name, value in measurement.values.items()
        }
        external = tuple(map(self._external, measurement.external))
        notes = tuple(map(self.text, measurement.notes))
        return replace(measurement, values=values, external=external, notes=notes, extra={})

    def _external(self, meter: External) -> External:
        return replace(meter, unique_id=self._id(meter.unique_id))

    def _id(self, meter_id: str | None) -> str | None:
        return meter_id and self.text(meter_id)

    def _system(self, system: System) -> System:
        ssid = system.wifi_ssid and self.text(system.wifi_ssid)
        return replace(system, wifi_ssid=ssid, notes=tuple(map(self.text, system.notes)))

    def _problem(self, problem: Problem | None) -> Problem | None:
        return problem and replace(problem, text=self.text(problem.text))


def _ways(secret: str) -> Iterator[str]:
    """How else a secret may be written: in capitals, with accents apart, in a URL, in HTML, in JSON."""
    for form in ("NFC", "NFD"):
        spelled = unicodedata.normalize(form, secret)
        for text in (spelled, spelled.upper(), spelled.lower(), spelled.casefold()):
            told = text.encode("utf-8", "replace")  # a path may be no text
            yield from (text, quote(told, safe=""), quote(told), quote_plus(told))
            yield from (html.escape(text), json.dumps(text)[1:-1])
