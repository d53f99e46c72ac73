"""The settings, each with where it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.core.model import Endpoint
from tui.core.options import OPTIONS, Option
from tui.core.out.influxplace import Influx
from tui.core.out.mqttbroker import Broker
from tui.core.reading import Json
from tui.core.settings import ConfigFile, Settings, SettingsError, resolve
from tui.engine.configfile import read_config

Typed = Callable[[str], str | None]
"""The option or variable that gave a setting; None if neither did."""
_USUAL = Settings()


def settings_facts(settings: Settings, typed_at: Typed | None) -> dict[str, Json]:
    """Every setting with its value and where it was found. Without `typed_at` what is neither in the file nor the
    usual value was typed, or set while the program ran."""
    file, trouble = _file_of(settings.config_file)
    rows: dict[str, Json] = {}
    for option in OPTIONS:
        value = getattr(settings, option.field)
        rows[option.field] = {"value": _told(value), "from": _from(option, settings, file, typed_at)}
    rows["devices"] = {
        "value": [
            {
                "serial": key,
                "name": one.name,
                "role": one.role.value if one.role else None,
                "behind": one.behind,
                "inverted": one.inverted,
                "api": one.api,
                "capacity_kwh": one.capacity_kwh,
            }
            for key, one in settings.devices.items()
        ],
        "from": "config file" if settings.devices else "default",
    }
    rows["prices"] = {"value": settings.prices is not None, "from": "config file" if settings.prices else "default"}
    rows["config_file_fault"] = trouble
    return rows


def _from(option: Option, settings: Settings, file: ConfigFile, typed_at: Typed | None) -> str:
    if typed_at is not None and (where := typed_at(option.field)):
        return where
    in_file = option.key is not None and option.key in file.values
    if typed_at is None and not in_file:
        usual = getattr(_USUAL, option.field)
        is_usual = option.field in ("state_dir", "config_file") or getattr(settings, option.field) == usual
        return "default" if is_usual else "option, variable or screen"
    if in_file and option.key:
        return f"config file, line {file.lines.get((option.key,), 1)}" + _overridden(option, settings, file, typed_at)
    return "default"


def _overridden(option: Option, settings: Settings, file: ConfigFile, typed_at: Typed | None) -> str:
    """Whether the file says something else than what holds, where nobody knows what was typed."""
    if typed_at is not None or option.type is str:  # a path may have been expanded
        return ""
    try:
        said = getattr(resolve({}, {}, file), option.field)
    except SettingsError:
        return ""
    return "" if said == getattr(settings, option.field) else "; overridden"


def _file_of(path: Path | None) -> tuple[ConfigFile, str | None]:
    if path is None:
        return ConfigFile(), None
    try:
        return read_config(path, must_exist=False), None
    except SettingsError:  # its sentence may quote what stands there
        return ConfigFile(), "it can no longer be read"


def place(endpoint: Endpoint) -> dict[str, Json]:
    """An endpoint in its parts: the host alone is the secret."""
    return {"host": endpoint.host, "port": endpoint.port, "api": endpoint.api}


def _told(value: Any) -> Json:
    if isinstance(value, Influx):  # its parameters name people's organisations
        return {"host": value.host, "tls": value.is_tls}
    if isinstance(value, Broker):
        return {"host": value.host, "port": value.port, "tls": value.tls, "has_user": value.user is not None}
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    if isinstance(value, Endpoint):
        return place(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
