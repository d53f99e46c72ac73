"""`hwtui config`: every setting with its value and where it came from, and what is wrong with what was set."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tui.core.address import typed
from tui.core.model import Endpoint
from tui.core.options import OPTIONS, Option
from tui.core.out.influxplace import Influx
from tui.core.out.listening import Listening
from tui.core.out.mqttbroker import Broker
from tui.core.profiles import profile_of
from tui.core.reading import Json
from tui.core.secret import STARS
from tui.core.settings import ConfigFile, Settings, unknown
from tui.core.table import columns
from tui.core.text import clean, quoted
from tui.engine.commands.exits import OK, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.configfile import read_config

DEFAULT = "default"
NOT_SET = "--"
_PREFIX = "HWTUI_"
_LONGEST = 200
"""Characters of a value that are shown: a path may be long (own choice)."""


class Row(NamedTuple):
    """One setting, or one value of a table of the config file."""

    name: str
    """As the config file calls it; as the option does where the file has no such key."""
    value: Json
    origin: str
    """An option, a variable, FILE:LINE, or `DEFAULT`."""
    option: Option | None = None


async def config(
    settings: Settings, typed_at: Callable[[str], str | None], env: Mapping[str, str], output: Output, *, as_json: bool
) -> int:
    """Print the settings, which were resolved and so are right; 1 if something beside them is wrong.

    `typed_at` gives the option or variable of a setting, None if neither gave it. Raises `SettingsError` for wrong
    limits of the check.
    """
    file = read_config(settings.config_file, must_exist=False) if settings.config_file else ConfigFile()
    rows = [*setting_rows(settings, file, typed_at), *table_rows(file)]
    flaws = [*unknown_variables(env), *_beside(settings)]
    for flaw in flaws:
        narrate(f"hwtui: {flaw}")
    if as_json:
        output.line(json.dumps(_as_json(settings, rows, flaws), indent=2))
    else:
        output.lines(columns([(row.name, _text(row.value), row.origin) for row in rows]))
    return WARNING if flaws else OK


def setting_rows(settings: Settings, file: ConfigFile, typed_at: Callable[[str], str | None]) -> Iterator[Row]:
    """The settings that have an option, in the order of the help."""
    for option in OPTIONS:
        value = getattr(settings, option.field)
        origin = typed_at(option.field)
        if origin is None and option.key is not None and option.key in file.values:
            origin = _place(file, option.key)
        name = option.key or (option.flag or option.field).lstrip("-")
        yield Row(name, _json(value), origin or DEFAULT, option)


def table_rows(file: ConfigFile) -> Iterator[Row]:
    """What stands in the tables of the file, value by value."""
    keys = {option.key for option in OPTIONS}
    for key, value in file.values.items():
        if key not in keys:
            yield from _leaves(file, (key,), value)


def _leaves(file: ConfigFile, path: tuple[str, ...], value: Any) -> Iterator[Row]:
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        inner = ((str(number), one) for number, one in enumerate(value, 1))
    rows = [row for key, one in inner for row in _leaves(file, (*path, key), one)]
    shown = _host_of(value) if path[-1] == "webhook" and isinstance(value, str) else _json(value)
    yield from rows or [Row(".".join(clean(key) for key in path), shown, _place(file, *path))]


def _host_of(url: str) -> str:
    """Of a URL that whoever knows it can send to: what leads to its host."""
    scheme, _, rest = url.strip().partition("://")
    return f"{clean(scheme)}://{quoted(re.split('[/?#]', rest)[0], _LONGEST)}/{STARS}"


def unknown_variables(env: Mapping[str, str]) -> Iterator[str]:
    """Sentences on variables that look like ours and are not."""
    known = [option.variable for option in OPTIONS if option.variable]
    for name in sorted(env):
        if name.startswith(_PREFIX) and name not in known:
            yield f"{clean(name)}: {unknown(name, known, 'variable')}"


def _beside(settings: Settings) -> Iterator[str]:
    """What is wrong with the files that the config file leads to. Raises `SettingsError`."""
    from tui.engine.checkdata import OWN_LIMITS, load_limits

    if settings.config_file is not None:
        load_limits(settings.grid, settings.config_file.with_name(OWN_LIMITS))
    if settings.prices is not None and settings.prices.file is not None:
        from tui.engine.keeping.pricefile import PriceFile

        prices = PriceFile(settings.prices.file, ZoneInfo(profile_of(settings.grid).zone))
        prices.read()
        yield from prices.faults
    if any(alarm.run for alarm in settings.alarms):
        from tui.engine.out.programs import missing_programs

        yield from missing_programs(settings.alarms)


def _place(file: ConfigFile, *path: str) -> str:
    return file.where(*path).rpartition(": ")[0]


def _json(value: Any) -> Json:
    if isinstance(value, Endpoint):
        return typed(value)
    if isinstance(value, Listening):
        return value.address
    if isinstance(value, Broker | Influx):
        return clean(value.typed, _LONGEST)
    if type(value) in (tuple, list):
        return [_json(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else quoted(str(value), _LONGEST)


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value) or NOT_SET
    if isinstance(value, bool):
        return "true" if value else "false"
    return NOT_SET if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _as_json(settings: Settings, rows: list[Row], flaws: list[str]) -> dict[str, Json]:
    return {
        "config_file": str(settings.config_file) if settings.config_file else None,
        "config_file_exists": settings.config_file is not None and os.path.exists(settings.config_file),
        "settings": [
            {
                "name": row.name,
                "value": row.value,
                "from": row.origin,
                "option": row.option.flag if row.option else None,
                "variable": row.option.variable if row.option else None,
            }
            for row in rows
        ],
        "flaws": list(flaws),
    }
