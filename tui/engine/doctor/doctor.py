"""The link doctor: examines every device at once, and tells of each as soon as nothing can change its diagnosis.

Devices are those named, else all that are known: hosts by hand, remembered ones, those of the config file, those that
mDNS finds. The screen may use it as the command does: `await Doctor(...).run(tell)`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.api.users import is_token
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import Computer, Evidence, Examined, Said, Tried
from tui.core.doctor.label import Label
from tui.core.doctor.past import LinkPast, with_past
from tui.core.events import Event, Remembered, Seen
from tui.core.model import Endpoint, key_of
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.doctor.beside import Beside
from tui.engine.doctor.case import Case
from tui.engine.doctor.cases import Cases
from tui.engine.doctor.examination import Examiner, Look, Pace
from tui.engine.doctor.surroundings import computer_on, gateway_s, hear, reach_of_mdns
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import trust_of
from tui.engine.source import TokenOf
from tui.net.ownside import OwnSide
from tui.net.resolve import Names

if TYPE_CHECKING:
    from tui.core.secret import Secret
    from tui.net.tls import Peer

FIRST_S = 0.2
"""mDNS is begun this late at most (own choice)."""
AT_ONCE = 64
"""Endpoints that are looked at together (own choice): as many as a scan asks."""

Tell = Callable[[Patient], None]
"""Takes a device that is done; once more, if what was found later changes its diagnosis."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, the devices that were named first and then by serial."""

    computer: Computer
    patients: tuple[Patient, ...]


