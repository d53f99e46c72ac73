"""A word that has to be typed by hand, for acts that must not be done by a pasted line or a cable that types.

Speed alone tells no hand from a machine: a serial line or a KVM may type as slowly as a person. So what was typed never
does it; `confirm` does, and its key must be one that no text contains. The rest is the second line of defence: nothing
counts that was typed before the question could be read, or faster than a hand types.
"""

from __future__ import annotations

from math import inf

WAIT_S = 0.5
"""How long after the question appeared no key counts: what was typed before it cannot be an answer (own choice)."""
FASTEST_S = 0.03
"""Two keys of a hand are further apart: fast typists need about 60 ms, a held key repeats after 33 ms (own choice)."""

TOO_FAST = "That came faster than a hand types: backspace clears it."
WRONG = "That is not the word: backspace clears it."


class ByHand:
    """What has been typed so far. Times are those of the keys, in seconds of one monotonic clock."""

    def __init__(self, word: str, shown: float) -> None:
        self.word = word
        self.typed = ""
        """The beginning of the word, as far as it was typed without a flaw."""
        self.flaw: str | None = None
        """Why nothing counts any more until it is cleared, as a sentence."""
        self._opens = shown + WAIT_S
        self._last = -inf

    @property
    def complete(self) -> bool:
        """Whether it is the word and nothing else."""
        return self.flaw is None and self.typed == self.word

    def type(self, character: str, now: float) -> None:
        """Take one more character; a new line counts only by its speed."""
        if not self._counts(now) or character in "\r\n":
            return
        if self.word.startswith(self.typed + character):
            self.typed += character
        else:
            self.flaw = WRONG

    def paste(self, now: float) -> None:
        """Take note of pasted text, whatever it says."""
        self._last = now
        self.flaw = TOO_FAST

    def clear(self) -> None:
        """Start again."""
        self.typed, self.flaw = "", None

    def confirm(self, now: float) -> bool:
        """The key that no text contains: whether it does it."""
        return self._counts(now) and self.complete

    def _counts(self, now: float) -> bool:
        """Whether a key of this time counts."""
        fast, self._last = now - self._last < FASTEST_S, max(now, self._last)
        if now < self._opens:
            return False
        if fast:
            self.flaw = TOO_FAST
        return self.flaw is None
