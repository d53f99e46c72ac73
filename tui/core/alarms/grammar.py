"""The language of alarms: "power_w > 5 kW for 60s". Text becomes a `Condition`, or a sentence that names the place.

    condition = clause { "and" clause } [ "for" DURATION ]
    clause    = QUANTITY ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) NUMBER [ UNIT ]
              | "silent" | "frozen" | "new_peak"
              | "check" "fails" [ RULE ]

There is no "or": two alarms say the same, and each has a text of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

from tui.core.alarms.condition import (
    ENOUGH_DECIMALS,
    OPERATORS,
    TIMES,
    Clause,
    Compared,
    Condition,
    Fails,
    Flag,
    duration_text,
    plain,
)
from tui.core.alarms.subjects import FLAGS, FROZEN, SILENT, SUBJECTS, UNITS
from tui.core.quantities import QUANTITIES
from tui.core.text import quoted

LONGEST = 500
"""Characters of a condition (own choice)."""
MOST_CLAUSES = 8
LARGEST = 1e9
"""A larger number is a typing error (own choice)."""
LONGEST_S = 7 * 86400.0
"""The longest time that may be waited for (own choice): what is asked for longer is a question to the history."""
EXAMPLE = '"power_w > 5000 for 60s"'

_KEYWORDS = ("and", "or", "for")


class ConditionError(ValueError):
    """A sentence on what is wrong, which begins with where; `at` is the index of that character."""

    def __init__(self, at: int, text: str) -> None:
        self.at = at
        super().__init__(text)


def parse_condition(text: str) -> Condition:
    """The condition that a text says. Raises `ConditionError`."""
    if len(text) > LONGEST:
        raise ConditionError(LONGEST, f"it has {len(text)} characters: use {LONGEST} at most")
    return _Parser(text).condition()


def parse_duration(text: str) -> float:
    """Seconds of "60s", "5m", "2h" or "1d". Raises `ConditionError`."""
    if len(text) > LONGEST:
        raise ConditionError(LONGEST, f"it has {len(text)} characters: use a time like 10m")
    parser = _Parser(text)
    seconds = parser.duration()
    parser.end("nothing may follow the time")
    return seconds


# ------------------------------------------------------------------ words and numbers


class _Token(NamedTuple):
    kind: str
    """ "number", "word", "op", or "end"."""
    text: str
    at: int


_TOKEN = re.compile(
    r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+))"
    r"|(?P<word>[a-z%][a-z0-9_.%/]*)"
    r"|(?P<op>[<>=!]=?)",
    re.ASCII | re.IGNORECASE,
)


def _tokens(text: str) -> Iterator[_Token]:
    text, at = text.replace("\N{SUPERSCRIPT THREE}", "3"), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            yield _Token("other", text[at], at)
            return
        yield _Token(found.lastgroup or "", found[0], at)
        at = found.end()
    yield _Token("end", "", at)


class _Parser:
    """Reads a text from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self._rest = _tokens(text)
        self._next = next(self._rest)

    def condition(self) -> Condition:
        start = self._next
        clauses = [self._clause()]
        while self._skip("and"):
            if len(clauses) == MOST_CLAUSES:
                self._fail(f"use {MOST_CLAUSES} conditions at most")
            clauses.append(self._clause())
        lonely = next((one for one in clauses if isinstance(one, Flag) and one.name in (SILENT, FROZEN)), None)
        if lonely is not None and len(clauses) > 1:
            self._fail(f'"{lonely}" stands alone: such a device sends no values to compare', start)
        for_s = self.duration() if self._skip("for") else 0.0
        if self._next.text.lower() == "or":
            self._fail('there is no "or": write two alarms')
        self.end("nothing may follow the time" if for_s else 'use "and" before another condition, "for" before a time')
        return Condition(tuple(clauses), for_s)

    def end(self, hint: str) -> None:
        """Insist on the end of the text."""
        if self._next.kind != "end":
            self._fail(f"{self._found} is not expected here: {hint}")

    def duration(self) -> float:
        """A number with a unit of time, in seconds."""
        start = self._next
        number = self._number("a time", "60s, 5m or 2h")
        unit = self._next
        factor = TIMES.get(unit.text.lower()) if unit.kind == "word" else None
        if factor is None:
            self._miss("a unit of time", "use s, m, h or d, as in 60s, 5m or 2h")
        self._take()
        seconds = number * factor
        if not 1 <= seconds <= LONGEST_S:
            self._fail(f"use a time of 1s to {duration_text(LONGEST_S)}", start)
        return seconds

    def _clause(self) -> Clause:
        word = self._next
        name = word.text.lower()
        if word.kind != "word" or name in _KEYWORDS:
            self._miss("a quantity", f"write a condition like {EXAMPLE}")
        if name == "check":
            return self._fails()
        if name in FLAGS:
            self._take()
            if self._next.kind in ("op", "number"):
                self._fail(f'"{name}" is compared with nothing: write "{name}", or "{name} for 5m"')
            return Flag(name)
        if name not in SUBJECTS:
            self._fail(_no_quantity(name, word.text))
        self._take()
        op = self._next
        if op.text not in OPERATORS:
            use = 'write == for "equal"' if op.text == "=" else f"use one of {' '.join(OPERATORS)}"
            self._miss("a comparison", use)
        self._take()
        number = self._number("a number", "5000")
        return Compared(name, op.text, round(number * self._factor(name), ENOUGH_DECIMALS) + 0.0)

    def _fails(self) -> Clause:
        self._take()
        if self._next.text.lower() not in ("fails", "fail"):
            self._miss('"fails"', 'write "check fails", or "check fails RULE"')
        self._take()
        word = self._next
        if word.kind != "word" or word.text.lower() in _KEYWORDS:
            return Fails()
        from tui.core.checks.registry import RULES  # only for who asks about one

        if word.text.lower() not in RULES:
            near = _near(word.text.lower(), RULES)
            self._fail(f"there is no rule {self._found}{near or ': there are ' + ', '.join(RULES)}")
        self._take()
        return Fails(word.text.lower())

    def _number(self, what: str, example: str) -> float:
        token = self._next
        if token.kind != "number":
            self._miss(what, f"use one like {example}")
        self._take()
        if self._next.text == ",":
            self._fail("write the number with a point")
        value = float(token.text)
        if abs(value) > LARGEST:
            self._fail(f"use a number of -{plain(LARGEST)} to {plain(LARGEST)}", token)
        return value

    def _factor(self, name: str) -> float:
        """What the unit that may follow multiplies by."""
        token = self._next
        if token.kind != "word" or token.text.lower() in _KEYWORDS:
            return 1.0
        units = UNITS.get(SUBJECTS[name].unit, {})
        factor = next((factor for unit, factor in units.items() if unit.lower() == token.text.lower()), None)
        if factor is None:
            use = f"use {' or '.join(units)}" if units else "it has none"
            self._fail(f"{self._found} is no unit of {name}: {use}")
        self._take()
        return factor

    def _skip(self, word: str) -> bool:
        if self._next.text.lower() != word:
            return False
        self._take()
        return True

    def _take(self) -> None:
        self._next = next(self._rest)

    @property
    def _found(self) -> str:
        return f'"{quoted(self._next.text, 24)}"'

    def _miss(self, what: str, hint: str) -> NoReturn:
        """Something else stands where `what` should, or nothing."""
        self._fail(f"{what} is missing: {hint}" if self._next.kind == "end" else f"{self._found} is not {what}: {hint}")

    def _fail(self, sentence: str, token: _Token | None = None) -> NoReturn:
        token = token or self._next
        place = "at the end" if token.kind == "end" else f"at character {token.at + 1}"
        raise ConditionError(token.at, f"{place}: {sentence}")


def _no_quantity(name: str, written: str) -> str:
    if name in QUANTITIES:
        return f'"{name}" is no number: it cannot be compared'
    known = (*SUBJECTS, *FLAGS, "check")
    near = _near(name, known) or ": use one like power_w, voltage_l1_v or silent (hwtui help alarms has them all)"
    return f'there is no quantity "{quoted(written, 24)}"{near}'


def _near(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, for the end of a sentence; "" for none."""
    import difflib  # only needed for a mistake

    near = difflib.get_close_matches(name, list(known), n=1)
    return f': did you mean "{near[0]}"?' if near else ""
