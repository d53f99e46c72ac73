"""Grid profiles."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tui.core.profiles import PROFILES, profile_of


def test_there_are_four_grids_each_with_and_without_a_neutral() -> None:
    names = ("nl", "be-vlg", "be-wal", "be-bru")
    assert set(PROFILES) == {*names, *(f"{name}-3x230" for name in names)}
    assert {name for name, profile in PROFILES.items() if not profile.has_neutral} == {
        f"{name}-3x230" for name in names
    }


@pytest.mark.parametrize(
    ("name", "zone", "first", "second"),
    [
        ("nl", "Europe/Amsterdam", "1 low", "2 normal"),
        ("nl-3x230", "Europe/Amsterdam", "1 low", "2 normal"),
        ("be-vlg", "Europe/Brussels", "1 day", "2 night"),
        ("be-wal-3x230", "Europe/Brussels", "1 day", "2 night"),
        (None, "Europe/Amsterdam", "1", "2"),
    ],
)
def test_a_profile_gives_the_meters_zone_and_the_names_of_tariffs(
    name: str | None, zone: str, first: str, second: str
) -> None:
    profile = profile_of(name)
    assert (profile.name, profile.zone) == (name, zone)
    assert (profile.tariff_words(1), profile.tariff_words(2.0)) == (first, second)
    assert profile.tariff_words(3) == "3"
    assert ZoneInfo(profile.zone)


def test_a_profile_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        profile_of("de")
