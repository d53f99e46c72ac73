"""ctrl+c before anything has begun: no traceback, and the usual code."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
before = set(sys.modules)
import tui.__main__
print(*sorted(set(sys.modules) - before))
"""
INTERRUPTED = """
import sys
from tui.__main__ import main

class Interrupting:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
main()
"""


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", *words], capture_output=True, text=True, timeout=30, check=False)


def test_nothing_is_loaded_before_an_interrupt_is_caught() -> None:
    assert ended(LOADED).stdout.split() == ["tui", "tui.__main__"]


@pytest.mark.parametrize("name", ["tui.cli", "tui.cli.parser"])
def test_an_interrupt_while_it_loads_is_no_traceback(name: str) -> None:
    done = ended(INTERRUPTED, name)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
