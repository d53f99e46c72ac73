"""What keeping the history costs: CPU and memory beside the screen, bytes written, size on disk, kills.

Bytes are those of `wchar` in /proc/self/io, the log of the database included. A day is simulated with the real
collector and writer: each minute is one transaction, of which the values are drawn from a fixed seed. The size after a
year is extrapolated from `GROWN_DAYS` of it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from tests.bench.process import HWTUI, ROOT, environment, household, rss_mb
from tests.bench.report import Report
from tests.bench.terminal import Terminal
from tests.engine.history.keeping import ZONE, Kept, gas
from tests.engine.history.killed import attempts
from tui.core.past.history import MINUTES_KEPT_S
from tui.core.reading import External, Value
from tui.engine.history.schema import FILE

KINDS = ("HWE-P1", "HWE-KWH1", "HWE-KWH3", "HWE-SKT", "HWE-SKT", "HWE-WTR", "HWE-SKT", "HWE-KWH1", "HWE-SKT", "HWE-SKT")
DAY_MINUTES = 1440
GROWN_DAYS = 14
KILLS = 200
MOST_CPU_PCT, MOST_MB_MORE, MOST_GROWTH_MB = 1.0, 3.0, 0.5
MOST_WRITTEN_MB = {1: 5.0, 10: 20.0}
MOST_YEAR_MB = 1000.0


class Simulated:
    """Devices whose values change as those of a house do; a sample every `every_s` seconds."""

    def __init__(self, folder: Path, devices: int, every_s: int) -> None:
        self.kept = Kept(folder)
        self._every_s = every_s
        self._rng = random.Random(1)
        self._serials = [self.kept.house.device(f"5c2faf00000{number}", KINDS[number]) for number in range(devices)]
        self._counted: dict[str, float] = {}

    def minutes(self, count: int, at_once: int = 1) -> None:
        """Let so many minutes pass, `at_once` of them in one transaction."""
        for number in range(count):
            for _ in range(0, 60, self._every_s):
                for serial, kind in zip(self._serials, KINDS, strict=False):
                    self.kept.house.measure(serial, *self._answer(serial, kind))
                self.kept.house.wait(self._every_s)
            if (number + 1) % at_once == 0:
                self.kept.writer.step()

    def _answer(self, serial: str, kind: str) -> tuple[dict[str, Value], *tuple[External, ...]]:
        rng = self._rng
        values: dict[str, Value] = {}
        power = round(rng.gauss(800, 400), 1)
        if kind == "HWE-WTR":
            flow = rng.choice([0.0, 0.0, 0.0, 7.5])
            values |= {"water_flow_lpm": flow, "water_total_m3": self._count(serial, "w", flow / 1000)}
            return (values,)
        values["power_w"] = power
        sides = [("import", max(0.0, power)), ("export", max(0.0, -power))]
        for side, watts in sides:
            values[f"energy_{side}_kwh"] = self._count(serial, side, watts / 6e4 * self._every_s / 60)
        phases = {"HWE-SKT": (), "HWE-KWH1": ()}.get(kind, (1, 2, 3))
        for phase in phases:
            values[f"power_l{phase}_w"] = round(power / 3 + rng.gauss(0, 50))
            values[f"voltage_l{phase}_v"] = round(rng.gauss(231, 2), 1)
            values[f"current_l{phase}_a"] = round(rng.gauss(3, 1), 2)
        if kind != "HWE-P1":
            if not phases:
                values |= {"voltage_v": round(rng.gauss(231, 2), 1), "current_a": 3.1}
            return (values,)
        for tariff in (1, 2):
            values |= {
                f"energy_{side}_t{tariff}_kwh": self._count(serial, f"{side}{tariff}", watts / 1.2e5 / 60)
                for side, watts in sides
            }
        values |= {"any_power_fail_count": 4, "long_power_fail_count": 3}
        values |= {f"voltage_{what}_l{phase}_count": 1 for what in ("sag", "swell") for phase in (1, 2, 3)}
        stamp = datetime.fromtimestamp(self.kept.house.now.utc // 300 * 300, ZONE).replace(tzinfo=None)
        return values, gas(stamp, self._count(serial, "gas", 0.0005))

    def _count(self, serial: str, what: str, more: float) -> float:
        self._counted[serial + what] = self._counted.get(serial + what, 4321.0) + more
        return round(self._counted[serial + what], 3)


def _own_wchar() -> int:
    line = next(line for line in Path("/proc/self/io").read_text().splitlines() if line.startswith("wchar"))
    return int(line.split()[1])


def child(what: str, devices: int, count: int) -> None:
    """What is measured in a process of its own; prints it as JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder, told = Path(name), dict[str, float]()
        if what == "written":
            one = Simulated(folder, devices, 60)
            one.minutes(1)
            before = _own_wchar()
            one.minutes(DAY_MINUTES * count)
            one.kept.end()
            told = {"mb": (_own_wchar() - before) / 1e6 / count}
        elif what == "size":
            one = Simulated(folder, devices, 60)
            sizes = []
            for _ in range(2):
                one.minutes(DAY_MINUTES * count, at_once=60)
                one.kept.writer.finish()
                sizes.append((folder / FILE).stat().st_size / 1e6)
                one.kept.writer.step()
            told = {"mb": sizes[1], "mb_a_day": (sizes[1] - sizes[0]) / count}
        else:
            one = Simulated(folder, devices, 10)
            own = int(Path("/proc/self/stat").read_text().split()[0])
            for day in range(count):
                one.minutes(DAY_MINUTES, at_once=15)
                if day == 0:
                    told["first_mb"] = rss_mb(own)
            told["last_mb"] = rss_mb(own)
    print(json.dumps(told))


