"""The key p: the dialog says what to press, counts down, and pairs; several devices may wait at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import TYPE_CHECKING

import pytest

from tests.engine.pairable import Pairable
from tests.ui.conftest import FakeEngine, FakeMonitor
from tui.core.events import Event, Identified, Lost, Paired, Seen, Unpaired
from tui.core.model import Endpoint, Fleet
from tui.core.pairing import PAIRED, Attempt, Step
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock, SystemClock, VirtualClock
from tui.engine.tokens import Tokens
from tui.engine.v2clients import Connect, UserClient
from tui.net.errors import ButtonNotPressed, DeviceError, NotAccepted
from tui.ui.keys import ONE_DEVICE, OVERVIEW
from tui.ui.screens.pairing import state_words

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

P1, BATTERY = "5c2fafaabbcc", "5c2faf00ba77"


@dataclass
class Button:
    """A device that waits for its button: it answers only when the test lets it."""

    pressed: Flag = field(default_factory=Flag)
    error: DeviceError | None = None
    asked: int = 0


class PairingMonitor(FakeMonitor):
    """The monitor as pairing sees it, over a house that stands still."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.house)
        self.tokens = Tokens(None, VirtualClock())
        self.buttons: dict[str, Button] = {}

    @property
    def clock(self) -> Clock:
        return SystemClock()

    @property
    def fleet(self) -> Fleet:
        return self.house.fleet

    @property
    def paired_client(self) -> Connect:
        return self._connect

    def apply(self, event: Event) -> None:
        self.house.apply(event)

    def _connect(self, endpoint: Endpoint, token: Secret | None, serial: str | None) -> UserClient:
        client = Pairable(serial, presses=[True])
        button = self.buttons.setdefault(serial or "", Button())
        create = client.create_user

        async def create_user(name: str) -> Secret:
            button.asked += 1
            if button.error is not None:
                raise button.error
            if not button.pressed.is_set():
                raise ButtonNotPressed("not yet")
            return await create(name)

        client.create_user = create_user  # type: ignore[method-assign]
        return client


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.pairing.EVERY_S", 0.02)


async def with_v2(rig: Rig) -> PairingMonitor:
    """A house with a P1 and a battery that are not paired; its own P1 is."""
    monitor = PairingMonitor(rig)
    rig.session.engine = FakeEngine(monitor)
    house = rig.house
    for serial, product_type, host in ((P1, "HWE-P1", "192.168.9.20"), (BATTERY, "HWE-BAT", "192.168.9.21")):
        house.apply(Seen(Endpoint(host, 443, "v2"), serial, house.now, product_type))
    house.apply(Paired(rig.device("Grid").key, house.now))
    await rig.told()
    rig.session.selected = P1
    return monitor


async def opened(rig: Rig) -> PairingMonitor:
    monitor = await with_v2(rig)
    await rig.press("p")
    await rig.in_front("PairDialog")
    await rig.shows("s left")
    return monitor


def in_the_box(rig: Rig) -> str:
    """The words of the dialog that are on the screen, in one line."""
    box = rig.app.screen.query_one(".box").region
    rows = rig.screen_text.splitlines()[box.y + 1 : box.bottom - 1]
    return " ".join(" ".join(row[box.x + 1 : box.right - 1] for row in rows).split())


