"""What has changed between two support files, in sentences. Pure; the files are hostile until read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tui.core.text import clean

SCHEMA = 1
MOST = 1000
"""Rows that are looked at of any list, and sentences that are said (own choice)."""

Row = Mapping[str, Any]
_PLACEHOLDER = re.compile(r"(?<![\w-])[a-z]{2,10}-\d{1,4}(?!\w)")


class NotSupportError(Exception):
    """It is no support file that this version reads; the sentence says why."""


def read_support(data: object) -> dict[str, object]:
    """A support file as parsed from JSON. Raises `NotSupportError`."""
    if not isinstance(data, dict) or "schema" not in data or "fleet" not in data:
        raise NotSupportError("it is no support file: name one that hwtui support has written")
    if data["schema"] != SCHEMA:
        raise NotSupportError(f"its schema is {clean(str(data['schema']), 20)}, and this version reads {SCHEMA}")
    return data


def changes(old: Row, new: Row) -> list[str]:
    """What changed, a sentence each; devices are called as in `new`. Never raises."""
    return list(_changes(old, new))[:MOST]


def _changes(old: Row, new: Row) -> Iterator[str]:
    yield from _values("hwtui", old, new, ("system", "hwtui"))
    yield from _values("Python", old, new, ("system", "python"))
    yield from _values("The system", old, new, ("system", "os"))
    yield from _values("The distribution", old, new, ("system", "distribution"))
    same = _Same(old, new)
    yield from _settings(old, new, same)
    pairs, fresh, gone = _paired(_rows(old, "fleet"), _rows(new, "fleet"), same)
    yield from (f"{name} is new." for name in fresh)
    yield from (f"{name} is no longer there." for name in gone)
    for name, before, after in pairs:
        yield from _device(name, before, after, same)
    yield from _links(old, new, same)
    yield from _layers(old, new, same)
    yield from _findings(old, new, same)
    yield from _notes(old, new, same)


class _Same:
    """What a placeholder of the old file is called in the new one.

    Files of one computer have marks, which tell. Else devices of one product are matched in their order, and of
    addresses nothing can be told.
    """

    def __init__(self, old: Row, new: Row) -> None:
        mine = {mark: name for name, mark in _texts(new, "marks").items()}
        its = _texts(old, "marks")
        self.tells = bool(mine) and bool(its) and bool(set(its.values()) & set(mine))
        self._now = {name: mine[mark] for name, mark in its.items() if mark in mine}
        self._gone = {name for name, mark in its.items() if mark not in mine}
        if not self.tells:
            self._now, self._gone = _in_order(old, new), set()

    def called(self, name: str) -> str:
        """Its name in the new file; one that is not there any more is called "the former" one."""
        return f"the former {name}" if self.tells and name in self._gone else self.text(name)

    def text(self, text: str) -> str:
        """A text of the old file with the placeholders of the new one."""
        return _PLACEHOLDER.sub(lambda found: self._now.get(found[0], found[0]), text)


def _in_order(old: Row, new: Row) -> dict[str, str]:
    names = dict[str, str]()
    left = list(_rows(new, "fleet"))
    for row in _rows(old, "fleet"):
        twin = next((one for one in left if one.get("product_type") == row.get("product_type")), None)
        if twin is not None:
            left.remove(twin)
            names[_name(row)] = _name(twin)
    return names


class _Paired(NamedTuple):
    """The rows of one device in both files, by what it is called now, and the names of those in one file alone."""

    pairs: list[tuple[str, Row, Row]]
    fresh: list[str]
    gone: list[str]


def _paired(old: list[Row], new: list[Row], same: _Same) -> _Paired:
    """A device that does not say who it is, now or before, is the one at the same place."""
    before = {same.called(_name(row)): row for row in old}
    found = _Paired([], [], [])
    left = dict(before)
    for row in new:
        name = _name(row)
        if name not in left:
            here = (one for one, was in left.items() if same.text(_place(was)) == _place(row))
            twin = next(
                (one for one in here if not {left[one].get("serial"), row.get("serial")}.isdisjoint({None})), None
            )
            if twin is None:
                found.fresh.append(name)
                continue
            was = left.pop(twin)
            kind = was.get("product_type")
            found.pairs.append((f"{name}, {clean(kind)} before" if isinstance(kind, str) else name, was, row))
        else:
            found.pairs.append((name, left.pop(name), row))
    found.gone.extend(left)
    return found


def _device(name: str, before: Row, after: Row, same: _Same) -> Iterator[str]:
    for key, what in (
        ("firmware_version", "firmware"),
        ("state", "state"),
        ("api_version", "API"),
        ("push", "push"),
        ("paired", "pairing"),
        ("role", "role"),
        ("inverted", "inverted"),
    ):
        tells = key == "state" or isinstance(after.get("serial"), str)  # one that says nothing has no firmware either
        if tells and before.get(key) != after.get(key):
            yield f"{name}: its {what} was {_said(before.get(key))}, and is {_said(after.get(key))} now."
    if same.tells and isinstance(before.get("host"), str) and isinstance(after.get("host"), str):
        was = same.called(clean(str(before["host"])))
        if (was, before.get("port")) != (clean(str(after["host"])), after.get("port")):
            yield f"{name}: its address was {was}, and is {_said(after['host'])} now (port {_said(after.get('port'))})."
    if (said := _problem(before, same)) != (says := _problem(after, None)):
        yield f"{name} no longer says: {said}" if says is None else f"{name} says now: {says}"


def _problem(row: Row, same: _Same | None) -> str | None:
    problem = row.get("problem")
    if not isinstance(problem, dict):
        return None
    text = clean(str(problem.get("text")), 300)
    return same.text(text) if same else text


def _settings(old: Row, new: Row, same: _Same) -> Iterator[str]:
    before, after = _table(old, "settings"), _table(new, "settings")
    for key in [*after, *(key for key in before if key not in after)][:MOST]:
        was, now = (one.get(key) for one in (before, after))
        if not isinstance(was, dict) or not isinstance(now, dict):
            continue
        it_was = _renamed(was.get("value"), same)
        if it_was != now.get("value"):
            name = clean(key, 40)
            if isinstance(now.get("value"), list | dict):
                yield f"The setting {name} has changed."
            else:
                yield (
                    f"The setting {name} was {_said(it_was)}, and is {_said(now.get('value'))} now "
                    f"({_said(now.get('from'))})."
                )


def _renamed(value: Any, same: _Same) -> Any:
    if isinstance(value, str):
        return same.text(value)
    if isinstance(value, list):
        return [_renamed(one, same) for one in value[:MOST]]
    if isinstance(value, dict):
        return {key: _renamed(one, same) for key, one in list(value.items())[:MOST]}
    return value


def _links(old: Row, new: Row, same: _Same) -> Iterator[str]:
    for name, was, row in _paired(_rows(old, "links"), _rows(new, "links"), same).pairs:
        lost, then = (_share(one) for one in (row, was))
        if lost is not None and then is not None and abs(lost - then) >= 0.1:
            yield f"{name}: {100 * then:.0f} % of its answers were lost, and {100 * lost:.0f} % are now."
        start, once = (one.get("started") for one in (row, was))
        if isinstance(start, str) and isinstance(once, str) and start[:16] > once[:16] and _apart(start, once):
            yield f"{name}: it has started anew since, at {_said(start)}."


def _apart(one: str, other: str) -> bool:
    """Whether two times differ by more than a clock's drift: the uptime is in whole seconds."""
    return one[:15] != other[:15]


