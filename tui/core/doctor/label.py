"""What a device is called that the user gave no name: its product and the end of its serial, as in "Socket 123abc"."""

from __future__ import annotations

import re
from typing import NamedTuple

from tui.core.products import PRODUCTS, UNKNOWN, product_of

TAIL = 6
_FORM = re.compile(r"(?P<product>.+) (?P<tail>[0-9a-z]{6})", re.ASCII)
_LABELS = {product.label.casefold(): product.label for product in (*PRODUCTS, UNKNOWN)}


def called(serial: str, product_type: str | None) -> str:
    """ "Socket 123abc"; the whole serial where nothing is known of its product."""
    return f"{product_of(product_type).label} {serial[-TAIL:]}" if product_type else serial


class Label(NamedTuple):
    """Such a name as somebody typed it: upper and lower case are the same."""

    product: str
    tail: str

    @property
    def text(self) -> str:
        """As the screen has it."""
        return f"{_LABELS[self.product]} {self.tail}"

    def fits(self, serial: str, product_type: str | None = None) -> bool:
        """Whether that device is called so, as far as is known of it."""
        if serial[-TAIL:].casefold() != self.tail:
            return False
        return not product_type or product_of(product_type).label.casefold() == self.product


def label_in(word: str) -> Label | None:
    """None where it has another form."""
    found = _FORM.fullmatch(" ".join(word.split()).casefold())
    return Label(*found.groups()) if found and found["product"] in _LABELS else None
