"""What goes out to other programs, and the alarms: how each is doing, and nothing that is a secret of the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.core.devicejson import iso_time
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.reading import Json
from tui.core.settings import Settings
from tui.engine.out.sink import SinkState
from tui.engine.support.forms import Known
from tui.engine.support.housefacts import name_of

if TYPE_CHECKING:  # only who has alarms loads them
    from tui.core.alarms.rules import Rule


def out_facts(settings: Settings, sinks: Sequence[SinkState] | None, fleet: Fleet, now: Now) -> dict[str, Json]:
    """The sinks, each with its state; where `sinks` is None none of them runs here, and they are only named. The alarms
    go by their place in the config file: their names are the user's own words."""
    numbers = {(rule.name, rule.when): number for number, rule in enumerate(settings.alarms, 1)}
    raised: list[Json] = [
        {
            "alarm": numbers.get((one.rule.name, one.rule.when)),
            "device": name_of(device) if (device := fleet.devices.get(one.key)) else None,
            "since": iso_time(now.utc_of(one.since)),
        }
        for one in fleet.alarms
    ]
    return {
        "sinks": [_state(one) for one in sinks] if sinks is not None else [{"name": one} for one in _set_up(settings)],
        "alarms": [_alarm(number, rule) for number, rule in enumerate(settings.alarms, 1)],
        "raised": raised if sinks is not None else None,
    }


def secrets_of_out(settings: Settings) -> Iterator[Known]:
    """What is secret of it: to whom alarms are handed on, and what a rule calls a device."""
    for rule in settings.alarms:
        if rule.webhook is not None:
            yield "webhook", (rule.webhook.reveal(),)
            yield "host", (urlsplit(rule.webhook.reveal()).hostname or "",)
        if rule.mqtt is not None:
            yield "topic", (rule.mqtt,)
        if rule.device is not None:
            yield "device", (rule.device,)


def _state(sink: SinkState) -> Json:
    return {
        "name": sink.name,
        "target": sink.target,
        "fault": sink.fault or None,
        "last_fault": sink.last_fault or None,
        "handed_on": sink.handed_on,
        "dropped": sink.dropped,
    }


def _set_up(settings: Settings) -> Iterator[str]:
    for name in ("influx", "metrics", "api", "mqtt"):
        if getattr(settings, name) is not None:
            yield name
    if settings.alarms:
        yield "alarms"


def _alarm(number: int, rule: Rule) -> Json:
    return {
        "number": number,
        "when": str(rule.when),
        "clear": None if rule.clear is None else str(rule.clear),
        "device": rule.device,
        "role": rule.role.value if rule.role else None,
        "cooldown_s": rule.cooldown_s,
        "does": [name for name in ("bell", "run", "webhook", "mqtt") if getattr(rule, name)],
    }
