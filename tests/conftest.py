"""What holds for all tests."""

import gc
import importlib
import inspect
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.net.conftest import Servers

# A property is asked for what is true, not for how soon: a deadline makes a busy machine red.
# A third of the examples of the default: each run has others, and there are many runs.
settings.register_profile("facts", deadline=None, max_examples=33)
settings.load_profile("facts")

gc.disable()  # until all tests are collected: none of that is garbage

NEW_OBJECTS = 50_000
"""So many more than were freed, and Python looks for garbage. A screen makes 700 every few milliseconds, which is its
own number for that; what a test needs to be gone it collects itself."""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker import a share of the tests first.

    Who imports one of them first writes down what pytest makes of its assertions, which takes most of the time. In the
    same order each worker would do so for each of them, for itself.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    _tell_less(session.config)
    if worker["workercount"] == 1:
        return
    number, among = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    ignored = {Path(one).absolute() for one in session.config.getoption("ignore") or ()}
    named = [session.config.invocation_params.dir / one.partition("::")[0] for one in session.config.args]
    files = sorted(file for one in named for file in one.rglob("test_*.py") if file not in ignored)
    for file in files[number::among]:
        sys.path.insert(0, str(file.parent))  # as pytest does
        # What is wrong with it, a warning too, is told when it is collected: what fails here is imported again there.
        with suppress(Exception, pytest.skip.Exception), warnings.catch_warnings(action="error"):
            importlib.import_module(file.stem)


def _tell_less(config: pytest.Config) -> None:
    """Let a worker not tell of each test that it begins, was set up well, was torn down well and is over.

    Nobody looks at that unless durations are asked for; sending it takes longer than half of the tests do.
    """
    if config.option.durations:
        return
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":

            def send(name: str, tell: Callable[..., None] = plugin.sendevent, **what: Any) -> None:
                report = what.get("data", {})
                is_dull = report.get("when") in ("setup", "teardown") and report.get("outcome") == "passed"
                if name not in ("logstart", "logfinish") and not (name == "testreport" and is_dull):
                    tell(name, **what)

            plugin.sendevent = send


def pytest_collection_finish() -> None:
    """The tests are no garbage: do not look at all of them whenever some is looked for."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """A test with a loop has closed all its connections: else a later one fails, in which garbage is looked for.

    A screen has none, but much to look at.
    """
    yield
    if item.path.parent.name == "ui" or not inspect.iscoroutinefunction(getattr(item, "function", None)):
        return
    left: list[str] = []
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(action="error"):
        patch.setattr(sys, "unraisablehook", lambda told: left.append(str(told.exc_value)))
        gc.collect(1)  # what is older was there before this test
    if left:
        pytest.fail("left behind: " + "; ".join(left))


@pytest.fixture
async def servers() -> AsyncIterator["Servers"]:
    """Web servers on loopback, which end with the test."""
    from tests.net.conftest import Servers

    running = Servers()
    yield running
    await running.stop()
