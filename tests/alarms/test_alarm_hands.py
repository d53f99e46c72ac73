"""Alarms reach real programs and a real server on loopback, and what hinders them is a sentence."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import h11
import pytest

from tests.alarms.alarmlab import T0, rule
from tests.net.accepting import accepting
from tui.core.alarms.state import Alarm, Cleared
from tui.core.secret import Secret
from tui.engine.clock import SystemClock
from tui.engine.out import programs
from tui.engine.out.hand import MOST_WAITING, Hand
from tui.engine.out.programs import Programs, why_not_as_root
from tui.engine.out.turn import FILE, Turn
from tui.engine.out.webhook import Webhook

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes of POSIX")

ZONE = ZoneInfo("Europe/Amsterdam")
PATIENCE_S = 10.0


def alarm(label: str = "Car", *run: str) -> Alarm:
    return Alarm(rule("power_w > 5000", run=run), label.lower(), label, (5321.0,), T0.plus(-60), T0)


def nothing() -> None:
    pass


async def until(holds: Callable[[], object], what: str) -> None:
    deadline = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def working(hand: Hand) -> AsyncIterator[None]:
    task = asyncio.create_task(hand.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# ------------------------------------------------------------------ programs


def script(folder: Path, text: str, name: str = "told") -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def starter(longest_s: float = programs.LONGEST_S) -> Programs:
    return Programs(None, SystemClock(), ZONE, nothing, longest_s=longest_s)


async def test_a_program_gets_its_words_as_they_are_and_no_terminal(tmp_path: Path) -> None:
    """One real Python program writes down what it sees."""
    seen = tmp_path / "seen.json"
    path = tmp_path / "look.py"
    path.write_text(
        "import json, os, sys\n"
        "told = {'words': sys.argv[1:], 'in': sys.stdin.read(), 'leads': os.getsid(0) == os.getpid(),\n"
        "        'home': os.environ.get('HOME'), 'tty': os.isatty(1) or os.isatty(2)}\n"
        "print('x' * 100000)\n"
        f"open({str(seen) + '.new'!r}, 'w').write(json.dumps(told))\n"
        f"os.rename({str(seen) + '.new'!r}, {str(seen)!r})\n"
    )
    one = starter()
    label = "$(touch owned); `id` 'a\" {text} *"
    async with working(one):
        one.put(alarm(label, sys.executable, str(path), "{device}", "--", "a b", "{value}"))
        await until(lambda: one.handed_on, "it has ended")
    told = json.loads(seen.read_text())
    assert told["words"] == [label, "--", "a b", "5321"]
    assert (told["in"], told["leads"], told["tty"], told["home"]) == ("", True, False, os.environ.get("HOME"))
    assert one.fault == ""
    assert not (tmp_path / "owned").exists()


async def test_one_at_a_time_and_what_comes_meanwhile_is_told_together(tmp_path: Path) -> None:
    log, go = tmp_path / "log", tmp_path / "go"
    os.mkfifo(go)
    run = script(tmp_path, f'echo "begin $1" >> {log}; [ "$1" = "${{1#2}}" ] && cat {go}; echo end >> {log}')
    one = starter()
    async with working(one):
        one.put(alarm("Car", run, "{text}"))
        await until(log.exists, "the first one runs")
        one.put(alarm("Oven", run, "{text}"))
        one.put(alarm("Sauna", run, "{text}"))
        await asyncio.to_thread(go.write_text, "")
        await until(lambda: one.handed_on == 2, "both calls have ended")
    lines = log.read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["begin Car", "end", "begin 2 alarms", "end"]
    assert "Oven" in lines[2]
    assert "Sauna" in lines[2]


async def test_one_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    run = script(tmp_path, f"sleep 60 & echo $! > {child}.new; mv {child}.new {child}; wait")
    one = starter(longest_s=0.2)
    async with working(one):
        one.put(alarm("Car", run))
        await until(lambda: one.fault, "it is told")
    assert "took longer than 0.2 s and was ended" in one.fault
    await until(lambda: is_gone(int(child.read_text())), "its child has ended, too")


def is_gone(process: int) -> bool:
    """Whether it has ended, if nobody has asked how yet."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


async def test_what_it_started_ends_with_the_program(tmp_path: Path) -> None:
    child = tmp_path / "child"
    run = script(tmp_path, f"echo $$ > {child}.new; mv {child}.new {child}; sleep 60")
    one = starter()
    async with working(one):
        one.put(alarm("Car", run))
        await until(child.exists, "it runs")
    assert is_gone(int(child.read_text()))


@pytest.mark.parametrize(
    ("text", "mode", "fault"),
    [
        ("exit 3", 0o755, 'told" ended with 3: try it in a terminal'),
        ("no-such-program-anywhere", 0o755, 'told" ended with 127, so what it starts was not found'),
        ("exit 0", 0o644, 'told" could not be started: make it executable'),
        (None, 0o755, 'no program "told": install it, or give its whole path'),
    ],
)
async def test_what_hinders_a_program_is_told_until_one_ends_well(
    tmp_path: Path, text: str | None, mode: int, fault: str
) -> None:
    one, well = starter(), script(tmp_path, "exit 0", "well")
    run = tmp_path / "told"
    if text is not None:
        script(tmp_path, text)
        run.chmod(mode)
    async with working(one):
        one.put(alarm("Car", str(run)))
        await until(lambda: one.fault, "it is told")
        assert fault in one.fault
        assert one.fault.startswith("at ")
        one.put(alarm("Car", well))
        await until(lambda: one.handed_on, "the other one ended")
        assert one.fault == ""


