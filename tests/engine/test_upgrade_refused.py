"""Status 401 on the upgrade to a WebSocket: only the device's answer to a token says what that token is worth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.pushing import SERIAL, FakePushing, listening
from tests.v2.certificates import authority
from tests.v2.server import NO_TOKEN, TOKEN, V2Server
from tui.core.events import Event, Failed
from tui.core.model import Device, Fleet, Spoken, State
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock, VirtualClock
from tui.engine.monitor import Monitor
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.net.errors import DeviceError, NotPaired, Unauthorized, Unreachable

SAYS_SO = "HTTP 401 from /api/ws, but the token is good: if it stays so, restart it"


@pytest.mark.parametrize(
    ("over_https", "kind", "text"),
    [
        (Identity(SERIAL, "HWE-P1"), State.BAD_ANSWER, SAYS_SO),
        (NotPaired(), State.NOT_PAIRED, "not paired: press p, or run hwtui pair"),
        (Unreachable("no answer"), State.SILENT, "no answer"),
    ],
    ids=["takes the token", "refuses the token", "does not answer"],
)
async def test_what_the_api_says_counts(
    clock: VirtualClock, over_https: Identity | DeviceError, kind: State, text: str
) -> None:
    device = FakePushing(clock, over_https=over_https, refusal=Unauthorized(SAYS_SO))
    async with listening(device, device.pusher()) as heard:
        assert [(one.kind, one.text) for one in heard.failed] == [(kind, text)]
        assert len(device.clients) == 2, "the one for commands, and one that asked once"


@asynccontextmanager
async def paired(device: V2Server, folder: Path) -> AsyncIterator[tuple[Monitor, list[Event]]]:
    """A monitor that has a token of the device."""
    heard: list[Event] = []
    TokenFile(folder / "tokens.json").put(Token(SERIAL, Secret(TOKEN), "local/hwtui#test", device.endpoint))
    ca = authority().file(folder)
    settings = Settings(hosts=(device.endpoint,), mdns=False, state_dir=folder, ca=ca)

    def listen(event: Event, fleet: Fleet) -> None:
        heard.append(event)

    monitor = Monitor(settings, SystemClock(), listeners=[listen])
    running = asyncio.create_task(monitor.run())
    try:
        yield monitor, heard
    finally:
        running.cancel()
        await asyncio.wait((running,))


def only(monitor: Monitor) -> Device | None:
    return monitor.fleet.devices.get(SERIAL)


def state(monitor: Monitor) -> State | None:
    device = only(monitor)
    return state_of(device, monitor.clock.now()) if device else None


async def test_a_device_whose_upgrade_alone_is_refused_is_polled_with_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.core.link.spoken.TRIES", 1)
    monkeypatch.setattr("tui.engine.lines.line.TRIES", 1)
    async with V2Server() as device:
        device.answers["GET", "/api/ws"] = (401, b"")
        async with paired(device, tmp_path) as (monitor, heard):
            await device.until(lambda: state(monitor) is State.LIVE)
            now = only(monitor)
            assert now is not None
            assert now.paired
            assert now.spoken is not None
            assert (now.spoken.api, now.spoken.push) == ("v2", False)
            assert State.NOT_PAIRED not in [event.kind for event in heard if isinstance(event, Failed)]


async def test_a_device_that_refuses_the_token_over_https_too_is_not_paired(tmp_path: Path) -> None:
    async with V2Server() as device:
        device.answers["GET", "/api/ws"] = NO_TOKEN
        device.tokens.clear()
        async with paired(device, tmp_path) as (monitor, _):
            await device.until(lambda: state(monitor) is State.NOT_PAIRED)
            now = only(monitor)
            assert now is not None
            assert not now.paired
            assert now.spoken is None or now.spoken == Spoken("v1")
            sent = [one.path for one in device.requests if "authorization" in one.headers]
            assert sent == ["/api"], "once"
            assert list(TokenFile(tmp_path / "tokens.json").read()) == [SERIAL], "it is kept aside"
