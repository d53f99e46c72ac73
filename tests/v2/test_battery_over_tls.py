"""`hwtui battery` over real TLS: a paired meter is found, told a mode once, and read back."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.core.strict_meter import RefusedError, StrictMeter
from tests.engine.paired_meter import ZERO
from tests.v2.certificates import SERIAL, authority
from tests.v2.server import TOKEN, Answer, Request, V2Server
from tui.core.battery.batteries import Mode, Wanted
from tui.core.events import Event, Seen
from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock, SystemClock
from tui.engine.commands.battery import battery
from tui.engine.commands.exits import CRITICAL, OK
from tui.engine.commands.run import Output
from tui.engine.lines.feeds import Speakers
from tui.engine.lines.pushed import Socket
from tui.engine.lines.pusher import Pusher
from tui.engine.monitor import Monitor
from tui.engine.paired.tokenfile import Token
from tui.engine.paired.tokens import Tokens
from tui.net.push import PushSocket
from tui.net.tls import Peer, Trust
from tui.net.v2 import V2Client

TRUST = Trust(authority().pem)


class House:
    """A P1 that speaks only API v2, by the vendor's rules."""

    def __init__(self, device: V2Server) -> None:
        self.device = device
        self.meter = StrictMeter((2, 2), dict(ZERO))
        device.answers |= {
            ("GET", "/api/batteries"): lambda _: (200, self.meter.sent),
            ("PUT", "/api/batteries"): self._take,
        }

    def _take(self, request: Request) -> Answer:
        try:
            self.meter.put(json.loads(request.body))
        except RefusedError as error:
            return 400, {"error": str(error)}
        return 200, self.meter.sent

    async def tokens(self) -> Tokens:
        """Those of a computer that is paired with it."""
        tokens = Tokens(None, SystemClock())
        await tokens.keep(Token(SERIAL, Secret(TOKEN), "local/hwtui#test", self.device.endpoint, "HWE-P1"))
        return tokens

    def monitor(self, tokens: Tokens, settings: Settings) -> Monitor:
        """One that has these tokens, and reads the device by push."""
        clock = SystemClock()
        opening: list[Event] = [Seen(self.device.endpoint, SERIAL, clock.now(), "HWE-P1")]
        return Monitor(settings, clock, opening=opening, tokens=tokens, v2=Speakers(_client, partial(_pusher, clock)))


def _client(endpoint: Endpoint, token: Secret | None, serial: str | None) -> V2Client:
    return V2Client(endpoint, token, serial, TRUST, timeout_s=2.0)


def _pusher(clock: Clock, endpoint: Endpoint, token: Secret, serial: str | None, beats: float | None) -> Pusher:
    async def connect() -> Socket:
        return await PushSocket.open(endpoint, token, Peer(TRUST, serial, stays=True))

    return Pusher(endpoint, clock, connect, partial(_client, endpoint, token, serial), random.Random(), beats=beats)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with V2Server() as device:
        yield House(device)


async def test_a_mode_is_shown_set_and_read_back(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    async def run(wanted: Wanted | None) -> tuple[int, str, str]:
        settings = Settings(mdns=False, hosts=(house.device.endpoint,))
        make_monitor = partial(house.monitor, await house.tokens())
        code = await battery(settings, Output(), wanted, yes=True, make_monitor=make_monitor)
        return code, *capsys.readouterr()

    code, out, err = await run(None)
    assert (code, err) == (OK, "")
    assert "now   zero, may charge and discharge" in out
    code, out, _ = await run(Wanted(Mode.STANDBY))
    assert (code, out.splitlines()[-1]) == (OK, "set, now standby: neither charges nor discharges")
    assert house.meter.sent["mode"] == "standby"
    writes = [one for one in house.device.requests if one.method != "GET"]
    assert [(one.path, json.loads(one.body)) for one in writes] == [
        ("/api/batteries", {"mode": "standby", "permissions": []})
    ]
    code, out, _ = await run(Wanted(Mode.STANDBY))
    assert (code, out.splitlines()[-1]) == (OK, "it is so already: standby: neither charges nor discharges")
    house.device.answers["PUT", "/api/batteries"] = (400, {"error": "json:parameter-invalid-type:mode"})
    code, _, err = await run(Wanted(Mode.TO_FULL))
    assert code == CRITICAL
    assert "json:parameter-invalid-type:mode" in err
    house.device.tokens.clear()  # taken back in the app
    code, _, err = await run(None)
    assert code != OK
    assert "pair" in err
    assert TOKEN not in out + err
