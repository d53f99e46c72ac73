"""What needs the user's attention: problems of devices, notes of the program, and help when nothing answers."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tui.core.battery.following import UNFOLLOWED, unfollowed_since
from tui.core.battery.group import controllers_of
from tui.core.doubt.unmeasured import setting_hints
from tui.core.house import rival_meters
from tui.core.model import Device, Fleet, Problem, State
from tui.core.state import state_of
from tui.core.wording import state_word, wifi_words
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, cells_of, fit, line, wrapped

_QUIET = (State.LIVE, State.UNKNOWN, State.NOT_PAIRED, State.STALE)
"""States that are not problems: a device that speaks only v2 cannot be fixed, the others resolve within a minute."""
SEARCH_S = 5.0
"""How long nothing may be found before the screen shows help."""


def attention_lines(devices: Sequence[Device], fleet: Fleet, context: Context, width: int, height: int) -> Lines:
    """Sentences in at most `height` rows: devices with problems first, then notes of the program.

    What does not fit is counted. Devices in a `_QUIET` state are not, although they are not all live.
    """
    troubled = _troubled(devices, context)
    sentences = [wrapped(_sentence(device, problem, context), width, "fail") for device, problem in troubled]
    sentences += [wrapped(text, width, "warn") for text in _notes(fleet, context)]
    if sum(map(len, sentences)) <= height:
        return [row for sentence in sentences for row in sentence]
    if height == 1:  # one problem is worth more than the count of the others
        return sentences[0][:1]
    rows = sentences[0][: height if len(sentences) == 1 else height - 1]
    told = 1
    while told < len(sentences) - 1 and len(rows) + len(sentences[told]) < height:
        rows += sentences[told]
        told += 1
    if told == len(sentences):
        return rows
    problems = max(0, len(troubled) - told)
    return [*rows, *wrapped(_left(problems, len(sentences) - told - problems, width), width, "label")[:1]]


def _left(problems: int, notes: int, width: int) -> str:
    """How many problems and notes are not told here; the view Links tells them all."""
    counted = [
        f"{count} {word}{'s' * (count > 1)}" for count, word in ((problems, "problem"), (notes, "note")) if count
    ]
    text = f"and {', '.join(counted)}: key 6" if len(counted) > 1 else f"and {counted[0].replace(' ', ' more ')}: key 6"
    return text if len(text) <= width else f"and {problems + notes} more: key 6"


def note_lines(fleet: Fleet, context: Context, width: int) -> Lines:
    """What is no problem of one device, in whole sentences: alarms, questions to the user, and notes of the program."""
    return [
        row for text in [*_alarms(fleet, context), *_notes(fleet, context)] for row in wrapped(text, width, "warn", " ")
    ]


def _alarms(fleet: Fleet, context: Context) -> list[str]:
    if not fleet.alarms:
        return []
    from tui.core.alarms.words import raised_text  # only who has some loads it

    zone = ZoneInfo(context.profile.zone)
    return [f"ALARM  {raised_text(alarm, context.now, zone)}" for alarm in fleet.alarms]


def _notes(fleet: Fleet, context: Context) -> list[str]:
    return [*(wordings[0] for wordings in _questions(fleet, context)), *(note.text for note in fleet.notes)]


def trouble_line(devices: Sequence[Device], fleet: Fleet, context: Context, width: int, turn: int) -> Line:
    """One problem in a line of at most `width` cells, and the count of the others, which take turns with it.

    The longest wording that fits, down to just the name of the device. Blank when all is well.
    """
    wordings = [(_wordings(device, problem, context), "fail") for device, problem in _troubled(devices, context)]
    wordings += [(question, "warn") for question in _questions(fleet, context)]
    wordings += [([note.text, clause, clause], "warn") for note in fleet.notes for clause in note.text.split(": ")[:1]]
    if not wordings:
        return BLANK
    texts, style = wordings[turn % len(wordings)]
    others = len(wordings) - 1
    long, short = (f"  and {others} more", f" +{others}") if others else ("", "")
    for text, count in [*((text, long) for text in texts[:-1]), *((text, short) for text in texts[-2:])]:
        if cells_of(text + count) <= width:
            return line(Span(text, style), Span(count, "label"))
    return line(Span(fit(texts[-1], width - len(short), context.glyphs), style), Span(short, "label"))


def _troubled(devices: Sequence[Device], context: Context) -> list[tuple[Device, Problem]]:
    return [
        (device, device.problem)
        for device in devices
        if device.problem and not device.remembered and state_of(device, context.now) not in _QUIET
    ]


def _questions(fleet: Fleet, context: Context) -> list[list[str]]:
    """What no device says of itself, each with its longest wording first: batteries that do not do what they are told;
    and what only the user can tell, the house's smart meter and its connection."""
    hinted = [(device, setting_hints(device, context.profile)) for device in fleet.devices.values()]
    connections = [[f"{device.label}: {hint}" for hint in hints] for device, hints in hinted if hints]
    batteries = [
        [f"{UNFOLLOWED} (since {context.when(since)})", "The batteries do not follow their target", "Batteries astray"]
        for device in controllers_of(fleet)
        if (since := unfollowed_since(device, fleet, context.now))
    ]
    return [*batteries, *([question] if (question := _which_meter(fleet, context)) else []), *connections]


