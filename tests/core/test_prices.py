"""The table [prices]: what may be written, and that no digit is lost."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.money.prices import Prices, read_prices
from tui.core.settings import ConfigFile, SettingsError, resolve


def prices(toml: str) -> Prices:
    lines = {("prices",): 7, ("prices", "gas"): 9}
    return read_prices(ConfigFile("/etc/hwtui/config.toml", {"prices": tomllib.loads(toml)}, lines))


def test_prices_are_the_digits_that_were_written() -> None:
    found = prices(
        'import = 0.1\nimport_t1 = "0.123456789012345"\nexport = -0.07\ngas = 1\nfixed = .5'.replace(" .", " 0.")
    )
    assert found.of("import") == Decimal("0.1")
    assert found.of("import", 1) == Decimal("0.123456789012345")
    assert found.of("import", 2) == Decimal("0.1")
    assert found.of("export", 2) == Decimal("-0.07")
    assert found.of_single("gas") == 1
    assert found.of_single("fixed") == Decimal("0.5")
    assert found.of_single("heat") is None


def test_vat_is_added_to_every_price() -> None:
    found = prices("import = 0.20\nexport_t2 = 0.05\nfixed = 1\nvat = 21")
    assert (found.of("import"), found.of("export", 2), found.of("export", 1), found.of_single("fixed")) == (
        Decimal("0.242"),
        Decimal("0.0605"),
        None,
        Decimal("1.21"),
    )


@settings(max_examples=60)
@given(st.decimals(-999, 999, places=6))
def test_a_number_of_toml_is_the_decimal_that_was_written(value: Decimal) -> None:
    assert prices(f"import = {value:f}").of("import") == value


@pytest.mark.parametrize(
    ("path", "meant"), [("p.csv", "/etc/hwtui/p.csv"), ("/srv/p.csv", "/srv/p.csv"), ("~/p", "~/p")]
)
def test_the_file_is_beside_the_config_file(path: str, meant: str) -> None:
    assert prices(f'file = "{path}"').file == Path(meant)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("gas = true", "9: prices.gas: wrong type: it must be a number, like 0.27"),
        ("gas = nan", '9: prices.gas: "nan" is not a price: use one like 0.27'),
        ("gas = inf", '9: prices.gas: "inf" is not a price: use one like 0.27'),
        ('gas = "1,35"', '9: prices.gas: "1,35" is not a price: use one like 0.27'),
        ("gas = 1000.01", "9: prices.gas: 1000.01 is out of range: use -1000 to 1000 (of a kWh, not a MWh)"),
        ("gas = 1" + "0" * 4000, "9: prices.gas: out of range: use -1000 to 1000"),
        ("improt = 1", '7: prices.improt: unknown key: did you mean "import"?'),
        ("import = 1\nvat = 101", "7: prices.vat: 101 is out of range: use a percentage"),
        ("vat = 21", "7: prices: there is no price in it: write one like import = 0.27"),
        ('import = 1\ncurrency = "\\u001b[31m"', '7: prices.currency: use a short word, like "EUR"'),
        ('file = ""', "7: prices.file: a path is missing"),
        ('file = "p"\nimport_t1 = 1', "7: prices.import_t1: the prices of the import are those of the file"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(toml: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        prices(toml)
    assert str(caught.value).startswith(f"/etc/hwtui/config.toml:{sentence}")


@pytest.mark.parametrize("raw", [3, [], "x"])
def test_anything_but_a_table_is_refused(raw: Any) -> None:
    with pytest.raises(SettingsError, match="config:1: prices: wrong type"):
        resolve({}, {}, ConfigFile("config", {"prices": raw}))


def test_settings_have_prices_only_where_the_file_has() -> None:
    assert resolve({}, {}, ConfigFile()).prices is None
    found = resolve({}, {}, ConfigFile("config", {"prices": {"import": 0.27}})).prices
    assert found is not None
    assert found.of("import") == Decimal("0.27")
