"""What `hwtui check` says on stderr while it watches: who is there, what it sees, how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.registry import check
from tui.core.checks.words import duration
from tui.core.wording import wifi_words
from tui.engine.commands.checkplan import Plan
from tui.engine.commands.progress import Progress
from tui.engine.report.arranged import summary
from tui.engine.report.report import Report

JUDGE_EVERY_S = 5.0
"""The rules run this often while the check goes on (own choice)."""
MOST_LINES = 20
"""Findings, and troubles, that are said while it goes on (own choice): the report has them all."""
TOLD = (Verdict.FAIL, Verdict.WARN, Verdict.INFO)


class Talk:
    """Says each thing once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._words = plan.words
        self._progress = Progress(plan.duration_s)
        self._said: set[tuple[str, str | None, int | None, Verdict]] = set()
        self._troubles: set[str] = set()
        self._judged_s = 0.0
        self._so_far = ""

    def say(self, text: str) -> None:
        """A line that stays."""
        self._progress.say(text)

    def trouble(self, text: str) -> None:
        """What goes wrong, or is over: each once, for the report counts how often."""
        if text not in self._troubles and len(self._troubles) < MOST_LINES:
            self._troubles.add(text)
            self.say(text)

    def first(self, record: Record) -> None:
        """Who is there, and the first verdicts."""
        phrases, count = self._words.phrases, len(record.observed)
        devices = phrases["summary_one"] if count == 1 else phrases["summary"].format(devices=count)
        watch = duration(self._plan.duration_s)
        self.say(f"hwtui: {phrases['seen'].format(devices=devices, duration=watch)}")
        for one in record.observed:
            self.say(f"  {self._device(one)}")
        self._judge(record)

    def go_on(self, record: Callable[[], Record], passed_s: float) -> None:
        """Another second has passed."""
        left_s = max(0.0, self._plan.duration_s - passed_s)
        if passed_s - self._judged_s >= JUDGE_EVERY_S and left_s >= 1:
            self._judged_s = passed_s
            self._judge(record())
        words = self._words.phrases["time_left"].format(left=duration(left_s + 0.5), so_far=self._so_far)
        self._progress.show(f"hwtui: {words}", passed_s)

    def over(self) -> None:
        """Nothing more is rewritten."""
        self._progress.clear()

    def written(self, report: Report, path: Path) -> None:
        """The report is in its file."""
        self.say(f"hwtui: {summary(report)}: {report.phrase('written', path=path)}")

    def _device(self, one: Observed) -> str:
        device, phrases = one.device, self._words.phrases
        if device.problem:
            return f"{device.label}: {device.problem.text}"
        wifi = wifi_words(device.system.value if device.system else None)
        parts = (
            device.product_type or phrases["state_unknown"],
            device.endpoint.address if device.endpoint else "",
            phrases[f"role_{device.role.value}"] if device.role else "",
            f"{phrases['fact_wifi']} {wifi}" if wifi else "",
        )
        return f"{device.label}: {', '.join(filter(None, parts))}"

    def _judge(self, record: Record) -> None:
        findings = check(record)
        devices = {one.key: one.device.label for one in record.observed}
        for finding in self._new(findings):
            worded = self._words.of(finding, record)
            place = f"{devices.get(finding.device or '', '')} {f'L{finding.phase}' if finding.phase else ''}".strip()
            verdict = self._words.phrases[finding.verdict].upper()
            self.say("  " + "  ".join(filter(None, (verdict, place, f"{worded.name}: {worded.line}"))))
        counts = [
            f"{count} {self._words.phrases[verdict]}"
            for verdict in (*TOLD, Verdict.PASS)
            if (count := sum(finding.verdict is verdict for finding in findings))
        ]
        self._so_far = ", ".join(counts) or self._words.phrases["no_verdict_yet"]

    def _new(self, findings: Iterable[Finding]) -> list[Finding]:
        new = []
        for finding in findings:
            key = (finding.rule, finding.device, finding.phase, finding.verdict)
            if finding.verdict in TOLD and key not in self._said and len(self._said) < MOST_LINES:
                self._said.add(key)
                new.append(finding)
        return new
