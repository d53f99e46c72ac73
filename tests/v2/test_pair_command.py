"""`hwtui pair`, `pair --list` and `unpair` against devices on loopback, over real TLS."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from tests.v2.certificates import authority, leaf
from tests.v2.server import V2Server, identity_of
from tests.v2.users import Users
from tui.core.events import Event, Seen
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError
from tui.engine.commands.pair import list_users, pair
from tui.engine.commands.run import Output
from tui.engine.commands.unpair import unpair
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.net.resolve import Names
from tui.net.tls import Trust
from tui.net.v2 import V2Client

SERIAL = "5c2fafaabbcc"
BATTERY = "5c2faf00ba77"


@dataclass
class Call:
    """One call of a command, and what it writes."""

    folder: Path
    lines: list[str] = field(default_factory=list)
    searches: bool = False
    """Whether mDNS may be used."""

    def __post_init__(self) -> None:
        self.names = Names(mdns=False)
        self.trust = Trust(authority().pem)
        self.file = TokenFile(self.folder / "tokens.json")

    @property
    def output(self) -> Output:
        return cast("Output", _Output(self.lines))

    def connect(self, endpoint: Endpoint, token: Secret | None, serial: str | None) -> V2Client:
        return V2Client(endpoint, token, serial, self.trust, self.names.address_of, 2.0)

    def settings(self, *hosts: Endpoint, **more: object) -> Settings:
        return Settings(hosts=hosts, mdns=self.searches, state_dir=self.folder, **more)  # type: ignore[arg-type]

    async def pair(self, *devices: V2Server, waits_s: float = 5.0, typed: bool = True) -> int:
        """`hwtui pair HOST:PORT...`; hosts are typed without a scheme."""
        hosts = [Endpoint(device.endpoint.host, device.endpoint.port) for device in devices]
        return await pair(self.settings(*hosts), self.output, self.connect, typed=typed, waits_s=waits_s)

    async def listed(self, *words: str, as_json: bool = False) -> int:
        self.lines.clear()
        return await list_users(self.settings(), self.output, self.connect, words, as_json=as_json)

    async def unpair(self, *words: str, every: bool = False, sure: bool = False) -> int:
        self.lines.clear()
        return await unpair(self.settings(), self.output, self.connect, words, all_of_them=every, sure=sure)

    @property
    def serials(self) -> list[str]:
        """Of the tokens that are kept."""
        return sorted(self.file.read())


class _Output:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.is_reading = False

    def line(self, text: str) -> None:
        self._lines.append(text)

    def lines(self, texts: list[str]) -> None:
        self._lines.extend(texts)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is asked for every second; a test need not wait so long."""
    monkeypatch.setattr("tui.engine.paired.pairing.EVERY_S", 0.02)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(tmp_path)


@pytest.fixture
async def p1() -> AsyncIterator[V2Server]:
    async with V2Server() as device:
        yield device


@pytest.fixture
async def battery() -> AsyncIterator[V2Server]:
    async with V2Server(leaf(BATTERY, "battery"), BATTERY) as device:
        device.answers["GET", "/api"] = (200, identity_of(BATTERY, "HWE-BAT"))
        yield device


# ------------------------------------------------------------------ pairing


async def test_with_the_button_the_token_is_kept_and_the_device_named(
    call: Call, p1: V2Server, capsys: pytest.CaptureFixture[str]
) -> None:
    users = Users(p1, presses=2)
    assert await call.pair(p1) == 0
    assert users.asked == 3
    assert call.lines == [
        f"P1 meter aabbcc  {SERIAL}  127.0.0.1:{p1.endpoint.port}  Paired. From now on its values come by push."
    ]
    kept = call.file.read()[SERIAL]
    assert kept.secret == Secret("F" * 32)
    assert kept.product_type == "HWE-P1"
    assert kept.endpoint == p1.endpoint
    said = capsys.readouterr().err
    assert "P1 meter aabbcc (127.0.0.1): Press the white button on the front of the P1 meter once." in said
    assert "F" * 32 not in said


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("battery", "Battery aabbcc (127.0.0.1): Touch the button of the battery until it beeps."),
        ("energymeter", "kWh meter aabbcc (127.0.0.1): Hold the Wi-Fi button for 1 to 3 seconds."),
        ("thermostat", "Device aabbcc (127.0.0.1): Press its button: on a P1 meter the white one on the front"),
    ],
)
async def test_the_certificate_tells_which_button_it_is(
    call: Call, p1: V2Server, capsys: pytest.CaptureFixture[str], kind: str, words: str
) -> None:
    p1.certificate = leaf(SERIAL, kind)
    Users(p1, presses=1)
    await call.pair(p1)
    assert words in capsys.readouterr().err
    assert call.file.read()[SERIAL].product_type == "HWE-P1", "as it told itself"


