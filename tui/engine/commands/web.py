"""`hwtui web`: one engine, and its screen in the tabs of browsers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from socket import gethostname
from typing import TYPE_CHECKING

from tui.core.out.listening import why_not
from tui.core.out.webplace import why_not_password, why_not_there
from tui.core.profiles import profile_of
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError, given_at
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.once import nothing_found
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.commands.whereto import say_where
from tui.engine.inspector import Inspector
from tui.engine.keeping.keeper import Keeper
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.out.making import try_listening, with_here
from tui.engine.out.secretfile import read_secret
from tui.engine.remembered import Cache
from tui.engine.tabs.frames import State
from tui.engine.tabs.hub import Hub
from tui.engine.tabs.nursery import Nursery, NurseryError
from tui.engine.tabs.tab import Tabs
from tui.engine.tabs.wishes import Wishes

if TYPE_CHECKING:
    from tui.net.tabserver import Page

FILES = 1024
"""Open at once: 160 connections, two more for each of 50 tabs, and those of 256 devices (own choice)."""
NO_FORK = "hwtui web needs a system that can fork, such as Linux or macOS"


def check_web(settings: Settings) -> Mapping[str, Page]:
    """Whether it can begin: place, password and files are right. The pages. Raises `SettingsError`."""
    if not hasattr(os, "fork"):
        raise SettingsError(NO_FORK)
    from tui.engine.tabs.pages import load_pages

    pages = load_pages(light=settings.theme == "light")
    file = settings.web_password_file
    with given_at("--listen"):
        text = why_not_there(settings.web_listen, has_password=file is not None, insecure=settings.web_insecure)
        if text:
            raise SettingsError(text)
        try_listening(settings.web_listen)
    if file is not None:
        with given_at("--password-file"):
            _password(settings)
    return pages


def _password(settings: Settings) -> Secret | None:
    """The one of now: the file may be changed meanwhile. Raises `SettingsError`."""
    if settings.web_password_file is None:
        return None
    password = read_secret(settings.web_password_file)
    if text := why_not_password(password.reveal()):
        raise SettingsError(f"{settings.web_password_file}: {text}")
    return password


def _asked_each_time(settings: Settings) -> Callable[[], Secret | None]:
    told = [""]

    def ask() -> Secret | None:
        try:
            password = _password(settings)
        except SettingsError as error:
            if told[0] != str(error):
                told[0] = str(error)
                narrate(f"hwtui: --password-file: {error}: nobody is let in")
            raise
        told[0] = ""
        return password

    return ask


def make_room() -> None:
    """For all tabs and connections at once: each takes files, of which macOS allows 256."""
    import resource

    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        more = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, most))


async def web(settings: Settings, nursery: Nursery, pages: Mapping[str, Page], *, control: bool) -> int:
    """Show the screen to browsers until cancelled. What goes wrong is said on stderr once, and when it is over."""
    if not settings.hosts and not settings.discovers:
        narrate(nothing_found(settings))
        return UNKNOWN
    try:
        return await _web(settings, nursery, pages, control=control)
    except NurseryError as error:
        narrate(f"hwtui: {error}")
        return UNKNOWN
    finally:
        nursery.close()


async def _web(settings: Settings, nursery: Nursery, pages: Mapping[str, Page], *, control: bool) -> int:
    from tui.net.tabserver import TabServer

    make_room()
    clock = SystemClock()
    inspector = Inspector(clock.now(), profile_of(settings.grid))
    recorder = inspector.load()
    memory = Memory(Cache(settings.state_dir), clock) if settings.state_dir and settings.discovers else None
    listeners = [Troubles(narrate).heard, inspector.heard, *([memory.heard] if memory else [])]
    monitor = Monitor(settings, clock, sources=[memory] if memory else [], listeners=listeners)
    keeper = Keeper(settings, clock, monitor.trends, settings.state_dir if settings.history else None)
    outlets = with_here(settings, clock, monitor, keeper.today)
    hub = Hub(
        lambda: State(monitor.fleet, monitor.trends, recorder, keeper.counts, outlets.states),
        Wishes(monitor, control=control).fulfil,
    )
    listeners += [keeper.heard, outlets.heard, hub.heard]
    tabs = Tabs(nursery, hub)
    server = TabServer(
        pages,
        tabs.show,
        password=_asked_each_time(settings),
        names=settings.web_names,
        why_full=lambda: tabs.why_full,
    )
    await nursery.load()
    place = settings.web_listen
    try:
        await server.open(*place)
    except OSError as error:
        narrate(f"hwtui: --listen: {why_not(place, error)}")
        return UNKNOWN
    say_where(outlets.states)
    narrate(f"hwtui: the screen is at {place.url(gethostname())}" + (", and can be controlled there" * control))
    work = [
        asyncio.create_task(one)
        for one in (
            monitor.run(),
            keeper.run(monitor.apply),
            outlets.run(monitor.apply),
            hub.tell_sinks(lambda: outlets.states),
            _end_with(nursery),
        )
    ]
    try:
        await asyncio.gather(*work)
    finally:
        await server.close()
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return UNKNOWN  # not reached: they run until they are cancelled


async def _end_with(nursery: Nursery) -> None:
    await nursery.gone
    raise NurseryError("what starts tabs has ended, so no tab can be shown any more: start hwtui web again")
