"""`hwtui`, and `python -m tui`: no traceback either when it is interrupted while it still loads."""

import sys


def main() -> int:
    """Run hwtui; its exit code."""
    try:
        from tui.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
