"""The view Links: how each device is reached, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.core.model import Device, State
from tui.core.state import state_of
from tui.core.wording import MISSING, api_word, state_word, wifi_words
from tui.ui.draw.devices import label_in
from tui.ui.draw.lines import Context, Line, Lines, Span, fit, fit_line, line, styled, wrapped
from tui.ui.draw.table import Column, table

if TYPE_CHECKING:  # only who hands something on loads it
    from tui.engine.out.sink import SinkState

_STATE = 9
_STATES = Column("state", _STATE)
_LINKS = (
    Column("device", 16),
    Column("address", 21, least=59),
    Column("firmware", 8, least=92),
    Column("Wi-Fi", 6, right=True),
    Column("ms", 5, right=True, least=66),
    Column("lost", 12, right=True, least=80),
    Column("every", 5, right=True, least=106),
    Column("API", 7, least=115),
    _STATES,
    Column("serial", 12, least=132),
    Column("product", 11, least=148),
)


def link_lines(devices: Sequence[Device], context: Context, width: int, selected: str | None) -> Lines:
    """The head, then one row per device."""
    rows = [_link_row(device, context, width) for device in devices]
    lines = table(_LINKS, rows, context, width, needed=(0, _LINKS.index(_STATES)))
    return [
        lines[0],
        *(
            styled(fit_line(_marked(row, context), width), "cursor") if device.key == selected else row
            for device, row in zip(devices, lines[1:], strict=True)
        ),
    ]


def _median(values: Sequence[float]) -> float:
    """The median of at least one value. The module `statistics` would take 0.7 MB."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _marked(row: Line, context: Context) -> Line:
    return (Span(context.glyphs.pointer, "key"), *row[1:])


def _link_row(device: Device, context: Context, width: int) -> list[Span]:
    link, system = device.link, device.system.value if device.system else None
    polls = link.answered + link.lost
    wifi = wifi_words(system) or MISSING
    state = state_of(device, context.now)
    tone = "" if state is State.LIVE else ("stale" if device.remembered else "warn")
    weak = "warn" if system and system.has_weak_wifi else ""
    losses = f"{link.lost} of {polls}" if polls else MISSING
    latencies_s = () if device.spoken and device.spoken.push else link.latencies_s  # what is pushed is no answer
    latency = f"{_median(latencies_s) * 1000:.0f}" if latencies_s else MISSING
    return [
        Span(label_in(device, max(0, min(_LINKS[0].width, width - 2 - _STATE)), context.glyphs)),
        Span(device.endpoint.address if device.endpoint else MISSING),
        Span(device.firmware_version or MISSING),
        Span(wifi.replace(" dBm", "dBm")[:6], weak),  # in six cells: "-100dB"
        Span(latency),
        Span(losses, "warn" if link.lost else ""),
        Span(f"{device.interval_s:.3g} s"),
        Span(api_word(device) or MISSING),
        Span("remember" if device.remembered else state_word(device, context.now), tone),
        Span(device.serial or MISSING, "label"),
        Span(device.product_type or MISSING, "label"),
    ]


def _reading(device: Device) -> tuple[str, str]:
    """How it is read, and how often."""
    every = f"every {device.interval_s:.3g} s"
    if device.spoken and device.spoken.push:
        return "pushed", f"{f'about {every}' if device.measurement else 'nothing yet'}, over API v2"
    over = f", over API {device.spoken.api}" if device.spoken else ""
    return "polled", every + over + (", another program reads it too" if device.link.crowded else "")


def sink_lines(sinks: Sequence[SinkState], width: int) -> Lines:
    """How what goes out to other programs is doing; the last fault also after it is over."""
    return [row for sink in sinks for row in _sink(sink, width)]


def _sink(sink: SinkState, width: int) -> Lines:
    counts = f"{sink.handed_on} handed on" + (f", {sink.dropped} dropped" if sink.dropped else "")
    before = f"; before: {sink.last_fault}" if sink.last_fault else ""
    rows = wrapped(sink.fault or f"{sink.target}  {counts}{before}", width - 12, "fail" if sink.fault else "")
    head = line(Span(f" {sink.name:<9}", "label"), *rows[0])
    return [head, *(line(Span(" " * 10), *row) for row in rows[1:])]


def link_details(device: Device, context: Context, width: int) -> Lines:
    """What else is known about the connection to one device, and its last problem."""
    link, system = device.link, device.system.value if device.system else None
    facts: list[tuple[str, str]] = [
        ("serial", device.serial or "not known yet"),
        ("product", " ".join(part for part in (device.product_type, device.product_name) if part) or "not known yet"),
        ("firmware", device.firmware_version or "not known yet"),
        ("found", ", ".join(f"{one.host}:{one.port} (API {one.api})" for one in device.endpoints) or "no address"),
        _reading(device),
    ]
    if device.spoken and device.spoken.why_not:
        facts.append(("not v2" if device.spoken.api == "v1" else "not push", device.spoken.why_not))
    if system and system.wifi_ssid:
        facts.append(("network", system.wifi_ssid))
    if system and system.cloud_enabled is not None:
        facts.append(("cloud", "on" if system.cloud_enabled else "off"))
    if link.latencies_s:
        middle, slowest = (1000 * how(link.latencies_s) for how in (_median, max))
        of = f"of the last {len(link.latencies_s)}"
        facts.append(("answers", f"median {middle:.0f} ms, slowest {slowest:.0f} ms, {of}"))
    room = max(0, width - 11)
    lines = [line(Span(f" {name:<9}", "label"), Span(fit(text, room, context.glyphs))) for name, text in facts]
    last = device.last_problem
    if last is None:
        return [*lines, line(Span(f" {'problem':<9}", "label"), Span("none since start"))]
    over = "" if device.problem else ", over now"
    text = f"{last.text} (since {context.when(last.since)}{over})"
    problem = wrapped(text, width - 12, "" if over else "fail")
    head = line(Span(f" {'problem':<9}", "label"), *problem[0])
    return [*lines, head, *(line(Span(" " * 10), *row) for row in problem[1:])]