def _which_meter(fleet: Fleet, context: Context) -> list[str]:
    meters = rival_meters(fleet, context.now)
    if not meters:
        return []
    count = _NUMBERS.get(len(meters), str(len(meters)))
    first, *others = (meter.label for meter in meters)
    asked = f"{count} grid meters: which is yours?"
    how = "the config file gives a role" if context.kiosk else "r gives a role"
    long = f"{count} grid meters, {first} and {' and '.join(others)}: which is yours? {how}"
    return [long, f"{asked} {how}", asked, f"{count} grid meters"]


_NUMBERS = {2: "two", 3: "three"}


def _sentence(device: Device, problem: Problem, context: Context) -> str:
    """What is wrong with a device and what to do, since when, and a possible reason."""
    wifi = wifi_words(device.system.value if device.system else None)
    silent = state_of(device, context.now) is State.SILENT
    hint = f" Wi-Fi was {wifi} when last heard." if silent and wifi else ""
    return f"{device.label}: {problem.text} (since {context.when(problem.since)}).{hint}"


def _wordings(device: Device, problem: Problem, context: Context) -> list[str]:
    """What is wrong with a device, longest wording first."""
    silent = state_of(device, context.now) is State.SILENT
    what = f"{device.label}: {'no answer' if silent else state_word(device, context.now)}"
    return [_sentence(device, problem, context), f"{what} since {context.when(problem.since)}", what, device.label]


NO_DEVICE = "No device yet"


def nothing_yet(*, kiosk: bool) -> Lines:
    """The same help for a screen of a few rows, which has no footer either: two keys, but none in a kiosk."""
    keys = [] if kiosk else [("a", "add its address"), ("S", "search for it")]
    rows = [line(Span(f" {key}  ", "key"), words) for key, words in keys]
    return [line(Span(f" {NO_DEVICE}", "title")), *rows]


def nothing_found(
    searching: Sequence[str] | None, context: Context, width: int, *, scan: str | None, late: bool, kiosk: bool = False
) -> Lines:
    """Help for an empty house. `searching` names interfaces (None: no search), `scan` the subnet of key S.

    In a kiosk an address is added by a setting, since no key does that.
    """
    where = ", ".join(searching or ())
    if not late:
        return wrapped(f"Searching{' on ' + where if where else ''}{context.glyphs.ellipsis}", width - 2, "label", " ")
    steps = [
        "Same network?  This computer must be on the network of the meters, and not on a guest network. "
        "The meters use 2.4 GHz Wi-Fi only.",
        "Local API on?  HomeWizard app: Settings > Meters > your meter > Local API",
        f"Address known? {'Start with --host ADDRESS' if kiosk else 'Press a and type it'}. "
        "The app shows it under the meter.",
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
