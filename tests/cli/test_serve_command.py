"""`hwtui serve`: the values for other programs, without a screen."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Served
from tests.out.brokers import mosquitto, real_broker, subscribed

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_it_answers_prometheus_and_other_programs_until_it_is_ended(
    start: Callable[..., Any], house: Served, port: int
) -> None:
    serving = start("serve", "--no-mdns", "--metrics", str(port), "--fuse", "3x25", *house.hosts[:2])
    assert serving.stderr.readline() == f"hwtui: metrics at http://127.0.0.1:{port}/\n"
    wanted = {serial.casefold() for serial in house.serials[:2]}
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
        for _ in range(200):
            rows = client.get("/devices").json()
            if {row["serial"].casefold() for row in rows if row["serial"] and row["state"] == "live"} == wanted:
                break
        metrics = client.get("/metrics").text
    assert all(f'serial="{row["serial"]}"' in metrics for row in rows)
    assert metrics.count("hwtui_fuse_amperes{") == 3
    assert serving.end(signal.SIGTERM) == 143
    assert (serving.stdout.read(), serving.stderr.read()) == ("", "")


def test_without_a_receiver_it_says_what_is_missing(hwtui: Run) -> None:
    done = hwtui("serve", "--no-mdns", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (3, "")
    sentence = "say to whom, with --metrics, --api, --mqtt or --influx, or with alarms"
    assert done.stderr == f"hwtui: serve hands values on: {sentence}\n"


@pytest.mark.parametrize("command", [["serve"], ["record"], []])
def test_a_port_in_use_is_said_at_the_start(hwtui: Run, command: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        done = hwtui(*command, "--no-mdns", "--host", "127.0.0.1:1", "--api", place)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"hwtui: --api: cannot listen at {place}: another program does already: use another port\n"


def test_a_port_that_is_none_is_said_with_its_option(hwtui: Run) -> None:
    done = hwtui("serve", "--no-mdns", "127.0.0.1:1", "--metrics", "example.com")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith('hwtui: --metrics: "example.com" has no port')


def test_alarms_alone_are_enough_and_what_they_lack_is_said(start: Callable[..., Any], tmp_path: Path) -> None:
    config = tmp_path / "hwtui.toml"
    config.write_text('[[alarms]]\nwhen = "silent for 5m"\nmqtt = "house/alarms"\n')
    serving = start("serve", "--no-mdns", "--config", str(config), "127.0.0.1:1")
    said = [serving.stderr.readline() for _ in range(2)]
    assert said[0] == f"hwtui: alarms at {config}\n"
    note = "hwtui: alarms: an alarm has a topic, but there is no broker to publish at: name one with --mqtt\n"
    while note not in said:
        assert len(said) < 9, said
        said.append(serving.stderr.readline())
    assert serving.end(signal.SIGTERM) == 143


@real_broker
def test_a_broker_has_every_device_until_it_is_ended(start: Callable[..., Any], house: Served, tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        serving = start("serve", "--no-mdns", "--mqtt", f"mqtt://127.0.0.1:{broker.port}", *house.hosts[:2])
        assert serving.stderr.readline() == f"hwtui: mqtt at mqtt://127.0.0.1:{broker.port}\n"

        async def hear(word: str) -> set[str]:
            async with subscribed(broker.port) as (heard, _):
                await heard.told("hwtui/status", word)
                await heard.until(lambda newest: len([one for one in newest if one.endswith("/state")]) == 2)
                return {topic.split("/")[1] for topic in heard.newest if topic.endswith("/state")}

        assert asyncio.run(hear("online")) == {serial.casefold() for serial in house.serials[:2]}
        assert serving.end(signal.SIGTERM) == 143
        assert asyncio.run(hear("offline"))
    assert (serving.stdout.read(), serving.stderr.read()) == ("", "")


def test_a_password_that_others_can_read_is_refused_at_the_start(hwtui: Run, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("s3cr3t")
    path.chmod(0o644)
    options = ("--mqtt", "mqtt://me@127.0.0.1", "--mqtt-password-file", str(path))
    done = hwtui("serve", "--no-mdns", "127.0.0.1:1", *options)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"hwtui: --mqtt-password-file: {path}: others can read it: chmod 600 {path}\n"


@pytest.mark.parametrize("word", ["--mqtt=mqtt://me:s3cr3t@127.0.0.1", "mqtt://me:s3cr3t@127.0.0.1"])
def test_a_password_in_a_url_is_refused_and_not_repeated(hwtui: Run, word: str) -> None:
    done = hwtui("serve", "--no-mdns", word)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "s3cr3t" not in done.stderr
