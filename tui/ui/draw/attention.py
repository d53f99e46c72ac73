"""What needs a person's attention: problems of devices, notes of the program, and what to do when nothing answers."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tui.core.model import Device, Fleet, State
from tui.core.state import state_of
from tui.core.wording import clock
from tui.ui.draw.lines import BLANK, Context, Lines, Span, line, wrapped

_QUIET = (State.LIVE, State.UNKNOWN, State.V2_ONLY, State.STALE)
"""What is no problem: nobody can mend a device that speaks only v2, and the others say more in a minute."""
SEARCH_S = 5.0
"""How long nothing may have been found before the screen helps."""


def attention_lines(devices: Sequence[Device], fleet: Fleet, context: Context, width: int, height: int) -> Lines:
    """Sentences in at most `height` rows: devices in trouble first, then what the program has to say of itself.

    What has no room is counted as problems: fewer than the devices that are not live, since some of these are quiet.
    """
    zone = ZoneInfo(context.profile.zone)
    texts: list[tuple[str, str]] = []
    for device in devices:
        state = state_of(device, context.now)
        if state in _QUIET or device.problem is None or device.remembered:
            continue
        since = clock(device.problem.since.utc, zone)
        hint = ""
        wifi = device.system.value.wifi_strength_pct if device.system else None
        if state is State.SILENT and wifi is not None:
            hint = f" Wi-Fi was {wifi:.0f} % when last heard."
        texts.append((f"{device.label}: {device.problem.text} (since {since}).{hint}", "fail"))
    texts += [(note.text, "warn") for note in fleet.notes]
    sentences = [wrapped(text, width, style) for text, style in texts]
    if sum(map(len, sentences)) <= height:
        return [row for sentence in sentences for row in sentence]
    if height == 1:  # what is wrong is worth more than how much more is
        return sentences[0][:1]
    rows = sentences[0][: height if len(sentences) == 1 else height - 1]
    told = 1
    while told < len(sentences) - 1 and len(rows) + len(sentences[told]) < height:
        rows += sentences[told]
        told += 1
    left = len(sentences) - told
    return [*rows, *wrapped(f"and {left} more problem{'s' * (left > 1)}: key 6", width, "label")[:1]] if left else rows


NO_DEVICE = "No device yet"


def nothing_yet(*, kiosk: bool) -> Lines:
    """The same help for a screen of a few rows, which has no footer either: two keys, of which a kiosk has none."""
    keys = [] if kiosk else [("a", "add its address"), ("S", "search for it")]
    rows = [line(Span(f" {key}  ", "key"), words) for key, words in keys]
    return [line(Span(f" {NO_DEVICE}", "title")), *rows]


def nothing_found(
    searching: Sequence[str] | None, context: Context, width: int, *, scan: str | None, late: bool
) -> Lines:
    """Help for an empty house. `searching` names interfaces (None: nobody looks), `scan` the subnet of key S."""
    where = ", ".join(searching or ())
    if not late:
        return wrapped(f"Searching{' on ' + where if where else ''}{context.glyphs.ellipsis}", width - 2, "label", " ")
    steps = [
        "Same network?  This computer must be on the network of the meters, and not on a guest network. "
        "The meters use 2.4 GHz Wi-Fi only.",
        "Local API on?  HomeWizard app: Settings > Meters > your meter > Local API",
        "Address known? Press a and type it. The app shows it under the meter.",
    ]
    if scan:
        steps.append(f"Nothing helps? Press S to ask every address of {scan}.")
    if searching is None:
        where = " Looking for devices is off (--no-mdns)."
    else:
        where = f" Searching on {where}." if where else " This computer has no network address."
    rows = wrapped(f"No HomeWizard device has answered yet.{where}", width - 2, "title", " ")
    rows.append(BLANK)
    for number, step in enumerate(steps, 1):
        first, *rest = wrapped(step, max(20, width - 7))
        rows.append(line(Span(f"   {number}  ", "key"), *first))
        rows += [line(Span("      "), *row) for row in rest]
    return rows
