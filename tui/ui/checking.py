"""The check as the screen has it: the findings of now, their order and filter, and which of them is selected.

Loaded when the check is first looked at. The rules run at most once a second, and only while someone looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Installation, Record
from tui.core.checks.registry import RULES, check
from tui.core.checks.steady import Steady
from tui.core.checks.words import Worded
from tui.core.fuse import Fuse
from tui.core.guided.natural import Natural
from tui.core.settings import SettingsError
from tui.engine.checkdata import load_words
from tui.engine.synchronised import is_synchronised
from tui.ui.draw.check import VERDICTS, WHOLE_HOUSE, Entry, Watch
from tui.ui.session import Session

EVERY_S = 1.0
ORDERS = ("worst first", "by device", "by rule")


class Place(NamedTuple):
    """What stays the same of a finding while its verdict and figures change: it stays selected."""

    rule: str
    device: str | None
    phase: int | None
    number: int = 0
    """Where a rule has several for one device and phase: an external meter each."""


class Checking:
    """The findings of a session, for the views that show them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = load_words("en")
        self._installation: Installation | None = None
        self._fuse: Fuse | None = None
        self._worded: dict[Place, Worded] = {}
        self._steady = Steady()
        self._natural: Natural | None = None
        self.record: Record | None = None
        """What the findings rest on; None before they were first looked at, and where the limits are not to be had."""
        self.trouble = ""
        """Why there are no findings: the user's own limits cannot be read."""
        self.findings: dict[Place, Finding] = {}
        """Worst first."""
        self.order = ORDERS[0]
        self.wanted = ""
        """The words of the filter."""
        self.all = False
        """Whether what does not apply is listed, too."""
        self._chosen: Place | None = None
        self._at = 0

    def refresh(self) -> None:
        """Run the rules, if the findings are old; not on a frozen screen, which keeps those it has."""
        session, record = self._session, self.record
        if record is not None and self._fuse == session.fuse:
            age_s = session.newest.now.monotonic - record.now.monotonic
            if session.frozen is not None or 0.0 <= age_s < EVERY_S:
                return
        try:
            installation = self._installation or session.installation
        except SettingsError as error:
            self.trouble = str(error)
            return
        if self._fuse != session.fuse:
            self._natural = None
        self._installation, self._fuse, self.trouble = installation, session.fuse, ""
        natural = self.natural
        known = replace(
            installation,
            fuse=session.fuse,
            synchronised=is_synchronised(),
            proofs=(*session.proofs, *natural.likely),
        )
        self.record = session.engine.record(session.newest.now, known)
        natural.look(self.record)
        self.findings = _placed(self._steady.settled(check(self.record)))
        self._worded.clear()

    @property
    def natural(self) -> Natural:
        """What the steps of an hour make likely, and the meters of a guided test."""
        if self._natural is None:
            self._natural = Natural(self._session.profile, self._session.fuse)
        return self._natural

    @property
    def watch(self) -> Watch:
        """What the findings rest on; since now, where there is nothing yet."""
        now, record = self._session.newest.now, self.record
        return Watch(record.started, record.now, self._fuse) if record else Watch(now, now, self._session.fuse)

    def places(self) -> list[Place]:
        """The findings that pass the filter, in their order."""
        places = [place for place, finding in self.findings.items() if self._passes(finding)]
        rules = {rule: at for at, rule in enumerate(RULES)}
        match self.order:
            case "by device":
                places.sort(key=lambda place: (self._device(place.device).casefold(), place.device or ""))
            case "by rule":
                places.sort(key=lambda place: rules[place.rule])
        return places

    def _passes(self, finding: Finding) -> bool:
        if finding.verdict is Verdict.NA and not self.all:
            return False
        if not self.wanted:
            return True
        word = VERDICTS[finding.verdict][0]
        phase = f"L{finding.phase}" if finding.phase else ""
        said = " ".join((word, finding.verdict, self._device(finding.device), phase, self._words.name(finding.rule)))
        return all(word in said.casefold() for word in self.wanted.casefold().split())

    def _device(self, key: str | None) -> str:
        device = self._session.shown.fleet.devices.get(key or "")
        return device.label if device else key or WHOLE_HOUSE

    def worded(self, place: Place) -> Worded:
        """A finding in words. Raises `LookupError` for one that is gone."""
        worded = self._worded.get(place)
        if worded is None:
            if self.record is None:
                raise LookupError(place)
            worded = self._worded[place] = self._words.of(self.findings[place], self.record)
        return worded

    def entry(self, place: Place) -> Entry:
        """A finding as the list shows it."""
        finding, name, line, *_ = self.worded(place)
        return Entry(finding, self._device(place.device), name, line)

    @property
    def title(self) -> str:
        """The order of the list, with its filter and how many pass it."""
        title = f"{self.order}, with what does not apply" if self.all else self.order
        if not self.wanted:
            return title
        count = sum(self.all or finding.verdict is not Verdict.NA for finding in self.findings.values())
        return f'{title}, with "{self.wanted}"  {len(self.places())} of {count}'

    # ------------------------------------------------------------------ the selection

    @property
    def selected(self) -> Place | None:
        """The selected finding; the first one until someone chooses. If it is gone, the one now in its row."""
        places = self.places()
        if self._chosen in places:
            self._at = places.index(self._chosen)
        elif places:
            self._at = min(self._at, len(places) - 1) if self._chosen else 0
            self._chosen = self._chosen and places[self._at]
        else:
            return None
        return places[self._at]

    def choose(self, place: Place) -> None:
        """Select a finding."""
        self._chosen = place

    def move(self, by: int) -> None:
        """Select another finding, `by` rows further."""
        places, selected = self.places(), self.selected
        if selected is not None:
            self._chosen = places[min(len(places) - 1, max(0, places.index(selected) + by))]

    def next_order(self) -> str:
        """Switch to the next order."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        return self.order


def _placed(findings: Iterable[Finding]) -> dict[Place, Finding]:
    """The findings by what stays the same of each.

    Several of one rule, device and phase are numbered in the order of the rule, which sorting by verdict keeps among
    equal ones.
    """
    placed: dict[Place, Finding] = {}
    for finding in findings:
        place = Place(finding.rule, finding.device, finding.phase)
        while place in placed:
            place = place._replace(number=place.number + 1)
        placed[place] = finding
    return placed
