"""What the link doctor goes by: what was seen of one device, and of this computer. Values alone, no judgement.

Nothing here is certain to be known: what the system does not tell is None or `UNKNOWN`, and no rule reads it as a
fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from tui.core.model import Endpoint
from tui.core.moment import Moment


class Layer(StrEnum):
    """Where the way to a device fails, from the wire up: the deeper one comes first. JSON uses the same words."""

    NO_ADDRESS = "no-address"
    NO_ROUTE = "no-route"
    OFF_LINK = "off-link"
    NO_NAME = "no-name"
    NO_ARP = "no-arp"
    WRONG_MAC = "wrong-mac"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    SLOW = "slow"
    NOT_HTTP = "not-http"
    NOT_HOMEWIZARD = "not-homewizard"
    API_OFF = "api-off"
    NOT_PAIRED = "not-paired"
    CERTIFICATE = "certificate"
    BAD_ANSWER = "bad-answer"
    FROZEN = "frozen"
    ISOLATED = "isolated"
    NOT_ANNOUNCED = "not-announced"
    TWO_OF_ONE_SERIAL = "two-of-one-serial"
    MOVED = "moved"
    WELL = "well"


class Route(Enum):
    """Which way this computer would send something to an address."""

    LINK = auto()  # straight: the address is in one of its own networks, or on itself
    ROUTER = auto()
    TUNNEL = auto()  # into a VPN
    NONE = auto()
    UNKNOWN = auto()


class Arp(Enum):
    """What the neighbour table says of an address."""

    ANSWERED = auto()
    SILENT = auto()  # asked for, and nobody has it
    UNKNOWN = auto()  # not asked for on this wire, or the system does not tell


class Reach(Enum):
    """How a TCP connection ended before anything was sent on it."""

    UNTRIED = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    RESET = auto()
    TIMEOUT = auto()
    NOBODY = auto()  # EHOSTUNREACH: no ARP answer, or a router says that there is nobody
    NO_WAY = auto()  # ENETUNREACH and the like
    FORBIDDEN = auto()  # by a rule of this computer itself


class Said(Enum):
    """What came of asking `/api`, or for its values."""

    NOTHING = auto()  # it was not asked
    WHO = auto()  # it said who it is
    TIMEOUT = auto()
    RESET = auto()
    NOT_HTTP = auto()
    NOT_HOMEWIZARD = auto()
    API_OFF = auto()
    NOT_PAIRED = auto()
    CERTIFICATE = auto()
    BAD = auto()

    @property
    def is_answer(self) -> bool:
        """Whether a web server answered in time, whatever it said."""
        return self not in (Said.NOTHING, Said.TIMEOUT, Said.RESET)


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried."""

    at_utc: float
    what: str
    """Such as "ARP" or "TCP 80"."""
    result: str


