"""Every example payload, served over HTTP and read by `hwtui read --json`: each value has its place."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Row = dict[str, Any]

PAYLOADS = sorted((Path(__file__).parents[1] / "payloads").glob("*.json"))
SEED_EXAMPLES = 6

V1_TO_CANONICAL = [
    # Pattern of a v1 name, and its canonical name (the vendor's v2 names, API notes section 4).
    (r"smr_version", "protocol_version"),
    (r"active_tariff", "tariff"),
    (r"total_power_(import|export)_(t\d_)?kwh", r"energy_\1_\2kwh"),
    (r"active_power_average_w", "average_power_15m_w"),
    (r"montly_(.*)", r"monthly_\1"),
    (r"active_liter_lpm", "water_flow_lpm"),
    (r"total_liter_(m3|offset_m3)", r"water_total_\1"),
    (r"active_(.*)", r"\1"),
]
ELSEWHERE = {
    "wifi_ssid",
    "wifi_strength",
    "external",
    "total_gas_m3",
    "gas_timestamp",
    "gas_unique_id",
    "unique_gas_id",
}


@contextmanager
def _device(number: int, payload: bytes, product_type: str = "HWE-TST") -> Iterator[str]:
    """A device that answers `/api` and `/api/v1/data` and nothing else; its HOST:PORT."""
    identity = {
        "product_type": product_type,
        "product_name": "Test",
        "serial": f"5c2faf{number:06x}",
        "firmware_version": "1.00",
        "api_version": "v1",
    }
    answers = {"/api": json.dumps(identity).encode(), "/api/v1/data": payload}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = answers.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:  # noqa: A002
            """stderr is not for this."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def rows(hwtui: Run) -> dict[str, Row]:
    """What one `read --json` prints of all payloads, by the payload's name."""
    with ExitStack() as stack:
        hosts = [stack.enter_context(_device(number, path.read_bytes())) for number, path in enumerate(PAYLOADS)]
        done = hwtui("read", "--json", *hosts)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip((path.stem for path in PAYLOADS), json.loads(done.stdout), strict=True))


def _canonical(name: str) -> str:
    for pattern, canonical in V1_TO_CANONICAL:
        if re.fullmatch(pattern, name):
            return re.sub(pattern, canonical, name)
    return name


def _iso(stamp: int) -> str:
    return datetime.strptime(str(stamp), "%y%m%d%H%M%S").isoformat()


def _expected(sent: Row) -> Row:
    values = {_canonical(name): value for name, value in sent.items() if value is not None and name not in ELSEWHERE}
    for name in values:
        if name.endswith("_timestamp"):
            values[name] = _iso(values[name])
    for way in ("import", "export"):
        tariffs = [
            values[f"energy_{way}_t{tariff}_kwh"] for tariff in (1, 2, 3, 4) if f"energy_{way}_t{tariff}_kwh" in values
        ]
        if tariffs:
            values.setdefault(f"energy_{way}_kwh", round(sum(tariffs), 3))
    return values


ODD = [
    # What stands in the answer beside a power of 5 W, the system that is read of it, and the note.
    (
        b'"wifi_ssid":"Bj\xf6rk"',
        {"wifi_ssid": "Bj\ufffdrk"},
        "wifi_ssid: not UTF-8, \ufffd stands for what cannot be read",
    ),
    (b'"wifi_ssid":"a\x00\x1bb"', {"wifi_ssid": "ab"}, "wifi_ssid: control characters left out"),
    (b'"wifi_ssid":"\\ud800x"', {"wifi_ssid": "x"}, None),
    (b'"active_power_l1_w":Infinity', {}, "active_power_l1_w: not a finite number, dropped"),
    (
        b'"smr_version":"50","wifi_strength":-67',
        {"wifi_strength_pct": 66, "wifi_rssi_db": -67},
        "smr_version: sent as text, read as a number",
    ),
]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_odd_bytes_cost_only_the_field_they_are_in_and_can_be_printed(hwtui: Run, encoding: str) -> None:
    with ExitStack() as stack:
        hosts = [
            stack.enter_context(_device(number, b"{" + odd + b',"active_power_w":5}'))
            for number, (odd, *_) in enumerate(ODD)
        ]
        done = hwtui("read", "--json", *hosts, env={"PYTHONIOENCODING": encoding})
        told = hwtui("read", *hosts, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr, told.returncode, told.stderr) == (0, "", 0, "")
    for (_, system, note), row in zip(ODD, json.loads(done.stdout), strict=True):
        assert (row["state"], row["measurement"]["power_w"]) == ("live", 5)
        assert row["system"] == system
        assert row["notes"] == ([note] if note else [])


def test_every_value_of_every_payload_is_printed_in_its_place(rows: dict[str, Row]) -> None:
    assert sum(name.startswith("seed_") for name in rows) == SEED_EXAMPLES
    for path in PAYLOADS:
        sent, row = json.loads(path.read_text()), rows[path.stem]
        measurement = dict(row["measurement"])
        external = measurement.pop("external", [])
        assert measurement | row["extra"] == _expected(sent), path.stem
        assert row["system"] == {"wifi_ssid": sent["wifi_ssid"], "wifi_strength_pct": sent["wifi_strength"]}
        assert row["notes"] == []
        assert row["state"] == "live"
        meters = sent.get("external") or []
        if not meters and "total_gas_m3" in sent:
            gas = {"type": "gas_meter", "unique_id": sent["gas_unique_id"], "value": sent["total_gas_m3"], "unit": "m3"}
            meters = [{**gas, "timestamp": sent["gas_timestamp"]}]
        by_type = sorted(external, key=lambda meter: str(meter["type"]))
        assert [
            {**meter, "timestamp": _iso(meter["timestamp"])} for meter in sorted(meters, key=lambda m: m["type"])
        ] == by_type


def test_read_tells_of_3x230_v_in_its_table_and_in_its_json_and_of_no_gas_meter(hwtui: Run) -> None:
    zeros = ("active_power_l1_w", "active_power_l2_w", "active_power_l3_w", "active_voltage_l2_v", "total_gas_m3")
    sent = {"active_power_w": -73, "active_voltage_l1_v": 234.1, "active_voltage_l3_v": 233.2, "gas_timestamp": 0}
    with _device(1, json.dumps(sent | dict.fromkeys(zeros, 0)).encode(), "HWE-P1") as host:
        table, as_json, told = (hwtui("read", *more, host) for more in ((), ("--json",), ("--grid", "be-wal-3x230")))
    assert "looks like 3x230 V without neutral: start with --grid be-vlg-3x230" in table.stdout
    assert [row.split() for row in table.stdout.splitlines()[2:5]] == [
        ["L1", "--", "234.1", "V"],
        ["L2", "--", "--"],
        ["L3", "--", "233.2", "V"],
    ]
    (row,) = json.loads(as_json.stdout)
    assert row["measurement"] == {"power_w": -73, "voltage_l1_v": 234.1, "voltage_l3_v": 233.2}
    assert [note.split(":")[0] for note in row["notes"]] == ["power_l1_w, power_l2_w, power_l3_w, voltage_l2_v"]
    assert "3x230" not in told.stdout
