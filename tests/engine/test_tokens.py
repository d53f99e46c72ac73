"""The file of tokens: whose it is, what becomes of it when two programs write it, and what the fleet learns of it."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import pickle
import stat
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tui.core.events import Event, Noted, Paired, Unpaired
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.secret import Secret
from tui.engine.clock import VirtualClock
from tui.engine.history.lock import Lock
from tui.engine.paired.tokenfile import LARGEST, Token, TokenFile, TokenFileError
from tui.engine.paired.tokens import LOOK_EVERY_S, Tokens

HERE = Endpoint("192.168.1.20", 443, "v2")
posix = pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX")


def token(serial: str = "5c2fafAABBCC", secret: str = "A" * 32) -> Token:
    return Token(serial, Secret(secret), "local/hwtui#pi", HERE, "HWE-P1")


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "state" / "tokens.json")


@pytest.mark.parametrize("copied", [pickle.dumps, asdict])
def test_a_token_goes_nowhere_by_the_way(copied: Callable[[Token], object]) -> None:
    with pytest.raises(TypeError, match="a secret is not copied"):
        copied(token())


def test_equal_secrets_are_one() -> None:
    assert {Secret("a"), Secret("a"), Secret("b")} == {Secret("b"), Secret("a")}


# ------------------------------------------------------------------ the file


@posix
def test_a_token_comes_back_from_a_file_that_only_its_owner_can_read(file: TokenFile) -> None:
    mask = os.umask(0)
    try:
        assert file.put(token()) is None
    finally:
        os.umask(mask)
    assert file.read() == {"5c2fafaabbcc": token()}
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_a_token_of_a_product_that_is_not_known_comes_back_too(file: TokenFile) -> None:
    file.put(plain := replace(token(), product_type=None))
    assert file.read() == {"5c2fafaabbcc": plain}


def test_a_new_token_of_a_device_takes_the_place_of_the_old_however_its_serial_is_written(file: TokenFile) -> None:
    file.put(token("5C2FAFAABBCC"))
    file.put(token("5c2fafaabbcc", "B" * 32))
    assert [one.secret.reveal() for one in file.read().values()] == ["B" * 32]
    assert file.path.read_text().count('"token"') == 1


def test_what_is_not_known_in_the_file_stays(file: TokenFile) -> None:
    file.put(token("aa"))
    data = json.loads(file.path.read_text())
    data["later"] = 1
    data["tokens"]["aa"]["colour"] = "red"
    data["tokens"]["odd"] = {"serial": 7}
    file.path.write_text(json.dumps(data))
    file.path.chmod(0o600)
    file.put(token("bb"))
    after = json.loads(file.path.read_text())
    assert after["later"] == 1
    assert after["tokens"]["aa"]["colour"] == "red"
    assert after["tokens"]["odd"] == {"serial": 7}
    assert file.read().keys() == {"aa", "bb"}


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o610])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(file: TokenFile, mode: int) -> None:
    file.put(token())
    file.path.chmod(mode)
    for use in (file.read, lambda: file.put(token("bb"))):
        with pytest.raises(TokenFileError, match="others can read the tokens") as caught:
            use()
        assert str(caught.value).endswith(f"chmod 600 {file.path}")
    file.path.chmod(0o600)
    assert file.read().keys() == {"5c2fafaabbcc"}


@posix
def test_the_command_is_one_that_a_shell_takes(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "my state" / "tokens.json")
    file.put(token())
    file.path.chmod(0o644)
    with pytest.raises(TokenFileError, match=f"chmod 600 '{file.path}'$"):
        file.read()


@posix
def test_a_file_of_another_user_is_refused(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.put(token())
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(TokenFileError, match="belongs to another user"):
        file.read()


@posix
def test_a_pipe_in_its_place_is_refused_and_not_waited_for(file: TokenFile) -> None:
    file.path.parent.mkdir()
    os.mkfifo(file.path, 0o600)
    with pytest.raises(TokenFileError, match="not a regular file"):
        file.read()


@posix
def test_a_folder_in_its_place_is_refused(file: TokenFile) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(TokenFileError, match="not a regular file"):
        file.read()
    with pytest.raises(TokenFileError, match="not a regular file"):
        file.put(token())


BROKEN = {
    "empty": b"",
    "half": b'{"version": 1, "tokens": {"aa": {"ser',
    "another kind": b'["tokens"]',
    "no version": b'{"tokens": {}}',
    "no tokens": b'{"version": 1}',
    "deep": b"[" * 100_000,
    "no text": b'{"version": 1, "tokens": \xff}',
    "long": b" " * LARGEST + b"{}",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_damaged_file_is_told_kept_aside_by_pairing_and_touched_by_nothing_else(
    file: TokenFile, content: bytes
) -> None:
    for number in (1, 2):
        file.path.parent.mkdir(exist_ok=True)
        file.path.write_bytes(content)
        file.path.chmod(0o600)
        for use in (file.read, lambda: file.remove({"aa": Secret("x")})):
            with pytest.raises(TokenFileError, match=r"damaged, so no device counts as paired: put back a copy, or"):
                use()
        assert file.path.read_bytes() == content
        aside = file.put(token("aa"))
        assert aside == f"{file.path}.damaged{'-2' * (number - 1)}"
        assert Path(aside).read_bytes() == content
        assert file.read().keys() == {"aa"}


def test_nine_damaged_files_are_kept_and_no_tenth(file: TokenFile) -> None:
    file.path.parent.mkdir()
    for _ in range(9):
        file.path.write_text("{")
        file.path.chmod(0o600)
        assert file.put(token())
    file.path.write_text("{")
    with pytest.raises(TokenFileError, match="so are nine older ones beside it: remove them"):
        file.put(token())
    assert file.path.read_text() == "{"


def test_the_largest_file_is_read(file: TokenFile) -> None:
    file.put(token())
    file.path.write_bytes(file.path.read_bytes().ljust(LARGEST))
    assert file.read().keys() == {"5c2fafaabbcc"}


@posix
def test_a_file_that_is_refused_is_not_kept_open(file: TokenFile) -> None:
    file.put(token())
    file.path.chmod(0o644)
    free = []
    for _ in range(2):
        with pytest.raises(TokenFileError):
            file.read()
        with open(os.devnull) as other:
            free.append(other.fileno())
    assert free[0] == free[1]


def test_a_disk_that_cannot_be_read_is_told(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bad(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def bad(handle: int, mode: str) -> Bad:
        os.close(handle)
        return Bad()

    file.put(token())
    monkeypatch.setattr("tui.engine.paired.tokenfile.open", bad, raising=False)
    with pytest.raises(TokenFileError, match="cannot be read: Input/output error"):
        file.read()


def test_a_file_of_a_newer_program_is_left_alone(file: TokenFile) -> None:
    file.put(token())
    file.path.write_text(text := file.path.read_text().replace('"version": 1', '"version": 2'))
    for use in (file.read, lambda: file.put(token("bb"))):
        with pytest.raises(TokenFileError, match="of a newer hwtui"):
            use()
    assert file.path.read_text() == text


@pytest.mark.parametrize(
    "row",
    [
        7,
        {},
        {"serial": "aa"},
        {"serial": "", "token": "A", "name": "n", "host": "h", "port": 1},
        {"serial": "aa", "token": "A\r\nX: y", "name": "n", "host": "h", "port": 1},
        {"serial": "aa", "token": "A" * 257, "name": "n", "host": "h", "port": 1},
        {"serial": "aa", "token": "A", "name": "n", "host": "h", "port": True},
        {"serial": "aa", "token": "A", "name": "n", "host": "h", "port": 0},
        {"serial": "aa", "token": "A", "name": "n", "host": "h", "port": 65536},
        {"serial": "aa", "token": "A", "name": "n", "host": "\x1b", "port": 1},
    ],
)
def test_a_row_that_is_none_is_passed_over(file: TokenFile, row: object) -> None:
    file.put(token("bb"))
    data = json.loads(file.path.read_text())
    data["tokens"]["x"] = row
    file.path.write_text(json.dumps(data))
    assert file.read().keys() == {"bb"}


@pytest.mark.parametrize("port", [1, 65535])
def test_a_device_may_have_any_port(file: TokenFile, port: int) -> None:
    file.put(replace(token(), endpoint=Endpoint("h", port, "v2")))
    assert [one.endpoint.port for one in file.read().values()] == [port]


def test_only_the_token_that_was_meant_is_removed(file: TokenFile) -> None:
    file.put(token("aa"))
    file.put(token("bb"))
    file.remove({"aa": Secret("another"), "bb": token().secret})
    assert file.read().keys() == {"aa"}


def test_many_who_pair_at_once_lose_none(file: TokenFile) -> None:
    names = [f"{number:02}" for number in range(12)]
    threads = [threading.Thread(target=TokenFile(file.path).put, args=(token(name),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(file.read()) == names


@posix
def test_a_lock_that_is_never_given_back_is_told(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.paired.tokenfile.LOCK_WAIT_S", 0.05)
    file.put(token())
    other = Lock(file.path.with_suffix(".lock"))
    assert other.take()
    with pytest.raises(TokenFileError, match="another hwtui is writing it"):
        file.put(token("bb"))
    other.release()


@posix
def test_a_lock_that_leads_to_another_file_leaves_that_one_alone(file: TokenFile, tmp_path: Path) -> None:
    """In a folder that others may write to, it could lead to any file of this user's."""
    (tmp_path / "precious").write_text("mine")
    file.path.parent.mkdir(exist_ok=True)
    file.path.with_suffix(".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(TokenFileError, match="cannot be written"):
        file.put(token())
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    with pytest.raises(TokenFileError, match="cannot be written: Not a directory"):
        TokenFile(tmp_path / "no folder" / "tokens.json").put(token())
    with pytest.raises(TokenFileError, match="cannot be written: Not a directory"):
        TokenFile(tmp_path / "no folder" / "tokens.json").check_writable()


def test_a_folder_that_is_for_reading_only_is_told_before_there_is_a_token(
    file: TokenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.check_writable()
    file.put(token())
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(TokenFileError, match="cannot be written: Permission denied"):
        file.check_writable()


# ------------------------------------------------------------------ what the fleet learns


class Heard:
    """A fleet, and the events that made it."""

    def __init__(self, tokens: Tokens, clock: VirtualClock) -> None:
        self.tokens = tokens
        self.clock = clock
        self.fleet = Fleet()
        self.events: list[Event] = []

    def apply(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        self.tokens.heard(event)
        self.events.append(event)

    @property
    def kinds(self) -> list[str]:
        """What was heard since the last time."""
        kinds, self.events = [type(event).__name__ for event in self.events], []
        return kinds


async def test_a_running_program_learns_what_another_one_does_to_the_file(tmp_path: Path) -> None:
    clock, other = VirtualClock(), TokenFile(tmp_path / "tokens.json")
    tokens = Tokens(tmp_path, clock)
    heard = Heard(tokens, clock)
    running = asyncio.create_task(tokens.run(heard.apply))
    await clock.advance(1)
    assert heard.kinds == []
    other.put(token())
    await clock.advance(LOOK_EVERY_S)
    assert heard.kinds == ["Paired"]
    assert heard.fleet.paired == {"5c2fafaabbcc"}
    assert tokens.of("5c2fafaabbcc") == token().secret
    await clock.advance(60)
    assert heard.kinds == []
    other.path.chmod(0o644)
    await clock.advance(LOOK_EVERY_S)
    assert heard.kinds == ["Unpaired", "Noted"]
    assert "chmod 600" in heard.fleet.notes[0].text
    assert tokens.of("5c2fafaabbcc") is None
    other.path.chmod(0o600)
    await clock.advance(LOOK_EVERY_S)
    assert heard.kinds == ["Paired", "Noted"]
    assert heard.fleet.notes == ()
    other.remove({"5c2fafaabbcc": token().secret})
    await clock.advance(LOOK_EVERY_S)
    assert heard.kinds == ["Unpaired"]
    assert heard.fleet.paired == set()
    running.cancel()


async def test_a_refused_token_is_kept_aside_until_there_is_another_one(tmp_path: Path) -> None:
    clock, other = VirtualClock(), TokenFile(tmp_path / "tokens.json")
    other.put(token())
    tokens = Tokens(tmp_path, clock)
    heard = Heard(tokens, clock)
    for event in tokens.news(clock.now()):
        heard.apply(event)
    assert tokens.of("5c2fafaabbcc") == token().secret
    heard.apply(Unpaired("5C2FAFAABBCC", clock.now()))  # its line was answered 401
    assert tokens.of("5c2fafaabbcc") is None
    assert other.read().keys() == tokens.all.keys() == {"5c2fafaabbcc"}, "it is still in the file"
    assert tokens.news(clock.now()) == []
    running = asyncio.create_task(tokens.run(heard.apply))
    await clock.advance(60)
    other.put(token("aa", "C" * 32))  # of another device
    await clock.advance(LOOK_EVERY_S)
    assert tokens.of("5c2fafaabbcc") is None
    other.put(token(secret="B" * 32))
    await clock.advance(LOOK_EVERY_S)
    assert tokens.of("5c2fafaabbcc") == Secret("B" * 32)
    assert heard.kinds == ["Paired", "Unpaired", "Paired", "Paired"]
    running.cancel()


async def test_a_refusal_that_comes_late_does_not_hit_the_new_token(tmp_path: Path) -> None:
    clock, other = VirtualClock(), TokenFile(tmp_path / "tokens.json")
    other.put(token())
    tokens = Tokens(tmp_path, clock)
    heard = Heard(tokens, clock)
    for event in tokens.news(clock.now()):
        heard.apply(event)
    other.put(token(secret="B" * 32))
    tokens.look()
    heard.apply(Unpaired("5c2fafaabbcc", clock.now()))
    assert tokens.of("5c2fafaabbcc") == Secret("B" * 32)


async def test_a_token_that_cannot_be_written_works_until_the_program_ends(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    clock = VirtualClock()
    tokens = Tokens(tmp_path / "no folder", clock)
    with pytest.raises(TokenFileError, match="cannot be written"):
        tokens.check_writable()
    told = await tokens.keep(token())
    assert told is not None
    assert told.startswith("The token is not kept: ")
    assert "A" * 32 not in told
    assert tokens.of("5c2fafaabbcc") == token().secret
    assert [type(event) for event in tokens.news(clock.now())] == [Paired]
    await Tokens(None, clock).forget(["aa"])


async def test_without_a_folder_tokens_end_with_the_program() -> None:
    clock = VirtualClock()
    tokens = Tokens(None, clock)
    assert await tokens.keep(token()) is None
    assert tokens.of("5c2fafaabbcc") == token().secret
    await asyncio.wait_for(tokens.run(lambda event: None), 1)
    await tokens.forget(["5c2fafaabbcc"])
    assert tokens.of("5c2fafaabbcc") is None


async def test_a_fault_of_the_file_is_a_note_and_no_token(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("{")
    path.chmod(0o600)
    clock = VirtualClock()
    tokens = Tokens(tmp_path, clock)
    assert (tokens.is_damaged, "is damaged" in (tokens.fault or "")) == (True, True)
    assert [type(event) for event in tokens.news(clock.now())] == [Noted]
    assert path.read_text() == "{"
    assert await tokens.keep(token()) == f"The damaged file of tokens is now {path}.damaged"
    assert (tokens.is_damaged, tokens.fault, tokens.is_kept(token().key)) == (False, None, True)


async def test_only_the_tokens_that_are_meant_are_forgotten(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "tokens.json")
    for serial in ("aa", "bb"):
        file.put(token(serial))
    clock = VirtualClock()
    tokens = Tokens(tmp_path, clock)
    tokens.lend(token("cc"))
    await tokens.forget(["aa"])
    assert tokens.opening(clock.now()) == [Paired(key, clock.now()) for key in ("bb", "cc")]
    assert file.read().keys() == {"bb"}
    assert tokens.all.keys() == {"bb", "cc"}


async def test_no_file_of_tokens_is_no_fault(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, VirtualClock())
    assert (tokens.is_damaged, tokens.fault, tokens.is_kept("aa")) == (False, None, False)
    assert await tokens.keep(token()) is None
    tokens.lend(token("bb"))
    assert (tokens.of("bb"), tokens.is_kept("bb")) == (token().secret, False)


async def test_a_new_token_that_cannot_be_written_comes_before_the_old_one_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TokenFile(tmp_path / "tokens.json").put(token())
    clock = VirtualClock()
    tokens = Tokens(tmp_path, clock)
    assert [type(event) for event in tokens.news(clock.now())] == [Paired]

    def full(self: TokenFile, token: Token) -> str | None:
        raise TokenFileError("the disk is full")

    monkeypatch.setattr(TokenFile, "put", full)
    assert await tokens.keep(token(secret="B" * 32)) == "The token is not kept: the disk is full"
    assert tokens.of("5c2fafaabbcc") == Secret("B" * 32)
    assert not tokens.is_kept("5c2fafaabbcc")
    assert [type(event) for event in tokens.news(clock.now())] == [Paired]
    assert tokens.news(clock.now()) == []
