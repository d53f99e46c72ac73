"""The neighbours of this computer: who has which address on its wires, by MAC. Read only, and on Linux alone.

From `/proc/net/arp` (Linux, proc(5)): a row with flags 0x2 is complete, one with 0x0 was asked for and not answered
(yet, or any more). It does not tell how long ago a row was confirmed: one that has just left the network may stay
complete for some seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.core.doctor.evidence import Arp
from tui.net.interfaces import PROC_NET

MOST_ROWS = 4096
"""Linux keeps 1024 by default (gc_thresh3, arp(7)); what is beyond is not read."""
_COMPLETE = 0x2  # ATF_COM, linux/if_arp.h


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The table at one moment."""

    macs: Mapping[str, str | None] = field(default_factory=dict)
    """12 hex digits in lower case by address; None: asked for, and nobody answered."""
    is_known: bool = True
    """False where the system does not tell."""

    def arp(self, address: str) -> Arp:
        """What is known of an address."""
        if address not in self.macs:
            return Arp.UNKNOWN
        return Arp.SILENT if self.macs[address] is None else Arp.ANSWERED

    def mac(self, address: str) -> str | None:
        """Who has an address; None if that is not known."""
        return self.macs.get(address)

    def is_shared(self, address: str) -> bool:
        """Whether another address has the same MAC."""
        mac = self.macs.get(address)
        return mac is not None and Counter(self.macs.values())[mac] > 1


def neighbours() -> Neighbours:
    """The table now. Never raises."""
    try:
        return parse_arp((PROC_NET / "arp").read_text("ascii", "replace"))
    except OSError:
        return Neighbours(is_known=False)


def parse_arp(table: str) -> Neighbours:
    """The text of `/proc/net/arp`. A line that is not as expected is left out."""
    macs: dict[str, str | None] = {}
    for line in table.splitlines()[1 : MOST_ROWS + 1]:
        words = line.split()
        if len(words) < 4:
            continue
        try:
            is_complete = bool(int(words[2], 16) & _COMPLETE)
        except ValueError:
            continue
        mac = words[3].replace(":", "").lower()
        if is_complete and len(mac) == 12 and mac.strip("0"):
            macs[words[0]] = mac
        elif macs.get(words[0]) is None:  # an address may have a row for each interface
            macs[words[0]] = None
    return Neighbours(macs)
