"""The parsed command line, and the settings it leads to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.cli.terminal import say
from tui.core.settings import ConfigFile, Settings, SettingsError, given_at, resolve
from tui.core.text import quoted

HANDS_ON = (None, "demo", "record", "serve", "web")
"""The commands beside which the values go out to other programs; None: the screen."""


class Given:
    """The arguments of one call, and its environment."""

    def __init__(
        self,
        command: str | None,
        flags: Mapping[str, Any],
        own: Mapping[str, Any],
        env: Mapping[str, str] = os.environ,
        *,
        named: Sequence[str] = (),
    ) -> None:
        self.command = command
        """None: the screen."""
        self.flags = flags
        """What was given of the settings, by field, as `core.settings.resolve` takes it."""
        self.own = own
        """What was given of the command's own options."""
        self.named = named
        """The words that name devices, with the hosts of --host where these stood; none if there is no such word."""
        self.env = env
        self.without_config: str | None = None
        """Why there is no config file to read and to write; `settings` finds out."""
        self.log_place = self.ca_place = ""
        """Where the log file was given, and the authority."""
        self.may_be_read_only = False
        """There may be a config file that cannot be reached, and only it can tell."""

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
        self._set_up_log(settings)
        if self.command in HANDS_ON and settings.hands_on:
            from tui.engine.out.making import check_sinks

            check_sinks(settings)
        if settings.ca is not None:
            from tui.engine.paired.cafile import trust_at

            with given_at(self.ca_place):
                trust_at(settings.ca)
        return settings

    def settings_without_screen(self) -> Settings:
        """The same for `devices`, `read` and the like: hosts named for this one call are asked alone."""
        settings = self.settings()
        if self.without_config:
            say(f"{self.without_config}, so no config file is read: set HOME, or use --config FILE")
        return replace(settings, discover=False) if self.typed_at("hosts") else settings

    def settings_for_one(self) -> Settings:
        """The same for a command that takes one device as a word. Raises `SettingsError` where another is typed."""
        settings = self.settings_without_screen()
        if "hosts" in self.flags:
            raise SettingsError("--host: it takes one device, as a word: leave out the option")
        return replace(settings, read_only=settings.read_only or self.may_be_read_only)

    def _resolved(self) -> Settings:
        from tui.engine.configfile import default_path, default_state_dir, read_config
        from tui.engine.home import NO_HOME, expanded, out_of_reach

        named = self.flags.get("config_file") or self.env.get("HWTUI_CONFIG")
        path = expanded(Path(named), self._place("config_file"), self.env) if named else default_path(self.env)
        if path is None:
            self.without_config = NO_HOME
        elif not named and (why := out_of_reach(path)):
            self.without_config, path = f"{quoted(str(path), 80)} cannot be reached ({why})", None
            self.may_be_read_only = self.typed_at("read_only") is None
        file = read_config(path, must_exist=bool(named)) if path else ConfigFile()
        settings = resolve(self.flags, self.env, file)
        state_dir = settings.state_dir or default_state_dir(self.env)
        log_file, self.log_place = settings.log_file, self._place("log_file", file)
        self.ca_place = self._place("ca", file)

        def named_file(setting: str) -> Path | None:
            one: Path | None = getattr(settings, setting)
            return one and expanded(one, self._place(setting, file), self.env)

        return replace(
            settings,
            config_file=path,
            influx_token_file=settings.influx_token_file
            and expanded(settings.influx_token_file, self._place("influx_token_file", file), self.env),
            state_dir=state_dir and expanded(state_dir, self._place("state_dir", file), self.env),
            log_file=log_file and expanded(log_file, self.log_place, self.env),
            ca=settings.ca and expanded(settings.ca, self.ca_place, self.env),
            mqtt_password_file=named_file("mqtt_password_file"),
            mqtt_ca=named_file("mqtt_ca"),
            web_password_file=named_file("web_password_file"),
        )

    def _place(self, setting: str, file: ConfigFile | None = None) -> str:
        """Where a setting was found."""
        return self.typed_at(setting) or (file.where(setting) if file else setting)

    def _set_up_log(self, settings: Settings) -> None:
        from tui.engine.logs import set_up_log

        try:
            warning = set_up_log(settings.log_file, debug=settings.verbose > 0)
        except OSError as error:
            raise SettingsError(f"{self.log_place}: {settings.log_file}: {error.strerror}") from None
        if warning:
            say(warning)
