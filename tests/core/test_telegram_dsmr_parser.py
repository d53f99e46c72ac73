"""Against another reader of telegrams, written by others: whatever both read is equal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from dsmr_parser import telegram_specifications as known
from dsmr_parser.exceptions import ParseError
from dsmr_parser.objects import CosemObject, MBusObject, MBusObjectPeak, ProfileGenericObject
from dsmr_parser.parsers import TelegramParser

from tests.core.telegrams import NOT_HERE, REAL, SAMPLES, real
from tui.core.telegram.told import Measured, Stamp, ToldLine, tell

PARSERS = [
    TelegramParser(specification, apply_checksum_validation=False)
    for specification in (
        known.V2_2,
        known.V4,
        known.V5,
        known.BELGIUM_FLUVIUS,
        known.LUXEMBOURG_SMARTY,
        known.SWEDEN,
        known.Q3D,
        known.SAGEMCOM_T210_D_R,
        known.ISKRA_IE,
        known.EON_HUNGARY,
    )
]
ZONE = ZoneInfo("Europe/Amsterdam")
"""The one that it takes for all meters."""


def read_by_it(text: str) -> Iterator[tuple[str, object]]:
    """The beginning of each line that it reads, and what it reads there; by whichever of its specifications does."""
    seen = set()
    for parser in PARSERS:
        for one in parser.telegram_specification["objects"]:
            for match in parser.telegram_specification_regexes[one["obis_reference"]].findall(text):
                try:
                    read = one["value_parser"].parse(match)
                except (ParseError, ArithmeticError, ValueError, IndexError):
                    continue  # a specification of another country
                if (match, type(read)) not in seen:
                    seen.add((match, type(read)))
                    yield match, read


def number(measured: Measured | None) -> tuple[Decimal, str | None] | None:
    return (Decimal(measured.digits), measured.unit or None) if measured else None


def moment(stamp: Stamp | None) -> datetime | None:
    """As it has times: in UTC, by the letter."""
    if stamp is None:
        return None
    return stamp.time.replace(tzinfo=ZONE, fold=int(stamp.summer is False)).astimezone(UTC)


def pairs(line: ToldLine, read: object) -> Iterator[tuple[object, object]]:
    """What we and what it read of a line, one beside the other; none where one of us did not read it."""
    match read:
        case list():
            for entry, peak in zip(line.entries or (), read, strict=True):
                assert isinstance(peak, MBusObjectPeak)
                yield moment(entry.closed), peak.datetime
                yield moment(entry.at), peak.occurred
                yield number(entry.measured), (peak.value, peak.unit)
        case ProfileGenericObject():
            for entry, cut in zip(line.entries or (), read.buffer, strict=True):
                yield moment(entry.at), cut.datetime
                yield number(entry.measured), (Decimal(cut.value), cut.unit)
        case MBusObject():
            yield moment(line.at), read.datetime
            yield number(line.measured), (read.value, read.unit)
        case CosemObject() if isinstance(read.value, datetime):
            yield moment(line.at), read.value
        case CosemObject() if isinstance(read.value, Decimal):
            yield number(line.measured), (read.value, read.unit)
        case CosemObject() if isinstance(read.value, int) and line.measured:
            yield line.measured.digits, str(read.value)
        case CosemObject() if read.value is None:
            yield line.text, ""
        case CosemObject():
            yield line.rest, f"({read.value})"


def compared(text: str) -> int:
    """How many values both read; each of them must be equal."""
    count, lines = 0, {line.raw: line for line in tell(text).lines}
    for match, read in read_by_it(text):
        line = lines.get("".join(match.split()))
        if line is None or not line.is_read:
            continue
        for ours, its in pairs(line, read):
            assert ours == its, match
            count += 1
    return count


@pytest.mark.parametrize(
    ("name", "least"),
    [("dsmr-2", 17), ("dsmr-4", 40), ("dsmr-5", 35), ("belgian", 42), ("luxembourg", 18), ("swedish", 20)],
)
def test_what_both_read_is_equal(name: str, least: int) -> None:
    assert compared(SAMPLES[name]) >= least


@pytest.mark.skipif(not REAL.is_dir(), reason=NOT_HERE)
def test_what_both_read_of_real_meters_is_equal() -> None:
    counts = {name: compared(text) for name, text in real().items()}
    assert min(counts.values()) >= 4, counts
    assert sum(counts.values()) > 1000, counts


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"dsmr-2"}))
def test_both_say_the_same_of_the_checksum(name: str) -> None:
    TelegramParser.validate_checksum(SAMPLES[name])
    assert tell(SAMPLES[name]).checksum is True
