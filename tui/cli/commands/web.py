"""`hwtui web`."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from dataclasses import replace

from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command
from tui.core.settings import SettingsError

_EPILOG = """\
The page is at http://127.0.0.1:8000/ unless --listen names another place. For a
look from another computer without opening anything to the network:
  ssh -L 8000:127.0.0.1:8000 COMPUTER
See hwtui help web.
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("in a browser").add_argument
    text = "where the page is (default: 127.0.0.1:8000); beyond this computer only with a password"
    add("--listen", metavar="[ADDRESS:]PORT", dest="web_listen", help=text)
    text = "ask browsers for the password in this file, which only you can read"
    add("--password-file", metavar="FILE", dest="web_password_file", help=text)
    text = "let others in the network read along: plain HTTP beyond this computer"
    add("--insecure", action="store_true", dest="web_insecure", help=text)
    add("--control", action="store_true", dest="web_control", help="let browsers switch, set, name and add")
    text = "a name under which browsers ask for it, such as that of a server in front; can be repeated"
    add("--name", action="append", metavar="NAME", dest="web_names", help=text)


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.core.tabwords import ENVIRONMENT
    from tui.engine.commands.web import check_web

    if settings.web_control and settings.read_only:
        raise SettingsError("--control: it is also to be read-only, which forbids that: leave out one of them")
    pages = check_web(settings)
    may_control = settings.web_control and not settings.read_only and not given.may_be_read_only
    shown, without_config = replace(settings, read_only=not may_control), given.without_config
    from tui.engine.tabs.nursery import Nursery, Show

    def load() -> Show:
        os.environ.update(ENVIRONMENT)
        from tui.ui.tab import load as load_screen

        return load_screen(shown, without_config)

    nursery = Nursery.begin(load)  # before anything here has a thread
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.web import web

    return run_to_its_end(lambda output: web(settings, nursery, pages, control=may_control), needs_reader=False)


COMMAND = Command("show the screen in browsers, until ended", run, options, takes=HOSTS, epilog=_EPILOG)
