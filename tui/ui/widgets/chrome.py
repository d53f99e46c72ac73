"""The frame around the views: the house line, rules, and the footer."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Click

from tui.core.switching import controller_for
from tui.ui.draw.frame import Hint, flat_rule, footer, rule
from tui.ui.draw.house import house_line
from tui.ui.draw.lines import Lines
from tui.ui.keys import DOCTOR, KEYS, footer_of, help_of, works_in_kiosk
from tui.ui.session import Session
from tui.ui.widgets.part import Part

_TO_FIND_ONE = ("add", "scan", "quit", "help")


class HouseLine(Part):
    """The balance of the house, and the clock."""

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        return [house_line(session.shown.fleet, session.context, width, session.frozen_at)]


class Rule(Part):
    """A border row with titles; `titles` returns the cell that divides the boxes (None: one box), and the titles."""

    def __init__(
        self, session: Session, *, top: bool, titles: Callable[[], tuple[int | None, tuple[str, ...]]] | None = None
    ) -> None:
        super().__init__(session, classes="rule")
        self.top = top
        self.titles = titles

    def draw(self, width: int, height: int) -> Lines:
        if self.titles is None:
            return [flat_rule(width, self.session.glyphs)]
        split, titles = self.titles()
        if self.screen.has_class("-phone") and not self.top:
            return [flat_rule(width, self.session.glyphs)]
        return [rule(width, self.session.glyphs, split=split, titles=titles, top=self.top)]


class Keys(Part):
    """The footer: the keys of this view, which can be clicked."""

    def __init__(self, session: Session, view: str) -> None:
        super().__init__(session, id="keys")
        self._view = view
        self._hints = [Hint(key.shown, key.words, key.action) for key in footer_of(view)]
        self._places: list[tuple[int, int, str]] = []

    def draw(self, width: int, height: int) -> Lines:
        row, self._places = footer(self.hints, width)
        return [row]

    @property
    def hints(self) -> list[Hint]:
        """The keys that work now: in a kiosk, for the selected device, or to find one."""
        if self.session.settings.kiosk:  # passers-by may change the view, but nothing else
            return [
                Hint(key.shown, key.words, key.action)
                for key in help_of(self._view)
                if works_in_kiosk(key.action) and (key.action.startswith("view(") or self._view in key.footer)
            ]
        if not self.session.shown.fleet.devices:
            return [Hint(key.shown, key.words, key.action) for key in KEYS if key.action in _TO_FIND_ONE]
        device = self.session.device
        product = device.product if device else None
        idle = set() if product or self._view == DOCTOR else {"open", "examine", "rename", "copy"}
        if product is None or not product.can_switch:
            idle.add("switch")
        if product is None or not product.can_identify:
            idle.add("identify")
        if product is None or not product.is_grid_meter or self.session.replay is not None:
            idle.add("telegram")
        if device is None or controller_for(device, self.session.shown.fleet) is None:
            idle.add("batteries")
        return [hint for hint in self._hints if hint.action not in idle]

    async def on_click(self, event: Click) -> None:
        """Do what the key does."""
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.run_action(action if "." in action else f"screen.{action}")
