"""`hwtui` alone: the screen."""

from __future__ import annotations

import gc
from dataclasses import replace

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.cli.terminal import need_terminal


def run(given: Given) -> int:
    settings, without_config = given.settings(), given.without_config
    if given.may_be_read_only:
        settings = replace(settings, read_only=True)
        without_config = f"{without_config} and may say read_only, so nothing is switched"
    need_terminal("hwtui read, hwtui watch or hwtui devices")
    if not settings.kiosk and (where := given.typed_at("hosts")):
        from tui.engine.typed import check_hosts

        check_hosts(settings, where)
    gc.disable()  # until the first picture: what a screen loads stays, and looking through it takes a fifth longer
    from tui.ui.launch import run_screen

    return run_screen(settings, without_config)


COMMAND = Command("every device in this network, live", run)
