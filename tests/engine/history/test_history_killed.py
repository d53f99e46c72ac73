"""A power cut costs the last minute at most, and never the file."""

from __future__ import annotations

import random
from pathlib import Path

from tests.engine.history.killed import attempts


def test_a_writer_that_is_killed_again_and_again_leaves_a_sound_file(tmp_path: Path) -> None:
    found = list(attempts(tmp_path, 6, random.Random(13)))
    assert [one.sound for one in found] == [True] * 6
    assert max(one.lost for one in found) <= 1
    assert found[-1].minutes > 10
