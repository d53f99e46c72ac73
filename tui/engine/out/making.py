"""The sinks that the settings ask for. Their libraries are loaded here, and only theirs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.core.out.listening import why_not
from tui.core.settings import Settings, SettingsError, given_at
from tui.engine.clock import Clock
from tui.engine.out.outlets import Outlets

if TYPE_CHECKING:
    from tui.core.out.listening import Listening
    from tui.engine.monitor import Monitor
    from tui.engine.out.alarming import Publish
    from tui.engine.out.failing import TakeRecord
    from tui.engine.out.here import TodayOf
    from tui.engine.out.proxy import Proxy
    from tui.engine.out.sink import Sink


def check_sinks(settings: Settings) -> None:
    """Whether they can begin: ports are free, files and libraries there. Raises `SettingsError`."""
    if settings.influx is not None:
        from tui.engine.out.influx import check_influx

        check_influx(settings)
    for option, listening in (("--metrics", settings.metrics), ("--api", settings.api)):
        if listening is not None:
            with given_at(option):
                try_listening(listening)
    if settings.mqtt is not None:
        try:
            from tui.engine.out.mqttclient import check_mqtt
        except ModuleNotFoundError:
            text = "--mqtt: the package aiomqtt is missing: pip install 'homewizard-tui[mqtt]', or pipx inject"
            raise SettingsError(f"{text} homewizard-tui aiomqtt") from None
        check_mqtt(settings)


def make_outlets(settings: Settings, clock: Clock, monitor: Monitor, record: TakeRecord | None = None) -> Outlets:
    """Those that `settings` ask for, to be run in the loop of the engine, whose `monitor` does what is wanted of it.

    `record` gives what was observed for the check, where somebody keeps that already.
    """
    return Outlets(tuple(_sinks(settings, clock, monitor, _proxy(settings, monitor), record)), clock)


def with_here(settings: Settings, clock: Clock, monitor: Monitor, today: TodayOf | None = None) -> Outlets:
    """The same, and the socket in the state directory; with `today` it tells what was counted, too."""
    proxy = _proxy(settings, monitor)
    sinks = [*_sinks(settings, clock, monitor, proxy)]
    if settings.state_dir is not None:
        from tui.engine.out.here import CAN, HereSink
        from tui.engine.out.pages import Pages

        if CAN:
            pages = Pages(clock, settings.grid, None, proxy)
            sinks.append(HereSink(settings.state_dir, settings, pages, clock, today))
    return Outlets(sinks, clock)


def _proxy(settings: Settings, monitor: Monitor) -> Proxy | None:
    """What hands on what devices sent; None where no one asked for it, so that nothing of it is kept."""
    if settings.metrics is None and settings.api is None:
        return None
    from tui.engine.out.proxy import Proxy

    return Proxy(monitor)


def _sinks(
    settings: Settings, clock: Clock, monitor: Monitor, proxy: Proxy | None, record: TakeRecord | None = None
) -> Iterator[Sink]:
    publish: Publish | None = None  # what a sink for a broker offers to the alarms
    if settings.influx is not None:
        from tui.engine.out.influx import InfluxSink

        yield InfluxSink(settings.influx, settings, clock)
    if settings.metrics is not None or settings.api is not None:
        from tui.engine.out.pages import Pages
        from tui.engine.out.web import WebSink

        if settings.metrics is not None:
            from tui.core.profiles import profile_of
            from tui.engine.out.metrics import Exposition

            exposition = Exposition(clock, settings.fuse, profile_of(settings.grid))
            pages = Pages(clock, settings.grid, exposition, proxy)
            yield WebSink("metrics", settings.metrics, pages, clock)
        if settings.api is not None and settings.api != settings.metrics:
            yield WebSink("api", settings.api, Pages(clock, settings.grid, None, proxy), clock)
    if settings.mqtt is not None:
        from tui.engine.out.mqtt import MqttSink

        broker = MqttSink(settings.mqtt, settings, clock, monitor)
        publish = broker.post
        yield broker
    if settings.alarms:
        from tui.engine.out.alarming import Alarming

        yield Alarming(settings, clock, monitor.apply, record=record, publish=publish)


def try_listening(listening: Listening) -> None:
    """Open it for a moment. Raises `SettingsError`."""
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(listening)
            probe.listen()  # with SO_REUSEADDR, only this tells that somebody else does
        except OSError as error:
            raise SettingsError(why_not(listening, error)) from None
