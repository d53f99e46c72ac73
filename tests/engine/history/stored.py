"""Stored histories, one of each version: `python -m tests.engine.history.stored` writes that of this version."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from tests.engine.history.keeping import START, ZONE, Kept, gas
from tui.engine.history.schema import FILE, VERSION

HERE = Path(__file__).parent
STORED = {
    int(found[1]): path
    for path in HERE.glob("version-*.sqlite")
    if (found := re.fullmatch(r"version-(\d+)", path.stem)) is not None
}
"""The files by their version."""


def write(folder: Path) -> None:
    """A few hours of a P1 with a gas meter and of a socket: minutes, all levels that follow, a gap."""
    kept = Kept(folder)
    p1, socket = kept.house.device("5c2faf0000aa"), kept.house.device("5c2faf0000bb", "HWE-SKT")
    kept.house.wait(13.9 * 3600)  # shortly before midnight
    for number in range(180):
        utc = kept.house.now.utc
        hours = (utc - START) / 3600
        hour = datetime.fromtimestamp(utc, ZONE).replace(minute=0, second=0, tzinfo=None)
        if not 60 <= number < 90:
            kept.house.measure(
                p1,
                {
                    "unique_id": "4530303",
                    "power_w": 400.0 - number,
                    "voltage_l1_v": 229.5,
                    "energy_import_kwh": round(5000 + hours, 3),
                    "energy_export_kwh": 12.5,
                    "any_power_fail_count": 4 + number // 100,
                },
                gas(hour - timedelta(minutes=0), round(900 + int(hours) / 8, 3)),
            )
        kept.house.measure(socket, {"power_w": 55.25, "energy_import_kwh": round(70 + hours / 20, 3)})
        kept.house.wait(60)
        kept.writer.step()
    kept.end()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        shutil.copy(Path(folder, FILE), HERE / f"version-{VERSION}.sqlite")


if __name__ == "__main__":
    main()
