"""A history that is written as fast as it can be, until it is killed: `python -m tests.engine.history.killed FOLDER N`.

`attempts` kills it at random moments, and looks what is left.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.engine.history.keeping import START, Kept, SetClock, constant, is_sound, stored
from tui.core.past.history import MINUTE

ROOT = Path(__file__).parents[3]


class Killed(NamedTuple):
    """What is left after a kill."""

    sound: bool
    """Whether `PRAGMA integrity_check` finds nothing."""
    minutes: int
    """How many were handed over, in this attempt and those before."""
    lost: int
    """How many of this attempt are not there, or out of order."""


def attempts(folder: Path, count: int, rng: random.Random, devices: int = 3) -> Iterator[Killed]:
    """Kill so many writers of one database, one after the other, at random moments."""
    begin = 0
    for _ in range(count):
        command = [sys.executable, "-m", "tests.engine.history.killed", str(folder), str(begin), str(devices)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            least = rng.randrange(1, 40)
            for line in child.stdout:
                if int(line) >= begin + least:
                    break
            child.stdout.flush()
            child.kill()
            rest = child.stdout.read().split()
        handed = int(rest[-1]) if rest and int(rest[-1]) > int(line) else int(line)
        sound = is_sound(folder)
        there = {(row.start - int(START)) // 60 for row in stored(folder, MINUTE)}
        yield Killed(sound, handed, len(set(range(begin, handed + 1)) - there))
        begin = handed + 2


def main() -> None:
    folder, begin, devices = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    kept = Kept(folder, SetClock(START + 60 * begin))
    serials = [kept.house.device(f"5c2faf00000{number}") for number in range(devices)]
    number = begin
    while True:
        for serial in serials:
            kept.house.measure(serial, constant(500.0)(kept.house.now.utc))
        kept.house.wait(60)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        kept.writer.step()
        number += 1


if __name__ == "__main__":
    main()
