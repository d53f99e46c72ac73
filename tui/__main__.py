"""`hwtui`, and `python -m tui`: every exit has the right code, and none shows a traceback."""

import os
import sys
from typing import NoReturn

from tui.engine.commands.streams import drop, flush_or_drop


def main() -> NoReturn:
    """Run hwtui, and end the process.

    By then everything is closed and written. So it ends at once: while the interpreter takes itself apart, objects may
    still complain on stderr (asyncio's transports of Python 3.13.0, of a connection that was being accepted).
    """
    try:
        from tui.cli import main as run

        status = run()
    except KeyboardInterrupt:  # also while it still loads
        drop("stdout", "stderr")
        status = 130
    flush_or_drop()
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.shutdown()
    os._exit(status)


if __name__ == "__main__":
    main()
