"""Puts the man page into the wheel, made from the parser of the program that is being built."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPage(BuildHookInterface):
    """A hook of hatchling; the parser needs nothing but the standard library."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the file that is to be in the wheel; an editable install has none."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from tui.cli.manpage import manpage
        finally:
            sys.path.remove(self.root)
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name, "hwtui.1")
        path.write_text(manpage(), "utf-8")
        build_data["shared_data"][str(path)] = "share/man/man1/hwtui.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the file away again."""
        if version != "editable":
            self.folder.cleanup()
