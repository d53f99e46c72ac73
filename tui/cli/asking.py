"""Options shared by the commands that read each device once."""

from __future__ import annotations

from argparse import ArgumentParser

EXIT_CODES = """\
exit codes:
  0  every device answered
  1  some did
  2  none did
  3  none was found, or the command is wrong
"""


def add_asking(parser: ArgumentParser) -> None:
    """Their options."""
    parser.add_argument("--json", action="store_true", help="one JSON array of devices")
    parser.add_argument(
        "--timeout",
        metavar="S",
        dest="timeout_s",
        help="how long all of it may take (default: 3; a scan: as long as it needs)",
    )
