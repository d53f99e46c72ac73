"""Views that are loaded when someone first looks at them: the first picture does not wait for what few use."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.screen import Screen

from tui.ui.keys import CHECK, CHECKS, DOCTOR, GRAPH, TELEGRAM
from tui.ui.session import Session


class LaterViews(App[None]):
    """Installs such a view before it comes to the front."""

    session: Session

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Show a view in place of the one in front."""
        if screen in CHECKS and not self.is_screen_installed(CHECK):
            from tui.ui.screens.check import views_of_check

            for view in views_of_check(self.session):
                self.install_screen(view, view.VIEW)
        if screen == GRAPH:
            self._prepare_graph()
        if screen == TELEGRAM:
            self._prepare_telegram()
        if screen == DOCTOR:
            self._prepare_doctor()
        return super().switch_screen(screen)

    def _prepare_graph(self) -> None:
        """Install the graph view, and tell it where it is opened from, and about what."""
        from tui.ui.screens.graph import GraphView
        from tui.ui.screens.view import View

        if not self.is_screen_installed(GRAPH):
            from tui.ui.voltagepage import VoltagePage

            self.install_screen(GraphView(self.session, (VoltagePage(self.session),)), GRAPH)
        graph, opener = self.get_screen(GRAPH), self.screen
        if isinstance(graph, GraphView) and isinstance(opener, View):
            graph.came_from = opener.VIEW
            graph.about(*opener.graph_subject)

    def _prepare_telegram(self) -> None:
        """Install the view of a telegram, and tell it where it is opened from, and of which device."""
        from tui.ui.screens.telegram import TelegramView
        from tui.ui.screens.view import View

        if not self.is_screen_installed(TELEGRAM):
            self.install_screen(TelegramView(self.session), TELEGRAM)
        view, opener = self.get_screen(TELEGRAM), self.screen
        if isinstance(view, TelegramView) and isinstance(opener, View) and opener is not view:
            view.came_from = opener.VIEW
            view.about(self.session.selected)

    def _prepare_doctor(self) -> None:
        """Install the page of the link doctor, and let it begin."""
        from tui.ui.screens.doctor import DoctorView

        if not self.is_screen_installed(DOCTOR):
            self.install_screen(DoctorView(self.session), DOCTOR)
        view = self.get_screen(DOCTOR)
        if isinstance(view, DoctorView):
            view.opened()
