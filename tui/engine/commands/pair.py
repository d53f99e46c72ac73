"""`hwtui pair`: asks devices for a token until somebody has pressed their buttons; `--list`: who their users are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from tui.core.events import Seen
from tui.core.link.pairing import READ_ONLY, WAITS_S, Attempt, Step, needs_firmware, seconds_left
from tui.core.model import Endpoint, key_of
from tui.core.moment import Now
from tui.core.products import product_of
from tui.core.settings import USUAL_TIMEOUT_S, Settings, SettingsError
from tui.core.table import columns
from tui.core.text import clean
from tui.engine.clock import Clock, SystemClock
from tui.engine.commands.exits import UNKNOWN, code_for
from tui.engine.commands.progress import Progress
from tui.engine.commands.reached import Announced, Reached, as_v2, chosen, label_of, shown_at
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.paired.pairing import Subject
from tui.engine.paired.pairing import pair as pair_with
from tui.engine.paired.tokenfile import Token, TokenFileError
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import Connect
from tui.net.errors import DeviceError, NotPaired

SHOWN_EVERY_S = 1.0
ALREADY = "paired already"
NOT_KEPT = "there is no folder to keep a token in: set HOME, or use --state-dir"


def open_tokens(settings: Settings, clock: Clock) -> Tokens:
    """The tokens in the state directory. Raises `SettingsError` where there is none, or its file must not be used."""
    if settings.state_dir is None:
        raise SettingsError(NOT_KEPT)
    return Tokens(settings.state_dir, clock)


async def pair(settings: Settings, output: Output, connect: Connect, *, typed: bool, waits_s: float = WAITS_S) -> int:
    """Pair with the hosts of the settings, and with what mDNS finds; each is told on a line when it is over.

    `typed`: the hosts are named for this call, so what cannot be paired there is told. Raises `SettingsError`.
    """
    if settings.read_only:
        raise SettingsError(READ_ONLY)
    clock = SystemClock()
    tokens = open_tokens(settings, clock)
    if tokens.fault and not tokens.is_damaged:
        raise SettingsError(tokens.fault)
    if tokens.fault:
        narrate(f"hwtui: {tokens.fault}")
    try:  # before anybody presses a button in vain
        await asyncio.to_thread(tokens.check_writable)
    except TokenFileError as error:
        raise SettingsError(f"a token could not be kept: {error}") from None
    asking = _Asking(tokens, connect, clock, output, waits_s)
    listening = asyncio.create_task(_listen(settings, asking)) if settings.discovers else None
    try:
        for host in settings.hosts:
            asking.begin(as_v2(host), must=typed)
        await asking.end(listening)
    finally:
        if listening is not None:
            listening.cancel()
            await asyncio.wait((listening,))
        await asking.cancel()
    if not asking.outcomes:
        narrate(nothing_to_pair(settings, asking.without_v2))
    return code_for(asking.outcomes)


async def _listen(settings: Settings, asking: _Asking) -> None:
    """Ask what mDNS finds within some seconds."""
    announced = Announced(settings, asking.clock, asking.seen)
    try:
        async with asyncio.timeout(USUAL_TIMEOUT_S):
            await announced.run()
    except TimeoutError:
        found = announced.fleet.devices.values()
        asking.without_v2 = sorted(
            device.label for device in found if device.endpoint_of("v2") is None and device.product.pairs_from
        )


class _Asking:
    """The devices that are asked at the same time, and how far each is."""

    def __init__(self, tokens: Tokens, connect: Connect, clock: Clock, output: Output, waits_s: float) -> None:
        self.clock = clock
        self.outcomes: list[bool] = []
        self.without_v2: list[str] = []
        """Devices that were found, and could be paired if their firmware were newer."""
        self._tokens = tokens
        self._connect = connect
        self._output = output
        self._waits_s = waits_s
        self._tasks: dict[Endpoint, asyncio.Task[None]] = {}
        self._waiting: dict[str, Attempt] = {}
        """By label."""
        self._keys: set[str] = set()
        self._progress = Progress(waits_s)

    def seen(self, seen: Seen) -> None:
        """Ask an announced device, if it speaks API v2."""
        if seen.endpoint.api == "v2" and key_of(seen.serial) not in self._keys:
            self.begin(seen.endpoint, seen.serial, seen.product_type)

    def begin(
        self, endpoint: Endpoint, serial: str | None = None, product_type: str | None = None, *, must: bool = True
    ) -> None:
        """Ask a device, each only once."""
        if endpoint not in self._tasks:
            self._tasks[endpoint] = asyncio.create_task(self._ask(endpoint, serial, product_type, must=must))

    async def end(self, listening: asyncio.Task[None] | None) -> None:
        """Return when all is over; meanwhile the seconds left are told."""
        start = self.clock.now()
        while left := [task for task in (listening, *self._tasks.values()) if task and not task.done()]:
            await asyncio.wait(left, timeout=SHOWN_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            self._show(self.clock.now(), start)
        self._progress.clear()
        for task in self._tasks.values():
            await task

    async def cancel(self) -> None:
        """End what is under way."""
        self._progress.clear()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _show(self, now: Now, start: Now) -> None:
        if self._waiting:
            left_s = max(seconds_left(attempt, now) for attempt in self._waiting.values())
            names = ", ".join(f"{name} ({one.text})" if one.text else name for name, one in self._waiting.items())
            self._progress.show(f"hwtui: asking every second, {left_s} s left: {names}", now.age_of(start))

    async def _ask(self, endpoint: Endpoint, serial: str | None, product_type: str | None, *, must: bool) -> None:
        answered, kind = serial is not None, None  # it was announced a moment ago
        if serial is None:
            serial, kind, error = await shown_at(self._connect, endpoint)
            answered = error is None
            if error is not None and not must:
                narrate(f"hwtui: {endpoint.host} is not asked: {error}")
                return
        key = key_of(serial or endpoint.address)
        if key in self._keys:
            return  # found under another address, too
        self._keys.add(key)
        label = label_of(product_type, serial, endpoint, kind)
        if await self._is_paired(key, endpoint, label):
            return

        is_told = False
        subject = Subject(endpoint, serial, product_type, kind)

        def tell(attempt: Attempt) -> None:
            nonlocal is_told
            may_press = answered or label in self._waiting  # nobody goes to a device that is not there
            if may_press and not is_told and not attempt.is_over and not attempt.text:
                is_told = True
                self._progress.say(f"hwtui: {label} ({endpoint.host}): {subject.product.button}")
            self._waiting[label] = attempt

        new: list[Token] = []
        try:
            end = await pair_with(
                subject, self._tokens, self._connect, self.clock, tell, new.append, waits_s=self._waits_s
            )
        finally:
            self._waiting.pop(label, None)
        token = new[0] if new else self._tokens.all.get(key)
        if token is not None:
            label = label_of(token.product_type, token.serial, endpoint)
        # a token that ends with this command lets nothing read the device
        kept = end.step is Step.PAIRED and bool(new) and self._tokens.is_kept(new[0].key)
        self._over(label, serial or (token.serial if token else None), endpoint, kept, end.text)

    async def _is_paired(self, key: str, endpoint: Endpoint, label: str) -> bool:
        """Whether the device knows our token; told if so, and if it does not answer."""
        token = self._tokens.all.get(key)
        if token is None:
            return False
        client = self._connect(endpoint, token.secret, token.serial)
        try:
            await client.users()
        except NotPaired:
            return False
        except DeviceError as error:
            self._over(label, token.serial, endpoint, False, f"{ALREADY}, but: {error}")
            return True
        finally:
            await client.aclose()
        self._over(label_of(token.product_type, token.serial, endpoint), token.serial, endpoint, True, ALREADY)
        return True

    def _over(self, label: str, serial: str | None, endpoint: Endpoint, good: bool, text: str) -> None:
        self._progress.clear()
        self.outcomes.append(good)
        words = dict.fromkeys(
            (label, serial or "", endpoint.address, text)
        )  # without a serial, the label is the address
        self._output.line("  ".join(word for word in words if word))


def nothing_to_pair(settings: Settings, without_v2: Sequence[str]) -> str:
    """What a person may do when there was no device to pair with."""
    if without_v2:
        return f"hwtui: nothing to pair: {', '.join(without_v2)}: {needs_firmware(product_of('HWE-P1'))}"
    if not settings.mdns:
        return "hwtui: nothing to pair: name a HOST, or leave out --no-mdns"
    return (
        f"hwtui: no device with API v2 found in {USUAL_TIMEOUT_S:g} s: a P1 meter has it from firmware 6 on, a kWh "
        "meter from 5 on, and every battery. If you know an address: hwtui pair ADDRESS"
    )


# ------------------------------------------------------------------ who the users are


async def list_users(
    settings: Settings, output: Output, connect: Connect, words: Sequence[str], *, as_json: bool
) -> int:
    """The users of each paired device, and which of them is this program. Raises `SettingsError`."""
    clock = SystemClock()
    tokens = open_tokens(settings, clock)
    if tokens.fault:
        raise SettingsError(tokens.fault)
    wanted = await chosen(words, tokens.all, connect) if words else dict(tokens.all)
    reached = Reached(settings, clock, connect)
    try:
        asked = await asyncio.gather(
            *(reached.ask(token, lambda client: client.users()) for token in wanted.values()), return_exceptions=True
        )
    finally:
        await reached.aclose()
    rows: list[dict[str, object]] = []
    for token, answer in zip(wanted.values(), asked, strict=True):
        if isinstance(answer, BaseException) and not isinstance(answer, DeviceError):
            raise answer
        endpoint, users = answer if isinstance(answer, tuple) else (token.endpoint, ())
        rows.append(
            {
                "serial": token.serial,
                "product_type": token.product_type,
                "host": endpoint.host,
                "port": endpoint.port,
                "users": [
                    {"name": clean(user.name), "ours": user.is_this or user.name == token.name} for user in users
                ],
                "problem": str(answer) if isinstance(answer, DeviceError) else None,
            }
        )
    if as_json:
        output.line(json.dumps(rows, indent=2))
    elif rows:
        output.lines(_users_table(rows))
    if not rows:
        narrate("hwtui: no device is paired with this computer: hwtui pair")
        return UNKNOWN
    return code_for([row["problem"] is None for row in rows])


def _users_table(rows: Sequence[dict[str, object]]) -> list[str]:
    lines: list[tuple[str, ...]] = [("DEVICE", "SERIAL", "ADDRESS", "USER", "")]
    for row in rows:
        endpoint = Endpoint(str(row["host"]), int(str(row["port"])), "v2")
        product_type = str(row["product_type"]) if row["product_type"] else None
        device = (label_of(product_type, str(row["serial"]), endpoint), str(row["serial"]), endpoint.address)
        users = row["users"] if isinstance(row["users"], list) else []
        told = [(user["name"], "this computer" if user["ours"] else "") for user in users]
        if row["problem"]:
            told = [("", str(row["problem"]))]
        for number, (name, mark) in enumerate(told or [("none", "")]):
            lines.append((*(device if number == 0 else ("", "", "")), name, mark))
    return columns(lines)