async def test_a_token_that_could_not_be_kept_is_not_asked_for(call: Call, p1: V2Server, tmp_path: Path) -> None:
    users = Users(p1, presses=0)
    (tmp_path / "file").write_text("")
    call.folder = tmp_path / "file"
    with pytest.raises(SettingsError, match=r"could not be kept: .*cannot be written: Not a directory"):
        await call.pair(p1)
    assert users.asked == 0


async def test_a_token_that_is_lost_with_the_command_is_no_success(
    call: Call, p1: V2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    Users(p1, presses=0)

    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tui.engine.paired.tokenfile.write_atomically", full)
    assert await call.pair(p1) == 2
    assert "Paired until this program ends. The token is not kept: " in call.lines[0]
    assert "No space left on device" in call.lines[0]


async def test_without_the_button_it_ends_with_the_time(call: Call, p1: V2Server, tmp_path: Path) -> None:
    Users(p1, presses=None)
    assert await call.pair(p1, waits_s=0.1) == 2
    assert call.lines[0].endswith("Nobody pressed the button in time.")
    assert not (tmp_path / "tokens.json").exists()


async def test_several_are_asked_at_once_and_each_tells_when_it_is_over(
    call: Call, p1: V2Server, battery: V2Server
) -> None:
    Users(p1, presses=None)
    Users(battery, presses=1)
    assert await call.pair(p1, battery, waits_s=0.4) == 1
    assert [line[:14] for line in call.lines] == ["Battery 00ba77", "P1 meter aabbc"]
    assert call.serials == [BATTERY]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("user:no-storage", "no room for another user"),
        ("user:name-invalid", "does not take the name"),
        ("name:name-invalid", "does not take the name"),
    ],
)
async def test_what_a_device_refuses_is_said_at_once(call: Call, p1: V2Server, code: str, words: str) -> None:
    users = Users(p1)
    users.refuses = code
    assert await call.pair(p1) == 2
    assert words in call.lines[0]
    assert users.asked == 1


async def test_old_firmware_is_said(call: Call, p1: V2Server) -> None:
    assert await call.pair(p1) == 2
    assert "Its firmware has no API v2 yet: it needs 6 or later" in call.lines[0]


async def test_a_stranger_is_asked_for_nothing(call: Call, p1: V2Server) -> None:
    call.trust = Trust()  # the vendor's own, which did not sign this one
    assert await call.pair(p1) == 2
    assert "The certificate is not from HomeWizard" in call.lines[0]
    assert p1.requests == []


async def test_nobody_is_sent_to_the_button_of_a_device_that_is_not_there(
    call: Call, p1: V2Server, capsys: pytest.CaptureFixture[str]
) -> None:
    Users(p1, presses=1)
    await p1.stop()
    assert await call.pair(p1, waits_s=0.2) == 2
    assert call.lines[0].startswith(f"127.0.0.1:{p1.endpoint.port}  Connection refused")
    assert "button" not in capsys.readouterr().err


async def test_one_that_is_paired_is_asked_for_no_second_token(call: Call, p1: V2Server) -> None:
    users = Users(p1)
    assert await call.pair(p1) == 0
    assert await call.pair(p1) == 0
    assert call.lines[1].endswith("paired already")
    assert users.asked == 1


async def test_one_that_was_revoked_is_paired_anew_under_the_same_name(call: Call, p1: V2Server) -> None:
    users = Users(p1)
    await call.pair(p1)
    ours = call.file.read()[SERIAL].name
    users.revoke()
    assert await call.pair(p1) == 0
    assert users.asked == 2
    assert users.names == ["cloud/app", ours]


async def test_hosts_of_the_config_file_without_api_v2_are_passed_over(
    call: Call, p1: V2Server, capsys: pytest.CaptureFixture[str]
) -> None:
    p1.answers["GET", "/api"] = (200, b"hello")
    p1.tokens.add("")  # it answers everybody
    assert await call.pair(p1, typed=False) == 3
    assert call.lines == []
    said = capsys.readouterr().err
    assert "127.0.0.1 is not asked: " in said
    assert "nothing to pair: name a HOST" in said


async def test_read_only_makes_no_user_and_takes_none_away(call: Call, p1: V2Server) -> None:
    users = Users(p1)
    settings = call.settings(p1.endpoint, read_only=True)
    with pytest.raises(SettingsError, match="read-only"):
        await pair(settings, call.output, call.connect, typed=True)
    with pytest.raises(SettingsError, match="read-only: unpairing takes a user from the device"):
        await unpair(settings, call.output, call.connect, ["aa"], all_of_them=False, sure=True)
    assert (users.asked, p1.requests) == (0, [])


