"""What is on the screen before the engine has been loaded, on a real pty."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.ui.ptys import terminal
from tui.core.events import Identified
from tui.core.fleet import reduce
from tui.core.fuse import Fuse
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.demo.household import Household
from tui.engine.remembered import Cache
from tui.ui.launch import run_demo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals and signals of POSIX")

WITHOUT_ENGINE = """
import sys
from pathlib import Path
from unittest.mock import patch
from tui.core.address import parse_host
from tui.core.settings import Settings
from tui.engine import memory
from tui.ui import launch

memory.Memory.__init__.__defaults__ = (lambda: "home",)
settings = Settings(hosts=(parse_host("192.0.2.7"),), mdns=False, state_dir=Path(sys.argv[1]))
with patch.object(launch.LateEngine, "start"):
    launch.run_screen(settings)
"""


def test_the_first_picture_has_the_hosts_by_hand_and_the_remembered_devices(tmp_path: Path) -> None:
    now = Now(0.0, 0.0)
    socket = Identity("5c2faf00abcd", "HWE-SKT", "Energy Socket", "4.09", "v1")
    Cache(tmp_path).save("home", reduce(Fleet(), Identified(Endpoint("192.168.1.20"), socket, now)).devices.values())
    with terminal((sys.executable, "-c", WITHOUT_ENGINE, str(tmp_path))) as it:
        it.until(b"192.0.2.7")
        it.until(b"00abcd")
        it.process.terminate()
        it.ends()


class BegunError(Exception):
    """The demo has got as far as its house."""

    def __init__(self, household: Household, clock: Clock) -> None:
        super().__init__()
        self.household, self.clock = household, clock


def test_the_house_of_the_demo_goes_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its smart meter stands still until its old time comes again, and is called frozen."""

    def begin(household: Household, clock: Clock, *, mdns: bool) -> None:
        raise BegunError(household, clock)

    monkeypatch.setattr("tui.engine.demo.source.DemoSource", begin)
    with pytest.raises(BegunError) as begun:
        run_demo(Settings(), "nl", 1, None, 1.0)
    household, clock = begun.value.household, begun.value.clock
    real, before = time.time, household.house.second
    monkeypatch.setattr(time, "time", lambda: real() - 3600.0)
    household.advance(clock.now().plus(60.0))
    assert household.house.second >= before + 60


@pytest.mark.parametrize(("given", "used"), [(None, Fuse(3, 25)), (Fuse(1, 40), Fuse(1, 40))])
def test_the_demo_hands_its_main_fuse_to_the_screen(
    given: Fuse | None, used: Fuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(settings: Settings, *rest: object, **named: object) -> int:
        seen.append(settings)
        return 0

    seen: list[Settings] = []
    monkeypatch.setattr("tui.ui.launch._run", run)
    run_demo(Settings(fuse=given), "onsite", 1, None, 1.0)
    assert seen[0].fuse == used
