"""Pairing with a device: asked every second until its button is pressed, and what becomes of each other answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.engine.pairable import SERIAL, Pairable
from tui.core.events import Added, Event, Seen
from tui.core.fleet import reduce
from tui.core.link.pairing import ONLY_NOW, PAIRED, TOO_LATE, Attempt, Step, is_user_name
from tui.core.model import Endpoint, Fleet
from tui.core.secret import Secret
from tui.engine.clock import VirtualClock
from tui.engine.command import CommandError
from tui.engine.paired.pairing import Subject, pair, pair_device, this_user
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.engine.paired.tokens import Tokens
from tui.net.errors import BadAnswer, DeviceError, NotAccepted, NotFound, Unreachable, WrongCertificate

HERE = Endpoint("192.168.1.20", 443, "v2")
SUBJECT = Subject(HERE, SERIAL, "HWE-P1")


@dataclass
class Try:
    """One attempt, and what is told of it."""

    device: Pairable
    tokens: Tokens
    clock: VirtualClock
    told: list[Attempt] = field(default_factory=list)

    def begin(self, subject: Subject = SUBJECT) -> asyncio.Task[Attempt]:
        return asyncio.create_task(pair(subject, self.tokens, self.device.connect, self.clock, self.told.append))

    async def ends(self, task: asyncio.Task[Attempt]) -> Attempt:
        """How it ends; a token is written in a thread, so not only the clock has to move."""
        while not task.done():
            await self.clock.advance(0.5)
            await asyncio.sleep(0.002)
        return task.result()

    async def run(self, subject: Subject = SUBJECT) -> Attempt:
        return await self.ends(self.begin(subject))

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.told]


@pytest.fixture
def one(tmp_path: Path, clock: VirtualClock) -> Try:
    return Try(Pairable(), Tokens(tmp_path, clock), clock)


async def test_it_asks_every_second_until_the_button_is_pressed_and_keeps_the_token(one: Try, tmp_path: Path) -> None:
    one.device.presses = [False, False, False, True]
    end = await one.run()
    assert (end.step, end.text) == (Step.PAIRED, PAIRED)
    assert len(one.device.named) == 4
    assert one.clock.now().monotonic >= 3.0
    assert set(map(is_user_name, one.device.named)) == {True}
    kept = TokenFile(tmp_path / "tokens.json").read()[SERIAL]
    assert kept.name == one.device.named[0]
    assert kept.secret.reveal() == one.device.users_now[kept.name]
    assert (kept.endpoint, kept.product_type) == (HERE, "HWE-P1")
    assert one.device.closed == one.device.opened
    assert [told.step for told in one.told] == [Step.WAITING, Step.PAIRED]
    assert kept.secret.reveal() not in repr((end, kept, one.told))


async def test_after_two_minutes_it_stops(one: Try) -> None:
    one.device.presses = [False]
    task = one.begin()
    await one.clock.advance(119.5)
    assert not task.done()
    assert len(one.device.named) == 120
    end = await one.ends(task)
    assert (end.step, end.text) == (Step.TIMED_OUT, TOO_LATE)
    assert len(one.device.named) == 120
    assert one.device.closed == 1


async def test_a_slow_device_is_not_asked_twice_at_once_and_keeps_the_pace(one: Try) -> None:
    moments: list[float] = []
    one.device.presses = [False]

    async def slow(name: str) -> Secret:
        moments.append(one.clock.now().monotonic)
        await one.clock.sleep(1.4)
        return await Pairable.create_user(one.device, name)

    one.device.create_user = slow  # type: ignore[method-assign]
    task = one.begin()
    await one.clock.advance(7)
    assert moments == [0, 2, 4, 6]
    task.cancel()


@pytest.mark.parametrize(
    ("error", "words", "asked"),
    [
        (NotFound("no such page"), "Its firmware has no API v2 yet: it needs 6 or later; the HomeWizard app", 1),
        (WrongCertificate("The certificate is that of another"), "The certificate is that of another", 1),
        (NotAccepted("No room for another user"), "No room for another user", 1),
        (BadAnswer("HTTP 500"), "HTTP 500", 3),
    ],
)
async def test_a_refusal_is_told_and_not_asked_for_again_and_again(
    one: Try, error: DeviceError, words: str, asked: int, tmp_path: Path
) -> None:
    one.device.presses = [error]
    end = await one.run()
    assert end.step is Step.REFUSED
    assert words in end.text
    assert len(one.device.named) == asked
    assert not (tmp_path / "tokens.json").exists()


async def test_a_device_that_restarts_meanwhile_is_waited_for(one: Try) -> None:
    gone = Unreachable("No route to the device")
    one.device.presses = [False, gone, gone, gone, gone, False, BadAnswer("x"), BadAnswer("x"), False, True]
    end = await one.run()
    assert end.step is Step.PAIRED
    assert one.texts == ["", "No route to the device", "", "x", "", PAIRED]


async def test_one_that_never_answers_is_told_of_by_what_hindered_it(one: Try) -> None:
    one.device.presses = [Unreachable("No route to the device")]
    end = await one.run()
    assert (end.step, end.text) == (Step.TIMED_OUT, "No route to the device")


async def test_what_is_not_known_is_taken_from_the_device(one: Try, tmp_path: Path) -> None:
    one.device.presses, one.device.product_type = [True], "HWE-BAT"
    assert (await one.run(Subject(HERE))).step is Step.PAIRED
    kept = TokenFile(tmp_path / "tokens.json").read()
    assert kept[SERIAL].product_type == "HWE-BAT"


async def test_a_device_without_a_name_in_its_certificate_is_not_paired(one: Try) -> None:
    one.device.presses, one.device.serial = [True], None
    assert (await one.run(Subject(HERE))).step is Step.REFUSED
    assert one.tokens.all == {}


async def test_pairing_anew_takes_the_place_of_the_earlier_user(one: Try) -> None:
    await one.tokens.keep(Token(SERIAL, Secret("OLD"), "local/hwtui#old-name", HERE))
    one.device.presses = [True]
    await one.run()
    assert one.device.named == ["local/hwtui#old-name"]
    await one.tokens.keep(Token(SERIAL, Secret("OLD"), "no name for the API", HERE))
    await one.run()
    assert is_user_name(one.device.named[-1])


async def test_several_wait_at_once_and_none_loses_its_token(one: Try, tmp_path: Path) -> None:
    tries = [Try(Pairable(f"{number:012}", presses=[False, True]), one.tokens, one.clock) for number in range(5)]
    tasks = [each.begin(Subject(HERE, each.device.serial, "HWE-P1")) for each in tries]
    ends = [await one.ends(task) for task in tasks]
    assert {end.step for end in ends} == {Step.PAIRED}
    assert len(TokenFile(tmp_path / "tokens.json").read()) == 5


async def test_ending_it_closes_the_connection_and_asks_no_more(one: Try) -> None:
    one.device.presses = [False]
    task = one.begin()
    await one.clock.advance(3)
    task.cancel()
    await asyncio.wait((task,))
    asked = len(one.device.named)
    await one.clock.advance(10)
    assert task.cancelled()
    assert (len(one.device.named), one.device.closed) == (asked, 1)


async def test_a_token_that_came_is_kept_even_if_it_is_ended_at_that_moment(one: Try, tmp_path: Path) -> None:
    one.device.presses = [True]
    reached, go_on = asyncio.Event(), asyncio.Event()
    keep = one.tokens.keep

    async def slow(token: Token) -> str | None:
        reached.set()
        await go_on.wait()
        return await keep(token)

    one.tokens.keep = slow  # type: ignore[method-assign]
    task = one.begin()
    await reached.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(5):
        while one.tokens.of(SERIAL) is None or not (tmp_path / "tokens.json").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_a_token_that_cannot_be_written_is_said_to_last_only_so_long(tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "no folder").write_text("")
    one = Try(Pairable(presses=[True]), Tokens(tmp_path / "no folder", clock), clock)
    end = await one.run()
    assert end.step is Step.PAIRED
    assert end.text.startswith(f"{ONLY_NOW} The token is not kept: ")


def test_two_users_of_two_computers_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = tmp_path / "machine-id"
    monkeypatch.setattr("tui.engine.paired.pairing.MACHINE_ID", str(machine))
    assert this_user() == ""
    seen = set()
    for text in ("0" * 32, "1" * 32):
        machine.write_text(f"{text}\n")
        for user in (0, 1000):
            monkeypatch.setattr("os.getuid", lambda user=user: user)
            seen.add(this_user())
            assert this_user() == this_user()
            assert text[:4] != this_user()
    assert len(seen) == 4


# ------------------------------------------------------------------ with a fleet


class House:
    """A fleet with its tokens, as the monitor has them."""

    def __init__(self, tokens: Tokens, clock: VirtualClock, device: Pairable) -> None:
        self.tokens = tokens
        self.clock = clock
        self.paired_client = device.connect
        self.fleet = Fleet()
        self.events: list[Event] = []

    def apply(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        self.events.append(event)


@pytest.fixture
def house(one: Try) -> House:
    one.device.presses = [True]
    return House(one.tokens, one.clock, one.device)


async def pair_in(house: House, key: str) -> Attempt:
    task = asyncio.create_task(pair_device(house, key, house.clock, lambda attempt: None))
    while not task.done():
        await house.clock.advance(0.5)
        await asyncio.sleep(0.002)
    return task.result()


async def test_the_fleet_learns_that_it_is_paired_and_where_v2_is(house: House) -> None:
    house.apply(Seen(Endpoint("192.168.1.20"), SERIAL, house.clock.now(), "HWE-P1"))
    assert (await pair_in(house, SERIAL)).step is Step.PAIRED
    device = house.fleet.devices[SERIAL]
    assert device.paired
    assert device.endpoint_of("v2") == HERE
    assert device.endpoint_of("v1") == Endpoint("192.168.1.20")
    assert [type(event).__name__ for event in house.events[1:]] == ["Certified", "Paired"]


async def test_a_host_given_by_hand_gets_its_row(house: House) -> None:
    house.apply(Added(HERE, house.clock.now()))
    assert (await pair_in(house, next(iter(house.fleet.devices)))).step is Step.PAIRED
    assert list(house.fleet.devices) == [SERIAL]
    assert house.fleet.devices[SERIAL].paired


async def test_one_that_need_not_be_asked_is_not(house: House, one: Try) -> None:
    house.apply(Seen(Endpoint("192.168.1.21"), "5c2faf000001", house.clock.now(), "HWE-SKT"))
    with pytest.raises(CommandError, match="this product has no API v2"):
        await pair_in(house, "5c2faf000001")
    with pytest.raises(CommandError, match="is not here"):
        await pair_in(house, "nobody")
    assert one.device.named == []
