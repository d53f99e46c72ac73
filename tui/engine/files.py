"""Writes a small file so that a power cut, a full disk or a second program never leaves it incomplete."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


def write_atomically(path: Path, text: str) -> None:
    """Replace the file at `path` with `text`: see `replacing`. Raises `OSError`."""
    with replacing(path) as file:
        file.write(text)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write that takes the place of the one at `path` once it is whole.

    It is readable by its owner only (0600); missing folders are created (0700). A symbolic link is kept, and its target
    replaced. Raises `OSError`; then, and whatever is raised inside, the old file is untouched.
    """
    target = Path(os.path.realpath(path))  # `resolve` raises `RuntimeError` for links in a circle
    make_folder(target.parent)
    # mkstemp creates the file with mode 0600. It is in the same folder, since a rename cannot cross file systems.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        os.chmod(name, 0o600)  # a umask may take away what even the owner needs
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def make_folder(folder: Path) -> None:
    """Create a folder (0700) that is missing, and those above it. Raises `OSError`.

    `mkdir` would leave those above to the umask: with 0, anybody could write into them.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.exists(one)]
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another program was faster
            one.mkdir(mode=0o700)
            one.chmod(0o700)
