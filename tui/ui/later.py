"""The views. Each is loaded when someone first looks at it: the first picture waits for its own view alone."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import Provider
from textual.screen import Screen

from tui.ui.keys import CHECK, CHECKS, DEVICE, DOCTOR, GRAPH, LINKS, METERS, OVERVIEW, TELEGRAM, WALL
from tui.ui.session import Session


def commands_of_palette() -> type[Provider]:
    """What the palette lists, loaded when it is opened."""
    from tui.ui.palette import Commands

    return Commands


def _plain_view(name: str, session: Session) -> Screen[None] | None:
    """A view that is told nothing when it is opened; None: the name is that of another one."""
    if name == OVERVIEW:
        from tui.ui.screens.overview import Overview

        return Overview(session)
    if name == WALL:
        from tui.ui.screens.wall import WallView

        return WallView(session)
    if name == DEVICE:
        from tui.ui.screens.device import DeviceView

        return DeviceView(session)
    if name in (METERS, LINKS):
        from tui.ui.screens.tables import Links, Meters

        return Meters(session) if name == METERS else Links(session)
    return None


class LaterViews(App[None]):
    """Installs a view before it first comes to the front."""

    session: Session

    def show_first(self, name: str) -> None:
        """Show the first view of all."""
        self._prepare(name)
        self.push_screen(name)

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
        if isinstance(screen, str):
            self._prepare(screen)
        return super().switch_screen(screen)

    def _prepare(self, name: str) -> None:
        """Install one of the plain views."""
        if not self.is_screen_installed(name) and (view := _plain_view(name, self.session)) is not None:
            self.install_screen(view, name)

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
