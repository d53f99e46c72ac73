"""The parsed command line, and the settings it leads to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.cli.terminal import say
from tui.core.settings import Settings, SettingsError, resolve


class Given:
    """The arguments of one call, and its environment."""

    def __init__(
        self, command: str | None, flags: Mapping[str, Any], own: Mapping[str, Any], env: Mapping[str, str] = os.environ
    ) -> None:
        self.command = command
        """None: the screen."""
        self.flags = flags
        """What was given of the settings, by field, as `core.settings.resolve` takes it."""
        self.own = own
        """What was given of the command's own options."""
        self.env = env

    def typed_at(self, setting: str) -> str | None:
        """The option or variable that gave a setting for this one call; None if neither did."""
        from tui.engine.typed import typed_at

        return typed_at(setting, self.flags, self.env)

    def settings(self) -> Settings:
        """The settings, checked against this computer, and the log set up as they say. Raises `SettingsError`."""
        settings = self._resolved()
        if not settings.kiosk and (where := self.typed_at("interfaces")):  # a kiosk may be up before its network
            from tui.engine.typed import check_interfaces

            check_interfaces(settings, where)
        _set_up_log(settings)
        return settings

    def settings_without_screen(self) -> Settings:
        """The same for `devices`, `read` and the like: hosts named for this one call are asked alone."""
        settings = self.settings()
        return replace(settings, discover=False) if self.typed_at("hosts") else settings

    def _resolved(self) -> Settings:
        from tui.engine.configfile import default_path, default_state_dir, read_config

        named = self.flags.get("config_file") or self.env.get("HWTUI_CONFIG")
        path = Path(named).expanduser() if named else default_path()
        settings = resolve(self.flags, self.env, read_config(path, must_exist=bool(named)))
        state_dir = settings.state_dir.expanduser() if settings.state_dir else default_state_dir()
        return replace(settings, config_file=path, state_dir=state_dir)


def _set_up_log(settings: Settings) -> None:
    from tui.engine.logs import set_up_log

    file = settings.log_file.expanduser() if settings.log_file else None
    try:
        warning = set_up_log(file, debug=settings.verbose > 0)
    except OSError as error:
        raise SettingsError(f"--log-file: {file}: {error.strerror}") from None
    if warning:
        say(warning)
