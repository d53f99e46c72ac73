"""`hwtui`, and `python -m tui`: every exit has the right code, and none shows a traceback."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing is loaded before `main`: until then ctrl+c shows a traceback
    from typing import NoReturn


def main() -> "NoReturn":
    """Run hwtui, and end the process.

    By then everything is closed and written. So it ends at once: while the interpreter takes itself apart, objects may
    still complain on stderr (asyncio's transports of Python 3.13.0, of a connection that was being accepted).
    """
    try:
        from tui.cli import main as run

        status = run()
        from tui.engine.commands.streams import flush_or_drop

        flush_or_drop()
        logging = sys.modules.get("logging")
        if logging is not None:
            logging.shutdown()
    except KeyboardInterrupt:  # also while it still loads; what stands in buffers goes nowhere
        status = 130
    os._exit(status)


if __name__ == "__main__":
    main()