def _in_child(what: str, devices: int, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.history_writing", what, str(devices), str(count)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def beside_the_screen(report: Report, windows: int, window_s: float = 120.0) -> None:
    """Two screens over the same ten devices and the same windows: one keeps the history, the other does not."""
    with household(10) as served, tempfile.TemporaryDirectory() as state:
        hosts = [*HWTUI, "--no-mdns", *(word for device in served for word in ("--host", device.address))]
        with Terminal([*hosts, "--state-dir", state]) as keeping, Terminal([*hosts, "--no-history"]) as other:
            both = (keeping, other)
            for one in both:
                one.wait_for(lambda text: "10 of 10 live" in text)
                one.run_for(10)
            differ = []
            for _ in range(windows):
                before, start = [one.cpu_s() for one in both], time.monotonic()
                while (seconds := time.monotonic() - start) < window_s:
                    for one in both:
                        one.run_for(0.05)
                ours, theirs = (100 * (one.cpu_s() - cpu) / seconds for one, cpu in zip(both, before, strict=True))
                differ.append(ours - theirs)
            memory = keeping.rss_mb() - other.rss_mb()
    report.row("writing 10 devices at 1 Hz: CPU of it", differ, "% of a core", limit=MOST_CPU_PCT)
    report.value("memory of the screen with history: more by", memory, "MB", limit=MOST_MB_MORE)


def written(report: Report) -> None:
    """A simulated day."""
    for devices, most_mb in MOST_WRITTEN_MB.items():
        report.value(
            f"written in a day, {devices} devices", _in_child("written", devices, 1)["mb"], "MB", limit=most_mb
        )


def grown(report: Report, days: int) -> None:
    """Ten devices after a year: all of it, minutes included."""
    found = _in_child("size", 10, days // 2)
    report.value("database of 10 devices: a day", found["mb_a_day"], "MB")
    report.value("after a year (extrapolated)", 365 * found["mb_a_day"], "MB", limit=MOST_YEAR_MB)
    report.value("at its largest, minutes of 400 days", MINUTES_KEPT_S / 86400 * found["mb_a_day"], "MB")


def flat(report: Report, days: int) -> None:
    """Memory of the collector and the writer."""
    found = _in_child("memory", 10, days)
    more = found["last_mb"] - found["first_mb"]
    report.value(f"memory after {days} days: more than after one by", more, "MB", limit=MOST_GROWTH_MB)


def killed(report: Report, kills: int) -> None:
    """SIGKILL at random moments."""
    with tempfile.TemporaryDirectory() as folder:
        found = list(attempts(Path(folder), kills, random.Random(1)))
    report.claim(f"integrity_check after {kills} kills", holds=all(one.sound for one in found))
    report.value("minutes lost by one of them, at most", max(one.lost for one in found), limit=1)


def writing(report: Report, *, quick: bool) -> None:
    """All of it."""
    beside_the_screen(report, 1 if quick else 4, 65.0 if quick else 120.0)
    written(report)
    grown(report, 4 if quick else GROWN_DAYS)
    flat(report, 2 if quick else 7)
    killed(report, 10 if quick else KILLS)


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
