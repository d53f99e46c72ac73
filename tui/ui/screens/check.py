"""View 5: the check, and one of its findings in full."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from tui.ui.checking import Checking
from tui.ui.draw.check import VERDICT_WORDS, VERDICTS
from tui.ui.draw.frame import TITLE_FRAME
from tui.ui.draw.lines import cells_of, fit
from tui.ui.keys import CHECK, FINDING, bindings_of
from tui.ui.screens.device import MORE
from tui.ui.screens.reporting import ReportActions
from tui.ui.screens.view import View
from tui.ui.session import Session
from tui.ui.widgets.check import CheckHead, CheckKeys, Disclaimer, FindingPicked, Findings, FindingText
from tui.ui.widgets.chrome import Rule


class CheckView(ReportActions, View):
    """Verdicts on the house as they are now, worst first."""

    VIEW = CHECK
    BINDINGS = bindings_of(CHECK)
    FILTERS_BY = "device, rule or verdict"

    def __init__(self, session: Session, checking: Checking) -> None:
        super().__init__(session)
        self.checking = checking

    def compose(self) -> ComposeResult:
        yield CheckHead(self.session, self.checking, id="head")
        yield Findings(self.session, self.checking)
        yield Disclaimer(self.session, self.checking, id="disclaimer")
        yield CheckKeys(self.session, CHECK, self.checking)

    def action_move(self, by: int) -> None:
        """Select another finding."""
        self.checking.move(by)
        self.show()

    def action_open(self) -> None:
        """Show the selected finding in full."""
        if (selected := self.checking.selected) is not None:
            self.checking.choose(selected)
            self.action_view(FINDING)

    def action_sort(self) -> None:
        """Switch the list to the next order."""
        order = self.checking.next_order()
        self.notify(f"Sorted {order}.", timeout=2, markup=False)
        self.show()

    def action_all(self) -> None:
        """List what does not apply, too, or no longer."""
        self.checking.all = not self.checking.all
        self.show()

    def action_back(self) -> None:
        """Clear the filter if there is one, else go to the overview."""
        if self.wanted:
            self.filter_by("")
            self.show()
        else:
            super().action_back()

    @property
    def wanted(self) -> str:
        """The words of the filter: its own, since they name rules and verdicts, too."""
        return self.checking.wanted

    def filter_by(self, words: str) -> None:
        """Filter the findings."""
        self.checking.wanted = words

    @on(FindingPicked)
    def _finding_picked(self, event: FindingPicked) -> None:
        self.checking.choose(event.place)
        if event.opened:
            self.action_open()
        self.show()


class FindingView(ReportActions, View):
    """One finding: its figure, limit, source and advice, and the trend behind it."""

    VIEW = FINDING
    BINDINGS = bindings_of(FINDING)

    def __init__(self, session: Session, checking: Checking) -> None:
        super().__init__(session)
        self.checking = checking

    def compose(self) -> ComposeResult:
        yield CheckHead(self.session, self.checking, id="head")
        yield Rule(self.session, top=True, titles=self._titles)
        yield FindingText(self.session, self.checking)
        yield CheckKeys(self.session, FINDING, self.checking)

    def _titles(self) -> tuple[int | None, tuple[str, ...]]:
        selected = self.checking.selected
        if selected is None:
            return None, ("no finding",)
        entry = self.checking.entry(selected)
        phase = f" L{selected.phase}" if selected.phase else ""
        more = "" if self.query_one(FindingText).complete else MORE
        verdict = entry.finding.verdict
        title = f"{VERDICT_WORDS.get(verdict, VERDICTS[verdict][0])}  {entry.device}{phase}: {entry.name}"
        room = self.size.width - TITLE_FRAME - len(more)
        return None, (f"{title if cells_of(title) <= room else fit(title, room, self.session.glyphs)}{more}",)

    def show(self) -> None:
        """Draw; the title says whether there is more than fits, which only drawing tells."""
        super().show()
        self.query_one(Rule).redraw()

    @property
    def graph_subject(self) -> tuple[str | None, str | None]:
        """What the finding is about."""
        selected = self.checking.selected
        if selected is None:
            return None, None
        return selected.device, self.checking.findings[selected].quantity

    def action_graph(self) -> None:
        """Show the graph alone, or the text again."""
        if (selected := self.checking.selected) is not None and not self.query_one(FindingText).turn():
            has_one = self.checking.findings[selected].quantity is not None
            self.say("There is no room for its graph." if has_one else "This finding has no graph.")
        self.show()

    def action_move(self, by: int) -> None:
        """Scroll."""
        self.query_one(FindingText).scroll_rows(by)
        self.show()

    def action_next(self, by: int) -> None:
        """Go to the previous or next finding of the list."""
        self.checking.move(by)
        self.show()

    def action_back(self) -> None:
        """Go back to the list."""
        self.action_view(CHECK)

    def action_page(self, by: int) -> None:
        """Scroll by a page."""
        text = self.query_one(FindingText)
        text.scroll_rows(by * max(1, text.size.height - 1))
        self.show()


def views_of_check(session: Session) -> tuple[View, View]:
    """Both views; they share what is found and selected."""
    checking = Checking(session)
    return CheckView(session, checking), FindingView(session, checking)
