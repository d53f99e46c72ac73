"""What the check costs: the rules over a day of 50 devices, the record's memory, and one answer in it.

All in this process, without sockets and on no clock: a day of answers, one each 10 s, is fed to the recorder. CPU
figures are the medians of many runs. `--quick` feeds two hours.
"""

from __future__ import annotations

import gc
import math
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from tests.bench.process import HWTUI, ROOT, environment, household
from tests.bench.report import Report, arguments
from tui.core.checks.finding import Finding
from tui.core.checks.record import Installation, Record
from tui.core.checks.recorder import Recorder
from tui.core.checks.registry import RULES, Rule, check
from tui.core.events import Configured, Identified, Measured, TelegramRead
from tui.core.fleet import reduce
from tui.core.fuse import parse_fuse
from tui.core.model import DeviceSetting, Endpoint, Fleet, Role
from tui.core.moment import Now
from tui.core.profiles import PROFILES
from tui.core.reading import External, Identity, Measurement, System, Value
from tui.core.telegram import Telegram
from tui.engine.checkdata import load_limits

START = Now(1_781_216_400.0, 1000.0)
"""Midnight in the Netherlands, 12 June 2026."""
EVERY_S = 10
DAY_S, QUICK_S = 86400, 7200
MOST_RULES_MS = 50.0
MOST_MB = 0.5
MOST_LIVE_PCT = 2.0
SHORT_S, MOST_LATER_MS = 5.0, 250.0
"""A short check, and how much more than `read` it may take besides: its rules and its report (own choice)."""
PROBE = """
import sys
from tui.cli import main
status = main(sys.argv[1:])
print("loaded:", *(name for name in ("textual", "rich") if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""
KINDS = ("HWE-P1", "HWE-KWH1", "HWE-KWH3", "HWE-SKT", "HWE-SKT", "HWE-WTR", "HWE-SKT", "HWE-KWH1", "HWE-SKT", "HWE-SKT")
ROLES = {"HWE-KWH1": Role.SOLAR, "HWE-KWH3": Role.LOAD, "HWE-SKT": Role.LOAD}
FUSE = parse_fuse("3x25")


def installation() -> Installation:
    """A Flemish house, to which the most rules apply."""
    return Installation(load_limits("be-vlg"), PROFILES["be-vlg"], FUSE, synchronised=True)


def answer(kind: str, second: int) -> Measurement:
    """What a device of a kind measures: every value moves."""
    turn = math.sin(second / 977) + 0.2 * math.sin(second / 7)
    values: dict[str, Value] = {"energy_import_kwh": 100 + second / 7200, "energy_export_kwh": 3 + second / 36000}
    if kind == "HWE-WTR":
        return Measurement({"water_flow_lpm": abs(round(turn, 1)), "water_total_m3": 12 + second / 1e5})
    phases = (1, 2, 3) if kind in ("HWE-P1", "HWE-KWH3") else ()
    watts = round(900 * turn)
    sign = -1 if kind == "HWE-KWH1" else 1
    values |= {"power_w": float(watts if phases else sign * abs(watts))}
    for phase in phases:
        volts = round(231 + phase + 3 * turn, 1)
        values |= {
            f"power_l{phase}_w": watts / 3 if kind == "HWE-P1" else abs(watts) / 3,
            f"voltage_l{phase}_v": volts,
            f"current_l{phase}_a": round(abs(watts) / 3 / volts, 2),
        }
    if kind == "HWE-P1":
        values |= {
            "average_power_15m_w": 400.0,
            "monthly_power_peak_w": 4100.0,
            "tariff": 1.0,
            "protocol_version": 50.0,
        }
        stamp = datetime(2026, 6, 12) + timedelta(seconds=second - second % 300)
        return Measurement(values, (External("gas_meter", "4730303235", 100 + second / 9000, "m3", stamp),))
    values |= {"frequency_hz": 50 + 0.02 * turn}
    if not phases:
        values |= {"voltage_v": round(231 + turn, 1), "current_a": abs(round(watts / 231, 2))}
    return Measurement(values)


class Watched:
    """So many devices, and a recorder that hears them."""

    def __init__(self, count: int, only: str | None = None) -> None:
        self.recorder = Recorder(START, PROFILES["be-vlg"])
        self.fleet = Fleet()
        self.kinds = [only or KINDS[number % len(KINDS)] if number else only or KINDS[0] for number in range(count)]
        if not only:  # a house has one smart meter
            self.kinds[1:] = ["HWE-SKT" if kind == "HWE-P1" else kind for kind in self.kinds[1:]]
        self.serials = [f"5c2faf{number:06x}" for number in range(count)]
        for number, (kind, serial) in enumerate(zip(self.kinds, self.serials, strict=True)):
            self.fleet = reduce(self.fleet, Configured(serial, DeviceSetting(role=ROLES.get(kind))))
            identified = Identified(Endpoint(f"192.168.1.{number}"), Identity(serial, kind, None, "4.19", "v1"), START)
            self.fleet = reduce(self.fleet, identified)
            self.recorder.heard(identified, self.fleet)
        self.second = 0

    @property
    def now(self) -> Now:
        return START.plus(self.second)

    def events(self) -> Iterator[Measured]:
        """One answer of each device."""
        answers = {kind: answer(kind, self.second) for kind in set(self.kinds)}
        for kind, serial in zip(self.kinds, self.serials, strict=True):
            yield Measured(serial, answers[kind], System("home", 62.0), self.now, 0.03, float(EVERY_S))

    def watch(self, seconds: int) -> None:
        """Let time pass. The fleet has the first answers and the last ones: the record does not need the others."""
        for left in range(seconds, 0, -EVERY_S):
            self.second += EVERY_S
            for event in self.events():
                if left in (seconds, EVERY_S):
                    self.fleet = reduce(self.fleet, event)
                self.recorder.heard(event, self.fleet)
        clock = datetime(2026, 6, 12) + timedelta(seconds=self.second)
        read = TelegramRead(self.serials[0], Telegram(clock, True), self.now)
        self.fleet = reduce(self.fleet, read)
        self.recorder.heard(read, self.fleet)

    def batches(self, count: int) -> list[list[Measured]]:
        """So many thousands of answers of one device, made beforehand."""
        result: list[list[Measured]] = [[] for _ in range(count)]
        for batch in result:
            while len(batch) < 1000:
                self.second += EVERY_S
                batch += self.events()
        return result

    def record(self) -> Record:
        return self.recorder.record(self.now, installation())


def cpu_ms(work: Callable[[], object], runs: int) -> list[float]:
    """The CPU of each run, in milliseconds; the first one warms the caches."""
    taken = []
    for _ in range(runs + 1):
        gc.collect()
        before = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - before))
    return taken[1:]


def memory_mb(kind: str, seconds: int) -> float:
    """What the recorder keeps of one device, in MB."""
    watched = Watched(1, kind)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    watched.watch(seconds)
    watched.fleet = reduce(watched.fleet, next(watched.events()))
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return kept / 1e6


def _all_of(rule: Rule, record: Record) -> list[Finding]:
    return list(rule(record))


def _hear(watched: Watched, batches: Iterator[list[Measured]]) -> None:
    for event in next(batches):
        watched.recorder.heard(event, watched.fleet)


def beside_read(report: Report, runs: int) -> None:
    """`hwtui check` against `hwtui read`, of the same devices, in turns: what it takes besides its five seconds."""
    with household(3) as served:
        addresses = [device.address for device in served]
        read = [*HWTUI, "read", *addresses, "--json", "--no-mdns"]
        command = [*HWTUI, "check", *addresses, "--duration", f"{SHORT_S:g}", "--format", "json", "--no-mdns"]
        pairs = [(_wall_s(read), _wall_s(command) - SHORT_S) for _ in range(runs + 1)][1:]
        probe = [sys.executable, "-c", PROBE, *command[len(HWTUI) :]]
        done = subprocess.run(probe, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    report.row("read --json", [1000 * taken for taken, _ in pairs], "ms")
    over = [1000 * (taken - other) for other, taken in pairs]
    report.row("check --format json: later than read by", over, "ms", limit=MOST_LATER_MS)
    report.claim("check loads no Textual", holds=done.stderr.rstrip().endswith("loaded:"))


def _wall_s(command: list[str]) -> float:
    """How long a program takes; a check ends with the number of its verdict."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=60)
    if done.returncode not in (0, 1, 2):
        raise SystemExit(f"ended with {done.returncode}: {' '.join(command)}")
    return time.perf_counter() - start


