"""`hwtui unpair`: takes the pairing back, on the device and here."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence

from tui.core.link.pairing import READ_ONLY_TOO
from tui.core.settings import Settings, SettingsError
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import OK, UNKNOWN, WARNING
from tui.engine.commands.pair import open_tokens
from tui.engine.commands.reached import Reached, chosen, label_of
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.paired.tokenfile import Token, TokenFileError
from tui.engine.paired.v2clients import Connect
from tui.net.errors import DeviceError, NotFound, NotPaired

BOTH = "taken back, on the device and here"
KNEW_NOT = "taken back here; the device did not know this computer any more"
SURE = "yes"


async def unpair(
    settings: Settings, output: Output, connect: Connect, words: Sequence[str], *, all_of_them: bool, sure: bool
) -> int:
    """Delete this program's user on the devices that `words` mean, and its tokens of them.

    0: everywhere; 1: some only here, since the device could not be asked. Raises `SettingsError`.
    """
    if settings.read_only:
        raise SettingsError(READ_ONLY_TOO)
    if bool(words) is all_of_them:
        raise SettingsError("say which device, by its serial or its address, or --all: hwtui pair --list shows them")
    clock = SystemClock()
    tokens = open_tokens(settings, clock)
    if tokens.fault:
        raise SettingsError(tokens.fault)
    wanted = dict(tokens.all) if all_of_them else await chosen(words, tokens.all, connect)
    if not wanted:
        narrate("hwtui: no device is paired with this computer")
        return OK
    if all_of_them and not sure and not _agrees(output, wanted.values()):
        narrate("hwtui: nothing was taken back")
        return UNKNOWN
    reached = Reached(settings, clock, connect)
    try:
        told = await asyncio.gather(*(_take_back(token, reached) for token in wanted.values()))
    finally:
        await reached.aclose()
    try:
        await tokens.forget(wanted)
    except TokenFileError as error:
        raise SettingsError(str(error)) from None
    for token, (_, text) in zip(wanted.values(), told, strict=True):
        output.line(f"{_label(token)}  {token.serial}  {text}")
    return OK if all(done for done, _ in told) else WARNING


async def _take_back(token: Token, reached: Reached) -> tuple[bool, str]:
    """Whether the device has no such user any more, and what to tell."""
    try:
        await reached.ask(token, lambda client: client.delete_user(token.name))
    except (NotPaired, NotFound):
        return True, KNEW_NOT
    except DeviceError as error:
        left = f'the user "{token.name}" is left on it: remove it in the HomeWizard app'
        return False, f"taken back here only, the device was not reached ({error}); {left}"
    return True, BOTH


def _agrees(output: Output, tokens: Iterable[Token]) -> bool:
    """Whether the person at the terminal means it. Raises `SettingsError` where there is none."""
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise SettingsError("unpair --all asks first, and there is no terminal to ask on: add --yes")
    names = ", ".join(_label(token) for token in tokens)
    sys.stderr.write(f"Take back the pairing with {names}? Type {SURE}: ")
    sys.stderr.flush()
    output.is_reading = True  # a signal cuts the reading short
    try:
        return sys.stdin.readline().strip().lower() == SURE
    finally:
        output.is_reading = False


def _label(token: Token) -> str:
    return label_of(token.product_type, token.serial, token.endpoint)