async def test_without_a_place_for_the_token_no_device_is_asked(call: Call, p1: V2Server) -> None:
    users = Users(p1)
    with pytest.raises(SettingsError, match="set HOME, or use --state-dir"):
        await pair(Settings(hosts=(p1.endpoint,), mdns=False), call.output, call.connect, typed=True)
    call.file.put(Token("aa", Secret("x"), "n", p1.endpoint))
    call.file.path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        await call.pair(p1)
    assert users.asked == 0


async def test_a_damaged_file_is_moved_aside_and_said(
    call: Call, p1: V2Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Users(p1)
    call.file.path.write_text("{")
    call.file.path.chmod(0o600)
    assert await call.pair(p1) == 0
    assert "is damaged" in capsys.readouterr().err
    assert f"The damaged file of tokens is now {tmp_path}/tokens.json.damaged" in call.lines[0]
    assert call.serials == [SERIAL]


async def test_ctrl_c_leaves_nothing_running(call: Call, p1: V2Server) -> None:
    users = Users(p1, presses=None)
    task = asyncio.create_task(call.pair(p1, waits_s=60))
    await p1.until(lambda: users.asked >= 3)
    before = asyncio.all_tasks()
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()
    asked = users.asked
    await p1.until(lambda: not p1.open)
    assert users.asked == asked
    assert not asyncio.all_tasks() - before


# ------------------------------------------------------------------ the list


async def test_the_list_says_who_may_read_a_device_and_which_is_this_computer(
    call: Call, p1: V2Server, battery: V2Server
) -> None:
    Users(p1)
    Users(battery, token="E" * 32)
    await call.pair(p1, battery)
    assert await call.listed() == 0
    text = "\n".join(call.lines)
    assert "local/other\n" in text
    assert text.count("this computer") == 2
    assert "E" * 32 not in text
    assert await call.listed(SERIAL.upper(), as_json=True) == 0
    (row,) = json.loads("\n".join(call.lines))
    assert row["serial"] == SERIAL
    assert row["port"] == p1.endpoint.port
    assert row["problem"] is None
    ours = call.file.read()[SERIAL].name
    assert row["users"] == [
        {"name": "cloud/app", "ours": False},
        {"name": "local/other", "ours": False},
        {"name": ours, "ours": True},
    ]


async def test_the_list_says_which_device_does_not_answer_or_knows_us_no_more(
    call: Call, p1: V2Server, battery: V2Server
) -> None:
    users = Users(p1)
    Users(battery)
    await call.pair(p1, battery)
    users.revoke()
    await battery.stop()
    assert await call.listed() == 2
    text = "\n".join(call.lines)
    assert f"it no longer knows this computer's token: hwtui pair {p1.endpoint.address}" in text
    assert "press p" not in text
    assert "refused" in text.lower()
    assert "P1 meter aabbcc" in text


async def test_an_empty_list_is_said(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert await call.listed() == 3
    assert call.lines == []
    assert "no device is paired with this computer: hwtui pair" in capsys.readouterr().err


# ------------------------------------------------------------------ taking it back


@pytest.mark.parametrize("by", ["serial", "address"])
async def test_unpairing_deletes_the_user_on_the_device_and_the_token_here(call: Call, p1: V2Server, by: str) -> None:
    users = Users(p1)
    await call.pair(p1)
    word = SERIAL.upper() if by == "serial" else f"127.0.0.1:{p1.endpoint.port}"
    assert await call.unpair(word) == 0
    assert call.lines == [f"P1 meter aabbcc  {SERIAL}  taken back, on the device and here"]
    assert users.names == ["cloud/app", "local/other"]
    assert call.serials == []


async def test_a_device_that_is_gone_is_forgotten_here_and_that_is_said(call: Call, p1: V2Server) -> None:
    Users(p1)
    await call.pair(p1)
    name = call.file.read()[SERIAL].name
    await p1.stop()
    assert await call.unpair(SERIAL) == 1
    assert "taken back here only, the device was not reached" in call.lines[0]
    assert f'the user "{name}" is left on it: remove it in the HomeWizard app' in call.lines[0]
    assert call.serials == []


async def test_one_that_was_revoked_already_is_no_fault(call: Call, p1: V2Server) -> None:
    users = Users(p1)
    await call.pair(p1)
    users.revoke()
    assert await call.unpair(SERIAL) == 0
    assert "the device did not know this computer any more" in call.lines[0]


async def test_the_token_is_sent_to_no_device_that_has_its_address_by_now(
    call: Call, p1: V2Server, battery: V2Server
) -> None:
    users = Users(p1)
    await call.pair(p1)
    here = call.file.read()[SERIAL]
    call.file.put(replace(here, endpoint=battery.endpoint))
    assert await call.unpair(SERIAL) == 1  # without mDNS nobody tells where it went
    assert here.name in users.names
    assert battery.requests == []


async def test_all_needs_a_yes(call: Call, p1: V2Server, battery: V2Server, monkeypatch: pytest.MonkeyPatch) -> None:
    Users(p1)
    Users(battery)
    await call.pair(p1, battery)
    with pytest.raises(SettingsError, match="add --yes"):
        await call.unpair(every=True)
    answers = iter(["no\n", "", "yes\n"])
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}", _Terminal(lambda: next(answers)))
    assert await call.unpair(every=True) == 3
    assert await call.unpair(every=True) == 3
    assert call.serials == [BATTERY, SERIAL]
    assert await call.unpair(every=True) == 0
    assert call.serials == []
    assert await call.unpair(every=True, sure=True) == 0


class _Terminal:
    def __init__(self, readline: object) -> None:
        self.readline = readline

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


@pytest.mark.parametrize(
    ("words", "every", "said"),
    [
        ((), False, "say which device, by its serial or its address, or --all"),
        ((SERIAL,), True, "say which device"),
        (("5c2faf999999",), False, '"5c2faf999999" is not paired: hwtui pair --list'),
        (("a b",), False, "has a space in it"),
    ],
)
async def test_words_that_mean_no_device_are_refused(
    call: Call, words: tuple[str, ...], every: bool, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        await call.unpair(*words, every=every)


# ------------------------------------------------------------------ found by mDNS


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """What mDNS finds in the tests that let it search."""
    found: list[Seen] = []

    class Announcing:
        def __init__(self, now: Callable[[], Now], interfaces: Sequence[str]) -> None: ...

        async def run(self, emit: Callable[[Event], None]) -> None:
            for seen in found:
                emit(seen)
            await asyncio.Event().wait()

    monkeypatch.setattr("tui.net.discovery.Discovery", Announcing)
    monkeypatch.setattr("tui.engine.commands.pair.USUAL_TIMEOUT_S", 0.2)
    return found


def seen(device: Endpoint, serial: str, product_type: str) -> Seen:
    return Seen(device, serial, Now(0.0, 0.0), product_type)


async def search_and_pair(call: Call) -> int:
    settings = replace(call.settings(), mdns=True, interfaces=("127.0.0.1",))
    return await pair(settings, call.output, call.connect, typed=False, waits_s=5.0)


async def test_all_that_mdns_finds_with_api_v2_are_asked_once_each_with_their_own_button(
    call: Call, p1: V2Server, battery: V2Server, announce: list[Seen], capsys: pytest.CaptureFixture[str]
) -> None:
    users = Users(p1, presses=3)
    Users(battery)
    announce += [
        seen(Endpoint("127.0.0.1", 9), SERIAL, "HWE-P1"),
        seen(p1.endpoint, SERIAL, "HWE-P1"),
        seen(p1.endpoint, SERIAL, "HWE-P1"),
        seen(battery.endpoint, BATTERY, "HWE-BAT"),
        seen(Endpoint("127.0.0.1", 10), "5c2faf000001", "HWE-SKT"),
    ]
    assert await search_and_pair(call) == 0
    assert call.serials == [BATTERY, SERIAL]
    assert users.asked == 4
    said = capsys.readouterr().err
    assert "P1 meter aabbcc (127.0.0.1): Press the white button on the front of the P1 meter once." in said
    assert "Battery 00ba77 (127.0.0.1): Touch the button of the battery until it beeps." in said


async def test_meters_with_old_firmware_are_named_when_there_is_nothing_else(
    call: Call, announce: list[Seen], capsys: pytest.CaptureFixture[str]
) -> None:
    announce.append(seen(Endpoint("127.0.0.1", 9), SERIAL, "HWE-P1"))
    assert await search_and_pair(call) == 3
    assert "nothing to pair: P1 meter aabbcc: its firmware has no API v2 yet" in capsys.readouterr().err
    announce[:] = [seen(Endpoint("127.0.0.1", 9), "5c2faf000001", "HWE-SKT")]
    assert await search_and_pair(call) == 3
    assert "no device with API v2 found" in capsys.readouterr().err


async def test_a_device_that_has_moved_is_found_for_the_list_and_for_unpairing(
    call: Call, p1: V2Server, battery: V2Server, announce: list[Seen]
) -> None:
    users = Users(p1)
    await call.pair(p1)
    here = call.file.read()[SERIAL]
    call.file.put(replace(here, endpoint=battery.endpoint))  # the battery has its address by now
    announce.append(seen(p1.endpoint, SERIAL, "HWE-P1"))
    call.searches = True
    assert await call.listed() == 0
    assert f"127.0.0.1:{p1.endpoint.port}" in call.lines[1]
    assert await call.unpair(SERIAL) == 0
    assert here.name not in users.names
    assert all("authorization" not in request.headers for request in battery.requests)
