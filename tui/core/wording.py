"""The words and figures of the screen: directions, ages, states, numbers, clock times.

Rules (from the mock-ups): power in whole watts without grouping, totals with the meter's own decimals, a decimal point
everywhere, no minus sign on screen: an arrow and a word give the direction.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from enum import StrEnum

from tui.core.model import Device, Role, State
from tui.core.moment import Now
from tui.core.quantities import QUANTITIES
from tui.core.reading import System
from tui.core.state import age_s, is_shown, state_of

IDLE_BELOW_W = 5.0
"""A power below this is meter noise and has no direction: no arrow, and the word "idle"."""
MISSING = "--"
NO_TIME = {False: "no time", True: "wrong time"}
"""For a reading without a usable time, by whether the meter sent one."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Arrow(StrEnum):
    """The same directions as in the graph: up is import, down is export."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


def arrow_of(power_w: float) -> Arrow:
    """The arrow for a power; none below 5 W."""
    if abs(power_w) < IDLE_BELOW_W:
        return Arrow.NONE
    return Arrow.UP if power_w > 0 else Arrow.DOWN


_WORDS: dict[tuple[Role | None, Arrow], str] = {
    (Role.GRID, Arrow.UP): "from grid",
    (Role.GRID, Arrow.DOWN): "to grid",
    (Role.SOLAR, Arrow.DOWN): "producing",
    (Role.BATTERY, Arrow.UP): "charging",
    (Role.BATTERY, Arrow.DOWN): "discharging",
}


def direction_word(role: Role | None, power_w: float) -> str:
    """The word beside the arrow; it depends on what the device measures."""
    arrow = arrow_of(power_w)
    if arrow is Arrow.NONE:
        return "idle"
    return _WORDS.get((role, arrow)) or ("using" if arrow is Arrow.UP else "delivering")


def power_word(device: Device, power_w: float) -> str:
    """The word beside a device's power: its direction, or that another dongle on the same smart meter counts."""
    return "duplicate" if device.same_meter_as else direction_word(device.role, power_w)


_SHORTER = {"delivering": "supplying", "discharging": "supplying", "remembered": "remember"}


def word_in(word: str, cells: int) -> str:
    """The word, or a shorter one where it does not fit in `cells`: the device list has a column of nine.

    A word cut short reads like a bug, and a tenth cell would cost every name in the list one. So a solar meter without
    a role "supplies" there, like a battery that is not charging.
    """
    return word if len(word) <= cells else _SHORTER.get(word, word)


def age_words(seconds: float) -> str:
    """An age in at most four cells: "12s", "45m", "12h", "120d"."""
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds // 86400)}d"


def long_age(seconds: float) -> str:
    """An age for a sentence: "12 s", "7 min", "3 h", "5 days"."""
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // 86400)} days"


def uptime_words(seconds: float) -> str:
    """How long a device has been on: "12 d", "7 h", "20 min". No seconds: it would tick."""
    for limit, size, unit in ((3600, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{int(max(0.0, seconds) // size)} {unit}"
    return f"{int(seconds // 86400)} d"


_STATE_WORDS = {
    State.FROZEN: "frozen",
    State.API_DISABLED: "API off",
    State.NOT_PAIRED: "unpaired",
    State.REFUSED: "refused",
    State.BAD_ANSWER: "bad data",
    State.UNKNOWN: "not yet",
    State.LIVE: "live",
}


def state_word(device: Device, now: Now) -> str:
    """The state in at most nine cells, as in the device list."""
    state = state_of(device, now)
    age = age_s(device, now)
    if state is State.STALE and age is not None:
        return f"{int(age)} s old"
    if state in (State.STALE, State.SILENT):
        last = device.link.last_answer
        since = now.age_of(last) if last else (now.age_of(device.problem.since) if device.problem else 0.0)
        return f"lost {age_words(since)}"
    return _STATE_WORDS[state]


def wifi_words(system: System | None) -> str | None:
    """How strong the Wi-Fi is, as the device says it: "64 %" or "-60 dBm"; None if it was not sent.

    0 dBm would read like the best of all, and is what a radio says that does not know: that is "0 %".
    """
    if system is None or system.wifi_pct is None:
        return None
    return f"{system.wifi_rssi_db:.0f} dBm" if system.wifi_rssi_db else f"{system.wifi_pct:.0f} %"


def up_words(device: Device, now: Now) -> str | None:
    """How long it has been running: "12 d", "3 h", "7 min"; None where it does not tell that, or is silent.

    And how often it was seen to start anew: "7 min, restarted twice". Whole minutes: nothing ticks every second.
    """
    if device.started is None or not is_shown(device, now):
        return None
    up_s = now.age_of(device.started)
    words = next((f"{int(up_s // size)} {unit}" for size, unit in _UP if up_s >= 2 * size), f"{int(up_s // 60)} min")
    times = {1: "once", 2: "twice"}.get(device.restarts, f"{device.restarts} times")
    return f"{words}, restarted {times}" if device.restarts else words


_UP = ((86400, "d"), (3600, "h"))


def number(value: float, decimals: int) -> str:
    """A number with fixed decimals and a decimal point, and never "-0"."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def number_in(value: float, decimals: int, cells: int) -> str:
    """A number in at most `cells` (5 or more): with fewer decimals where it is too long, then as "2e+11".

    A number that is cut is a wrong one.
    """
    texts = (number(value, places) for places in range(decimals, -1, -1))
    return next((text for text in texts if len(text) <= cells), f"{value:.0e}")


def watts(power_w: float | None) -> str:
    """Whole watts without a sign: the arrow gives the direction."""
    return MISSING if power_w is None else number(abs(power_w), 0)


def figure(name: str, value: float | None) -> str:
    """A value with the decimals of its quantity; without a sign for a power or a current."""
    if value is None:
        return MISSING
    quantity = QUANTITIES[name]
    signless = quantity.unit in ("W", "A")
    return number(abs(value) if signless else value, quantity.decimals)


def clock(utc: float, zone: tzinfo) -> str:
    """ "14:32" in a zone."""
    return datetime.fromtimestamp(utc, zone).strftime("%H:%M")


def day_and_clock(utc: float, zone: tzinfo) -> str:
    """ "Sat 14:32" in a zone, in English whatever the locale."""
    return f"{DAYS[datetime.fromtimestamp(utc, zone).weekday()]} {clock(utc, zone)}"


def stamp_words(stamp: datetime, today: datetime) -> str:
    """A local time: "14:25" today, "Tue 14:25" within six days, else "3 Nov 2025"; `today` is local, too."""
    days = (today.date() - stamp.date()).days
    if days == 0:
        return stamp.strftime("%H:%M")
    if 0 < days < 7:
        return f"{DAYS[stamp.weekday()]} {stamp:%H:%M}"
    return f"{stamp.day} {MONTHS[stamp.month - 1]} {stamp.year}"


def api_word(device: Device) -> str:
    """How a device is read: "v1", "v2" for polls over that, "v2 push"; "" if it has no address."""
    if device.spoken is not None:
        return f"{device.spoken.api} push" if device.spoken.push else device.spoken.api
    return device.endpoint.api if device.endpoint else ""
