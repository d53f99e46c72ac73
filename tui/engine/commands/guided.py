"""`hwtui check --guided`: asks a person to switch a load, and says what the meters make of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.guide import LEAST_SOURCE_W, Guide
from tui.core.guided.proof import Proof, of_test
from tui.core.guided.trial import Asks, Trial
from tui.core.guided.words import asked, told
from tui.core.model import Device, key_of
from tui.core.text import quoted
from tui.engine.clock import SystemClock
from tui.engine.commands.checkover import hand_over
from tui.engine.commands.checkplan import Plan
from tui.engine.commands.checktalk import Talk
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.named import Named, named_if_any
from tui.engine.commands.once import nothing_found
from tui.engine.commands.progress import Progress
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.inspector import Inspector
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor

LOAD = "load"
"""What is tested where no meter is named: the phase of a load."""
WATCH_S = 120.0
"""How long the house is watched before anybody is asked: what switches by itself makes the odds (own choice)."""
USUAL_INTERVAL_S = 1.0
TICK_S = 1.0


async def guided(plan: Plan, what: str, output: Output, *, reports: bool = False, watch_s: float = WATCH_S) -> int:
    """Test a meter, or a load; the exit code of the worst answer. `reports`: and of the report of a check, with it.
    Raises `SettingsError`."""
    only = await named_if_any(plan.settings, plan.names, SystemClock())
    plan = replace(plan, settings=only.settings) if only else plan
    return await _Guided(plan, what, only, output, reports=reports, watch_s=watch_s).run()


class _Guided:
    def __init__(
        self, plan: Plan, what: str, only: Named | None, output: Output, *, reports: bool, watch_s: float
    ) -> None:
        self._plan, self._words, self._what, self._output = plan, plan.words, what, output
        self._reports, self._watch_s = reports, watch_s
        # A step is told best from one answer a second; who asked for fewer did not mean this test.
        self._settings = replace(plan.settings, interval_s=min(plan.settings.interval_s, USUAL_INTERVAL_S))
        self._clock = SystemClock()
        self._guide = Guide(plan.installation.profile, plan.installation.fuse)
        self._inspector = Inspector(self._clock.now(), plan.installation.profile)
        heard = [self._guide.heard, *([self._inspector.heard] if reports else [])]
        sources = only.sources if only else ()
        self._monitor = Monitor(self._settings, self._clock, depth=Depth.CHECK, sources=sources, listeners=heard)
        if only is not None:
            only.begin(self._monitor)
        self._said: set[str] = set()

    async def run(self) -> int:
        running = asyncio.create_task(self._monitor.run())
        try:
            return await self._test(running)
        finally:
            running.cancel()
            await asyncio.wait((running,))

    async def _test(self, running: asyncio.Task[None]) -> int:
        if not await self._watch(running):
            narrate(nothing_found(self._settings))
            return UNKNOWN
        fleet = self._monitor.fleet
        if (lacks := self._lacks()) is not None:
            narrate(f"hwtui: {lacks}")
            return UNKNOWN
        subject = None if self._is_load else self._chosen()
        trial = self._guide.begin(subject, fleet, self._clock.now())
        await self._ask(running, trial, subject.label if subject else "")
        code = worst(trial.answers, subject.key if subject else "")
        if self._reports:
            proofs = of_test(subject, trial.answers, self._clock.now(), self._label)
            return self._hand_over(proofs) or code
        self._output.lines(self._told(one, trial, subject.label if subject else "") for one in trial.answers)
        return code

    def _hand_over(self, proofs: tuple[Proof, ...]) -> int:
        """Write the report of the check; its exit code."""
        installation = replace(self._plan.installation, proofs=proofs)
        record = self._inspector.record(self._clock.now(), installation)
        return hand_over(self._plan, record, Talk(self._plan), self._output, partial=False)

    def _told(self, answer: Answer, trial: Trial, name: str) -> str:
        return told(answer, self._label, name, self._words, is_source=trial.is_source)

    async def _watch(self, running: asyncio.Task[None]) -> bool:
        """Watch for a while; False where there is nothing to watch."""
        started, progress = self._clock.now(), Progress(self._watch_s)
        while (passed_s := self._clock.now().age_of(started)) < self._watch_s:
            await self._pass(running)
            if passed_s >= self._settings.patience_s and self._lacks() is not None:
                break
            left_s = round(self._watch_s - passed_s)
            progress.show(f"hwtui: {self._words.guided('watching', left=left_s)}", passed_s)
        progress.clear()
        return bool(self._monitor.fleet.devices)

    async def _ask(self, running: asyncio.Task[None], trial: Trial, name: str) -> None:
        """Say each thing once, until the test is over."""
        before: tuple[Asks, int] | None = None
        while trial.asks is not Asks.OVER:
            now = trial.asks, len(trial.cues)
            if now != before:
                narrate(f"hwtui: {asked(trial, name, self._words)}")
                before = now
            await self._pass(running)
            trial.tick(self._clock.now().monotonic)
            for answer in trial.answers:
                line = self._told(answer, trial, name)
                if answer.value and line not in self._said:
                    self._said.add(line)
                    narrate(f"hwtui: {line}")
        narrate(f"hwtui: {asked(trial, name, self._words)}")

    async def _pass(self, running: asyncio.Task[None]) -> None:
        """Let a second pass. Raises what ended the monitor."""
        done, _ = await asyncio.wait((running,), timeout=TICK_S)
        if done:
            await running

    def _lacks(self) -> str | None:
        """What is not there that the test needs, and what to do; None where all is."""
        fleet, words = self._monitor.fleet, self._words
        testable = self._guide.testable(fleet)
        chosen, connection, what = self._called(testable), self._guide.connection(fleet), quoted(self._what)
        if self._is_load and connection is None:
            return words.guided("no-connection")
        if self._is_load:
            return None
        if len(chosen) == 1:
            made_w = self._guide.too_dark(chosen[0])
            dark = {"name": chosen[0].label, "watts": made_w, "least": LEAST_SOURCE_W}
            return None if made_w is None else words.guided("dark", **dark)
        if chosen:
            serials = words.guided("or").join(device.serial or device.key for device in chosen)
            return words.guided("several", what=what, serials=serials)
        if connection is not None and self._called([connection]):
            return words.guided("compared", what=what)
        names = ", ".join(device.label for device in testable) or words.guided("nobody")
        return words.guided("unknown", what=what, names=names)

    @property
    def _is_load(self) -> bool:
        """Whether it is the phase of a load; a meter may have that word as its name, if not in small letters."""
        return self._what == LOAD or (self._what.strip().casefold() == LOAD and self._chosen() is None)

    def _chosen(self) -> Device | None:
        return next(iter(self._called(self._guide.testable(self._monitor.fleet))), None)

    def _called(self, devices: Iterable[Device]) -> list[Device]:
        """Those of some devices that the words name."""
        wanted = self._what.strip().casefold()
        return [one for one in devices if wanted in (one.key, one.label.casefold()) or key_of(wanted) == one.key]

    def _label(self, key: str) -> str:
        device = self._monitor.fleet.devices.get(key)
        return device.label if device else key


def worst(answers: Sequence[Answer], subject: str) -> int:
    """The exit code: 2 for a meter that counts the wrong way round, 1 for another fault, 3 where it is not sure."""
    proven = [answer for answer in answers if answer.certainty is Certainty.PROVEN]
    if any(answer.value == "reversed" for answer in proven):
        return CRITICAL
    if any(answer.question is Question.RISE and answer.value != "same" for answer in proven):
        return WARNING
    if any(answer.question is Question.NAME and answer.value != subject for answer in proven):
        return WARNING
    open_ones = [
        one for one in answers if one.question is not Question.RISE and (not one.is_final or one.why is Why.TOGETHER)
    ]
    return UNKNOWN if open_ones or not answers else OK
