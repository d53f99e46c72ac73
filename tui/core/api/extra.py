"""The unknown fields of an answer: kept as received so that they can be shown, but bounded and cleaned."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tui.core.api.fields import fault_of
from tui.core.reading import Json
from tui.core.text import clean

FIELDS = 64
ITEMS = 32
DEPTH = 4
TEXT_LENGTH = 128


def unknown_fields(data: Mapping[str, object], known: Collection[str], notes: list[str]) -> dict[str, Json]:
    """All fields of `data` but the `known`; `notes` gets a sentence for each that could not be kept whole.

    At most `FIELDS` fields, each at most `DEPTH` lists or objects deep with at most `ITEMS` items each. Names and text
    are cleaned, and numbers too large for any meter are left out.
    """
    unknown = [name for name in data if name not in known]
    kept: dict[str, Json] = {}
    for name in unknown[:FIELDS]:
        copy = _BoundedCopy()
        kept |= copy.of_object({name: data[name]}, depth=0)
        if copy.is_cut:
            notes.append(f"{clean(name) or 'a field without a name'}: not all of it can be kept, cut")
    if len(unknown) > FIELDS:
        notes.append(f"more than {FIELDS} unknown fields, the rest dropped")
    return kept


class _BoundedCopy:
    """Copies JSON within the limits, and records whether anything was cut."""

    def __init__(self) -> None:
        self.is_cut = False

    def of_object(self, fields: Mapping[str, object], depth: int) -> dict[str, Json]:
        """A copy of an object nested `depth` lists or objects deep."""
        self.is_cut |= len(fields) > ITEMS
        items = list(fields.items())[:ITEMS]
        return {clean(name): self._of(item, depth + 1) for name, item in items if self._fits(item, depth + 1)}

    def _of(self, value: object, depth: int) -> Json:
        if isinstance(value, str):
            self.is_cut |= len(value) > TEXT_LENGTH
            return clean(value, TEXT_LENGTH)
        if isinstance(value, dict):
            return self.of_object(value, depth)
        if isinstance(value, list):
            self.is_cut |= len(value) > ITEMS
            return [self._of(item, depth + 1) for item in value[:ITEMS] if self._fits(item, depth + 1)]
        return value if isinstance(value, (int, float)) else None

    def _fits(self, value: object, depth: int) -> bool:
        if isinstance(value, (dict, list)):
            fits = depth <= DEPTH
        else:
            fits = not isinstance(value, (int, float)) or fault_of(value) is None
        self.is_cut |= not fits
        return fits
