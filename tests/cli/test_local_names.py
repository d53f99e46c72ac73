"""A name under `.local` at every door, on a system whose resolver does not know such names."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.net.responder import responder
from tui.core.model import Endpoint
from tui.core.settings import Settings, SettingsError
from tui.engine.typed import check_hosts

WITHOUT_LOCAL_NAMES = """
import socket, sys
from tui.cli import main
real = socket.getaddrinfo
def deaf(host, *rest, **more):
    if str(host).endswith(".local"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return real(host, *rest, **more)
socket.getaddrinfo = deaf
code = main(sys.argv[1:])
print("zeroconf" in sys.modules, file=sys.stderr)
sys.exit(code)
"""


async def hwtui(environment: dict[str, str], *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITHOUT_LOCAL_NAMES, *arguments), env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("command", ["devices", "read"])
async def test_a_device_under_local_is_asked_alone(environment: dict[str, str], house: Any, command: str) -> None:
    port = house.hosts[0].rpartition(":")[2]
    async with responder("127.0.0.1") as owner:
        code, out, err = await hwtui(environment, command, "--json", f"{owner.name}:{port}", "--interface", "127.0.0.1")
        assert (code, err) == (0, "True\n")
        (row,) = json.loads(out)
        assert (row["host"], row["serial"], row["state"]) == (owner.name, house.serials[0], "live")


async def test_without_mdns_only_the_system_is_asked(environment: dict[str, str], house: Any) -> None:
    port = house.hosts[0].rpartition(":")[2]
    async with responder("127.0.0.1") as owner:
        words = ("--json", f"{owner.name}:{port}", "--interface", "127.0.0.1", "--no-mdns")
        for command in ("read", "watch"):
            code, _, err = await hwtui(environment, command, *words)
            assert code == 3
            assert f'there is no address for "{owner.name}": check the name' in err
            assert err.endswith("False\n")


async def test_a_watch_reads_a_device_under_local(environment: dict[str, str], house: Any) -> None:
    port = house.hosts[0].rpartition(":")[2]
    async with responder("127.0.0.1") as owner:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WITHOUT_LOCAL_NAMES, "watch", "--json", f"{owner.name}:{port}"),
            *("--interface", "127.0.0.1"), env=environment, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        assert json.loads(await process.stdout.readline())["serial"] == house.serials[0]
        process.terminate()
        await process.communicate()


async def test_the_check_of_typed_hosts_looks_them_up_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: [])
    async with responder("127.0.0.1") as owner:
        hosts = (Endpoint(owner.name), Endpoint("192.168.1.20"))
        settings = Settings(hosts=hosts, interfaces=("127.0.0.1",))
        await asyncio.to_thread(check_hosts, settings, "--host")
        without = Settings(hosts=hosts, mdns=False)
        with pytest.raises(SettingsError, match=f'--host: there is no address for "{owner.name}"'):
            await asyncio.to_thread(check_hosts, without, "--host")


async def test_a_name_of_another_kind_loads_no_mdns(environment: dict[str, str], house: Any) -> None:
    port = house.hosts[0].rpartition(":")[2]
    code, _, err = await hwtui(environment, "read", f"localhost:{port}", "--interface", "127.0.0.1")
    assert (code, err) == (0, "False\n")
