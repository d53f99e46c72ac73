"""The tables [devices.SERIAL] of the config file. They are read only where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.address import check_api
from tui.core.battery.capacity import check_capacity
from tui.core.model import DeviceSetting, Role, key_of
from tui.core.options import one_of
from tui.core.settings import LONGEST_NAME, ConfigFile, SettingsError, typed_as, unknown
from tui.core.text import clean
from tui.core.wiring import loops

_KEYS: dict[str, type] = {
    "name": str,
    "role": str,
    "behind": str,
    "api": str,
    "inverted": bool,
    "capacity_kwh": float,
}


def device_settings(file: ConfigFile) -> Iterator[tuple[str, DeviceSetting]]:
    """The user's settings by key. Raises `SettingsError`."""
    where: tuple[str, ...] = ("devices",)
    try:
        behind: dict[str, str] = {}
        for serial, table in typed_as(file.values["devices"], dict).items():
            where = ("devices", serial)
            for key in typed_as(table, dict):
                where = ("devices", serial, key)
                if key not in _KEYS:
                    raise ValueError(unknown(key, list(_KEYS)))
                typed_as(table[key], _KEYS[key])
                if key == "role":
                    one_of(tuple(Role))(table[key])
                if key == "api":
                    check_api(table[key])
                if key == "capacity_kwh":
                    check_capacity(table[key])
                if key == "behind" and (meter := clean(table[key])):
                    behind[key_of(serial)] = key_of(meter)
                    if loops(key_of(serial), behind):
                        raise ValueError("a device cannot be behind itself, nor behind one that is behind it")
            yield (
                key_of(serial),
                DeviceSetting(
                    name=clean(table.get("name", ""), LONGEST_NAME) or None,
                    role=Role(table["role"]) if "role" in table else None,
                    behind=clean(table.get("behind", "")) or None,
                    inverted=table.get("inverted", False),
                    api=table.get("api"),
                    capacity_kwh=table.get("capacity_kwh"),
                ),
            )
    except ValueError as error:
        raise SettingsError(f"{file.where(*where)}: {error}") from None
