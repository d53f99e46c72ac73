"""Posting readings: tokens, TLS, names, and what is said at the start."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.net.accepting import accepting
from tests.out.lineservers import certified, scripted
from tests.out.posting import House, running
from tui.core.out.influxplace import parse_influx
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError
from tui.engine.out.making import check_sinks
from tui.net import lineserver


async def test_a_token_that_was_changed_is_used_at_once(tmp_path: Path) -> None:
    house, path = House(), tmp_path / "token"
    path.write_text("old\n")
    path.chmod(0o600)
    async with scripted() as server, running(house, server.port, influx_token_file=path) as one:
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 1)
        path.write_text("new\n")
        house.read(one.sink)
        await server.until(lambda: len(server.lines) == 2)
        path.chmod(0o644)
        house.read(one.sink)
        state = await one.until(lambda state: bool(state.fault))
    assert ["Token old" in server.heads[0], "Token new" in server.heads[1]] == [True, True]
    assert f"--influx-token-file: {path}: others can read it: chmod 600" in state.fault


async def test_over_tls_only_a_server_that_this_computer_trusts_gets_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, (context, authority) = House(), certified(tmp_path)
    async with scripted(context) as server:
        place = f"https://127.0.0.1:{server.port}"
        async with running(house, place, influx_token=Secret("t0k3n")) as one:
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
            assert f"the certificate of {place}/write is not one that this computer trusts" in state.fault
            assert server.heads == []
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            await one.until(lambda state: not state.fault)
        assert "Token t0k3n" in server.heads[0]
        async with running(house, server.port) as one:
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
            assert "broke off" in state.fault


@pytest.mark.parametrize(("greeting", "words"), [(b"HTTP/1.1 400 X\r\n\r\n", "no TLS with"), (b"", "did not answer")])
async def test_a_server_that_speaks_no_tls_is_said(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes, words: str
) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    monkeypatch.setattr(lineserver, "ANSWER_S", 0.3)
    house = House()
    async with (
        accepting(plain) as port,
        running(house, f"https://127.0.0.1:{port}") as one,
    ):
        house.read(one.sink)
        state = await one.until(lambda state: bool(state.fault))
    assert words in state.fault


async def test_a_name_without_an_address_is_said_and_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    house = House()
    async with scripted() as server, running(house, f"http://localhost:{server.port}") as one:
        with monkeypatch.context() as without:
            without.setattr(socket, "getaddrinfo", none)
            house.read(one.sink)
            state = await one.until(lambda state: bool(state.fault))
        assert f"there is no address for http://localhost:{server.port}/write: check the name" in state.fault
        await one.until(lambda state: not state.fault)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"influx_token_file": Path("/no/such")}, "--influx-token-file: /no/such: there is no such file"),
        ({"influx_token": Secret("t0k 3n")}, "HWTUI_INFLUX_TOKEN: a token has only letters"),
        ({"influx_token": Secret("t0k\u00e9n")}, "HWTUI_INFLUX_TOKEN: a token has only letters"),
    ],
)
def test_what_cannot_work_is_said_at_the_start(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_sinks(Settings(influx=parse_influx("http://h/write"), **given))
    assert str(caught.value).startswith(sentence)
    assert "t0k" not in str(caught.value)