async def test_a_slow_program_loses_the_oldest() -> None:
    one = starter()
    for number in range(MOST_WAITING + 3):
        one.put(alarm(str(number), "true"))
    assert one.dropped == 3


@pytest.mark.parametrize(
    ("user", "mode", "folder", "told"),
    [
        (1000, 0o777, 0o777, False),
        (0, 0o644, 0o755, False),
        (0, 0o646, 0o755, True),
        (0, 0o644, 0o775, True),
        (0, 0o644, 0o1777, False),
    ],
)
def test_root_starts_nothing_that_others_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, mode: int, folder: int, told: bool
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    config.chmod(mode)
    tmp_path.chmod(folder)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    owner = os.stat(tmp_path).st_uid
    if user == 0 and owner != 0:
        assert "as root" in why_not_as_root(config)  # it is not root's at all
        return
    assert ("as root" in why_not_as_root(config)) is told
    one = Programs(config, SystemClock(), ZONE, nothing)
    one.put(alarm("Car", "true"))
    assert (one.refusal != "") is told


# ------------------------------------------------------------------ webhooks


class Receiver:
    """A server that answers with one status after another, the last for good. It keeps what it was sent."""

    def __init__(self, *statuses: int, headers: list[tuple[str, str]] | None = None, silent: bool = False) -> None:
        self.statuses = list(statuses)
        self.headers = headers or []
        self.silent = silent
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        body, request = b"", None
        try:
            while not isinstance(event := connection.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    connection.receive_data(await reader.read(65536))
                elif isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    body += event.data
            assert request is not None
            headers = {name.decode(): value.decode() for name, value in request.headers}
            self.got.append((f"{request.method.decode()} {request.target.decode()}", headers, body))
            if self.silent:
                await asyncio.sleep(PATIENCE_S)
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            writer.write(connection.send(h11.Response(status_code=status, headers=self.headers)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            await writer.drain()
        finally:
            writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        async with accepting(self._serve) as self.port:
            yield f"http://127.0.0.1:{self.port}/hook/s3cret?key=s3cret"


def hook(url: str, longest_s: float = 10.0, retries_s: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Webhook:
    return Webhook(Secret(url), SystemClock(), ZONE, nothing, longest_s=longest_s, retries_s=retries_s)


async def test_an_alarm_is_posted_as_json() -> None:
    receiver = Receiver(200)
    async with receiver.open() as url, working(one := hook(url)):
        one.put(alarm("Kelder 3\N{SUPERSCRIPT TWO}"))
        one.put(Cleared(alarm("Car"), T0))
        await until(lambda: one.handed_on == 2, "both were delivered")
    (asked, headers, body), (_, _, second) = receiver.got
    assert asked == "POST /hook/s3cret?key=s3cret"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["text"].startswith("Kelder 3\N{SUPERSCRIPT TWO}: power is 5321 W")
    assert [json.loads(one)["state"] for one in (body, second)] == ["raised", "cleared"]
    assert one.fault == ""


async def test_a_server_in_trouble_is_asked_again_with_the_same() -> None:
    receiver = Receiver(503, 429, 204)
    async with receiver.open() as url, working(one := hook(url)):
        one.put(alarm())
        await until(lambda: one.handed_on, "it was delivered")
    assert len({body for _, _, body in receiver.got}) == 1
    assert (len(receiver.got), one.fault) == (3, "")


async def test_it_is_given_up_after_three_more_attempts_and_the_next_alarm_is_tried() -> None:
    receiver = Receiver(500)
    async with receiver.open() as url, working(one := hook(url)):
        one.put(alarm())
        one.put(alarm("Oven"))
        await until(lambda: len(receiver.got) == 8, "both were tried four times")
    assert f"the webhook at 127.0.0.1:{receiver.port} was in trouble (HTTP 500)" in one.fault


@pytest.mark.parametrize(
    ("status", "words"),
    [(302, "sent elsewhere"), (404, "no such webhook"), (403, "refused"), (400, "did not take it")],
)
async def test_what_will_never_work_is_asked_once(status: int, words: str) -> None:
    receiver = Receiver(status)
    receiver.headers = [("Location", "http://127.0.0.1:1/elsewhere")]
    async with receiver.open() as url, working(one := hook(url)):
        one.put(alarm())
        await until(lambda: one.fault, "it is told")
    assert words in one.fault
    assert "s3cret" not in one.fault
    assert len(receiver.got) == 1


async def test_a_server_that_hangs_or_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(200, silent=True)
    async with receiver.open() as url, working(one := hook(url, longest_s=0.05, retries_s=())):
        one.put(alarm())
        await until(lambda: one.fault, "it is told")
        assert "did not answer within 0.05 s" in one.fault
    async with working(other := hook(url, retries_s=())):
        other.put(alarm())
        await until(lambda: other.fault, "it is told")
        assert "could not be reached" in other.fault
    async with Receiver(200).open() as url, working(tls := hook(url.replace("http:", "https:"), retries_s=())):
        tls.put(alarm())
        await until(lambda: tls.fault, "it is told")
        assert "speaks no TLS" in tls.fault
    assert "s3cret" not in "".join(record.getMessage() for record in caplog.records if record.levelno >= 30)
    assert "s3cret" not in one.fault + other.fault + tls.fault


# ------------------------------------------------------------------ one of several


def test_one_of_several_hands_on_until_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    first, second = Turn(folder), Turn(folder)
    assert (first.is_ours(), second.is_ours(), first.is_ours()) == (True, False, True)
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
    first.release()
    assert second.is_ours()
    assert Turn(None).is_ours()


def test_one_without_a_usable_folder_hands_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Turn(tmp_path / "file").is_ours()
