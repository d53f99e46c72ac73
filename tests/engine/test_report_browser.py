"""The report in a real browser: headless Chromium, where there is one (Debian: `apt-get install chromium`)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checks.house import House, volts
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Role
from tui.engine.checkdata import load_words
from tui.engine.report.rendering import render
from tui.engine.report.report import make_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MOST_PAGES = 3
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: the report was not opened in a browser")


def browse(tmp_path: Path, page: str, *options: str) -> None:
    """Open a page in Chromium, which can reach nothing but the file."""
    (tmp_path / "report.html").write_text(page, "utf-8")
    alone = (
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={tmp_path}/u",
    )
    subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            *alone,
            *options,
            f"file://{tmp_path}/report.html",
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )


def seven_devices() -> House:
    """A house of seven devices after a quarter of an hour."""
    house = House()
    power = {"power_w": 1508.0, "power_l1_w": 1000.0, "power_l2_w": 412.0, "power_l3_w": 96.0}
    house.meter({**volts(241.3, 236.8, 237.1), **power, "energy_import_kwh": 13779.338})
    house.meter({"power_w": -2140.0, "voltage_v": 241.0}, "HWE-KWH1", Role.SOLAR)
    house.meter({"power_w": 640.0}, "HWE-KWH3", Role.LOAD, wifi_pct=26.0)
    for _ in range(3):
        house.meter({"power_w": 61.0, "energy_import_kwh": 412.377}, "HWE-SKT", Role.LOAD)
    house.meter({"water_flow_lpm": 0.0, "water_total_m3": 87.216}, "HWE-WTR")
    house.tell(Configured(house.meters[3].serial, DeviceSetting("<script>document.title='run'</script>", Role.LOAD)))
    return house.run(900)


def test_a_house_of_seven_devices_is_three_pages_and_runs_nothing(tmp_path: Path) -> None:
    report = make_report(seven_devices().record, load_words("nl"), note="Groep 3 zat los.")
    page = render(report, "html")
    pdf = tmp_path / "report.pdf"
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    printed = pdf.read_bytes()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_PAGES
    assert b"/Title (Controle van de energiemeters, 2026-06-12)" in printed  # and not what a name says in a script
