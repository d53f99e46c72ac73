"""What a parser says of itself, part by part: argparse tells it to whoever formats its help, and to nobody else."""

from __future__ import annotations

from argparse import Action, ArgumentParser, HelpFormatter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Section:
    """A titled group of arguments."""

    title: str
    actions: list[Action] = field(default_factory=list)


@dataclass
class Described:
    """A parser's texts and arguments, in the order of its help."""

    parser: ArgumentParser
    sections: list[Section] = field(default_factory=list)

    @property
    def commands(self) -> dict[str, ArgumentParser]:
        """The parsers of its commands by name."""
        return {
            name: parser
            for section in self.sections
            for action in section.actions
            if isinstance(action.choices, dict)
            for name, parser in action.choices.items()
        }


class _Recorder(HelpFormatter):
    """Writes nothing, and notes what it is given."""

    def __init__(self, described: Described, **options: Any) -> None:
        super().__init__(**options)
        self._described = described

    def start_section(self, heading: str | None) -> None:
        self._described.sections.append(Section(heading or ""))

    def end_section(self) -> None:
        pass

    def add_argument(self, action: Action) -> None:
        self._described.sections[-1].actions.append(action)

    def add_text(self, text: str | None) -> None:
        pass

    def format_help(self) -> str:
        return ""


def described(parser: ArgumentParser) -> Described:
    """What `parser` says of itself."""
    found, usual = Described(parser), parser.formatter_class
    parser.formatter_class = lambda *, prog: _Recorder(found, prog=prog)
    parser.format_help()
    parser.formatter_class = usual
    found.sections = [section for section in found.sections if section.actions]
    return found
