"""What has changed between two support files, in sentences. Pure; the files are hostile until read."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.doctor.evidence import Layer
from tui.core.doctor.words import SHORT
from tui.core.support.match import Same, paired, what_of
from tui.core.support.opened import MOST, Row, rows_of, table_of, text_of, texts_of, told
from tui.core.text import clean

LOST_BY, WIFI_BY = 0.1, 20
"""A smaller change of the share of lost answers, or of the Wi-Fi in percent, is none (own choice)."""
SLOWER_BY, SLOW_MS = 3, 200
"""Answers are slow from so many ms on (p95), where they took a third of that before (own choice)."""
_MINUTE = len("2026-11-29T17:59")


def heading(old: Row, new: Row) -> list[str]:
    """From when to when, and what keeps the two files from being compared well. Never raises."""
    return list(_heading(old, new))


def changes(old: Row, new: Row) -> list[str]:
    """What changed, a sentence each, at most `MOST`; devices are called as in `new`. Never raises."""
    said = list(_changes(old, new))[:MOST]
    return [f"T{one[1:]}" if one.startswith("the former ") else one for one in said]


def _heading(old: Row, new: Row) -> Iterator[str]:
    was, now = (one.get("made") for one in (old, new))
    if isinstance(was, str) and isinstance(now, str):
        yield f"From {_minute(was)} to {_minute(now)}."
        if was > now:
            yield "The file that is given as the older one is the newer one: read the sentences the other way round."
    kinds = [one.get("house", "real") for one in (old, new)]
    if kinds[0] != kinds[1]:
        yield f"The house was {told(kinds[0])}, and is {told(kinds[1])} now: little can be compared."
    if any(one.get("cut") is True for one in (old, new)):
        yield "Something was left out of a file because it was too large: it may look like a change."
    if not Same(old, new).tells:
        yield (
            "The files have no marks in common (two computers, a demo, or a new key): devices are matched by product "
            "and order, and of addresses nothing can be told."
        )


def _minute(time: str) -> str:
    return clean(time[:_MINUTE].replace("T", " "), _MINUTE) + (" UTC" if time.endswith("+00:00") else "")


def _changes(old: Row, new: Row) -> Iterator[str]:
    yield from _system(old, new)
    same = Same(old, new)
    yield from _settings(old, new, same)
    yield from _computer(old, new, same)
    pairs, fresh, gone = paired(rows_of(old, "fleet"), rows_of(new, "fleet"), same)
    yield from (f"{name} is new{what_of(row)}." for name, row in fresh)
    yield from (f"{name} is no longer there{what_of(row, same)}." for name, row in gone)
    for name, before, after in pairs:
        yield from _device(name, before, after, same)
    yield from _links(old, new, same)
    yield from _layers(old, new, same)
    yield from _findings(old, new, same)
    yield from _notes("A note", rows_of(old, "notes"), rows_of(new, "notes"), same)


def _device(name: str, before: Row, after: Row, same: Same) -> Iterator[str]:
    tells = isinstance(after.get("serial"), str)  # one that says nothing has no firmware either
    for key, what in (
        ("firmware_version", "firmware"),
        ("state", "state"),
        ("api_version", "API"),
        ("role", "role"),
    ):
        if (tells or key == "state") and before.get(key) != after.get(key):
            yield f"{name}: its {what} was {told(before.get(key))}, and is {told(after.get(key))} now."
    for key, yes, no in (
        ("push", "it sends by itself now (push)", "it is asked now, and no longer sends by itself (push)"),
        ("paired", "it is paired now", "it is no longer paired"),
        ("inverted", "it is now said to be mounted upside down", "it is no longer said to be mounted upside down"),
    ):
        if tells and isinstance(before.get(key), bool) and before.get(key) is (not after.get(key)):
            yield f"{name}: {yes if after.get(key) else no}."
    if same.tells and isinstance(before.get("host"), str) and isinstance(after.get("host"), str):
        was = same.called(clean(str(before["host"])))
        if (was, before.get("port")) != (clean(str(after["host"])), after.get("port")):
            yield f"{name}: its address was {was}, and is {told(after['host'])} now (port {told(after.get('port'))})."
    it_said, says = _problem(before, same), _problem(after, None)
    if same.compared(it_said) != same.compared(says):
        yield f"{name} no longer says: {it_said}" if says is None else f"{name} says now: {says}"


def _problem(row: Row, same: Same | None) -> str | None:
    problem = row.get("problem")
    if not isinstance(problem, dict):
        return None
    return same.text(text_of(problem)) if same else text_of(problem)


def _system(old: Row, new: Row) -> Iterator[str]:
    for key, what in (
        ("hwtui", "hwtui"),
        ("python", "Python"),
        ("os", "The system"),
        ("distribution", "The distribution"),
        ("utc_offset", "The time zone"),
    ):
        was, now = (table_of(one, "system").get(key) for one in (old, new))
        if was != now:
            yield f"{what} was {told(was)}, and is {told(now)} now."
    before, after = (texts_of(table_of(one, "system"), "libraries") for one in (old, new))
    for name, now in after.items():
        if before.get(name, now) != now:  # an older file has none
            yield f"The library {name} was {told(before[name])}, and is {told(now)} now."


def _settings(old: Row, new: Row, same: Same) -> Iterator[str]:
    before, after = table_of(old, "settings"), table_of(new, "settings")
    for key in [*after, *(key for key in before if key not in after)][:MOST]:
        was, now = (one.get(key) for one in (before, after))
        if not isinstance(was, dict) or not isinstance(now, dict):
            continue
        it_was = same.renamed(was.get("value"))
        if same.compared(it_was) != same.compared(now.get("value")):
            name = clean(key, 40)
            if isinstance(now.get("value"), list | dict):
                yield f"The setting {name} has changed."
            else:
                yield (
                    f"The setting {name} was {_set(it_was)}, and is {_set(now.get('value'))} now "
                    f"({told(now.get('from'))})."
                )


def _set(value: object) -> str:
    return "not set" if value is None else told(value)


def _computer(old: Row, new: Row, same: Same) -> Iterator[str]:
    before, after = (table_of(table_of(one, "doctor"), "computer") for one in (old, new))
    if not before or not after:
        return
    its, mine = (
        sorted({clean(str(row.get("network"))) for row in rows_of(one, "interfaces")}) for one in (before, after)
    )
    if same.tells and {same.text(one) for one in its} != set(mine):
        was = ", ".join(_former(one, same) for one in its) or "none"
        yield f"This computer's network was {was}, and is {', '.join(mine) or 'none'} now."
    yield from _notes("A note on this computer", rows_of(before, "notes"), rows_of(after, "notes"), same)


def _former(network: str, same: Same) -> str:
    address, slash, bits = network.partition("/")
    return same.called(address) + slash + bits


def _links(old: Row, new: Row, same: Same) -> Iterator[str]:
    for name, was, row in paired(rows_of(old, "links"), rows_of(new, "links"), same).pairs:
        lost, then = (_share(one) for one in (row, was))
        if lost is not None and then is not None and abs(lost - then) >= LOST_BY:
            yield f"{name}: {100 * then:.0f} % of its answers were lost, and {100 * lost:.0f} % are now."
        took, before = (_number(table_of(one, "latency_ms").get("p95")) for one in (row, was))
        if took is not None and before is not None and took >= max(SLOW_MS, SLOWER_BY * before):
            yield f"{name}: its answers took up to {before:.0f} ms (p95), and take {took:.0f} ms now."
        wifi, once = (_number(one.get("wifi_pct")) for one in (row, was))
        if wifi is not None and once is not None and abs(wifi - once) >= WIFI_BY:
            yield f"{name}: its Wi-Fi was {once:.0f} %, and is {wifi:.0f} % now."
        if was.get("another_program_reads_it") is False and row.get("another_program_reads_it") is True:
            yield f"{name}: another program reads it now, too."
        start, began = (one.get("started") for one in (row, was))
        if isinstance(start, str) and isinstance(began, str) and start[:16] > began[:16] and _apart(start, began):
            yield f"{name}: it has started anew since, at {told(start)}."


def _apart(one: str, other: str) -> bool:
    """Whether two times differ by more than a clock's drift: the uptime is in whole seconds."""
    return one[:15] != other[:15]


