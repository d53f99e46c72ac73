"""What energy costs, as the user writes it: the table [prices] of the config file.

Money is `Decimal`, in the currency of the user's bill. Loaded only where there are prices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tui.core.quantities import TARIFFS
from tui.core.settings import ConfigFile, SettingsError, unknown
from tui.core.text import clean, quoted

EXAMPLE = "[prices]\nimport = 0.27\nexport = 0.05\ngas = 1.35\nfixed = 1.10"
"""What a user without prices is shown."""
MOST = Decimal(1000)
"""The highest price, and the lowest below 0: what is beyond is a typing error, or a price of a MWh (own choice)."""
LONGEST_CURRENCY = 6
ZERO = Decimal(0)

WAYS = ("import", "export")
_BY_TARIFF = {f"{way}_t{tariff}": (way, tariff) for way in WAYS for tariff in TARIFFS}
_SINGLE = ("gas", "water", "warm_water", "heat", "fixed")
KEYS = ("import", "export", *_BY_TARIFF, *_SINGLE, "vat", "currency", "file")

_NUMBER = re.compile(r"[+-]?(\d{1,9}(\.\d{0,15})?|\.\d{1,15})(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prices:
    """The table [prices]: prices without the VAT that `vat` adds."""

    ways: Mapping[str, Decimal] = field(default_factory=dict)
    """A kWh of "import" and "export", whatever the tariff."""
    by_tariff: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    """A kWh by way and tariff, in place of the above."""
    single: Mapping[str, Decimal] = field(default_factory=dict)
    """ "gas", "water" and "warm_water" a m3, "heat" a GJ, "fixed" a day."""
    vat: Decimal = ZERO
    """Percent, added to all prices."""
    currency: str = ""
    """Shown after an amount."""
    file: Path | None = None
    """Where the prices of a kWh stand by time; relative ones are joined to the folder of the config file."""

    @property
    def factor(self) -> Decimal:
        """What a price is multiplied by for the VAT."""
        return 1 + self.vat / 100

    def of(self, way: str, tariff: int | None = None) -> Decimal | None:
        """The price of a kWh with VAT, whatever the time; None without one."""
        known = None if tariff is None else self.by_tariff.get((way, tariff))
        known = self.ways.get(way) if known is None else known
        return None if known is None else known * self.factor

    def of_single(self, name: str) -> Decimal | None:
        """The price with VAT of a unit of what is not electricity, or of a day ("fixed"); None without one."""
        known = self.single.get(name)
        return None if known is None else known * self.factor

    def has_tariffs(self, way: str) -> bool:
        """Whether the price of a kWh depends on the tariff."""
        return any(of == way for of, _ in self.by_tariff)


def decimal_of(text: str) -> Decimal:
    """A price as written, without loss. Raises `ValueError`, which says what to write instead."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f'"{quoted(text, 24)}" is not a price: use one like 0.27')
    value = Decimal(text)
    if abs(value) > MOST:
        raise ValueError(f"{quoted(text, 24)} is out of range: use -{MOST} to {MOST} (of a kWh, not a MWh)")
    return value


def read_prices(file: ConfigFile) -> Prices:
    """The table [prices] of a config file that has one. Raises `SettingsError` with file, line and key."""
    where: tuple[str, ...] = ("prices",)
    found: dict[str, Any] = {}
    try:
        table = file.values["prices"]
        if not isinstance(table, Mapping):
            raise ValueError("wrong type: it must be a table, [prices]")
        for key, raw in table.items():
            where = ("prices", key)
            if key not in KEYS:
                raise ValueError(unknown(key, KEYS))
            found[key] = _value(key, raw)
        for key in found.keys() & {"import", *(name for name in _BY_TARIFF if name.startswith("import"))}:
            where = ("prices", key)
            if "file" in found:
                raise ValueError("the prices of the import are those of the file: take out one of the two")
        where = ("prices",)
        if not found.keys() - {"vat", "currency"}:
            raise ValueError("there is no price in it: write one like import = 0.27")
    except ValueError as error:
        raise SettingsError(f"{file.where(*where)}: {error}") from None
    path = found.get("file")
    if path is not None and not path.parts[0].startswith("~"):
        path = Path(file.path).parent / path
    return Prices(
        {way: found[way] for way in WAYS if way in found},
        {of: found[key] for key, of in _BY_TARIFF.items() if key in found},
        {name: found[name] for name in _SINGLE if name in found},
        found.get("vat", ZERO),
        found.get("currency", ""),
        path,
    )


def _value(key: str, raw: Any) -> Any:
    """The value of a key. Raises `ValueError`."""
    if key in ("currency", "file"):
        if not isinstance(raw, str):
            raise ValueError('wrong type: it must be text in quotes, like "this"')
        if key == "file":
            if not raw or "\0" in raw:
                raise ValueError("a path is missing")
            return Path(raw)
        if len(raw) > LONGEST_CURRENCY or clean(raw) != raw:
            raise ValueError(f'use a short word, like "EUR": {LONGEST_CURRENCY} characters at most')
        return raw
    value = _decimal(raw)
    if key == "vat" and not 0 <= value <= 100:
        raise ValueError(f"{value} is out of range: use a percentage, like 21; none where the prices have their VAT")
    return value


def _decimal(raw: Any) -> Decimal:
    """A number of TOML as it was written. `repr` of a float gives back up to 15 digits (IEEE 754, DBL_DIG), and no
    price has more."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("wrong type: it must be a number, like 0.27")
    if isinstance(raw, int) and abs(raw) > MOST:  # its text may be too long to be made
        raise ValueError(f"out of range: use -{MOST} to {MOST}")
    return decimal_of(raw if isinstance(raw, str) else repr(raw))
