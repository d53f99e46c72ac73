"""The floors of the house: imports go down only (core < net < engine < ui; the command line above all)."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tui.cli.registry import COMMANDS, SCREEN, Command, load

ROOT = Path(__file__).parents[1]
FLOORS = ("core", "net", "engine", "ui")
TOP = len(FLOORS)
"""The floor of `tui.cli` and `tui.__main__`."""
FILES = sorted((ROOT / "tui").rglob("*.py"))
REGISTRY = "tui.cli.registry"
"""The one module that imports by a name: that of a command, which is a module of `tui.cli.commands`."""
SCREEN_LIBRARIES = {"textual", "rich"}
ON_REQUEST = {"aiomqtt", "paho"}
"""Libraries that only an option loads."""
IMPURE = {
    *("asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "queue", "random", "select", "selectors"),
    *("signal", "socket", "subprocess", "sys", "tempfile", "threading", "time", "urllib"),
}
"""Modules of the standard library that bring sockets, files, threads, chance or the time of day."""
CLOCKS = {"now", "today", "utcnow"}


class Import(NamedTuple):
    """One imported thing by its full name, and where."""

    name: str
    line: int


def imports_of(source: str, module: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import in `source`, also inside functions and under TYPE_CHECKING, relative ones made absolute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            base = parts[: len(parts) - node.level + is_package] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)


def floor_of(name: str) -> int:
    """The floor on which a module of ours stands; -1 for `tui` itself, which anyone may read (its version)."""
    part = (*name.split("."), "")[1]
    if part in FLOORS:
        return FLOORS.index(part)
    return TOP if part in ("cli", "__main__") else -1


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports_in(path: Path) -> tuple[Import, ...]:
    """The imports of one of our files."""
    return tuple(imports_of(path.read_text("utf-8"), module_of(path), is_package=path.name == "__init__.py"))


def wrong_imports(module: str, imports: tuple[Import, ...]) -> list[str]:
    """What a module may not import, each with the rule it breaks."""
    floor, wrong = floor_of(module), []
    for name, line in imports:
        top = name.partition(".")[0]
        where = f"{module}:{line} imports {name}"
        if top == "tui" and floor_of(name) > floor:
            wrong.append(f"{where}: imports go down only")
        if top in SCREEN_LIBRARIES and floor != FLOORS.index("ui"):
            wrong.append(f"{where}: only tui.ui draws")
        if floor == 0 and top not in {*sys.stdlib_module_names, "tui"}:
            wrong.append(f"{where}: core needs nothing but the standard library")
        if floor == 0 and top in IMPURE:
            wrong.append(f"{where}: core has no I/O and no clock")
        if top not in ("tui", "__future__") and any(part.startswith("_") for part in name.split(".")):
            wrong.append(f"{where}: private")
    return wrong


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_go_down_only(path: Path) -> None:
    assert wrong_imports(module_of(path), imports_in(path)) == []


@pytest.mark.parametrize(
    ("module", "source", "rule"),
    [
        ("tui.core.a", "from tui.net.http import HttpLink", "down only"),
        ("tui.core.a", "def f():\n    import tui.engine.clock", "down only"),
        ("tui.core.a", "from ..net import http", "down only"),
        ("tui.engine.a", "from tui import ui", "down only"),
        ("tui.ui.a", "from tui.cli import main", "down only"),
        ("tui.net.a", "if TYPE_CHECKING:\n    from tui.engine.source import Emit", "down only"),
        ("tui", "from tui.core import model", "down only"),
        ("tui.engine.a", "import textual", "only tui.ui draws"),
        ("tui.cli", "from rich.text import Text", "only tui.ui draws"),
        ("tui.core.a", "import httpx", "standard library"),
        ("tui.core.a", "from time import monotonic", "no clock"),
        ("tui.net.a", "from zeroconf._services import info", "private"),
        ("tui.ui.a", "from textual.app import _hidden", "private"),
    ],
)
def test_each_rule_is_seen_to_be_broken(module: str, source: str, rule: str) -> None:
    assert [rule in wrong for wrong in wrong_imports(module, tuple(imports_of(source, module)))] == [True]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "tui.core.a",
            "from __future__ import annotations\nimport re\nfrom . import b\nfrom tui.core import model",
        ),
        ("tui.net.a", "import httpx\nfrom tui import __version__\nfrom ..core import model"),
        ("tui.ui.a", "import textual, rich\nfrom tui.engine.mailbox import Mailbox"),
        ("tui.cli", "def f():\n    from tui.ui.launch import run_screen"),
    ],
)
def test_what_is_allowed_is_allowed(module: str, source: str) -> None:
    assert wrong_imports(module, tuple(imports_of(source, module))) == []


@pytest.mark.parametrize("path", [path for path in FILES if floor_of(module_of(path)) == 0], ids=module_of)
def test_core_never_asks_for_the_time_nor_opens_a_file(path: Path) -> None:
    called = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert not CLOCKS & {function.attr for function in called if isinstance(function, ast.Attribute)}
    assert "open" not in {function.id for function in called if isinstance(function, ast.Name)}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_nothing_is_imported_by_a_name_made_at_run_time(path: Path) -> None:
    names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert "__import__" not in names
    if module_of(path) != REGISTRY:
        assert not [name for name, _ in imports_in(path) if name.partition(".")[0] in ("importlib", "runpy")]


def test_the_registry_of_commands_imports_commands_and_nothing_else_by_name() -> None:
    tree = ast.parse((ROOT / "tui" / "cli" / "registry.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and "import" in ast.unparse(node.func)]
    assert [ast.unparse(call) for call in calls] == ["import_module(f'tui.cli.commands.{name}')"]


def test_every_module_of_a_command_is_registered_under_its_name() -> None:
    modules = {path.stem for path in FILES if path.parent == ROOT / "tui" / "cli" / "commands"} - {"__init__"}
    assert modules == {*COMMANDS, SCREEN}
    assert all(isinstance(load(name), Command) for name in modules)


def test_no_file_is_more_than_one_idea_long() -> None:
    lines = {module_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {module: length for module, length in lines.items() if length > 350} == {}
    assert lines["tui.ui.app"] < 150


# ------------------------------------------------------------------ what is loaded at run time

PROGRAM = """
import atexit, sys
atexit.register(lambda: print("LOADED", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr))
from tui.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Two simulated devices in a process of their own."""
    with _start(tmp_path, "demo", "--serve", "--only-v1", "--devices", "2", "--no-mdns") as process:
        try:
            yield process
        finally:
            process.kill()


def _start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HWTUI_", "XDG_"))}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=kept | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _loaded(stderr: str) -> set[str]:
    """The packages a process had loaded when it ended."""
    line = next(line for line in stderr.splitlines() if line.startswith("LOADED "))
    return set(line.split()[1:])


def _run(home: Path, *arguments: str) -> tuple[int, str, set[str]]:
    with _start(home, *arguments) as process:
        stdout, stderr = process.communicate(timeout=60)
    return process.returncode, stdout, _loaded(stderr)


def test_the_json_commands_and_the_simulated_devices_never_load_textual(
    command: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert command.stdout is not None
    lines = list(iter(command.stdout.readline, "READY\n"))
    addresses = [line.split()[-1].removeprefix("http://") for line in lines]
    assert len(addresses) == 2
    check = ("check", "--duration", "1", "--format", "json")
    for words in (("devices", "--json"), ("read", "--json"), ("read",), check):
        code, stdout, loaded = _run(tmp_path, *words, *addresses)
        assert code == 0
        assert "live" in stdout
        assert {"tui", "httpx"} <= loaded
        assert not loaded & {*SCREEN_LIBRARIES, *ON_REQUEST}
    command.send_signal(signal.SIGTERM)
    _, stderr = command.communicate(timeout=60)
    loaded = _loaded(stderr)
    assert "h11" in loaded
    assert not loaded & SCREEN_LIBRARIES


def test_the_screen_and_its_engine_load_without_what_only_some_need() -> None:
    program = "import sys, tui.ui.launch, tui.engine.memory, tui.engine.monitor, tui.engine.thread; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"zeroconf", *ON_REQUEST} & set(done.stdout.split())
