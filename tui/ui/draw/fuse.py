"""The main fuse on the screen: the current through each phase of the house's own meter, beside what it may carry."""

from __future__ import annotations

from collections.abc import Set
from zoneinfo import ZoneInfo

from tui.core.checks.load import LoadSource, load_a
from tui.core.checks.worst import DAY_S, PhaseWorst, Worst
from tui.core.fuse import Fuse
from tui.core.model import Device, Role
from tui.core.quantities import DSMR_5
from tui.core.reading import Measurement
from tui.core.wording import MISSING, Arrow, arrow_of, clock, figure
from tui.ui.draw.blocks import ARROW_STYLES, INDENT, Block
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, bar, line, voltage_gauge, width_of, wrapped

HINTS = ("(f: set the fuse)", "(f: fuse)")
_IN_OUT = {"import": "in ", "export": "out "}


def is_behind_fuse(device: Device) -> bool:
    """Whether its phases are those of the main fuse: the house's own smart meter."""
    return device.product.is_grid_meter and device.role is Role.GRID


def load_of(device: Device, phase: int, context: Context) -> tuple[float, LoadSource] | None:
    """The current through a phase of the fuse, import positive, and how it was found; as the check reckons it."""
    measurement = device.measurement.value if device.measurement else Measurement()
    worst = context.worst_of(device.key)
    return load_a(measurement, phase, context.profile, whole_ampere=worst is not None and worst.whole_ampere)


def fuse_bar(fuse: Fuse, load_a: float | None, power_w: float | None, cells: int, context: Context) -> Span:
    """How much of the fuse a phase takes, in the colour of its direction."""
    arrow = arrow_of(power_w) if power_w is not None else Arrow.NONE
    return Span(bar(abs(load_a or 0.0) / fuse.ampere, cells, context.glyphs), ARROW_STYLES[arrow])


def since_words(worst: Worst, context: Context) -> str:
    """ "since 12:22", or "last 24 h": the record has no more."""
    if context.now.age_of(worst.since) >= DAY_S:
        return "last 24 h"
    return f"since {clock(context.now.utc_of(worst.since), ZoneInfo(context.profile.zone))}"


def most_words(phase: PhaseWorst | None, *, both: bool) -> str:
    """The highest minute of a phase, "out 12.5 A"; `both`: there are two directions to tell apart."""
    if phase is None or phase.import_a is None or phase.export_a is None:
        return MISSING
    most = max(phase.import_a, phase.export_a)
    way = "out" if phase.export_a > phase.import_a else "in" if round(most, 1) else ""
    return f"{way if both else '':<3}{most:>5.1f} A"


def reckoned(device: Device, sources: set[LoadSource], width: int) -> Lines:
    """How the currents were found, where the meter did not simply send them."""
    if LoadSource.FROM_NOMINAL not in sources and LoadSource.FROM_VOLTAGE not in sources:
        return []
    nominal = LoadSource.FROM_NOMINAL in sources
    version = device.number("protocol_version")
    is_old = version is not None and version < DSMR_5
    whole = device.number("current_l1_a") is not None
    long = f"current reckoned from power {'at 230 V' if nominal else 'and voltage'}"
    short = f"current reckoned {'at 230 V' if nominal else 'from power'}"
    if is_old:
        tries = [f"{long}; power is new every 10 s", f"{short}, new every 10 s"]
    else:
        tries = [f"{long}: the meter sends whole ampere" if whole else long, short]
    fits = next((text for text in tries if len(INDENT) + len(text) <= width), tries[-1])
    return wrapped(fits, width, "label", INDENT)


def lone_row(device: Device, fuse: Fuse, context: Context, width: int) -> tuple[Lines, Set[str]]:
    """The row of a house with one phase, and what it shows: its power is that of the house, and stands above."""
    worst, load = context.worst_of(device.key), load_of(device, 1, context)
    volts, power = device.number("voltage_l1_v"), device.number("power_w")
    most = most_words(worst.phases.get(1) if worst else None, both=True).replace("  ", " ").strip()
    since = f" {since_words(worst, context)}" if worst else ""
    current, of_fuse = Span(f"{amperes(load):>7} A"), Span(f" of fuse {fuse}", "label")
    bars = [(Span("  "), fuse_bar(fuse, load[0] if load else None, power, cells, context)) for cells in (12, 10)]
    volt = line(Span(f"   {figure('voltage_l1_v', volts)} V")) if volts is not None else BLANK
    most_line = line(Span("   most ", "label"), Span(most), Span(since, "label"))
    short = Span(f" of {fuse.ampere:g} A", "label")
    tries = (
        (current, of_fuse, *bars[0], *most_line, *volt, Span(f"  {voltage_gauge(volts, context.glyphs)}", "label")),
        (current, of_fuse, *bars[0], *most_line, *volt),
        (current, of_fuse, *bars[0], *volt),
        (current, *bars[0], short, *volt),
        (current, *bars[1], short, *volt),
        (current, *volt),
    )
    row = next((one for one in tries if width_of(one) <= width), (current,))
    return [row], {"current", "voltage"} if volt and row != (current,) else {"current"}


