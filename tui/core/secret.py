"""A secret that cannot be shown by accident, whether we do it or a device that sends it back."""

from __future__ import annotations

import re

from tui.core.text import clean

STARS = "***"
DEEPEST = 100
"""Where JSON tells a secret, lists and objects deeper than this become null (own choice; devices nest three)."""


class Secret:
    """A token or a password. It prints as `***` everywhere; only `reveal` tells it, to the client that sends it."""

    __slots__ = ("_shown_as", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._shown_as: re.Pattern[str] | None = None

    def reveal(self) -> str:
        """The secret itself: for a request header or the file that keeps it, and for nothing else."""
        return self._text

    def hidden(self, data: object, notes: tuple[str, ...] = ()) -> tuple[object, tuple[str, ...]]:
        """An answer as `core.api.decode` gives it, with `***` for this secret in each text and each name.

        What is looked for is what would be shown: an escape of JSON, or a character that `clean` leaves out, hides
        nothing. The secret in upper or lower case is found, and as the hex of its bytes, which is shown as text where
        it is the id of a meter. An answer that does not tell it is left alone.
        """
        if not self._is_told_by([data, *notes]):
            return data, notes
        return self._without(data, DEEPEST), tuple(str(self._without(note, 1)) for note in notes)

    def may_be_in(self, body: bytes) -> bool:
        """Whether JSON of these bytes may tell it. Plain printable text, as nearly all is, shows what it says:
        there one look at the whole is enough, at a twentieth of the cost of looking at each part."""
        text = body.decode("latin-1")
        if not (text.isascii() and text.isprintable() and self._text.isascii()) or "\\" in text:
            return True
        text = text.lower()
        return self._text.lower() in text or self._text.encode().hex() in text

    def hidden_in(self, body: bytes) -> bytes:
        """The same for an answer that need not be JSON: the secret as it is, no escapes."""
        return re.sub(re.escape(self._text.encode()), STARS.encode(), body, flags=re.IGNORECASE)

    def _is_told_by(self, data: object) -> bool:
        left, least = [data], len(self._text)  # a list and no recursion: JSON may be nested a thousand times
        while left:
            one = left.pop()
            if isinstance(one, str):
                if len(one) >= least and self._pattern.search(clean(one, len(one))):  # `clean` makes no text longer
                    return True
            elif isinstance(one, dict):
                left += one
                left += one.values()
            elif isinstance(one, list):
                left += one
        return False

    def _without(self, data: object, depth: int) -> object:
        if isinstance(data, str):
            shown = clean(data, len(data))
            return self._pattern.sub(STARS, shown) if self._pattern.search(shown) else data
        if not isinstance(data, (dict, list)):
            return data
        if not depth:
            return None
        if isinstance(data, dict):
            return {self._without(name, 1): self._without(one, depth - 1) for name, one in data.items()}
        return [self._without(one, depth - 1) for one in data]

    @property
    def _pattern(self) -> re.Pattern[str]:
        if self._shown_as is None:
            forms = (self._text, self._text.encode().hex())
            self._shown_as = re.compile("|".join(map(re.escape, forms)), re.IGNORECASE)
        return self._shown_as

    def __repr__(self) -> str:
        return STARS

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not copied into a file or another process")
