"""Make the picture of the check's report: `python screenshots/report.py`.

The report is that of the simulated house `onsite`, with a fixed clock and without sockets, so that it is the same every
time. Headless Chromium takes the picture of its first page; two versions of it may draw other bytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from tui.core.checks.record import Installation
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.engine.checkdata import load_limits, load_words
from tui.engine.demo.household import Household
from tui.engine.demo.still import Still
from tui.engine.report.rendering import render
from tui.engine.report.report import make_report

PICTURE = Path(__file__).with_name("report.png")
START = datetime(2026, 6, 13, 14, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
RUN_S = 22 * 60
"""The same moments as in the pictures of the screen (`make.py`): two whole 10-minute windows."""
WIDTH, HEIGHT = 900, 1170
"""Pixels: about a page of A4, to the end of a finding."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def page() -> str:
    """The report as HTML."""
    household = Household("onsite", start=Now(START.timestamp(), 0.0))
    still = Still(household, Now(START.timestamp(), 0.0))
    still.run(RUN_S)
    installation = Installation(
        load_limits(household.grid), profile_of(household.grid), household.fuse, synchronised=True
    )
    record = still.recorder.record(still.now, installation)
    return render(make_report(record, load_words("en")), "html")


def main() -> None:
    """Write the picture. Exits with a sentence where there is no Chromium."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"There is none of {', '.join(BROWSERS)} here (Debian: apt-get install chromium)")
    with TemporaryDirectory() as folder:
        (Path(folder) / "report.html").write_text(page(), encoding="utf-8")
        subprocess.run(  # noqa: S603  (a file of this module)
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--blink-settings=preferredColorScheme=1",  # light
                f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={PICTURE}",
                f"file://{folder}/report.html",
            ],
            capture_output=True,
            check=True,
            timeout=60,
        )


if __name__ == "__main__":
    main()
