"""The guided test: what the person is to switch, and what the meters make of it. Key g in the views of the check."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.core.guided.guide import Guide
from tui.core.guided.trial import Asks, Trial
from tui.core.guided.words import asked, told
from tui.core.model import Device
from tui.ui.screens.dialogs import Dialog
from tui.ui.session import Session
from tui.ui.widgets.choice import Choice

LOAD = "a load that no meter measures"
TICK_S = 1.0
_WORDS = ("It finds the phase of a load or a meter, and whether the meter counts the right way round.",)


class GuidedTest(Dialog[None]):
    """Asks what to test, then guides through it. It looks at the record once a second, and draws when that tells
    something new."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "begin", "begin")]

    def __init__(self, session: Session) -> None:
        super().__init__("Guided test", _WORDS)
        self._session = session
        self._guide = Guide(session.profile, session.fuse)
        self._look()
        self._subjects = self._guide.subjects(session.newest.fleet)
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
        text = "left right: pick   enter: begin   esc: end" if options else self._nothing()
        yield Static(Content(text), classes="words hint", id="guide")

    def _nothing(self) -> str:
        answered = [one for one in self._session.newest.fleet.devices.values() if one.measurement is not None]
        return "None of these devices measures electricity." if answered else "No meter has answered yet."

    def on_mount(self) -> None:
        """Look at the record from now on."""
        self.query_one(".box").border_subtitle = "esc ends the test"
        self.set_interval(TICK_S, self._second)

    def action_begin(self) -> None:
        """Begin the test of what was picked, or another one."""
        choices = self.query(Choice)
        if not choices or (self._trial is not None and self._trial.asks is not Asks.OVER):
            return
        choice, newest = choices.first(Choice), self._session.newest
        choice.disabled = True  # one test at a time: what it says is of this one
        key = choice.value
        self._subject = next((device for device in self._subjects if device.key == key), None)
        self._look()
        self._trial = self._guide.begin(self._subject, newest.fleet, newest.now)
        self._show()

    def _second(self) -> None:
        trial = self._trial
        if trial is None or trial.asks is Asks.OVER:
            return
        self._look()
        trial.tick(self._session.newest.now.monotonic)
        if (trial.asks, len(trial.cues), trial.answers) != self._shown:
            self._show()

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
        lines = [asked(trial, name), ""]
        over = trial.asks is Asks.OVER
        if over:
            choice = self.query_one(Choice)
            choice.disabled = False
            choice.focus()
        lines += [told(one, self._label, name) for one in trial.answers if one.value or one.is_final or over]
        text = "\n".join([*lines, "enter: once more   esc: end"] if over else lines)
        static = self.query_one("#guide", Static)
        if text != str(static.content):
            static.update(Content(text))

    def _label(self, key: str) -> str:
        device = self._session.newest.fleet.devices.get(key)
        return device.label if device else key