def _share(row: Row) -> float | None:
    answered, lost = row.get("answered"), row.get("lost")
    if not isinstance(answered, int) or not isinstance(lost, int) or answered < 0 or lost < 0 or not answered + lost:
        return None
    return lost / (answered + lost)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e9 else None


def _layers(old: Row, new: Row, same: Same) -> Iterator[str]:
    before, after = (rows_of(table_of(one, "doctor"), "devices") for one in (old, new))
    for name, was, row in paired(before, after, same).pairs:
        if was.get("layer") != row.get("layer"):
            yield f"{name}: the doctor found: {_short(was)}, and finds now: {_short(row)} ({text_of(row)})."


def _short(row: Row) -> str:
    layer = row.get("layer")
    known = isinstance(layer, str) and layer in {str(one) for one in Layer}
    return SHORT[Layer(str(layer))][0] if known else told(layer)


def _findings(old: Row, new: Row, same: Same) -> Iterator[str]:
    before, after = _verdicts(old, same), _verdicts(new, None)
    lines = {_finding(row, None): text_of(row, "line") for row in reversed(rows_of(new, "check")) if row.get("line")}
    for place, verdicts in after.items():
        was = before.get(place, ())
        if was != verdicts and {*was, *verdicts} & {"fail", "warn"}:
            rule, device, phase = place
            where = " ".join(filter(None, (device, f"L{phase}" if phase else "")))
            it_was = f"was {', '.join(was)}" if was else "was not there"
            line = f" ({lines[place]})" if place in lines else ""
            yield f"{where or 'The house'}: {rule} {it_was}, and is {', '.join(verdicts)} now{line}."
    for place in sorted(before.keys() - after.keys()):
        if {*before[place]} & {"fail", "warn"}:
            yield f"{place[1] or 'The house'}: {place[0]} is no longer {', '.join(before[place])}."


def _finding(row: Row, same: Same | None) -> tuple[str, str, str]:
    """Where a finding is: rule, device and phase."""
    device, phase = clean(str(row.get("device") or "")), row.get("phase")
    return (
        clean(str(row.get("rule"))),
        same.called(device) if same and device else device,
        str(phase) if isinstance(phase, int) else "",
    )


def _verdicts(data: Row, same: Same | None) -> dict[tuple[str, str, str], tuple[str, ...]]:
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for row in rows_of(data, "check"):
        place = _finding(row, same)
        found[place] = tuple(sorted((*found.get(place, ()), clean(str(row.get("verdict")), 20))))
    return found


def _notes(what: str, old: list[Row], new: list[Row], same: Same) -> Iterator[str]:
    before = {same.compared(text): text for text in (same.text(text_of(row)) for row in old)}
    after = {same.compared(text): text for text in map(text_of, new)}
    yield from (f"{what} is new: {after[one]}" for one in sorted(after.keys() - before.keys()))
    yield from (f"{what} is gone: {before[one]}" for one in sorted(before.keys() - after.keys()))
