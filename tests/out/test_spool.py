"""What waits for a server that is away: nothing is lost for which there is room, whatever happens to the process."""

from __future__ import annotations

import gzip
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.engine.out.spool import BLOCK, Batch, Spool


def batch(word: str, points: int = 1) -> Batch:
    return Batch(gzip.compress(word.encode(), mtime=0), points)


def opened(folder: Path | None, **limits: int) -> Spool:
    spool = Spool(folder, **limits)
    spool.open()
    return spool


def emptied(spool: Spool) -> list[str]:
    words = []
    while (one := spool.oldest()) is not None:
        words.append(gzip.decompress(one.body).decode())
        spool.remove()
    return words


def test_they_come_out_in_their_order_and_from_one_run_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "influx"
    first = opened(folder)
    for word in ("a", "b", "c"):
        first.put(batch(word))
    first.remove()
    first.close()
    second = opened(folder)
    second.put(batch("d"))
    assert emptied(second) == ["b", "c", "d"]
    assert second.lost == 0
    assert [file.name for file in folder.iterdir()] == ["lock"]


def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "influx"
    opened(folder).put(batch("a"))
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


def test_when_it_is_full_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    spool = opened(tmp_path / "influx", room=3 * BLOCK)
    for number in range(5):
        spool.put(batch(str(number), points=10 + number))
    assert (spool.lost, len(spool)) == (10 + 11, 3)
    assert emptied(spool) == ["2", "3", "4"]
    assert [file.name for file in (tmp_path / "influx").iterdir()] == ["lock"]


def test_what_an_earlier_run_left_makes_room_too(tmp_path: Path) -> None:
    first = opened(tmp_path / "influx")
    for number in range(5):
        first.put(batch(str(number)))
    first.close()
    second = opened(tmp_path / "influx", room=2 * BLOCK)
    assert (second.lost, emptied(second)) == (3, ["3", "4"])


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "link", "folder", "gone", "appended"])
def test_one_that_is_damaged_is_lost_and_no_other(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "influx"
    first = opened(folder)
    for word in ("a", "b" * 500, "c"):
        first.put(batch(word, points=7))
    first.close()
    path = sorted(folder.glob("*.gz"))[1]
    body = path.read_bytes()
    path.unlink()
    match damage:
        case "cut":
            path.write_bytes(body[:-1])
        case "flipped":
            path.write_bytes(body[:12] + bytes([body[12] ^ 1]) + body[13:])
        case "empty":
            path.write_bytes(b"")
        case "appended":
            path.write_bytes(body + body)
        case "link":
            (tmp_path / "elsewhere").write_bytes(body)
            path.symlink_to(tmp_path / "elsewhere")
        case "folder":
            path.mkdir()
    second = opened(folder)
    left = 0 if damage == "gone" else 7
    assert (emptied(second), second.lost) == (["a", "c"], left)


def test_a_small_file_that_unpacks_to_much_takes_no_memory(tmp_path: Path) -> None:
    first = opened(tmp_path / "influx")
    first.put(Batch(gzip.compress(bytes(8 * 1024 * 1024), 1), 1))
    tracemalloc.start()
    try:
        assert first.oldest() is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024


def test_without_a_folder_they_wait_in_memory_where_there_is_less_room() -> None:
    size = len(batch("0").body)
    spool = opened(None, memory=2 * size)
    for number in range(3):
        spool.put(batch(str(number), points=5))
    assert "there is no folder" in spool.fault
    assert (spool.lost, emptied(spool)) == (5, ["1", "2"])


def test_a_second_hwtui_leaves_the_disk_to_the_first(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "influx"), opened(tmp_path / "influx")
    first.put(batch("a"))
    second.put(batch("b"))
    assert (first.fault, second.fault) == ("", "another hwtui keeps its own on disk")
    assert (emptied(second), emptied(first)) == (["b"], ["a"])


def test_a_disk_that_cannot_be_written_costs_no_batch_and_no_order(tmp_path: Path) -> None:
    spool = opened(tmp_path / "influx")
    spool.put(batch("a"))
    (tmp_path / "influx").rename(tmp_path / "away")
    spool.put(batch("b"))
    assert spool.fault == f"{tmp_path / 'influx'}: No such file or directory"
    (tmp_path / "away").rename(tmp_path / "influx")
    spool.put(batch("c"))
    assert spool.fault == ""
    assert emptied(spool) == ["a", "b", "c"]


def test_memory_that_is_full_costs_nothing_that_is_on_disk(tmp_path: Path) -> None:
    spool = opened(tmp_path / "influx", memory=len(batch("b").body))
    spool.put(batch("a"))
    (tmp_path / "influx").rename(tmp_path / "away")
    for word in ("b", "c"):
        spool.put(batch(word))
    (tmp_path / "away").rename(tmp_path / "influx")
    assert (emptied(spool), spool.lost) == (["a", "c"], 1)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = opened(tmp_path / "file" / "influx")
    assert spool.fault == f"{tmp_path / 'file' / 'influx'}: Not a directory"


KILLED = """
import gzip, os, sys
from pathlib import Path
from tui.engine.out.spool import Batch, Spool
spool = Spool(Path(sys.argv[1]))
spool.open()
for number in range(10_000):
    spool.put(Batch(gzip.compress(str(number).encode()), 1))
    print(number, flush=True)
"""


def test_a_process_that_is_killed_while_it_writes_leaves_all_that_it_had_written(tmp_path: Path) -> None:
    folder = tmp_path / "influx"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "20\n":
                process.kill()
                break
        told = [20, *map(int, process.stdout)]
    (folder / "0000000000099999-1.gz.part").write_bytes(b"half of it")
    spool = opened(folder)
    words = emptied(spool)
    assert words[: told[-1] + 1] == [str(number) for number in range(told[-1] + 1)]
    assert (len(words) <= told[-1] + 2, spool.lost) == (True, 0)
    assert [file.name for file in folder.iterdir()] == ["lock"]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["put", "send", "restart"]), max_size=25), st.integers(1, 6))
def test_nothing_is_lost_for_which_there_is_room(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], room: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, expected, number = opened(folder, room=room * BLOCK), list[str](), 0
    for step in steps:
        if step == "put":
            number += 1
            spool.put(batch(str(number)))
            expected = [*expected, str(number)][-room:]
        elif step == "send" and (one := spool.oldest()) is not None:
            assert gzip.decompress(one.body).decode() == expected.pop(0)
            spool.remove()
        elif step == "restart":
            spool.close()
            spool = opened(folder, room=room * BLOCK)
    assert emptied(spool) == expected
    spool.close()
