"""A simulated house for the soak: ten devices without sockets, and every hour one of each trouble a house knows.

What a device answers goes as bytes through the real `DeviceClient`; only `HttpLink`, the socket, is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tui.core.events import Lost, Seen
from tui.core.model import Endpoint
from tui.engine.clock import VirtualClock
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.source import Emit
from tui.net import device as device_module
from tui.net.errors import Refused, Unreachable
from tui.net.exchange import Answer

DEVICES = 10
HOUR_S = 3600.0
FAULT_S = 200.0
"""How long a trouble lasts: a frozen P1 is known after 72 s, a silent device after 60."""
JUMP_EVERY_H = 6
JUMP_S = 1800.0
LEASES = 200
"""Addresses that devices move through, so that every move is to one that was not used for days."""


class Network:
    """Who lives at which address, and what is wrong with whom."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.household = Household("nl", seed=1, devices=DEVICES, start=DEFAULT_START, v2=False)
        self.silent: set[str] = set()
        self.refusing: set[str] = set()
        """Serials."""
        self._leases = 0
        self.tenants = {self.lease(): device for device in self.household.devices}

    def lease(self) -> Endpoint:
        """The next address, as a router might give it."""
        self._leases += 1
        return Endpoint(f"192.168.1.{20 + self._leases % LEASES}")

    def address_of(self, device: SimulatedDevice) -> Endpoint:
        """Where it lives now."""
        return next(endpoint for endpoint, tenant in self.tenants.items() if tenant is device)

    def move(self, device: SimulatedDevice, to: Endpoint) -> None:
        """Give it another address. Nobody is told."""
        del self.tenants[self.address_of(device)]
        self.tenants[to] = device

    def live(self) -> None:
        """Let the house live up to now. Its own clock does not jump with this computer's."""
        self.household.advance(DEFAULT_START.plus(self.clock.now().monotonic))

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Meanwhile every `DeviceClient` reaches this network and no other."""
        with patch.object(device_module, "HttpLink", lambda endpoint, *_: SimulatedLink(self, endpoint)):
            yield


class SimulatedLink:
    """In the place of `HttpLink`."""

    def __init__(self, network: Network, endpoint: Endpoint) -> None:
        self.connections = 0
        self.seen = None
        self._connected_to: SimulatedDevice | None = None
        self._network = network
        self._endpoint = endpoint

    async def send(self, method: str, path: str, timeout_s: float, body: bytes | None = None) -> Answer:
        """The answer of whoever lives at this address now."""
        network = self._network
        device = network.tenants.get(self._endpoint)
        if device is None or device.serial in network.silent:
            self._connected_to = None
            await network.clock.sleep(timeout_s)
            raise Unreachable("No answer: is it plugged in and on the Wi-Fi?") from TimeoutError()
        if device.serial in network.refusing:
            self._connected_to = None
            raise Refused("Connection reset: does another program read this device?") from ConnectionResetError()
        if self._connected_to is not device:
            self._connected_to = device
            self.connections += 1
        network.live()
        answer = device.answer(method, path, body or b"")
        return Answer(answer.status, answer.body)

    async def aclose(self) -> None:
        """Nothing is open."""


class Trouble:
    """A source: it announces the devices as mDNS would, and goes through every trouble once an hour."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.jumps = 0
        self.moves = 0

    async def run(self, emit: Emit) -> None:
        """Until cancelled. Every trouble is over, and every device back, before the hour is."""
        devices = self._network.household.devices
        for device in devices:
            self._announce(device, emit)
        hour = 0
        while True:
            one, two, three, four, five, six = (devices[(hour + step) % DEVICES] for step in (0, 3, 5, 7, 8, 9))
            await self._until(hour, 2)
            await self._in_set(self._network.silent, one)
            await self._in_set(self._network.refusing, two)
            await self._fault(three, Fault.GARBAGE)
            await self._api_off(four, emit)
            await self._fault(devices[0], Fault.FROZEN)  # the only P1
            await self._goodbye(five, emit)
            await self._new_addresses(one, six, emit)
            await self._until(hour, 48)
            await self._in_set(self._network.silent, *devices)  # the Wi-Fi
            if hour % JUMP_EVERY_H == 0:
                self._network.clock.jump(-JUMP_S if self.jumps % 2 else JUMP_S)
                self.jumps += 1
            hour += 1
            await self._until(hour, 0)

    async def _until(self, hour: int, minute: float) -> None:
        """The moment of the plan."""
        due = hour * HOUR_S + minute * 60
        await self._network.clock.sleep(due - self._network.clock.now().monotonic)

    def _announce(self, device: SimulatedDevice, emit: Emit) -> None:
        endpoint, now = self._network.address_of(device), self._network.clock.now()
        emit(Seen(endpoint, device.serial, now, device.product_type, device.product_name, device.api_enabled))

    async def _in_set(self, sufferers: set[str], *devices: SimulatedDevice) -> None:
        serials = {device.serial for device in devices}
        sufferers |= serials
        await self._network.clock.sleep(FAULT_S)
        sufferers -= serials

    async def _fault(self, device: SimulatedDevice, fault: Fault) -> None:
        device.fault = fault
        await self._network.clock.sleep(FAULT_S)
        device.fault = None

    async def _api_off(self, device: SimulatedDevice, emit: Emit) -> None:
        for enabled in (False, True):
            device.api_enabled = enabled
            self._announce(device, emit)
            await self._network.clock.sleep(FAULT_S)

    async def _goodbye(self, device: SimulatedDevice, emit: Emit) -> None:
        """It leaves, and comes back as announced."""
        emit(Lost(device.serial, "v1", self._network.clock.now()))
        await self._in_set(self._network.silent, device)
        self._announce(device, emit)

    async def _new_addresses(self, device: SimulatedDevice, other: SimulatedDevice, emit: Emit) -> None:
        """One device gets a new address, another one its old; they are announced some time later."""
        left = self._network.address_of(device)
        self._network.move(device, self._network.lease())
        self._network.move(other, left)
        self.moves += 2
        await self._network.clock.sleep(FAULT_S)
        self._announce(other, emit)
        await self._network.clock.sleep(FAULT_S)
        self._announce(device, emit)
