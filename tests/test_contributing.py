"""Whoever follows "Adding a rule" in CONTRIBUTING.md has added a rule: it is done here, word for word, in a copy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECTION = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Adding a rule\n")[2].partition("\n## ")[0]
TESTS = ("test_standby.py", "test_words.py", "test_every_rule.py::test_an_empty_record_accuses_nobody")


def test_the_rule_of_the_example_can_be_added(tmp_path: Path) -> None:
    rule, row, limits, english, dutch, test = re.findall(r"^```\w+\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    ignored = shutil.ignore_patterns("__pycache__", "ui")
    for folder in ("tui", "tests/checks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    checks = tmp_path / "tui" / "core" / "checks"
    (checks / "standby.py").write_text(rule, "utf-8")
    registry = (checks / "registry.py").read_text("utf-8")
    registry = registry.replace("    roles,\n", "    roles,\n    standby,\n").replace(
        '    "roles":', f'{row}    "roles":'
    )
    (checks / "registry.py").write_text(registry, "utf-8")
    for name, table in (("limits/base", limits), ("words/en", english), ("words/nl", dutch)):
        with (checks / f"{name}.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{table}")
    (tmp_path / "tests" / "checks" / "test_standby.py").write_text(test, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/checks/{name}" for name in TESTS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
