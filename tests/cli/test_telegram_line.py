"""`hwtui telegram` from a shell."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.cli.conftest import Run, Served
from tui.core.telegram import parse_telegram

PROGRAM = (
    "import sys; from tui.cli import main; code = main(sys.argv[1:]); print(*sys.modules, file=sys.stderr); exit(code)"
)


def p1_of(house: Served) -> str:
    return house.hosts[house.products.index("HWE-P1")]


def test_json_needs_no_screen(house: Served, environment: dict[str, str]) -> None:
    words = ("telegram", "--json", p1_of(house))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["checksum"] == "right"
    assert not {"textual", "rich", "zeroconf"} & set(done.stderr.split())


def test_raw_is_all_there_is_and_where_there_is_nobody_a_sentence_says_so(house: Served, hwtui: Run) -> None:
    raw = hwtui("telegram", p1_of(house), "--raw")
    assert (raw.returncode, raw.stderr) == (0, "")
    assert parse_telegram(raw.stdout).checksum is True
    nowhere = hwtui("telegram", "127.0.0.1:1")
    assert (nowhere.returncode, nowhere.stdout) == (2, "")
    assert nowhere.stderr.startswith("hwtui: 127.0.0.1:1: Connection refused")
