"""`hwtui`, and `python -m tui`: every exit has the right code, and none shows a traceback."""

import sys

from tui.engine.commands.streams import drop, flush_or_drop


def main() -> int:
    """Run hwtui; its exit code."""
    try:
        from tui.cli import main as run

        status = run()
        flush_or_drop()
    except KeyboardInterrupt:  # also while it still loads
        drop("stdout", "stderr")
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
