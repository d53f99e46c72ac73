"""What is found after the picture of the graph view, and told in its rows: when the cursor's column was highest, how
much of its own sun the house used, costs, 10-minute means. Nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.graph.grid import YEAR_SPAN
from tui.core.graph.pages import Page
from tui.ui.asker import Asker
from tui.ui.looking import Account, Finder, Peak, PeakAsked, Question

_HOUR_SPAN = 2
"""The shortest span with 10-minute means. A year has too many minutes: its highest values are told."""

_SETTLES_S = 0.15
"""So long one stays with a picture before more is reckoned about it: who walks on is not held up by it."""

_DRAWN_S = 0.03
"""So long after a picture is asked for when it was highest: it is drawn first."""


class Closer:
    """Asks in threads of its own; `deliver` is called in them when there is an answer."""

    def __init__(self, finder: Finder, deliver: Callable[[], object]) -> None:
        self.peak: Peak | None = None
        """Of the cursor's column."""
        self._finder = finder
        self._deliver = deliver
        self._peaks: tuple[PeakAsked, Peak] | None = None
        self._peak_asked: PeakAsked | None = None
        self._account: tuple[Question, Account] | None = None
        self._account_asked: Question | None = None
        self._peak_asker: Asker[PeakAsked, Peak] = Asker(finder.peak, self._peak_found, _DRAWN_S)
        self._account_asker: Asker[Question, Account] = Asker(finder.account, self._accounted, _SETTLES_S)

    def look(self, shown: Question | None, column: int, *, waits: bool) -> None:
        """Ask about the picture and the column of the cursor, unless that is asked already. `waits`: there is a
        history, and its disk has to be asked."""
        self._look_for_peak(shown, column, waits=waits)
        asked = self._account_asked
        is_new = shown is not None and (asked is None or asked.subject != shown.subject)
        if shown is not None and is_new and waits and _has_account(shown):
            self._account_asked = shown
            self._account_asker.ask(shown)

    def _look_for_peak(self, shown: Question | None, column: int, *, waits: bool) -> None:
        wanted = None if shown is None else _closer(shown, column)
        if wanted == self._peak_asked:
            return
        asked, self._peak_asked = self._peak_asked, wanted
        if wanted is None or asked is None or wanted[:-1] != asked[:-1]:
            self.peak = None  # else that of the present column a moment ago stays until there is a newer one
        if wanted is None:
            return
        if waits:
            self._peak_asker.ask(wanted)
        else:
            self.peak = self._finder.peak(wanted)

    def account(self, shown: Question) -> Account:
        """What is known beside a picture so far."""
        if self._account is not None and self._account[0].subject[:-1] == shown.subject[:-1]:
            return self._account[1]
        return Account()

    def take(self) -> None:
        """Accept what another thread has found."""
        if self._peaks is not None and self._peaks[0] == self._peak_asked:
            self.peak = self._peaks[1]

    def _peak_found(self, asked: PeakAsked, peak: Peak) -> None:
        self._peaks = asked, peak
        self._deliver()

    def _accounted(self, question: Question, account: Account) -> None:
        self._account = question, account
        self._deliver()


def _closer(shown: Question, column: int) -> PeakAsked | None:
    if not shown.variant.quantity or not isinstance(shown.page, Page):
        return None
    start, end = shown.frame.cuts[column : column + 2]
    parts = int((end - start) // 60) if 120 <= end - start <= 90000 else 0
    if not parts and not shown.beside:
        return None
    fresh = shown.fresh if shown.follows and column == shown.frame.columns - 1 else 0
    return PeakAsked(shown.page.place, shown.variant.quantity, start, end, parts, shown.beside, fresh)


def _has_account(shown: Question) -> bool:
    if not isinstance(shown.page, Page):
        return False
    if shown.variant.quantity.startswith("voltage"):
        return _HOUR_SPAN <= shown.span < YEAR_SPAN
    return shown.variant.is_amount