def _share(row: Row) -> float | None:
    answered, lost = row.get("answered"), row.get("lost")
    if not isinstance(answered, int) or not isinstance(lost, int) or answered < 0 or lost < 0 or not answered + lost:
        return None
    return lost / (answered + lost)


def _layers(old: Row, new: Row, same: _Same) -> Iterator[str]:
    before, after = (_rows(_table(one, "doctor"), "devices") for one in (old, new))
    for name, was, row in _paired(before, after, same).pairs:
        if was.get("layer") != row.get("layer"):
            yield (
                f"{name}: the doctor found {_said(was.get('layer'))}, and finds {_said(row.get('layer'))} now: "
                f"{_said(row.get('text'))}"
            )


def _findings(old: Row, new: Row, same: _Same) -> Iterator[str]:
    before, after = _verdicts(old, same), _verdicts(new, None)
    for place, verdicts in after.items():
        was = before.get(place, ())
        if was != verdicts and {*was, *verdicts} & {"fail", "warn"}:
            rule, device, phase = place
            where = " ".join(filter(None, (device, f"L{phase}" if phase else "")))
            said = f"was {', '.join(was)}" if was else "was not there"
            yield f"{where or 'The house'}: {rule} {said}, and is {', '.join(verdicts)} now."
    for place in sorted(before.keys() - after.keys()):
        if {*before[place]} & {"fail", "warn"}:
            yield f"{place[1] or 'The house'}: {place[0]} is no longer {', '.join(before[place])}."


def _verdicts(data: Row, same: _Same | None) -> dict[tuple[str, str, str], tuple[str, ...]]:
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for row in _rows(data, "check"):
        device = clean(str(row.get("device") or ""))
        phase = row.get("phase")
        place = (
            clean(str(row.get("rule"))),
            same.called(device) if same and device else device,
            str(phase) if isinstance(phase, int) else "",
        )
        found[place] = tuple(sorted((*found.get(place, ()), clean(str(row.get("verdict")), 20))))
    return found


def _notes(old: Row, new: Row, same: _Same) -> Iterator[str]:
    before = {same.text(clean(str(row.get("text")), 300)) for row in _rows(old, "notes")}
    after = {clean(str(row.get("text")), 300) for row in _rows(new, "notes")}
    yield from (f"A note is new: {text}" for text in sorted(after - before))
    yield from (f"A note is gone: {text}" for text in sorted(before - after))


# ------------------------------------------------------------------ reading what may be anything


def _values(what: str, old: Row, new: Row, path: tuple[str, str]) -> Iterator[str]:
    was, now = (_table(one, path[0]).get(path[1]) for one in (old, new))
    if was != now:
        yield f"{what} was {_said(was)}, and is {_said(now)} now."


def _table(data: Row, key: str) -> Row:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _rows(data: Row, key: str) -> list[Row]:
    found = data.get(key)
    return [row for row in found[:MOST] if isinstance(row, dict)] if isinstance(found, list) else []


def _texts(data: Row, key: str) -> dict[str, str]:
    pairs = list(_table(data, key).items())[:MOST]
    return {clean(name): mark for name, mark in pairs if isinstance(mark, str)}


def _name(row: Row) -> str:
    """What a row is called: its placeholder, else its address."""
    found = row.get("serial")
    return clean(found) if isinstance(found, str) else _place(row)


def _place(row: Row) -> str:
    return clean(f"{row.get('host')}:{row.get('port')}")


def _said(value: object) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return clean(str(value), 200) or "empty"
    return "another"
