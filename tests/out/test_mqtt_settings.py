"""MQTT at the start: what is missing or open to others is one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui.core.out.mqttbroker import Broker
from tui.core.secret import Secret
from tui.core.settings import ConfigFile, Settings, SettingsError, resolve
from tui.engine.demo.certificates import CA_FILE
from tui.engine.out.making import check_sinks
from tui.engine.out.secretfile import LARGEST, read_secret

BROKER = Broker("127.0.0.1", 1883, user="house")


def private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("data", "secret"), [(b"word", "word"), (b"word\n", "word"), (b"word\r\nmore\n", "word"), (b" a b \n", " a b ")]
)
def test_the_secret_is_the_first_line(tmp_path: Path, data: bytes, secret: str) -> None:
    assert read_secret(private(tmp_path / "file", data)).reveal() == secret


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: os.mkfifo(path), "it is not a regular file"),
        (lambda path: private(path, b"s3cr3t").chmod(0o640), "others can read it: chmod 600 "),
        (lambda path: private(path, b"s3cr3t").chmod(0o604), "others can read it: chmod 600 "),
        (lambda path: private(path, b"\n"), "its first line is empty: write the secret there"),
        (lambda path: private(path, b""), "its first line is empty"),
        (lambda path: private(path, b"s3cr3t\xff"), "it is not text in UTF-8"),
        (lambda path: private(path, b"w" * (LARGEST + 1)), "larger than 4 KiB"),
    ],
)
def test_a_file_that_holds_no_secret_says_why(tmp_path: Path, make: Callable[[Path], Any], sentence: str) -> None:
    path = tmp_path / "the file"
    make(path)
    with pytest.raises(SettingsError) as caught:
        read_secret(path)
    assert str(caught.value).startswith(f"{path}: {sentence}")
    assert "s3cr3t" not in str(caught.value)


def test_a_library_that_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    monkeypatch.delitem(sys.modules, "tui.engine.out.mqttclient", raising=False)
    with pytest.raises(SettingsError, match=r"--mqtt: .* pip install 'homewizard-tui\[mqtt\]'"):
        check_sinks(Settings(mqtt=BROKER))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"mqtt_password_file": Path("/no/such")}, "--mqtt-password-file: /no/such: there is no such file"),
        ({"mqtt_ca": Path("/no/such")}, "--mqtt-ca: /no/such: there is no such file"),
        (
            {"mqtt_ca": CA_FILE},
            "--mqtt-ca: mqtt:// is not encrypted: use mqtts://HOST, or leave it out",
        ),
        (
            {"mqtt": Broker("h", 1), "mqtt_password": Secret("s3cr3t")},
            "--mqtt: a password needs a user: put one before the host, with an @ between",
        ),
    ],
)
def test_what_cannot_work_is_said_at_the_start(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_sinks(Settings(**{"mqtt": BROKER, **settings}))
    assert str(caught.value) == sentence


def test_the_password_has_a_variable_and_neither_flag_nor_key() -> None:
    settings = resolve({}, {"HWTUI_MQTT_PASSWORD": "s3cr3t"}, ConfigFile())
    assert settings.mqtt_password == Secret("s3cr3t")
    assert "s3cr3t" not in repr(settings)
    with pytest.raises(SettingsError, match='did you mean "mqtt_password_file"'):
        resolve({}, {}, ConfigFile("f.toml", {"mqtt_password": "s3cr3t"}))


def test_a_password_in_a_url_is_refused_wherever_it_stands() -> None:
    for flags, env, values in (
        ({"mqtt": "mqtt://me:s3cr3t@h"}, {}, {}),
        ({}, {"HWTUI_MQTT": "mqtt://me:s3cr3t@h"}, {}),
        ({}, {}, {"mqtt": "mqtt://me:s3cr3t@h"}),
    ):
        with pytest.raises(SettingsError, match="a password does not belong here") as caught:
            resolve(flags, env, ConfigFile("f.toml", values))
        assert "s3cr3t" not in str(caught.value)
