"""Which rules of the check fail, for the alarms that ask about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Installation, Record
from tui.core.checks.registry import check
from tui.core.checks.steady import Steady
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError
from tui.engine.checkdata import OWN_LIMITS, load_limits
from tui.engine.synchronised import is_synchronised

EVERY_S = 10.0
"""How often the rules run: more than a value takes to come, and less than anything takes to be put right."""

TakeRecord = Callable[[Now, Installation], Record]


class Failing:
    """What the check found last. It asks `record` for what was observed."""

    def __init__(self, settings: Settings, record: TakeRecord) -> None:
        self._settings, self._record = settings, record
        self._installation: Installation | None = None
        self._steady = Steady()
        self._rules: dict[str, set[str]] | None = None
        self.fault = ""
        """Why nothing is known: the user's own limits cannot be read."""

    def of(self, key: str) -> Collection[str] | None:
        """The rules that fail for a device, by its key; "" is the house. None before the check ran first."""
        return None if self._rules is None else self._rules.get(key, ())

    async def refresh(self, now: Now) -> None:
        """Run the rules, in a thread of their own: many devices take them a while."""
        try:
            installation = self._installation or self._read()
        except SettingsError as error:
            self.fault, self._rules = str(error), None
            return
        self._installation, self.fault = installation, ""
        record = self._record(now, replace(installation, synchronised=is_synchronised()))
        self._rules = _failed(self._steady.settled(await asyncio.to_thread(check, record)))

    def _read(self) -> Installation:
        settings = self._settings
        profile = profile_of(settings.grid)
        own = settings.config_file and settings.config_file.with_name(OWN_LIMITS)
        return Installation(load_limits(profile.name, own), profile, settings.fuse)


def _failed(findings: Iterable[Finding]) -> dict[str, set[str]]:
    failed: dict[str, set[str]] = {}
    for finding in findings:
        if finding.verdict is Verdict.FAIL:
            failed.setdefault(finding.device or "", set()).add(finding.rule)
    return failed