def strain(device: Device, context: Context, width: int) -> Block | None:
    """What was seen of the house's own meter: the room that was left, slow voltages, and what it counted."""
    worst = context.worst_of(device.key) if is_behind_fuse(device) else None
    if worst is None:
        return None
    rows = [*_room(worst, context, width), *_voltages(worst, context, width), *_events(worst, context, width)]
    return Block(4, rows) if rows else None


def _room(worst: Worst, context: Context, width: int) -> Lines:
    """How much more each phase could have carried at its highest minute, for the phase with the least room."""
    fuse = context.fuse
    if fuse is None:
        return []
    since = since_words(worst, context)
    imports = {phase: one.import_a for phase, one in worst.phases.items() if one.import_a is not None}
    exports = {phase: one.export_a for phase, one in worst.phases.items() if one.export_a is not None}
    if not imports:
        return [line(Span(f"{INDENT}smallest room: known after a minute", "label"))][: width >= 38]
    lone = len(imports) == 1
    parts = []
    for way, loads in (("import", imports), ("export", exports)):
        phase, load = max(loads.items(), key=lambda one: one[1])
        if load > 0 or way == "import":
            parts.append((way, fuse.ampere - load, "" if lone else f" (L{phase})"))
    if not context.profile.has_neutral:  # only the total has a direction
        parts = [("", *min(parts, key=lambda part: part[1])[1:])]
    for head, gap, words, unit in (
        (f"smallest room {since}:", "   ", {"import": "import ", "export": "export "}, " A"),
        ("smallest room:", "   ", _IN_OUT, " A"),
        ("least room:", "  ", _IN_OUT, " A"),
        ("least room A:", "  ", _IN_OUT, ""),
    ):
        row: Line = (Span(f"{INDENT}{head}", "label"),)
        for at, (way, room, phase_words) in enumerate(parts):
            row = (*row, Span(f"{gap if at else ' '}{words.get(way, '')}", "label"))
            row = (*row, Span(f"{abs(room):.1f}{unit}{'' if room >= 0 else ' over'}", "" if room >= 0 else "fail"))
            row = (*row, Span(phase_words if unit else phase_words.replace("(", "").replace(")", ""), "label"))
        if width_of(row) <= width:
            return [row]
    return []


def _voltages(worst: Worst, context: Context, width: int) -> Lines:
    means = {
        phase: one.mean_v
        for phase, one in worst.phases.items()
        if one.mean_v is not None and (one.mean_v or context.profile.has_neutral)  # L2 of 3x230 V is not measured
    }
    if not means:
        return []
    lone = set(means) == {1}
    rows = [
        line(Span(f"{INDENT}10-min mean V", "label"), Span("".join(f"  {name}{means[one]:.1f}" for one, name in names)))
        for names in ([(one, "" if lone else f"L{one} ") for one in means], [(one, "") for one in means])
    ]
    row = next((one for one in rows if width_of(one) <= width), None)
    if row is None or worst.highest is None:
        return [row] if row else []
    volts, phase, ends = worst.highest
    where = context.when(ends) if lone else f"L{phase} {context.when(ends)}"
    highest = line(Span(f"{volts:.1f}"), Span(f"  {where}", "label"))
    beside = (*row, Span("    highest ", "label"), *highest)
    if width_of(beside) <= width:
        return [beside]
    below = (Span(f"{INDENT}highest 10-min mean ", "label"), *highest)
    return [row, below] if width_of(below) <= width else [row]


def _events(worst: Worst, context: Context, width: int) -> Lines:
    if not worst.events:
        return []
    age, since = context.now.age_of(worst.since), since_words(worst, context)
    row = line(Span(f"{INDENT}{since}{f' ({_long(age)})' if age < DAY_S else ''}", "label"))
    for words, count in worst.events.items():
        row = (*row, Span(f"   {words} ", "label"), Span(str(count), "warn" if count else ""))
    if width_of(row) <= width:
        return [row]
    short = line(Span(f"{INDENT}{since}", "label"))
    for words, count in worst.events.items():
        short = (*short, Span(f"  {words.removeprefix('power ')} ", "label"), Span(str(count), "warn" if count else ""))
    return [short] if width_of(short) <= width else []


def _long(seconds: float) -> str:
    """ "14 min", "2 h 10"."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def amperes(load: tuple[float, LoadSource] | None) -> str:
    """A current without a sign; the arrow of its phase has the direction."""
    return figure("current_l1_a", load[0] if load else None)
