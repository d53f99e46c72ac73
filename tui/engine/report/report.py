"""The report: all that a format needs, in words of one language and already without what was to be left out.

A format only arranges what stands here. So the same value has the same placeholder in each of them, and none can leak
what another hides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tui import __version__
from tui.core.checks.finding import WORST_FIRST, Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.registry import check
from tui.core.checks.words import Worded, Words
from tui.core.fuse import Fuse
from tui.core.model import Role
from tui.core.profiles import Profile
from tui.core.text import clean
from tui.engine.report.curves import Chart, charts_of
from tui.engine.report.facts import DeviceFacts, facts_of
from tui.engine.report.redact import Redactor

FORMATS = ("text", "markdown", "json", "html")
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
"""What a monitoring plugin calls its exit codes."""
ROLES = (Role.GRID, Role.SOLAR, Role.BATTERY, Role.LOAD)
"""The order of devices; those without a role come last."""
LONGEST_NOTE = 2000
"""Characters of the note (own choice)."""


class Item(NamedTuple):
    """One finding, in words."""

    worded: Worded
    device: str
    """The name of its device; empty for the whole house."""
    serial: str | None
    """The serial of its device, or its address where it has not said who it is."""

    @property
    def finding(self) -> Finding:
        """The finding itself."""
        return self.worded.finding

    @property
    def phase(self) -> str:
        """ "L1"; empty for all together."""
        return f"L{self.finding.phase}" if self.finding.phase else ""

    @property
    def verdict(self) -> Verdict:
        """Its verdict."""
        return self.finding.verdict


class OwnLimit(NamedTuple):
    """A limit that the user's own file overrides: "voltage.mean10.high_v"."""

    name: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is handed over. Times are in the zone of the grid profile."""

    phrases: Mapping[str, str]
    """The words around the findings, by key: the table `report` of the words."""
    generated: datetime
    started: datetime
    profile: Profile
    fuse: Fuse | None
    window_s: float
    """How long the house was watched."""
    items: tuple[Item, ...]
    """Worst first; those that do not apply to this house last."""
    counts: Mapping[Verdict, int]
    """How many findings have each verdict; all verdicts are there."""
    devices: tuple[DeviceFacts, ...]
    charts: tuple[Chart, ...]
    answered: bool
    """At least one device answered."""
    own_limits: tuple[OwnLimit, ...]
    note: str = ""
    partial: bool = False
    """It was ended before its time."""
    redacted: bool = False
    recorded: str = ""
    """That it was made from a recording, and what of it was left out: a sentence or two."""
    ended: datetime | None = None
    """Until when the house was watched, if not until it was made."""

    @property
    def program(self) -> str:
        """What made it: "hwtui 0.1.0"."""
        return f"hwtui {__version__}"

    @property
    def listed(self) -> tuple[Item, ...]:
        """The findings that apply to this house."""
        return tuple(item for item in self.items if item.verdict is not Verdict.NA)

    @property
    def exit_code(self) -> int:
        """That of a monitoring plugin: 0 where nothing is above info, 1 for a warn, 2 for a fail, 3 for no device.

        A fail is a fail also where no device ever answered: that is what it says.
        """
        if self.counts[Verdict.FAIL]:
            return 2
        return 3 if not self.answered else 1 if self.counts[Verdict.WARN] else 0

    def phrase(self, key: str, **values: object) -> str:
        """The words of that key, with values filled in."""
        return self.phrases[key].format_map(values)


def make_report(
    record: Record,
    words: Words,
    *,
    note: str = "",
    redact: bool = False,
    partial: bool = False,
    secrets: Iterable[str] = (),
    recorded: str = "",
    made_utc: float | None = None,
) -> Report:
    """Judge a record and put it in words.

    With `redact`, serials, network names, meter ids, addresses and the names that the user gave are replaced by
    placeholders, everywhere; so are `secrets`, which the record does not know (hosts and names of what was never seen).
    `partial`: the check was ended before its time, and the report says so. `recorded` is what it says of a recording,
    `made_utc` when it was made (seconds since 1970), which is later.
    """
    record = replace(record, observed=tuple(sorted(record.observed, key=_place)))
    findings = check(record)
    redacted: Callable[[str], str] = str
    note = "\n".join(filter(None, (clean(line, LONGEST_NOTE) for line in note[:LONGEST_NOTE].splitlines())))
    if redact:
        redactor = Redactor(record, secrets)
        redacted = redactor.text
        findings = tuple(redactor.finding(finding) for finding in findings)
        record, note = redactor.record(record), redacted(note)
    devices = {one.key: one.device for one in record.observed}
    items = []
    for finding in findings:
        device = devices.get(finding.device) if finding.device is not None else None
        worded = words.of(finding, record)
        if any(limit in record.limits.changed for limit in finding.limits):
            worded = worded._replace(source=redacted(worded.source))  # the user's own words
        items.append(Item(worded, device.label if device else "", (device.serial or device.key) if device else None))
    limits = record.limits
    return Report(
        words.phrases,
        datetime.fromtimestamp(record.now.utc if made_utc is None else made_utc, record.zone),
        datetime.fromtimestamp(record.now.utc_of(record.started), record.zone),
        record.installation.profile,
        record.installation.fuse,
        record.watched_s,
        tuple(items),
        {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in WORST_FIRST},
        tuple(facts_of(one, record, words) for one in record.observed),
        tuple(charts_of(record, words.phrases)),
        any(one.polls.answered for one in record.observed),
        tuple(OwnLimit(name, limits[name], redacted(words.source(limits, (name,)))) for name in limits.changed),
        note,
        partial,
        redact,
        recorded,
        None if made_utc is None else datetime.fromtimestamp(record.now.utc, record.zone),
    )


def _place(one: Observed) -> tuple[int, bool, str]:
    """Where a device stands in a report: the grid's meter first, as on the screen, and not as it was found."""
    device = one.device
    place = ROLES.index(device.role) if device.role in ROLES else len(ROLES)
    return place, device.same_meter_as is not None, device.label.casefold()
