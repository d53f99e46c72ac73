"""The key p: the dialog says what to press, counts down, and pairs; several devices may wait at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import TYPE_CHECKING

import pytest

from tests.engine.pairable import Pairable
from tests.ui.conftest import FakeEngine, FakeMonitor
from tui.core.events import Event, Identified, Paired, Seen, Unpaired
from tui.core.link.pairing import PAIRED, Attempt, Step
from tui.core.model import Endpoint
from tui.core.products import product_of
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock, SystemClock, VirtualClock
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import Connect, UserClient
from tui.net.errors import ButtonNotPressed, DeviceError, NotAccepted
from tui.ui.keys import OVERVIEW
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
    monkeypatch.setattr("tui.engine.paired.pairing.EVERY_S", 0.02)


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
    await says(rig, "s left")
    return monitor


async def says(rig: Rig, words: str) -> None:
    """Wait until the dialog has these words in it."""
    await rig.until(lambda: words in rig.question, f"the dialog says {words}, and not only {rig.question}")


def in_the_box(rig: Rig) -> str:
    """The words of the dialog that are on the screen, in one line."""
    box = rig.app.screen.query_one(".box").region
    rows = rig.screen_text.splitlines()[box.y + 1 : box.bottom - 1]
    return " ".join(" ".join(row[box.x + 1 : box.right - 1] for row in rows).split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Asking every second, 7 s left."),
        ("it is busy", "it is busy. Asking every second, 7 s left."),
        ("Is this the right address?", "Is this the right address? Asking every second, 7 s left."),
    ],
)
def test_what_it_waits_for_stands_before_the_seconds_that_are_left(text: str, words: str) -> None:
    assert state_words(Attempt(Step.WAITING, SystemClock().now(), text), 7) == words


async def test_it_says_what_to_press_counts_down_and_says_when_it_is_paired(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = 0

    def count(attempt: Attempt | None, left_s: int) -> str:
        nonlocal drawn
        drawn += 1
        return state_words(attempt, left_s)

    monkeypatch.setattr("tui.ui.screens.pairing.state_words", count)
    monkeypatch.setattr("tui.ui.screens.pairing.TICK_S", 0.1)
    async with open_screen() as rig:
        monitor = await opened(rig)
        words, shown = in_the_box(rig), rig.screen_text
        assert 'Pair with "P1 meter aabbcc"' in shown
        assert "Press the white button on the front of the P1 meter once. Asking every second, 120 s left." in words
        assert "take that back with hwtui unpair, or in the HomeWizard app." in words
        assert "esc leaves it as is" in shown
        await rig.until(lambda: "119 s left" in rig.question, "it counts down")
        monitor.buttons[P1].pressed.set()
        await says(rig, PAIRED)
        await rig.until(lambda: in_the_box(rig) == f"{PAIRED} p: ask Battery 00ba77, too", "the rest is gone")
        assert "esc closes" in rig.screen_text
        assert rig.house.fleet.devices[P1].paired
        assert monitor.tokens.of(P1) is not None
        after = drawn
        await asyncio.sleep(0.25)
        assert drawn == after, "nothing ticks once it is over"
        await rig.press("escape")
        await rig.in_front(OVERVIEW)


async def test_text_that_is_pasted_as_keys_ends_in_it_and_esc_leaves_everything_as_it_is(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as rig:
        monitor = await opened(rig)
        await rig.press(*"Reboot the lamp", "enter", *"bq", "tab", "space")
        assert rig.view == "PairDialog"
        assert rig.app.is_running
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
        asked = monitor.buttons[P1].asked
        for button in monitor.buttons.values():
            button.pressed.set()
        await asyncio.sleep(0.1)
        assert monitor.buttons[P1].asked == asked
        assert monitor.tokens.all == {}
        assert monitor.asked == []
        assert not rig.house.fleet.devices[P1].paired


async def test_several_wait_at_once_and_one_that_refused_is_asked_again(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 30)) as rig:
        monitor = await opened(rig)
        monitor.buttons[BATTERY] = Button(error=NotAccepted("No room for another user"))
        assert "p: ask Battery 00ba77, too" in rig.question
        await rig.press("p")
        await says(rig, "No room for another user")
        await says(rig, "p: ask again")
        monitor.buttons[BATTERY].error = None
        await rig.press("p")
        await rig.until(lambda: rig.question.count("s left") == 2, "both wait")
        await rig.pilot.pause()
        shown = rig.screen_text
        assert "Pair with 2 devices" in shown
        assert "Touch the button of the battery until it beeps." in shown
        assert shown.count("s left") == 2
        assert "P1 meter aabbcc" in shown
        assert "p: ask" not in shown
        monitor.buttons[BATTERY].pressed.set()
        await says(rig, PAIRED)
        assert rig.question.count("s left") == 1
        assert "esc leaves it as is" in rig.screen_text
        monitor.buttons[P1].pressed.set()
        await rig.until(lambda: rig.question.count(PAIRED) == 2, "both are paired")
        assert {P1, BATTERY} <= rig.house.fleet.paired


async def test_it_fits_a_phone_also_with_the_longest_words(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        await with_v2(rig)
        house = rig.house
        house.apply(Seen(Endpoint("192.168.9.22", 443, "v2"), "5c2faf000001", house.now, "HWE-NEW"))
        await rig.told()
        rig.session.selected = "5c2faf000001"
        await rig.press("p")
        await says(rig, "s left")
        await rig.pilot.pause()
        words = in_the_box(rig)
        assert product_of("HWE-NEW").button in words
        assert "You can take that back with hwtui unpair, or in the HomeWizard app." in words
        assert "esc leaves it as is" in rig.screen_text


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


async def test_where_there_is_nothing_to_pair_it_says_why(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        monitor = await with_v2(rig)
        for prepare, words in (
            (_paired, "is paired. hwtui unpair 5c2fafaabbcc takes that back, or the HomeWizard app."),
            (_old, "its firmware 4.19 has no API v2 yet: it needs 6 or later"),
            (_socket, "this product has no API v2"),
        ):
            await prepare(rig)
            await rig.press("p")
            await rig.heard(words)
            assert rig.view == OVERVIEW
        assert monitor.buttons == {}


@pytest.mark.parametrize("settings", [Settings(read_only=True), Settings(kiosk=True)], ids=["read-only", "kiosk"])
async def test_never_where_nothing_may_be_changed(open_screen: OpenScreen, settings: Settings) -> None:
    async with open_screen(settings=settings) as rig:
        monitor = await with_v2(rig)
        before = rig.view
        await rig.press("p")
        assert (rig.view, monitor.buttons) == (before, {})
        assert settings.kiosk or "read-only: pairing makes a user on the device" in rig.said[0]


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