class Doctor:
    """One examination. `wanted` are keys of devices beside the hosts of the settings, and `labels` what others are
    called; with any of these, and unless the settings discover, those alone are examined. For who is wanted or called
    so, and answers nowhere else, the hosts `beside` are asked who they are. `pasts` are what was known of devices
    before, by key; `token_of` gives the tokens in use, else those in the state directory are taken."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        wanted: Iterable[str] = (),
        labels: Iterable[Label] = (),
        beside: Iterable[Endpoint] = (),
        remembered: Iterable[Remembered] = (),
        pasts: Mapping[str, LinkPast] | None = None,
        token_of: TokenOf | None = None,
        side: OwnSide | None = None,
        pace: Pace = Pace(),  # noqa: B008  (it is immutable)
    ) -> None:
        self._settings, self._clock, self._side = settings, clock, side or OwnSide()
        self._pace = pace
        self._until = math.inf
        self._kept_token = token_of or Tokens(settings.state_dir, clock).of
        self._pasts = pasts or {}
        self._cases = Cases(settings, wanted, remembered, labels)
        self._beside = Beside(beside, self._look_beside, self._meet)
        self._told: dict[Case, Patient] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._first = asyncio.Event()
        """Set when a device has been told of."""
        self._window = asyncio.Event()
        """Set when mDNS has been listened to for long enough."""
        self._late: list[Case] = []
        """What may be one of the others: it is told of when those have said who they are."""
        self._computer = computer_on(self._side, mdns=settings.mdns)
        zone = ZoneInfo(profile_of(settings.grid).zone)
        names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
        self._examiner = Examiner(
            clock, self._side, self._computer.interfaces, names.address_of, zone, self._peer, pace
        )
        self._near = reach_of_mdns(settings.interfaces) if settings.mdns else ()

    @property
    def computer(self) -> Computer:
        """This computer, as far as it is known by now."""
        return self._computer

    async def run(self, tell: Tell) -> Outcome:
        """Examine all; tell of each as it is done. Cancelling closes everything."""
        self._tell = tell
        self._until = asyncio.get_running_loop().time() + self._pace.all_s
        try:
            for case in self._cases:
                self._begin(case)
            self._tasks.update((asyncio.create_task(self._measure_gateway()), asyncio.create_task(self._listen())))
            while pending := [task for task in self._tasks if not task.done()]:
                done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # what `tell` raised ends it at once
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for case in self._late:
            if (heir := self._cases.heir(case)) is not None:
                heir.absorb(case)
            else:
                self._say(case)
        for case in tuple(self._told):
            self._say(case)  # what others turned out to be may have changed it
        named = [case for case in self._cases if case.is_named and case in self._told]
        others = sorted((case for case in self._told if not case.is_named), key=lambda case: min(case.keys, default=""))
        return Outcome(self._computer, tuple(self._told[case] for case in (*named, *others)))

    def _begin(self, case: Case) -> None:
        self._tasks.add(asyncio.create_task(self._examine(case)))

    def _heard(self, event: Event) -> None:
        """An event of mDNS."""
        if isinstance(event, Seen) and (case := self._cases.heard(event)) is not None:
            self._begin(case)

    # ------------------------------------------------------------------ one device

    async def _examine(self, case: Case) -> None:
        """Look at each of its endpoints, and at those that turn up meanwhile; then tell of it."""
        while not case.is_gone:
            case.more.clear()
            if (todo := case.todo(self._token(case) is not None)) and self._has_time(case):
                await asyncio.gather(*(self._look(case, endpoint) for endpoint in todo))
                continue
            if not (pending := self._pending(case)):
                break
            waits = [asyncio.create_task(event.wait()) for event in (case.more, *pending)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        if case.is_gone:
            return
        twin = next((other for other in self._told if case.is_same_as(other)), None)
        if twin is not None:  # named once more, or announced and named
            if case.is_named and not twin.is_named:
                self._told[case] = self._told.pop(twin)
                case.absorb(twin)
        elif self._cases.may_be_another(case):
            self._late.append(case)
        else:
            self._say(case)

    async def _look(self, case: Case, endpoint: Endpoint) -> None:
        token = self._token(case) if endpoint.api == "v2" else None
        async with self._room:
            if case.until == math.inf:  # half of it at least, if its turn comes late since many others took their time
                case.until = max(self._until, asyncio.get_running_loop().time() + self._pace.all_s / 2)
            case.looks[endpoint] = await self._look_at(case, endpoint, token)

    async def _look_at(self, case: Case, endpoint: Endpoint, token: Secret | None) -> Look:
        look = await self._examiner.look(endpoint, case.serial, token, case.until)
        # Its certificate says who it is, and there may be a token for that one.
        named = look.way.serial if token is None and look.way and look.said is Said.NOT_PAIRED else None
        if named is not None and (token := self._token_of(key_of(named))) is not None and self._has_time(case):
            look = await self._examiner.look(endpoint, named, token, case.until)
        return look

    def _has_time(self, case: Case) -> bool:
        """Whether one more look may begin: who is there connects at once, and then has all of its time to answer."""
        return asyncio.get_running_loop().time() + self._pace.patience_s <= case.until

    def _token(self, case: Case) -> Secret | None:
        key = case.answered_key or case.key
        return self._token_of(key) if key else None

    def _token_of(self, key: str) -> Secret | None:
        token = self._kept_token(key)
        return token if token is not None and is_token(token.reveal()) else None

    def _peer(self, serial: str | None, has_token: bool) -> Peer:
        from tui.net.tls import Peer

        return Peer(trust_of(self._settings), serial, stays=has_token)

    def _pending(self, case: Case) -> list[asyncio.Event]:
        """What may still tell where it is, or change its diagnosis."""
        pending = [] if self._window.is_set() or not self._may_change(case) else [self._window]
        if case.is_sought and not case.answers and not self._beside.asked.is_set():
            if not self._beside.is_needed:
                self._beside.is_needed = True
                self._tasks.add(asyncio.create_task(self._beside.run()))
            pending.append(self._beside.asked)
        return pending

    async def _look_beside(self, endpoint: Endpoint) -> Look:
        async with self._room:
            return await self._examiner.look(endpoint, None, None, self._until, asks=1)

    def _meet(self, endpoint: Endpoint, serial: str, product_type: str | None) -> None:
        """A host beside has said who it is: who was named is examined there."""
        if (case := self._cases.met(endpoint, serial, product_type)) is not None:
            self._begin(case)

    def _may_change(self, case: Case) -> bool:
        """Whether what mDNS may still tell could change its diagnosis, or give it another address."""
        if not self._settings.mdns or self._cases.announcement(case):
            return False
        if not case.looks or (case.key is not None and not case.answers):
            return True
        device = self._examined(case)
        ends = (Evidence(replace(device, announced=it), self._computer) for it in (False, True))
        return len({diagnose(evidence, self._clock.now()).layer for evidence in ends}) > 1

    def _say(self, case: Case) -> None:
        """Tell of it, if that is news."""
        evidence = Evidence(self._examined(case), self._computer)
        now = self._clock.now()
        patient = Patient(evidence, diagnose(evidence, now), now)
        before, self._told[case] = self._told.get(case), patient
        case.is_told = True
        if before is None or before.diagnosis.layer is not patient.diagnosis.layer:
            self._tell(patient)
            self._first.set()

    def _examined(self, case: Case) -> Examined:
        words = self._settings.devices.get(case.key or case.answered_key or "")
        main, seen = case.main, self._cases.announcement(case)
        announced: bool | None = seen is not None
        if not announced and (main is None or not self._is_listened_to(main)):
            announced = None
        notes = [one for look in case.looks.values() for one in look.tried]
        tried = list({(one.what, one.result): one for one in reversed(notes)}.values())  # the first of equal ones
        if case.is_sought and not case.answers:
            tried += self._beside.tried
        if self._settings.mdns and case.keys and (announced or self._window.is_set()):
            at = f"announced at {seen.endpoint.address}" if seen else "not heard"
            tried.append(Tried(self._clock.now().utc, "mDNS", at))
        examined = case.examined(
            words.name if words and words.name else None,
            announced=announced,
            says_off=seen is not None and seen.api_enabled is False,
            elsewhere=self._cases.elsewhere(case),
            tried=tuple(tried),
        )
        past = self._pasts.get(case.key or case.answered_key or "")
        return with_past(examined, past, self._clock.now()) if past else examined

    def _is_listened_to(self, look: Look) -> bool:
        """Whether an announcement of this address could have been heard."""
        if not self._settings.mdns or self._computer.mdns_fault or look.address is None:
            return False
        return any(IPv4Address(look.address) in network for network in self._near)

    # ------------------------------------------------------------------ this computer

    async def _listen(self) -> None:
        """Hear mDNS for a while: devices, and whoever else is there."""
        if self._settings.mdns:
            if list(self._cases):  # loading zeroconf takes 0.1 s: whoever is known is asked before
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._first.wait(), FIRST_S)
            earful = await hear(self._settings.interfaces, self._clock, self._pace.listen_s, self._heard)
            hosts = self._cases.hosts_heard
            fault = "" if hosts else earful.fault
            self._computer = replace(self._computer, heard=len(earful.sources | hosts), mdns_fault=fault)
        self._window.set()

    async def _measure_gateway(self) -> None:
        gateway, named = self._computer.gateway, self._settings.interfaces
        hosts = [place.host for case in self._cases for place in case.origins]
        if gateway is None or (hosts and all(host.startswith("127.") for host in hosts)):
            return  # who asks this computer alone has no business with the gateway
        networks = [IPv4Network(one.network) for one in self._computer.interfaces if one.address in named]
        if named and not any(IPv4Address(gateway) in network for network in networks):
            return  # nor has who names an interface with what is beyond another one
        took_s = await gateway_s(gateway)  # meanwhile more may have become known of this computer
        self._computer = replace(self._computer, gateway_asked=True, gateway_s=took_s)
