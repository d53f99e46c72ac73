"""The history on disk: what keeping it costs, and how fast it is read."""

from __future__ import annotations

import sys

from tests.bench.history_writing import writing
from tests.bench.report import Report, arguments


def main() -> int:
    given = arguments(__doc__).parse_args()
    report = Report("history")
    writing(report, quick=given.quick)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
