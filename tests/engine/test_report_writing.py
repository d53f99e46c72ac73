"""Writing a report: whole or not at all, for its owner only, and with a sentence where it cannot be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.engine.report.writing import ReportError, check_writable, write_report


def test_a_report_is_for_its_owner_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    check_writable(path)
    assert path.read_text() == "old"
    write_report(path, "new \N{SNOWMAN}\n")
    assert path.read_text("utf-8") == "new \N{SNOWMAN}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["report.html"]


def test_an_existing_file_is_never_half_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match=r"report\.html: the disk is full$"):
        write_report(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no/such/report.txt", "there is no folder .*no/such: make it first, or name another"),
        (".", "is a folder: name a file in it"),
        ("file/report.txt", "file is no folder"),
        ("", "a folder: name a file in it"),
        ("a" * 300, "name too long"),
    ],
)
def test_what_cannot_be_written_is_said_before(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=f"(?i){says}"):
        check_writable(tmp_path / name)
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)  # root may write anywhere
    with pytest.raises(ReportError, match="you have no permission to write there"):
        check_writable(tmp_path / "report.txt")


def test_a_path_of_nothing_is_said() -> None:
    with pytest.raises(ReportError, match="a path is missing"):
        check_writable(Path("a\0b"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_a_device_is_written_to_and_not_replaced() -> None:
    check_writable(Path("/dev/null"))
    write_report(Path("/dev/null"), "x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(ReportError, match="the disk is full"):
        write_report(Path("/dev/full"), "x")