async def test_it_says_what_to_press_counts_down_and_says_when_it_is_paired(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await opened(rig)
        assert 'Pair with "P1 meter aabbcc"' in rig.screen_text
        assert "Press the white button on the front of the P1 meter once." in rig.screen_text
        assert "Asking every second, 120 s left." in rig.screen_text
        assert "take that back with hwtui unpair, or in the HomeWizard app." in in_the_box(rig)
        assert "esc leaves it as is" in rig.screen_text
        await rig.shows("119 s left")
        monitor.buttons[P1].pressed.set()
        await rig.shows(PAIRED)
        await rig.until(lambda: in_the_box(rig) == f"{PAIRED} p: ask Battery 00ba77, too", "the rest is gone")
        assert "esc closes" in rig.screen_text
        assert rig.house.fleet.devices[P1].paired
        assert monitor.tokens.of(P1) is not None
        await rig.press("escape")
        await rig.in_front(OVERVIEW)


async def test_esc_leaves_everything_as_it_is(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await opened(rig)
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
        asked = monitor.buttons[P1].asked
        monitor.buttons[P1].pressed.set()
        await asyncio.sleep(0.1)
        assert monitor.buttons[P1].asked == asked
        assert monitor.tokens.all == {}
        assert not rig.house.fleet.devices[P1].paired


async def test_several_wait_at_once(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 30)) as rig:
        monitor = await opened(rig)
        assert "p: ask Battery 00ba77, too" in rig.screen_text
        await rig.press("p")
        await rig.shows("Pair with 2 devices")
        await rig.shows("Touch the button of the battery until it beeps.")
        assert rig.screen_text.count("s left") == 2
        assert "P1 meter aabbcc" in rig.screen_text
        assert "p: ask" not in rig.screen_text
        monitor.buttons[BATTERY].pressed.set()
        await rig.shows(PAIRED)
        assert rig.screen_text.count("s left") == 1
        assert "esc leaves it as is" in rig.screen_text
        monitor.buttons[P1].pressed.set()
        await rig.until(lambda: rig.screen_text.count(PAIRED) == 2, "both are paired")
        assert {P1, BATTERY} <= rig.house.fleet.paired


async def test_a_refusal_is_said_and_can_be_tried_again(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await with_v2(rig)
        monitor.buttons[BATTERY] = Button(error=NotAccepted("No room for another user"))
        rig.session.selected = BATTERY
        await rig.press("p")
        await rig.shows("No room for another user")
        monitor.buttons[BATTERY].error = None
        monitor.buttons[BATTERY].pressed.set()
        assert "p: ask P1 meter aabbcc, too" in rig.screen_text
        await rig.press("p")
        await rig.shows("p: ask again")
        await rig.press("p")
        await rig.shows(PAIRED)


ANY_PRODUCT = ("HWE-P1", "HWE-BAT", "HWE-KWH3", "HWE-NEW")


@pytest.mark.parametrize(("size", "products"), [((80, 24), ANY_PRODUCT[-1:]), ((40, 20), ANY_PRODUCT)])
async def test_it_fits_every_screen_whatever_the_product(
    open_screen: OpenScreen, size: tuple[int, int], products: tuple[str, ...]
) -> None:
    async with open_screen(size=size) as rig:
        await with_v2(rig)
        house = rig.house
        for number, product_type in enumerate(products):
            serial = f"5c2faf0000{number:02}"
            house.apply(Seen(Endpoint(f"192.168.9.{100 + number}", 443, "v2"), serial, house.now, product_type))
            await rig.told()
            rig.session.selected = serial
            await rig.press("p")
            await rig.shows("s left")
            words = in_the_box(rig)
            assert house.fleet.devices[serial].product.button in words
            assert "You can take that back with hwtui unpair, or in the HomeWizard app." in words
            assert "esc leaves it as is" in rig.screen_text
            await rig.press("escape")
            await rig.in_front(OVERVIEW)


async def test_a_device_that_has_api_v1_too_may_be_paired_as_well(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await with_v2(rig)
        grid = rig.device("Grid")
        assert grid.serial
        assert grid.endpoint
        now = rig.house.now
        newer = Identity(grid.serial, "HWE-P1", "P1 meter", "6.0305", "v1")
        rig.house.apply(Identified(grid.endpoint, newer, now))
        rig.house.apply(Lost(grid.serial, "v2", now))
        rig.house.apply(Unpaired(grid.serial, now))
        assert [endpoint.api for endpoint in rig.device("Grid").endpoints] == ["v1"]
        await rig.told()
        rig.select("Grid")
        await rig.press("p")
        await rig.shows("s left")
        monitor.buttons[grid.serial].pressed.set()
        await rig.shows(PAIRED)
        paired = rig.device("Grid")
        assert paired.paired
        assert paired.endpoint_of("v2") == Endpoint(grid.endpoint.host, 443, "v2")
        assert paired.v1_endpoint == grid.endpoint


READ_AND_WRITE = Settings()


@dataclass
class Case:
    """Why p does not open the dialog."""

    words: str
    prepare: Callable[[Rig], Awaitable[None]]
    settings: Settings = READ_AND_WRITE


async def _old(rig: Rig) -> None:
    grid = rig.device("Grid")
    assert grid.endpoint
    rig.house.apply(Unpaired(grid.key, rig.house.now))
    rig.house.apply(Identified(grid.endpoint, Identity(grid.key, "HWE-P1", "P1", "4.19", "v1"), rig.house.now))
    await rig.told()
    rig.select("Grid")


async def _socket(rig: Rig) -> None:
    rig.session.selected = next(
        key for key, device in rig.house.fleet.devices.items() if device.product_type == "HWE-SKT"
    )


async def _paired(rig: Rig) -> None:
    rig.house.apply(Paired(P1, rig.house.now))
    await rig.told()


async def _nothing(rig: Rig) -> None: ...


@pytest.mark.parametrize(
    "case",
    [
        Case("is paired. hwtui unpair 5c2fafaabbcc takes that back, or the HomeWizard app.", _paired),
        Case("its firmware 4.19 has no API v2 yet: it needs 6 or later", _old),
        Case("this product has no API v2", _socket),
        Case("read-only: pairing makes a user on the device", _nothing, Settings(read_only=True)),
    ],
    ids=["paired", "old", "socket", "read-only"],
)
async def test_where_there_is_nothing_to_pair_it_says_why(open_screen: OpenScreen, case: Case) -> None:
    async with open_screen(settings=case.settings) as rig:
        monitor = await with_v2(rig)
        await case.prepare(rig)
        await rig.press("p")
        await rig.heard(case.words)
        assert rig.view == OVERVIEW
        assert monitor.buttons == {}


async def test_never_in_a_kiosk(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(kiosk=True)) as rig:
        monitor = await with_v2(rig)
        for view in ONE_DEVICE:
            rig.app.switch_screen(view)
            await rig.in_front(view)
            await rig.press("p")
            assert (rig.view, monitor.buttons) == (view, {})


async def test_text_that_is_pasted_as_keys_ends_in_the_dialog_and_pairs_nothing(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await opened(rig)
        await rig.press(*"Please reboot the lamp", "enter", *"bqo", "enter", "tab", "space")
        assert rig.view == "PairDialog"
        assert rig.app.is_running
        assert monitor.tokens.all == {}
        assert monitor.asked == []


async def test_nothing_ticks_once_it_is_over_or_closed(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = 0

    def count(attempt: Attempt | None, left_s: int) -> str:
        nonlocal drawn
        drawn += 1
        return state_words(attempt, left_s)

    monkeypatch.setattr("tui.ui.screens.pairing.state_words", count)
    monkeypatch.setattr("tui.ui.screens.pairing.TICK_S", 0.01)
    async with open_screen() as rig:
        monitor = await opened(rig)
        now = drawn
        await rig.until(lambda: drawn > now + 3, "it ticks")
        monitor.buttons[P1].pressed.set()
        await rig.shows(PAIRED)
        await rig.pilot.pause()
        after = drawn
        await asyncio.sleep(0.1)
        assert drawn == after


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (None, "Asking."),
        (Attempt(Step.WAITING, SystemClock().now()), "Asking every second, 7 s left."),
        (Attempt(Step.WAITING, SystemClock().now(), "No route."), "No route. Asking every second, 7 s left."),
        (Attempt(Step.TIMED_OUT, SystemClock().now(), "Nobody."), "Nobody."),
    ],
)
def test_how_far_it_is_in_words(attempt: Attempt | None, words: str) -> None:
    assert state_words(attempt, 7) == words