def main() -> int:
    given = arguments(__doc__).parse_args()
    seconds, runs = (QUICK_S, 5) if given.quick else (DAY_S, 25)
    report = Report(f"check: {len(RULES)} rules over {seconds // 3600} h")
    many = Watched(50)
    many.watch(seconds)
    record = many.record()
    report.row("all rules, 50 devices, CPU", cpu_ms(lambda: check(record), runs), "ms", limit=MOST_RULES_MS)
    report.row("copying the record, 50 devices, CPU", cpu_ms(many.record, runs), "ms")
    slow = sorted((min(cpu_ms(partial(_all_of, rule, record), 5)), name) for name, rule in RULES.items())
    for least, name in reversed(slow[-3:]):
        report.value(f"of which {name}, CPU", least, "ms")

    few = Watched(10)
    few.watch(seconds)
    live = [taken / 10 for taken in cpu_ms(lambda: check(few.record()), runs)]
    report.row("rules once a second, 10 devices", live, "% of a core", limit=MOST_LIVE_PCT)

    for kind in ("HWE-P1", "HWE-SKT"):
        one = Watched(1, kind)
        one.watch(600)
        each_us = cpu_ms(partial(_hear, one, iter(one.batches(6))), 5)  # 1000 of them: milliseconds are microseconds
        report.row(f"an answer of {kind} in the record, CPU", each_us, "us")
        report.value(f"the record of {kind}, memory", memory_mb(kind, seconds), "MB", limit=MOST_MB)
    beside_read(report, 1 if given.quick else 5)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
