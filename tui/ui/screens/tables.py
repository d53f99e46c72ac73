"""Views 4 and 6: the external meters, and the links."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.ui.keys import DOCTOR, LINKS, METERS, bindings_of
from tui.ui.screens.view import View
from tui.ui.widgets.chrome import HouseLine, Keys, Rule
from tui.ui.widgets.views import LinkTable, MeterTable


class Meters(View):
    """Gas, water and heat behind the P1 meters."""

    VIEW = METERS
    BINDINGS = bindings_of(METERS)

    def compose(self) -> ComposeResult:
        yield HouseLine(self.session)
        yield Rule(self.session, top=True, titles=lambda: (None, ("Meters behind the smart meter",)))
        yield MeterTable(self.session, id="table")
        yield Keys(self.session, METERS)

    def action_move(self, by: int) -> None:
        """Scroll."""
        table = self.query_one(MeterTable)
        table.first = max(0, table.first + by)
        table.redraw()


class Links(View):
    """How each device is reached."""

    VIEW = LINKS
    BINDINGS = bindings_of(LINKS)

    def compose(self) -> ComposeResult:
        yield HouseLine(self.session)
        yield Rule(self.session, top=True, titles=lambda: (None, (self.session.titled("Links"),)))
        yield LinkTable(self.session, id="table")
        yield Keys(self.session, LINKS)

    def action_examine(self) -> None:
        """Examine every link, and show what is wrong with that of the selected device; also where none is known."""
        if self.session.hidden:
            self.chosen()
        else:
            self.action_view(DOCTOR)

    def action_open(self) -> None:
        """The same: a click on the selected device does what enter does."""
        self.action_examine()
