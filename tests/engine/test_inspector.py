"""The record of the check is loaded after the first requests, and has all that was heard before."""

from __future__ import annotations

import subprocess
import sys

from tui.core.checks.record import Installation
from tui.core.events import Identified
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.profiles import NO_PROFILE
from tui.core.reading import Identity
from tui.engine.checkdata import load_limits
from tui.engine.demo.household import DEFAULT_START
from tui.engine.inspector import MOST_WAITING, Inspector

RECORDER = "tui.core.checks.recorder"


def test_what_was_heard_before_it_was_loaded_is_in_the_record() -> None:
    inspector = Inspector(DEFAULT_START, NO_PROFILE)
    endpoint = Endpoint("192.168.1.20")
    event = Identified(endpoint, Identity("5c2faf000001", "HWE-P1", "P1 meter"), DEFAULT_START)
    fleet = reduce(Fleet(), event)
    inspector.heard(event, fleet)
    record = inspector.record(DEFAULT_START.plus(60), Installation(load_limits(None)))
    assert [one.addresses for one in record.observed] == [((endpoint.address, DEFAULT_START.monotonic),)]
    assert record.watched_s == 60


def test_a_panel_does_not_load_it_but_a_full_waiting_room_does() -> None:
    words = f"""
import sys
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Fleet
from tui.core.moment import Now
from tui.core.profiles import NO_PROFILE
from tui.engine.inspector import Inspector
import tui.engine.thread
inspector = Inspector(Now(0.0, 0.0), NO_PROFILE)
for _ in range({MOST_WAITING - 1}):
    inspector.heard(Configured("5c2faf000001", DeviceSetting("Grid")), Fleet())
print(inspector.observed("5c2faf000001", Now(1.0, 1.0)), "{RECORDER}" in sys.modules)
inspector.heard(Configured("5c2faf000001", DeviceSetting("Grid")), Fleet())
print("{RECORDER}" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "False", "True"]
