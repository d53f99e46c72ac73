"""How a demo and a recording are started: at a pace that can be kept up, and leaving no trace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui.core.alarms.grammar import parse_condition
from tui.core.alarms.rules import Rule
from tui.core.out.listening import parse_listening
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.demo.certificates import CA_FILE
from tui.engine.demo.household import Household
from tui.engine.replay.recording import Recording, RecordingError
from tui.ui import launch


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def run(*arguments: Any, **named: Any) -> int:
        calls.append((arguments, named))
        return 0

    monkeypatch.setattr(launch, "_run", run)
    return calls


@pytest.mark.parametrize(("speed", "interval_s"), [(1.0, 1.0), (20.0, 2.0), (2000.0, 200.0)])
def test_a_fast_house_is_polled_as_often_as_can_be_kept_up(
    started: list[tuple[tuple[Any, ...], dict[str, Any]]], speed: float, interval_s: float
) -> None:
    assert launch.run_demo(Settings(), "be", 1, None, speed) == 0
    (arguments, named) = started[0]
    assert [one.interval_s for one in arguments[:2]] == [interval_s, interval_s]
    history = named["make_memory"]()
    assert history.reader.series() == ()  # it has no past, and keeps what it lives
    history.close()


@pytest.mark.parametrize(("speed", "pushes"), [(1.0, True), (50.0, True), (60.0, False)])
def test_a_demo_has_its_own_tokens_and_trusts_its_own_authority_alone(
    started: list[tuple[tuple[Any, ...], dict[str, Any]]], tmp_path: Path, speed: float, pushes: bool
) -> None:
    """Whatever the user's own settings say; and a house whose time is too fast for push is polled."""
    settings = Settings(ca=tmp_path / "own.pem", state_dir=tmp_path)
    assert launch.run_demo(settings, "nl", 1, None, speed) == 0
    (arguments, named) = started[0]
    assert {one.ca for one in arguments[:2]} == {CA_FILE}
    assert {one.state_dir for one in arguments[:2]} == {None}
    lent = {token.serial: token.secret.reveal() for token in named["lent"]}
    assert lent == Household("nl").tokens
    assert len(lent) == 2
    assert named["pushes"] is pushes
    named["make_memory"]().close()


def test_a_recording_leaves_no_trace_and_asks_nobody(
    started: list[tuple[tuple[Any, ...], dict[str, Any]]], tmp_path: Path
) -> None:
    path = tmp_path / "house.jsonl"
    row = {"time": "2026-06-12T14:17:00+02:00", "serial": "a", "product_type": "HWE-P1", "measurement": {}}
    path.write_text(json.dumps(row))
    settings = Settings(state_dir=tmp_path / "state", config_file=tmp_path / "config.toml")
    with Recording(str(path), {}) as recording:
        assert launch.run_replay(settings, recording, 60.0) == 0
    (arguments, named) = started[0]
    for one in arguments[:2]:
        assert (one.state_dir, one.history, one.hosts, one.discovers) == (None, False, (), False)
    assert named["replay"].label == "replay 60x"
    assert named["replay"].now().utc == 1_781_266_620.0
    named["make_memory"]().close()  # what was shown can be walked, and is on no disk
    assert [one.name for one in tmp_path.iterdir()] == ["house.jsonl"]


def test_there_is_no_screen_without_anything_to_show(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with Recording(str(tmp_path / "empty"), {}) as recording, pytest.raises(RecordingError, match="it is empty"):
        launch.run_replay(Settings(), recording, 1.0)


def test_alarms_of_a_simulated_house_and_of_a_recording_are_only_shown(
    started: list[tuple[tuple[Any, ...], dict[str, Any]]], tmp_path: Path
) -> None:
    """Nobody is called because of a house that is not there, or of what is long over."""
    shown = Rule(parse_condition("silent"), bell=True)
    given = Settings(
        alarms=(replace(shown, run=("call",), webhook=Secret("http://127.0.0.1"), mqtt="a"),),
        metrics=parse_listening("9925"),
    )
    assert launch.run_demo(given, "nl", 1, None, 1.0) == 0
    path = tmp_path / "house.jsonl"
    path.write_text(
        json.dumps({"time": "2026-06-12T14:17:00+02:00", "serial": "a", "product_type": "HWE-P1", "measurement": {}})
    )
    with Recording(str(path), {}) as recording:
        assert launch.run_replay(given, recording, 60.0) == 0
    ways = [one for arguments, _ in started for one in arguments[:2]]
    assert [one.alarms for one in ways] == [(shown,)] * 4
    assert [one.metrics for one in ways] == [given.metrics, given.metrics, None, None]
    for _, named in started:
        named["make_memory"]().close()
