"""The token of a device is in one file, and goes to that device: nothing else ever holds it, not even a log of all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from tests.cli.conftest import Run, environment_in
from tests.ui.ptys import Terminal, picture, size, terminal, until
from tests.v2.certificates import authority
from tests.v2.server import READING, SYSTEM, V2Server
from tests.v2.users import Users

SERIAL = "5c2fafaabbcc"
SECRET = "C0FFEE00DEADBEEF0123456789ABCDEF"  # noqa: S105  of nobody
SPLIT = f"{SECRET[:9]}\0{SECRET[9:]}"
"""A text without the token, which is in what is shown of it: a control character is left out."""
ESCAPED = "".join(f"\\u{ord(char):04x}" for char in SECRET)
TOLD_BY_THE_DEVICE = f"no such thing, {SECRET} {SPLIT}"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a terminal of POSIX")


class Served:
    """A device in a thread of its own, which sends the token back wherever it can, as no real one does."""

    def __init__(self) -> None:
        self._ready, self._end = Flag(), asyncio.Event()
        self._thread = Thread(target=asyncio.run, args=(self._serve(),))

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        async with V2Server() as device:
            self.device, self.users = device, Users(device, token=SECRET)
            device.answers["GET", "/api/batteries"] = (404, {"error": TOLD_BY_THE_DEVICE})
            device.answers["GET", "/api/telegram"] = (400, f'{{"error": "no such thing, {ESCAPED}"}}'.encode())
            device.answers["GET", "/api/measurement"] = (
                200,
                READING | {"meter_model": SPLIT, "said": [SPLIT], SPLIT: 1},
            )
            device.answers["GET", "/api/system"] = (200, SYSTEM | {"wifi_ssid": SPLIT})
            self.host = f"127.0.0.1:{device.endpoint.port}"
            self._ready.set()
            await self._end.wait()

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


@dataclass
class Written:
    """All that hwtui said and wrote, and whom it was asked by."""

    home: Path
    said: list[str] = field(default_factory=list)

    @property
    def files(self) -> dict[str, bytes]:
        """What was written to the disk, by name."""
        return {str(path.relative_to(self.home)): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}

    def is_kept_to_itself(self) -> bool:
        holders = [name for name, content in self.files.items() if SECRET.encode() in content]
        assert holders == ["state/hwtui/tokens.json"]
        assert not [text for text in self.said if SECRET.lower() in text.lower()]
        return True


@pytest.fixture
def served() -> Iterator[Served]:
    with Served() as one:
        yield one


def command_line(process: subprocess.Popen[bytes]) -> str:
    """As the list of processes shows it, and its variables."""
    with contextlib.suppress(OSError):
        return "".join(
            Path(f"/proc/{process.pid}/{name}").read_bytes().decode(errors="replace") for name in ("cmdline", "environ")
        )
    return ""


def test_no_command_and_no_screen_tells_it_with_the_log_of_everything(
    hwtui: Run, served: Served, tmp_path: Path
) -> None:
    ca = authority().file(tmp_path)
    log = tmp_path / "log.txt"
    common = ("--no-mdns", "--ca", str(ca), "-v", "--log-file", str(log))
    https = f"https://{served.host}"
    written = Written(tmp_path)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        done = hwtui(*words, *common)
        written.said += [done.stdout, done.stderr]
        return done

    done = call("pair", served.host)
    assert done.returncode == 0, done.stderr
    assert "Paired." in done.stdout
    (kept,) = json.loads((tmp_path / "state/hwtui/tokens.json").read_text())["tokens"].values()
    assert kept["token"] == SECRET
    done = call("pair", "--list", "--json")
    assert json.loads(done.stdout)[0]["users"][-1]["ours"]
    assert "this computer" in call("pair", "--list", https).stdout
    assert call("pair", served.host).stdout.rstrip().endswith("paired already")
    done = call("read", https, "--json")
    assert json.loads(done.stdout)[0]["measurement"]["power_w"] == -543, "it is read with the token"
    for words in (
        ("read", https),
        ("devices", https, "--json"),
        ("battery", https),
        ("check", https, "--duration", "1", "--format", "markdown"),
    ):
        call(*words)
    assert any("-543" in text for text in written.said)

    command = [sys.executable, "-m", "tui", "--host", https, *common]
    with terminal(command, env=environment_in(tmp_path)) as screen:
        looks_at(screen, written, served)
    assert {"log.txt", "ca.pem", "state/hwtui/tokens.json", "state/hwtui/history.sqlite"} <= written.files.keys()
    assert b"DEBUG" in log.read_bytes() or log.stat().st_size == 0 or b"INFO" in log.read_bytes()
    assert written.is_kept_to_itself()

    served.users.revoke()
    assert json.loads(call("read", https, "--json").stdout)[0]["state"] == "not-paired"
    call("pair", "--list")
    assert written.is_kept_to_itself()
    assert call("unpair", "--host", https).returncode == 0
    assert not [name for name, content in written.files.items() if SECRET.encode() in content]


def shows(screen: Terminal, words: str) -> None:
    """Wait until these words are on it."""
    until(lambda: words.lower() in picture(screen).lower(), f"{words} is shown", screen)


def looks_at(screen: Terminal, written: Written, served: Served) -> None:
    """See the value that was pushed, the device, its links, the dialog of pairing, and end it."""
    size(screen, 24, 80)
    shows(screen, "543 W")  # as it was pushed
    written.said.append(command_line(screen.process))
    for keys, words in ((b"\r", "firmware"), (b"6", "LINKS"), (b"p", "is paired"), (b"?", "Keys")):
        os.write(screen.screen, keys)
        shows(screen, words)
    assert served.device.subscribed("measurement")
    until(lambda: "state/hwtui/history.sqlite" in written.files, "a history is begun", screen)
    os.kill(screen.process.pid, signal.SIGTERM)
    screen.ends()
    written.said.append(screen.written.decode(errors="replace"))
