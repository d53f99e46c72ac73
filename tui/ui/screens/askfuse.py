"""The dialog of the main fuse: one of the usual sizes, another one, or not known."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from tui.core.fuse import USUAL_FUSES, Fuse, parse_fuse
from tui.ui.glyphs import Glyphs
from tui.ui.screens.dialogs import Dialog, Prompt
from tui.ui.widgets.choice import Choice

_LONGEST = 20
_OTHER = "other"
_WORDS = ("It stands on the fuse or breaker before your smart meter, or in the contract.",)


class Answer(NamedTuple):
    """What was picked; None for not known."""

    fuse: Fuse | None


class AskFuse(Dialog[Answer | None]):
    """Asks for the main fuse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "app.focus_next", "next field", priority=True),
        Binding("up,shift+tab", "app.focus_previous", "field before", priority=True),
        ("enter", "save", "save"),
    ]

    def __init__(self, fuse: Fuse | None, glyphs: Glyphs, *, has_neutral: bool) -> None:
        super().__init__("The main fuse", _WORDS)
        self._fuse = fuse
        self._glyphs = glyphs
        self._has_neutral = has_neutral

    def fields(self) -> ComposeResult:
        now = str(self._fuse) if self._fuse else None
        other = now if now and now not in USUAL_FUSES else ""
        options = [("not known", None), *((self._row(size), size) for size in USUAL_FUSES), ("another one:", _OTHER)]
        yield Choice("Fuse", options, _OTHER if other else now, self._glyphs, id="fuse")
        yield Prompt(other, id="other", placeholder="another one, like 3x100", max_length=_LONGEST)
        yield Static("left right: pick   down: another one   enter: save", classes="words hint")

    def _row(self, size: str) -> str:
        fuse = parse_fuse(size)
        unit = "kW" if self._has_neutral or fuse.phases == 1 else "kVA"
        return f"{size} A   {fuse.power_w(has_neutral=self._has_neutral) / 1000:.2f} {unit}"

    def on_mount(self) -> None:
        """A size that is picked takes the place of what was typed."""
        self.watch(self._choice, "at", self._picked, init=False)

    @property
    def _choice(self) -> Choice[str | None]:
        return self.query_one("#fuse", Choice)

    def _picked(self) -> None:
        if self._choice.value != _OTHER:
            self.query_one("#other", Input).value = ""

    @on(Input.Changed, "#other")
    def _typed(self, event: Input.Changed) -> None:
        if event.value:
            self._choice.choose(_OTHER)

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Accept what was picked or typed, or say what is wrong with it."""
        picked = self._choice.value
        text = self.query_one("#other", Input).value if picked == _OTHER else picked
        try:
            fuse = parse_fuse(text) if text is not None else None
        except ValueError as error:
            self.refuse(str(error))
        else:
            self.dismiss(Answer(fuse))
