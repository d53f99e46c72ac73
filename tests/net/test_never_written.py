"""Nothing that could lock a person out is ever written: the cloud, API v1, a reboot, an LED that goes dark.

Three facts together say so: no code outside of `core` has a word for these, where answers are parsed and told; the
clients have no other calls than those below; and what these send is this.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from inspect import iscoroutinefunction
from pathlib import Path

import pytest

from tests.v2.certificates import SERIAL, authority
from tests.v2.server import TOKEN, V2Server
from tui.core.battery.batteries import BOTH, Batteries, Mode
from tui.core.battery.control import Change, plan
from tui.core.battery.modeform import form_of
from tui.core.secret import Secret
from tui.net.device import DeviceClient
from tui.net.tls import Trust
from tui.net.v2 import V2Client

TUI = Path(__file__).parents[2] / "tui"
NEVER = ("cloud_enabled", "api_v1_enabled", "reboot", "status_led_brightness_pct")
CALLS = {
    *(
        "identity",
        "measurement",
        "telegram",
        "switch",
        "set_switch",
        "change_switch",
        "identify",
        "system",
        "batteries",
        "aclose",
    ),
    *("set_batteries", "create_user", "users", "delete_user", "probe"),
}
WRITES = {
    ("PUT", "/api/system/identify"): [None],
    ("PUT", "/api/batteries"): [{"mode": "standby", "permissions": []}],
    ("POST", "/api/user"): [{"name": "local/hwtui#a"}],
    ("DELETE", "/api/user"): [{"name": "local/hwtui#a"}],
}
GROUP = Batteries(Mode.ZERO, permissions=BOTH, count=2)


def words_in(path: Path) -> Iterator[str]:
    """Every text in a file that may have one of the words, but those that only explain."""
    source = path.read_text("utf-8")
    if not any(word in source for word in NEVER):  # most of them: there is nothing to look for
        return
    tree = ast.parse(source)
    explains = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explains:
            yield node.value


def test_nothing_but_what_parses_and_tells_answers_has_a_word_for_it() -> None:
    files = [path for floor in ("net", "engine", "ui", "cli") for path in (TUI / floor).rglob("*.py")]
    files = [path for path in files if "demo" not in path.parts]  # simulated devices have it all
    assert len(files) > 100
    found = {(path.name, word) for path in files for text in words_in(path) for word in NEVER if word in text}
    assert found == set()
    assert any("cloud_enabled" in text for text in words_in(TUI / "core" / "api" / "v2.py"))  # it would be found


@pytest.mark.parametrize("client", [DeviceClient, V2Client])
def test_the_clients_have_no_other_call(client: type) -> None:
    calls = {name for name in dir(client) if not name.startswith("_") and iscoroutinefunction(getattr(client, name))}
    assert calls <= CALLS


async def test_what_the_calls_of_api_v2_write() -> None:
    async with V2Server() as device:
        device.answers |= {
            ("GET", "/api/batteries"): (200, {"mode": "standby"}),
            ("GET", "/api/user"): (200, []),
            ("POST", "/api/user"): (200, {"token": TOKEN}),
            ("GET", "/api/telegram"): (200, b"/"),
            **{written: (204, b"") for written in WRITES if written[0] != "POST"},
        }
        change = plan(GROUP, form_of(GROUP, "2.2.0").move(2).wanted, "2.2.0")
        assert isinstance(change, Change)
        async with V2Client(device.endpoint, Secret(TOKEN), SERIAL, Trust(authority().pem), timeout_s=2.0) as client:
            for name in CALLS - {
                "switch",
                "set_switch",
                "change_switch",
                "set_batteries",
                "create_user",
                "delete_user",
                "aclose",
            }:
                await getattr(client, name)()
            await client.set_batteries(change.body)
            await client.create_user("local/hwtui#a")
            await client.delete_user("local/hwtui#a")
    written: dict[tuple[str, str], list[object]] = {}
    for one in device.requests:
        if one.method != "GET":
            body = json.loads(one.body) if one.body else None
            written.setdefault((one.method, one.path), []).append(body)
    assert written == WRITES
