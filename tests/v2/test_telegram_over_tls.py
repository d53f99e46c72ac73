"""`hwtui telegram` of a paired P1: over API v2, TLS and a token and all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.telegrams import DSMR_5
from tests.v2.certificates import authority
from tests.v2.server import TOKEN, V2Server
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.commands.exits import CRITICAL, OK
from tui.engine.commands.run import Output
from tui.engine.commands.telegram import Form, telegram
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.engine.paired.tokens import FILE

SERIAL = "5c2fafaabbcc"


async def asked(server: V2Server, folder: Path) -> int:
    settings = Settings(
        hosts=(server.endpoint,), mdns=False, state_dir=folder, timeout_s=3.0, ca=authority().file(folder)
    )
    TokenFile(folder / FILE).put(Token(SERIAL, Secret(TOKEN), "local/hwtui#test", server.endpoint))
    return await telegram(settings, Output(), Form.JSON)


async def test_a_paired_p1_gives_its_telegram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with V2Server() as server:
        server.answers["GET", "/api/telegram"] = (200, DSMR_5.encode())
        assert await asked(server, tmp_path) == OK
        told = json.loads(capsys.readouterr().out)
        assert (told["meter"], told["checksum"]) == ("ISK5\\2M550T-1013", "right")
        paths = [request.path for request in server.requests]
        assert "/api/telegram" in paths
        assert server.sockets == [], "no socket is opened for one telegram"


async def test_one_that_has_got_none_yet_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with V2Server() as server:
        server.answers["GET", "/api/telegram"] = (503, {"error": "telegram:no-telegram-received"})
        assert await asked(server, tmp_path) == CRITICAL
        out, err = capsys.readouterr()
        assert out == ""
        assert "No telegram from the smart meter yet: is the cable in on both sides?" in err
