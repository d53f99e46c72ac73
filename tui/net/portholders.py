"""Which programs have a UDP port of this computer: read from `/proc`, on Linux alone; nothing is started or sent.

`/proc/net/udp` tells of each socket its port, its user and its inode (proc(5)), also of those of others. Which process
has it, only its own user and root may see, as a link in `/proc/PID/fd`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tui.core.doctor.evidence import Holder
from tui.core.text import clean

PROC = Path("/proc")
TABLES = ("udp", "udp6")
MOST_BYTES = 1 << 20
"""Of a table: some 8 000 sockets."""
MOST_FILES = 65536
"""Open files that are looked at, of all processes together: as root it is all there are (own choice)."""
MOST_NAMED = 4
NAME_CELLS = 20
"""Linux cuts the name of a process at 15 characters (proc(5), comm)."""


def sockets_at(port: int, proc: Path = PROC) -> dict[int, int]:
    """The user of each socket of *other* processes at a UDP port, by its inode. Never raises."""
    found = dict(row for table in TABLES for row in _rows(proc / "net" / table, port))
    for inode, _ in _open_sockets([proc / "self"]):
        found.pop(inode, None)
    return found


def holders_of(sockets: Mapping[int, int], proc: Path = PROC, own_uid: int | None = None) -> tuple[Holder, ...]:
    """Whose these sockets are, each program once. Never raises."""
    left, found = dict(sockets), dict[Holder, None]()
    if not left:
        return ()
    for inode, process in _open_sockets(_processes(proc)):
        if left.pop(inode, None) is not None:
            found[Holder(_name_of(process), int(process.name))] = None
        if not left:
            break
    me = os.geteuid() if own_uid is None else own_uid
    for uid in left.values():
        found[Holder(is_another_users=uid != me)] = None
    return tuple(found)[:MOST_NAMED]


def _rows(table: Path, port: int) -> Iterator[tuple[int, int]]:
    """Inode and user of each row with that local port."""
    try:
        with table.open(encoding="ascii", errors="replace") as opened:
            text = opened.read(MOST_BYTES)
    except OSError:
        return
    for row in text.splitlines()[1:]:
        words = row.split()
        if len(words) > 9 and words[1].endswith(f":{port:04X}") and words[7].isdecimal() and words[9].isdecimal():
            yield int(words[9]), int(words[7])


def _processes(proc: Path) -> list[Path]:
    try:
        found = [one for one in proc.iterdir() if one.name.isdecimal()]
    except OSError:
        return []
    return sorted(found, key=lambda one: int(one.name))


def _open_sockets(processes: Iterable[Path]) -> Iterator[tuple[int, Path]]:
    """The inode of each socket that these have open, as far as this user may see."""
    seen = 0
    for process in processes:
        try:
            names = os.listdir(process / "fd")
        except OSError:  # it has ended, or is another user's
            continue
        for name in names:
            seen += 1
            if seen > MOST_FILES:
                return
            try:
                target = os.readlink(process / "fd" / name)
            except OSError:
                continue
            inode = target.removeprefix("socket:[").removesuffix("]")
            if inode != target and inode.isdecimal():
                yield int(inode), process


def _name_of(process: Path) -> str:
    """As the kernel knows it: a process may call itself anything."""
    try:
        with (process / "comm").open(encoding="utf-8", errors="replace") as opened:
            return clean(opened.read(64), NAME_CELLS).strip() or "a program"
    except OSError:
        return "a program"
