"""The guided test: what the person is to switch, and what the meters make of it. Key g in the views of the check."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.core.guided.guide import LEAST_SOURCE_W, is_source
from tui.core.guided.natural import Natural
from tui.core.guided.proof import kept, of_test
from tui.core.guided.trial import Asks, Trial
from tui.core.guided.words import asked, likely, told
from tui.core.model import Device
from tui.engine.checkdata import load_words
from tui.ui.screens.dialogs import Dialog
from tui.ui.session import Session
from tui.ui.widgets.choice import Choice

LOAD = "a load that no meter measures"
TICK_S = 1.0
_WORDS = ("It finds the phase of a load or a meter, and whether the meter counts the right way round.",)
_KEYS = "left right: pick   enter: begin   esc: end"


class GuidedTest(Dialog[None]):
    """Asks what to test, then guides through it. It looks at the record once a second, and draws when that tells
    something new."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "begin", "begin")]

    def __init__(self, session: Session, natural: Natural) -> None:
        """`natural`: what is known of the steps so far."""
        super().__init__("Guided test", _WORDS)
        self._session, self._natural = session, natural
        self._guide, self._tables = natural.guide, load_words("en")
        self._look()
        self._subjects = self._guide.testable(session.newest.fleet)
        self._trial: Trial | None = None
        self._subject: Device | None = None
        self._shown: object = None
        """What is said now: what is asked, for the how-manieth time, and the answers."""

    def fields(self) -> ComposeResult:
        options: list[tuple[str, str | None]] = [(device.label, device.key) for device in self._subjects]
        chosen = self._session.selected if self._session.selected in {key for _, key in options} else None
        if self._guide.connection(self._session.newest.fleet) is not None:
            options.append((LOAD, None))
        if options:
            yield Choice("Test", options, chosen, self._session.glyphs, id="subject")
        yield Static(Content(_KEYS if options else self._nothing()), classes="words hint", id="guide")

    def _nothing(self) -> str:
        answered = [one for one in self._session.newest.fleet.devices.values() if one.measurement is not None]
        return "None of these devices measures electricity." if answered else "No meter has answered yet."

    def on_mount(self) -> None:
        """Look at the record from now on."""
        self.query_one(".box").border_subtitle = "esc ends the test"
        self.set_interval(TICK_S, self._second)
        for choice in self.query(Choice):
            self.watch(choice, "at", self._picked)

    def _picked(self) -> None:
        """Say what is likely of the meter that is picked; of a test that was made, what came of it stays until then."""
        self._trial, self._shown = None, None
        key = self.query_one(Choice).value
        subject = next((device for device in self._subjects if device.key == key), None)
        of = [one.answer for one in self._natural.likely if one.device == key]
        source = is_source(subject)
        lines = [likely(one, subject.label, self._tables, is_source=source) for one in of] if subject else []
        self._say("\n".join([*lines, *([""] if lines else []), _KEYS]))

    def action_begin(self) -> None:
        """Begin the test of what was picked, or another one."""
        choices = self.query(Choice)
        if not choices or (self._trial is not None and self._trial.asks is not Asks.OVER):
            return
        choice, newest = choices.first(Choice), self._session.newest
        key = choice.value
        self._subject = next((device for device in self._subjects if device.key == key), None)
        self._look()
        made_w = self._guide.too_dark(self._subject) if self._subject else None
        if self._subject is not None and made_w is not None:
            self._say(self._tables.guided("dark", name=self._subject.label, watts=made_w, least=LEAST_SOURCE_W))
            return
        choice.disabled = True  # one test at a time: what it says is of this one
        self._trial = self._guide.begin(self._subject, newest.fleet, newest.now)
        self._show()

    def _second(self) -> None:
        trial = self._trial
        if trial is None or trial.asks is Asks.OVER:
            return
        self._look()
        trial.tick(self._session.newest.now.monotonic)
        if (trial.asks, len(trial.cues), trial.answers) != self._shown:
            self._keep(trial)
            self._show()

    def _keep(self, trial: Trial) -> None:
        """Let the check know what is proven, and in the end what is not."""
        new = of_test(self._subject, trial.answers, self._session.newest.now, self._label)
        over = trial.asks is Asks.OVER
        self._session.proofs = kept(self._session.proofs, [one for one in new if over or one.is_proven])

    def _look(self) -> None:
        session = self._session
        for key in session.newest.fleet.devices:
            observed = session.engine.observed(key, session.newest.now)
            if observed is not None:
                self._guide.look(observed)

    def _show(self) -> None:
        trial, name = self._trial, self._subject.label if self._subject else ""
        if trial is None:
            return
        self._shown = trial.asks, len(trial.cues), trial.answers
        lines = [asked(trial, name, self._tables), ""]
        over = trial.asks is Asks.OVER
        if over:
            choice = self.query_one(Choice)
            choice.disabled = False
            choice.focus()
        lines += [
            told(one, self._label, name, self._tables, is_source=trial.is_source)
            for one in trial.answers
            if one.value or one.is_final or over
        ]
        self._say("\n".join([*lines, "enter: once more   esc: end"] if over else lines))

    def _say(self, text: str) -> None:
        static = self.query_one("#guide", Static)
        if text != str(static.content):
            static.update(Content(text))

    def _label(self, key: str) -> str:
        device = self._session.newest.fleet.devices.get(key)
        return device.label if device else key
