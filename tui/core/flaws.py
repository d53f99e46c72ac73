"""What did not make sense in a file, by line number: the first few, and how many more there were."""

from __future__ import annotations

from tui.core.past.replayed import EARLIER

SHOWN = 5
"""So many lines are named (own choice)."""


class Flaws:
    """Lines that were left out. Bounded, however many there are."""

    def __init__(self) -> None:
        self.count = 0
        """All of them."""
        self.first: list[tuple[int, str]] = []
        """The number of the line (from 1) and what is wrong with it, of the first `SHOWN`."""
        self.earlier = 0
        """Those that are earlier than lines before them."""
        self._first_earlier = 0
        self.end = ""
        """Why the file could not be read to its end."""

    def add(self, number: int, why: str) -> None:
        """One more line."""
        self.count += 1
        if why == EARLIER:
            self.earlier += 1
            self._first_earlier = self._first_earlier or number
        elif len(self.first) < SHOWN:
            self.first.append((number, why))

    @property
    def numbers(self) -> list[int]:
        """The numbers of the lines that are named."""
        return sorted([number for number, _ in self.first] + ([self._first_earlier] if self.earlier else []))

    @property
    def lines(self) -> list[str]:
        """A sentence for each of the first, and for the rest together; none if all was well."""
        said = [f"line {number}: {why}" for number, why in self.first]
        if more := self.count - self.earlier - len(self.first):
            said.append(f"{more} more line{'s make' if more > 1 else ' makes'} no sense")
        if self.earlier:
            which = f"line {self._first_earlier}: {EARLIER}"
            more_earlier = f", and {self.earlier - 1} more" if self.earlier > 1 else ""
            said.append(f"{which}{more_earlier}; sort FILE puts a recording in order")
        return [*said, *([self.end] if self.end else [])]

    @property
    def summary(self) -> str:
        """All of it in one line, for a note; "" if all was well."""
        left_out = f"{self.count} line{'s' * (self.count != 1)} left out: " if self.count else ""
        return left_out + "; ".join(self.lines)
