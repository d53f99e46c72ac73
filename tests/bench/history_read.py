"""Reading a year of history of ten devices: any span of the graph view, an export of a year, and the start beside it.

The history is written anew, which takes a minute; its file is in the cache of the system by then. Windows are asked for
at many moments of the year, at the widths of 80x24 and 200x60, with columns on the grid of the graph and beside it; and
whole pictures of the graph view, from the question to the rows: the answer and the drawing in one figure.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.bench.process import HWTUI, ROOT, environment, household
from tests.bench.report import Report, arguments, percentile
from tests.bench.terminal import Terminal
from tests.bench.walked import PICTURES, SIZES, Walked
from tests.engine.history.years import write_years
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE

ZONE = ZoneInfo("Europe/Amsterdam")
SPANS = {"5 min": 300, "15 min": 900, "1 h": 3600, "6 h": 21600, "24 h": 86400, "7 d": 604800}
SPANS |= {"31 d": 31 * 86400, "1 y": 365 * 86400}
WIDTHS = (72, 192)
LATENCY_MS = 40


def windows(reader: Reader, span_s: int, moments: int, now: int) -> list[float]:
    """How long each window took, in ms."""
    took = []
    for columns in WIDTHS:
        exact = span_s / columns
        for step in (exact, float(-(-exact // 60) * 60)):
            for number in range(moments):
                end = (now - number * 613_337 % (300 * 86400)) // step * step
                start = time.perf_counter()
                reader.window("p1", "power_w", end - step * columns, end, columns)
                took.append(1000 * (time.perf_counter() - start))
    return took


def pictures(report: Report, reader: Reader, moments: int, now: int) -> None:
    """Every graph of a P1 on every span, at both sizes: the slowest of them for each span and size."""
    walked = Walked(reader, "p1", float(now))
    at = [now - 1.0 - number * 613_337 % (300 * 86400) for number in range(moments)]
    for size, (width, height) in SIZES.items():
        for number, span in enumerate(SPANS):
            slowest = (0.0, "")
            for name, quantity in PICTURES.items():
                took = walked.pictures(quantity, number, at, width, height)
                slowest = max(slowest, (percentile([asked + drawn for asked, drawn in took], 0.95), name))
            what = f"{size}, {span} ({slowest[1]}): answer + picture, p95, ms"
            report.value(what, slowest[0], limit=30)


def export(folder: Path) -> tuple[float, float]:
    """Seconds and MB that an export of a year of minutes of one device takes."""
    command = [*HWTUI, "export", "--state-dir", str(folder), "--device", "p1", "--quantity", "power_w", "--step", "1m"]
    begin = time.perf_counter()
    process = subprocess.Popen([*command, "-o", str(folder / "year.csv")], cwd=ROOT, env=environment())
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, most_mb(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"the export ended with {process.returncode}")
    return time.perf_counter() - begin, memory


def most_mb(pid: int) -> float:
    """The most memory that a process has had so far, in MB; what its parent had before it began does not count."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def first_picture(folder: Path | None, address: str) -> float:
    """Milliseconds until the screen shows the device, with this history or with none."""
    kept = ["--no-history"] if folder is None else ["--state-dir", str(folder)]
    with Terminal([*HWTUI, "--no-mdns", "--host", address, *kept]) as terminal:
        return 1000 * (terminal.wait_for(lambda text: address in text) - terminal.start)


def main() -> int:
    quick = arguments(__doc__).parse_args().quick
    report = Report("history: reading a year of ten devices")
    with tempfile.TemporaryDirectory(prefix="hwtui-bench-") as name:
        folder = Path(name)
        begin, end = time.perf_counter(), int(time.time()) // 3600 * 3600
        write_years(folder / FILE, end, ZONE, weeks=4 if quick else 52)
        report.value("to write it, s", time.perf_counter() - begin)
        report.value("size of the file, MB", (folder / FILE).stat().st_size / 1e6, limit=1000)
        with closing(Reader(folder / FILE, ZONE)) as reader:
            for span, seconds in SPANS.items():
                took = sorted(windows(reader, seconds, 3 if quick else 25, end))
                report.value(f"a window of {span}: p95, ms", took[int(0.95 * len(took))], limit=30)
            pictures(report, reader, 5 if quick else 40, end)
        seconds_taken, memory = export(folder)
        report.value("export of a year of minutes, s", seconds_taken, limit=5)
        report.value("export: memory, MB", memory, limit=60)
        without, with_year = [], []
        with household(1, latency_ms=LATENCY_MS) as served:
            for _ in range(3 if quick else 16):
                without.append(first_picture(None, served[0].address))
                with_year.append(first_picture(folder, served[0].address))
        report.row("first picture without history", without[1:], "ms")
        report.row("first picture with a year of it", with_year[1:], "ms")
        report.value("added, ms", statistics.median(with_year[1:]) - statistics.median(without[1:]), limit=20)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
