"""What a running program tells the link doctor of its house: whom to examine, and nobody else."""

from __future__ import annotations

from functools import reduce

from tui.core.events import Added, Configured, Event, Identified, Seen
from tui.core.fleet import reduce as after
from tui.core.model import DeviceSetting, Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.doctor.house import plan_of

NOW = Now(1_795_000_000.0, 1000.0)
HERE, THERE = Endpoint("127.0.0.1", 8001), Endpoint("192.168.1.20")
SECURE, BY_HAND = Endpoint("192.168.1.20", 443, "v2"), Endpoint("p1.lan")


def fleet(*events: Event) -> Fleet:
    return reduce(after, events, Fleet())


HOUSE = fleet(
    Configured("5c2faf0000bb", DeviceSetting("Shed")),
    Seen(THERE, "5c2faf0000bb", NOW, "HWE-SKT", None, True),
    Seen(SECURE, "5c2faf0000bb", NOW, "HWE-SKT", None, True),
    Identified(HERE, Identity("5c2faf0000cc", "HWE-P1"), NOW),
    Added(BY_HAND, NOW),
)


def test_every_device_is_examined_where_it_is_under_its_name() -> None:
    given = Settings(hosts=(HERE, Endpoint("other.lan")))
    plan = plan_of(given, HOUSE, NOW)
    assert set(plan.wanted) == {"5c2faf0000bb", "5c2faf0000cc"}
    places = {one.identity.serial: (one.endpoint, one.other) for one in plan.remembered}
    assert places == {"5c2faf0000bb": (THERE, SECURE), "5c2faf0000cc": (HERE, None)}
    assert plan.settings.hosts == (BY_HAND, Endpoint("other.lan")), "who has said its serial is no host any more"
    assert plan.settings.devices["5c2faf0000bb"].name == "Shed"
    assert (plan.settings.discover, plan.settings.interfaces) == (given.discover, given.interfaces)


def test_of_a_simulated_house_nothing_but_this_computer_is_asked() -> None:
    plan = plan_of(Settings(hosts=(THERE,), interfaces=("192.168.1.5",)), HOUSE, NOW, simulated=True)
    assert plan.wanted == ("5c2faf0000cc",)
    assert [one.endpoint for one in plan.remembered] == [HERE]
    assert plan.settings.hosts == ()
    assert not plan.settings.discover
    assert plan.settings.interfaces == ("127.0.0.1",)
