"""Which announcements are news, and how many are enough."""

from __future__ import annotations

from tui.core.events import Seen
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.net.roster import QUIET_S, Roster

START = Now(1_700_000_000.0, 100.0)
P1 = Seen(Endpoint("192.168.1.20"), "3c39e7aabbcc", START, "HWE-P1")
NAME = "p1meter-AABBCC._hwenergy._tcp.local."


def later(seen: Seen, seconds: float) -> Seen:
    return seen._replace(at=START.plus(seconds))


def test_the_first_announcement_is_news_and_its_repetition_is_not() -> None:
    roster = Roster()
    assert roster.take(NAME, P1)
    assert not roster.take(NAME, later(P1, 0.1))
    assert not roster.take(NAME.upper(), later(P1, 0.2))


def test_every_change_is_news_at_once() -> None:
    roster = Roster()
    changes = [
        P1,
        P1._replace(endpoint=Endpoint("192.168.1.21")),
        P1._replace(endpoint=Endpoint("192.168.1.21", 8080)),
        P1._replace(api_enabled=False),
        P1._replace(api_enabled=True),
        P1._replace(product_type="HWE-SKT"),
        P1._replace(serial="3c39e7ddeeff"),
    ]
    assert [roster.take(NAME, change) for change in changes] == [True] * len(changes)


def test_an_unchanged_announcement_is_news_again_after_a_while_and_then_quiet_again() -> None:
    roster = Roster()
    told = [roster.take(NAME, later(P1, seconds)) for seconds in (0, 4, 8, QUIET_S, QUIET_S + 4, 2 * QUIET_S)]
    assert told == [True, False, False, True, False, True]


def test_a_jump_of_the_wall_clock_makes_no_news() -> None:
    roster = Roster()
    roster.take(NAME, P1)
    assert not roster.take(NAME, P1._replace(at=Now(START.utc + 86_400, START.monotonic + 1)))


def test_a_device_that_left_is_news_when_it_comes_back() -> None:
    roster = Roster()
    roster.take(NAME, P1)
    assert roster.drop(NAME.upper()) == P1
    assert roster.drop(NAME) is None
    assert roster.take(NAME, later(P1, 1))


def test_there_is_room_for_so_many_devices_and_known_ones_go_on_being_heard() -> None:
    roster = Roster(most_devices=2)
    roster.take("a", P1)
    roster.take("b", P1._replace(serial="BB"))
    assert not roster.has_room_for("c", "cc")
    assert roster.has_room_for("c", "bb")
    assert roster.has_room_for("a", P1.serial.upper())


def test_the_serials_of_one_name_and_the_names_of_one_serial_are_bounded_too() -> None:
    roster = Roster(most_devices=2)
    for serial in ("aa", "bb"):
        assert roster.has_room_for("one", serial)
        roster.take("one", P1._replace(serial=serial))
    assert not roster.has_room_for("one", "cc")
    for name in ("two", "three", "four"):
        assert roster.has_room_for(name, "aa")
        roster.take(name, P1._replace(serial="aa"))
    assert not roster.has_room_for("five", "aa")


def test_a_goodbye_makes_room_for_a_name_but_not_for_another_serial() -> None:
    roster = Roster(most_devices=1)
    roster.take("one", P1)
    roster.take("two", P1)
    roster.drop("one")
    assert roster.has_room_for("three", P1.serial)
    assert not roster.has_room_for("three", "another")
