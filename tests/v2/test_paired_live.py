"""A monitor and a device over real TLS: paired while it runs, revoked in the app, paired again by another program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.v2.certificates import authority, leaf
from tests.v2.server import V2Server
from tests.v2.users import Users
from tui.core.events import Event, Measured
from tui.core.link.pairing import Attempt, Step
from tui.core.model import Fleet, State
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock
from tui.engine.monitor import Monitor
from tui.engine.paired.pairing import pair_device
from tui.engine.paired.tokenfile import Token, TokenFile

SERIAL = "5c2fafaabbcc"


class Live:
    """A monitor of one device."""

    def __init__(self, device: V2Server, folder: Path) -> None:
        self.device = device
        ca = authority().file(folder)
        settings = Settings(hosts=(device.endpoint,), mdns=False, state_dir=folder / "state", ca=ca)
        self.monitor = Monitor(settings, SystemClock(), listeners=[self._heard])
        self.measured: list[float] = []

    def _heard(self, event: Event, fleet: Fleet) -> None:
        if isinstance(event, Measured):
            self.measured.append(monotonic())

    @property
    def state(self) -> State | None:
        device = self.monitor.fleet.devices.get(SERIAL)
        return state_of(device, self.monitor.clock.now()) if device else None

    async def pair(self) -> Attempt:
        return await pair_device(self.monitor, SERIAL, SystemClock(), lambda attempt: None)


@asynccontextmanager
async def watching(device: V2Server, folder: Path) -> AsyncIterator[Live]:
    live = Live(device, folder)
    running = asyncio.create_task(live.monitor.run())
    try:
        yield live
    finally:
        running.cancel()
        await asyncio.wait((running,))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.paired.tokens.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("tui.engine.paired.pairing.EVERY_S", 0.02)


async def test_the_first_value_comes_as_soon_as_it_is_paired(tmp_path: Path) -> None:
    async with V2Server() as device, watching(device, tmp_path) as live:
        Users(device, presses=2)
        await device.until(lambda: live.state is State.NOT_PAIRED)
        assert (await live.pair()).step is Step.PAIRED
        paired = monotonic()
        await device.until(lambda: live.measured)
        assert live.measured[0] - paired < 2.0, "it did not wait for another try"
        assert live.state is State.LIVE
        assert live.monitor.fleet.devices[SERIAL].paired


@pytest.mark.parametrize(
    ("kind", "product_type", "label"),
    [("battery", "HWE-BAT", "Battery aabbcc"), ("energymeter", None, "kWh meter aabbcc"), ("x", None, "Device aabbcc")],
)
async def test_one_that_is_not_paired_has_the_product_that_its_certificate_names_until_it_tells_its_own(
    tmp_path: Path, kind: str, product_type: str | None, label: str
) -> None:
    async with V2Server(leaf(SERIAL, kind)) as server, watching(server, tmp_path) as live:
        Users(server)
        await server.until(lambda: live.state is State.NOT_PAIRED)
        device = live.monitor.fleet.devices[SERIAL]
        assert (device.product_type, device.label) == (product_type, label)
        await live.pair()
        await server.until(lambda: live.measured)
        assert live.monitor.fleet.devices[SERIAL].product_type == "HWE-P1"


async def test_a_token_that_is_taken_back_is_sent_no_more_until_another_program_has_a_new_one(tmp_path: Path) -> None:
    async with V2Server() as device, watching(device, tmp_path) as live:
        users = Users(device)
        await device.until(lambda: live.state is State.NOT_PAIRED)
        await live.pair()
        await device.until(lambda: live.measured)
        users.revoke()
        device.kill()
        await device.until(lambda: live.state is State.NOT_PAIRED)
        assert not live.monitor.fleet.devices[SERIAL].paired
        sent = len([one for one in device.requests if "authorization" in one.headers])
        file = TokenFile(tmp_path / "state" / "tokens.json")
        assert list(file.read()) == [SERIAL], "it is kept aside"
        before = len(device.requests)
        await asyncio.sleep(0.4)
        assert len(device.requests) - before <= 1, "no storm"
        assert len([one for one in device.requests if "authorization" in one.headers]) == sent

        users.tokens["local/hwtui#other"] = "N" * 32  # hwtui pair, in another process
        device.tokens = set(users.tokens.values())
        live.measured.clear()
        file.put(Token(SERIAL, Secret("N" * 32), "local/hwtui#other", device.endpoint))
        await device.until(lambda: live.measured)
        assert live.state is State.LIVE


async def test_what_is_wrong_with_the_file_is_a_note_and_no_fault_of_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tokens.json"
    async with V2Server() as device:
        Users(device)
        device.tokens.add("T" * 32)
        TokenFile(path).put(Token(SERIAL, Secret("T" * 32), "local/x", device.endpoint))
        path.chmod(0o644)
        async with watching(device, tmp_path) as live:
            await device.until(lambda: live.state is State.NOT_PAIRED)
            (note,) = live.monitor.fleet.notes
            assert note.text.endswith(f"chmod 600 {path}")
            path.chmod(0o600)
            await device.until(lambda: live.measured)
            assert live.monitor.fleet.notes == ()
