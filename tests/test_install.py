"""The built wheel, installed as people do it: by pipx and by uv. Only with HWTUI_INSTALL=1: it downloads packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    os.environ.get("HWTUI_INSTALL") != "1",
    reason="pipx and uv were NOT tried: it takes half a minute and downloads packages; HWTUI_INSTALL=1 does it",
)
NO_NETWORK = ("No matching distribution", "Failed to fetch", "dns error", "connection error", "Temporary failure")
"""What pip and uv say where there is no registry."""
PIPX = ("pipx", "install")
UV = ("uv", "tool", "install")


def run(command: Sequence[str | Path], env: dict[str, str] | None = None) -> str:
    """What it prints; skips where there is no registry."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, env=env, timeout=300
    )
    if done.returncode and (why := next((text for text in NO_NETWORK if text in done.stderr), None)):
        pytest.skip(f"no package registry was reached ({why}), so this was NOT tried")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT])
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.parametrize("installer", [PIPX, UV], ids=["pipx", "uv"])
def test_it_is_installed_and_all_of_it_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, installer: tuple[str, ...]
) -> None:
    program = shutil.which(installer[0])
    if program is None:
        pytest.skip(f"{installer[0]} is not installed, so installing with it was NOT tried")
    wheel: Path = request.getfixturevalue("wheel")
    bins, man = tmp_path / "bin", tmp_path / "man"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HWTUI_", "XDG_"))} | {
        "HOME": str(tmp_path),
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(bins),
        "PIPX_MAN_DIR": str(man),
        "UV_TOOL_DIR": str(tmp_path / "uv"),
        "UV_TOOL_BIN_DIR": str(bins),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PATH": f"{bins}{os.pathsep}{os.environ['PATH']}",
    }
    run([program, *installer[1:], "--python", sys.executable, wheel], env)
    hwtui = bins / "hwtui"
    assert run([hwtui, "--version"], env).startswith("hwtui ")
    assert "#compdef hwtui" in run([hwtui, "completion", "zsh"], env)
    assert run([hwtui, "help", "json"], env).startswith("JSON")  # the pages are in it
    assert run([hwtui, "config"], env).startswith("hosts ")
    (page,) = {path.resolve() for path in tmp_path.rglob("homewizard-tui/share/man/man1/hwtui.1")}
    assert page.read_text() == run([hwtui, "help", "--man"], env)
    assert installer is UV or (man / "man1" / "hwtui.1").exists()  # uv puts no man page where man looks
