"""The palette: the actions of the view's keys, the themes, and every device, all by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.ui.keys import DEVICE, KEYS
from tui.ui.screens.view import View
from tui.ui.theme import themes_on


class Command(NamedTuple):
    """One line of the palette."""

    words: str
    help: str
    do: Callable[[], object]


class Commands(Provider):
    """Provides the commands of the active view. Device names are data, never markup."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(Content(command.words), command.do, text=command.words, help=command.help)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.words)
            if score > 0:
                yield Hit(score, Content(command.words), command.do, text=command.words, help=command.help)

    def _commands(self) -> Iterator[Command]:
        view = self.screen
        if not isinstance(view, View):
            return
        for key in KEYS:
            if key.help and view.VIEW in key.views and key.words not in ("move", "back"):
                yield Command(key.title, key.help, partial(self._run, view, key.action))
        yield Command("Support file", "write a file for whoever is to help, without secrets", partial(_support, view))
        for name in themes_on(os.environ.get("TERM", "")):
            yield Command(f"Theme {name}", "change the colours", partial(setattr, self.app, "theme", name))
        for device in view.session.devices():
            yield Command(f"Go to {device.label}", device.product.label, partial(self._go_to, view, device.key))

    def _run(self, view: View, action: str) -> None:
        self.app.call_later(view.run_action, action)

    def _go_to(self, view: View, key: str) -> None:
        view.session.selected = key
        view.action_view(DEVICE)
        view.show()


def _support(view: View) -> None:
    from tui.ui.screens.supporting import write_support  # few ever need it

    view.run_worker(write_support(view), group="support", exclusive=True)
