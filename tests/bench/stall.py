"""A terminal that stops reading for two minutes, as one over a dead SSH line does: `python -m tests.bench.stall`

The devices must be polled on, the memory must not grow, and the screen must be right within a second of its return.
That a SIGTERM in the middle ends the program is a test (`tests/ui/test_leaving.py`).
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.bench.process import HWTUI
from tests.bench.report import Report, arguments
from tests.bench.terminal import Terminal


@dataclass
class Socket:
    """A socket whose power is 1000 W and a watt for each time it was read."""

    port: int
    reads: int = 0


@contextmanager
def counting_socket() -> Iterator[Socket]:
    """Serve one on loopback, in this process."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answers = {
                "/api": {"product_type": "HWE-SKT", "product_name": "Socket", "serial": "3c39e7000001"},
                "/api/v1/data": {"wifi_strength": 80, "active_power_w": 1000 + socket.reads},
                "/api/v1/state": {"power_on": True, "switch_lock": False, "brightness": 255},
            }
            if self.path == "/api/v1/data":
                socket.reads += 1
            body = json.dumps(answers.get(self.path, {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    socket = Socket(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield socket
    finally:
        server.shutdown()
        server.server_close()


def main() -> int:
    stalled_s = 20.0 if arguments(__doc__).parse_args().quick else 120.0
    report = Report(f"stall: a terminal that does not read for {stalled_s:g} s")
    with (
        counting_socket() as socket,
        Terminal([*HWTUI, "--no-mdns", "--host", f"127.0.0.1:{socket.port}"]) as terminal,
    ):
        terminal.wait_for(lambda text: "1 of 1 live" in text)
        terminal.run_for(30.0)
        memory, reads = terminal.rss_mb(), socket.reads
        time.sleep(stalled_s)
        report.value("polls meanwhile, of one a second", (socket.reads - reads) / stalled_s)
        report.claim("the polls went on", holds=socket.reads - reads >= 0.9 * stalled_s)
        report.value("memory grew by", terminal.rss_mb() - memory, "MB", limit=1.0)
        back = time.monotonic()

        def is_right(text: str) -> bool:
            shown = {int(word.replace(",", "").replace(" ", "")) for word in re.findall(r"\b1[, ]?\d{3}\b", text)}
            return any(0 <= 1000 + socket.reads - number <= 2 for number in shown)

        report.value("the screen is right again after", terminal.wait_for(is_right) - back, "s", limit=1.0)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