@dataclass(frozen=True, slots=True)
class Way:
    """What came of asking a device at one endpoint, several times."""

    endpoint: Endpoint
    """Its `host` is the address that was asked."""
    reach: Reach = Reach.UNTRIED
    said: Said = Said.NOTHING
    detail: str = ""
    """What was said, in a few words; without control characters."""
    serial: str | None = None
    """Who answered."""
    asked: int = 0
    lost: int = 0
    latencies_s: tuple[float, ...] = ()
    """Of each answer over a connection that stood already, in seconds; of the first where there is no other."""
    within_s: float = 0.0
    """How long it was waited for, each time."""
    had_token: bool = False
    """It was asked with a token of this program (API v2)."""
    values: Said = Said.NOTHING
    """What came of asking it for its values, once it had said who it is: `WHO` if it told some."""
    values_detail: str = ""
    """On that, in a few words."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One device, as far as it was seen."""

    name: str
    host: str = ""
    """As the user named it, or the address; "" if none is known."""
    serial: str | None = None
    """Whom to expect there."""
    address: str | None = None
    """None: `host` has no address."""
    route: Route = Route.UNKNOWN
    interface: str = ""
    """Through which it would be reached; "" if not known."""
    arp: Arp = Arp.UNKNOWN
    mac: str | None = None
    """Who has the address by the neighbour table: 12 hex digits."""
    mac_is_shared: bool = False
    """Other addresses have the same MAC: a repeater or a router answers for those behind it."""
    ways: tuple[Way, ...] = ()
    announced: bool | None = None
    """Whether mDNS was heard of it in this examination; None: it was not listened for, or could not come this far."""
    says_off: bool = False
    """Its announcement says that its Local API is off."""
    behind_s: float | None = None
    """Seconds by which its smart meter's telegram is behind this computer's clock; None: no such clock was read."""
    clock_moved: bool | None = None
    """Whether that clock moved in a time in which it should have; None: not looked at twice."""
    elsewhere: tuple[str, ...] = ()
    """Other addresses at which its serial answered, too."""
    before: str | None = None
    """The address at which it was known before this one."""
    moved: Moment | None = None
    """When it changed, where that was seen."""
    wifi_pct: float | None = None
    """Of its last answer, where the caller has one."""
    last_answer: Moment | None = None
    """Before this examination, where the caller knows."""
    lost_before: int | None = None
    """How many requests were lost in the hour up to the last answer before this examination, where the caller knows."""
    restarts: tuple[Moment, ...] = ()
    """When it was seen to start anew in the last day, oldest first, where the caller knows."""
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """One IPv4 address of this computer."""

    name: str
    address: str
    network: str
    """As in "192.168.1.0/24"."""
    is_tunnel: bool = False
    """No wire and no radio, but a VPN."""
    is_down: bool = False
    """Its cable is out, its Wi-Fi has joined nothing, or it is turned off; the address may stay all the same. Not told
    of a VPN, whose end is told in other words."""


class Port(StrEnum):
    """Who has UDP port 5353 on this computer beside this program."""

    FREE = "free"
    SHARED = "shared"  # another mDNS program, which lets others listen, too
    HELD = "held"  # another program, which does not


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has a port, as far as this user may know."""

    program: str = ""
    """As the kernel calls its process; "" if that may not be seen."""
    pid: int = 0
    is_another_users: bool = False

    @property
    def words(self) -> str:
        """For a sentence, after "by"."""
        if self.program:
            return f"{self.program} (pid {self.pid})"
        return "another user's program" if self.is_another_users else "a program that cannot be seen from here"


@dataclass(frozen=True, slots=True)
class Computer:
    """This computer and its network."""

    interfaces: tuple[Interface, ...] = ()
    """Without loopback."""
    has_ipv6: bool = False
    """An IPv6 address that reaches further than its own wire."""
    gateway: str | None = None
    gateway_s: float | None = None
    """How long a TCP connection to the gateway took to be accepted or refused; None: no answer."""
    multicast_route: bool | None = None
    """Whether a route leads to 224.0.0.251; None: not known."""
    mdns_used: bool = False
    heard: int = 0
    """How many others were heard on mDNS, of whatever make."""
    port_5353: Port | None = None
    mdns_fault: str = ""
    """Why nothing could be heard."""
    is_telling: bool = True
    """The system tells its neighbours and routes: Linux alone does so in files."""
    gateway_asked: bool = False
    """It was: who asks this computer alone has no business with it."""
    holders: tuple[Holder, ...] = ()
    """Who has UDP port 5353 beside this program."""

    @property
    def networks(self) -> str:
        """Those that it stands in, for a sentence."""
        return (
            ", ".join(dict.fromkeys(one.network for one in self.interfaces if not (one.is_tunnel or one.is_down)))
            or "none"
        )

    @property
    def down(self) -> tuple[str, ...]:
        """The names of its interfaces without a link."""
        return tuple(dict.fromkeys(one.name for one in self.interfaces if one.is_down))

    @property
    def is_cut_off(self) -> bool:
        """It has addresses, and none of its cards has a link."""
        cards = [one for one in self.interfaces if not one.is_tunnel]
        return bool(cards) and all(one.is_down for one in cards)

    @property
    def held_by(self) -> str:
        """Who has UDP port 5353, for a sentence; "" if nobody, or if that is not known."""
        return " and ".join(dict.fromkeys(one.words for one in self.holders))

    @property
    def vpns(self) -> tuple[str, ...]:
        """The names of its tunnels."""
        return tuple(dict.fromkeys(one.name for one in self.interfaces if one.is_tunnel))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All there is to judge one device by."""

    device: Examined
    computer: Computer
