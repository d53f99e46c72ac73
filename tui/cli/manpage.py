"""The man page, in roff (man(7)), from the parser: `hwtui help --man`, and the file in the wheel.

Only what the parser has not got is said here. It stands on nothing but the standard library, since it is also run where
the wheel is built.
"""

from __future__ import annotations

from argparse import Action, ArgumentParser
from collections.abc import Iterator
from itertools import groupby

from tui import __version__
from tui.cli.described import described
from tui.cli.parser import whole_parser
from tui.core.options import OPTIONS

COMMON = "options, before or after the command"
"""The title of what all commands share: it is told once."""
_SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
"""What would be a hyphen, a typographic quote or a command (groff_man_style(7), Portability)."""
_FILES = (
    ("~/.config/hwtui/config.toml", "The config file: hosts, names, roles, settings. See hwtui help config."),
    ("~/.local/state/hwtui/", "Known devices, tokens of paired ones, the history. See hwtui help safety."),
)


def manpage() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    main = described(whole_parser())
    summary = (main.parser.description or "").rstrip(".")
    yield f'.TH HWTUI 1 "" "hwtui {__version__}" "User Commands"'
    yield from (".SH NAME", rf"hwtui \- {_text(summary[:1].lower() + summary[1:])}")
    yield from (".SH SYNOPSIS", rf"\fBhwtui\fR {_text((main.parser.usage or '').removeprefix('hwtui '))}")
    yield from (".SH DESCRIPTION", "Without a command it shows every device in this network on the screen.", ".PP")
    yield from _paragraphs(main.parser.epilog or "")
    yield ".SH COMMANDS"
    for parser in main.commands.values():
        yield from _command(parser)
    yield from (".SH OPTIONS", "They may stand before or after the command.")
    for section in main.sections:
        if section.title == COMMON:
            yield from (line for action in section.actions for line in _option(action))
    yield from (".SH ENVIRONMENT", "An option beats its variable, which beats the config file.")
    for option in OPTIONS:
        if option.variable:
            yield from (".TP", f".B {_text(option.variable)}", f"as {_text(option.flag or '')}")
    yield ".SH FILES"
    for path, text in _FILES:
        yield from (".TP", f".I {_text(path)}", _text(text))
    yield from (".SH EXIT STATUS", "0 all is well, 1 something is not, 2 it failed, 3 wrong use, or nothing was found;")
    yield "what they mean for a command stands there."
    yield from (".SH SEE ALSO", "hwtui help lists the pages of the reference, which need no network.")


def _command(parser: ArgumentParser) -> Iterator[str]:
    yield f'.SS "{_text(parser.usage or parser.prog)}"'
    yield _text(parser.description or "")
    for section in described(parser).sections:
        if section.title != COMMON:
            yield from (line for action in section.actions for line in _option(action))
    if parser.epilog:
        yield from (".PP", *_paragraphs(parser.epilog))


def _option(action: Action) -> Iterator[str]:
    value = "" if action.nargs == 0 else str(action.metavar or (action.dest or "").upper())
    names = [rf"\fB{_text(name)}\fR" for name in action.option_strings]
    shown = ", ".join(names) + (" " if names and value else "") + (rf"\fI{_text(value)}\fR" if value else "")
    yield from (".TP", shown, _text((action.help or "").replace("%%", "%")))


def _paragraphs(text: str) -> Iterator[str]:
    """Text to be filled; what is indented in it stays as it is."""
    for indented, lines in groupby(text.strip("\n").split("\n"), lambda line: line.startswith(" ")):
        shown = [_text(line.removeprefix("  ")) if line else ".PP" for line in lines]
        yield from (".nf", *shown, ".fi") if indented else shown


def _text(text: str) -> str:
    """One line of text that roff shows as it is."""
    shown = "".join(_SPECIAL.get(character, character) for character in text)
    return rf"\&{shown}" if shown.startswith(".") else shown
