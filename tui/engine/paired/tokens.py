"""The tokens that this program has of paired devices, and what becomes known of them: `Paired` and `Unpaired`.

A token that its device refuses (status 401) is kept aside until there is a new one, so that it is not sent again and
again; a new start asks once more. Another program may pair, too: the file is looked at now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from tui.core.events import Event, Noted, Paired, Unpaired
from tui.core.model import key_of
from tui.core.moment import Now
from tui.core.secret import Secret
from tui.engine.clock import Clock
from tui.engine.opening import TOKENS
from tui.engine.paired.tokenfile import DamagedError, Token, TokenFile, TokenFileError
from tui.engine.source import Emit

FILE = TOKENS
LOOK_EVERY_S = 5.0
"""How soon a screen knows what `hwtui pair` did beside it (own choice); a look is one `stat`."""
TOPIC = "tokens"
"""Of the note on what is wrong with the file."""


class Tokens:
    """The tokens by key. A source of events and a listener; without a state directory they end with the program.

    All methods are called in one event loop, which none of them blocks for longer than the reading of a small file.
    """

    def __init__(self, state_dir: Path | None, clock: Clock) -> None:
        self._file = TokenFile(state_dir / FILE) if state_dir else None
        self._clock = clock
        self._read: Mapping[str, Token] = {}
        self._unsaved: dict[str, Token] = {}
        """What could not be written, or has no file to be written to."""
        self._refused: dict[str, Secret] = {}
        self._told: dict[str, Secret] = {}
        """What the fleet knows of."""
        self.is_damaged = False
        """Whether the file is no file of tokens: pairing moves it aside."""
        self._fault = self._told_fault = ""
        self._mark: tuple[int, ...] | None = None
        self.look()

    @property
    def fault(self) -> str | None:
        """Why the file cannot be used, as a sentence; None if it can."""
        return self._fault or None

    @property
    def all(self) -> Mapping[str, Token]:
        """The tokens by key, also those that were refused."""
        return {**self._read, **self._unsaved}

    def is_kept(self, key: str) -> bool:
        """Whether the token of a device is in the file, so there is one after the program has ended."""
        return key in self._read and key not in self._unsaved

    def check_writable(self) -> None:
        """Raise `TokenFileError` if a new token would end with the program."""
        if self._file is not None:
            self._file.check_writable()

    def of(self, key: str) -> Secret | None:
        """The token of a device, None if there is none that it has not refused (a `TokenOf`)."""
        token = self._unsaved.get(key) or self._read.get(key)
        return token.secret if token and self._refused.get(key) != token.secret else None

    def lend(self, token: Token) -> None:
        """Have a token until the program ends: it is never written."""
        self._unsaved[token.key] = token

    async def keep(self, token: Token) -> str | None:
        """Keep a new token; why it lasts only until the program ends, or what else is to be told, as a sentence."""
        told = None
        self._unsaved[token.key] = token
        if self._file is not None:
            try:
                aside = await asyncio.to_thread(self._file.put, token)
                if aside:
                    told = f"The damaged file of tokens is now {aside}"
                self.look()
                if token.key in self._read:
                    del self._unsaved[token.key]
            except TokenFileError as error:
                told = f"The token is not kept: {error}"
        return told

    async def forget(self, keys: Collection[str]) -> None:
        """Forget the tokens of these devices. Raises `TokenFileError`; then those in the file are still there."""
        gone = {key: token.secret for key, token in self.all.items() if key in keys}
        for key in gone:
            self._unsaved.pop(key, None)
        if self._file is not None:
            await asyncio.to_thread(self._file.remove, gone)
            self.look()

    def heard(self, event: Event) -> None:
        """Called with every event: a device that is no longer paired has refused the token that it was asked with."""
        if isinstance(event, Unpaired) and (secret := self._told.pop(key_of(event.serial), None)):
            self._refused[key_of(event.serial)] = secret

    def opening(self, now: Now) -> list[Event]:
        """What there is to know before anything runs: for the first picture."""
        return [Paired(token.serial, now) for key, token in self.all.items() if self.of(key)]

    def news(self, now: Now) -> list[Event]:
        """What the fleet does not know yet: devices that are paired now or no longer, and a fault of the file."""
        held = {key: token for key, token in self.all.items() if self.of(key)}
        events: list[Event] = []
        for key in self._told.keys() - held.keys():
            del self._told[key]
            events.append(Unpaired(key, now))
        for key, token in held.items():
            if self._told.get(key) != token.secret:
                self._told[key] = token.secret
                events.append(Paired(token.serial, now))
        if self._fault != self._told_fault:
            self._told_fault = self._fault
            events.append(Noted(TOPIC, self._fault, now))
        return events

    async def run(self, emit: Emit) -> None:
        """Tell what another program changes, until cancelled."""
        while self._file is not None:
            self.look()
            for event in self.news(self._clock.now()):
                emit(event)
            await self._clock.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Read the file again if it has changed."""
        if self._file is None or (mark := self._file.mark()) == self._mark:
            return
        self._mark = mark
        try:
            self._read, self._fault, self.is_damaged = self._file.read(), "", False
        except TokenFileError as error:
            self._read, self._fault, self.is_damaged = {}, str(error), isinstance(error, DamagedError)
