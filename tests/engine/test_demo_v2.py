"""What the simulated devices say over API v2: the same house under other names, and the rules of the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.core.api import v1, v2
from tui.core.api.dialect import parse_identity
from tui.engine.demo.answer import Answer
from tui.engine.demo.devices import SimulatedDevice
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.pairing import MOST_USERS, token_of
from tui.engine.demo.v2 import V2Side


def named(name: str, household: str = "nl", **options: Any) -> SimulatedDevice:
    return next(one for one in Household(household, **options).devices if one.name == name)


def ask(
    device: SimulatedDevice,
    method: str,
    path: str,
    body: object = None,
    at_s: float = 0.0,
    token: str | None = "",
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """The status, and the body: JSON taken apart, else text. `token` is the demo's own, None sends none."""
    assert device.v2 is not None
    sent = {} if token is None else {"authorization": f"Bearer {token or token_of(device.serial)}"}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    answer = device.v2.answer(method, path, sent | (headers or {}), raw, DEFAULT_START.plus(at_s))
    return answer.status, read(answer)


def read(answer: Answer) -> Any:
    return json.loads(answer.body) if answer.content_type == "application/json" else answer.body.decode()


def refused(code: str, status: int = 400) -> tuple[int, Any]:
    return status, {"error": code}


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("household", "name"), [("nl", "Grid"), ("be", "Solar"), ("be-3x230", "Solar")])
def test_both_apis_give_one_measurement(household: str, name: str) -> None:
    device = named(name, household)
    parsed = v1.parse_measurement(json.loads(device.answer("GET", "/api/v1/data").body))
    over_v2 = v2.parse_measurement(ask(device, "GET", "/api/measurement")[1])
    assert parsed is not None
    assert over_v2 is not None
    values = {name: value for name, value in over_v2.values.items() if name != "timestamp"}
    left_out = {"power_l1_w", "energy_import_t1_kwh", "energy_export_t1_kwh"} if name != "Grid" else set()
    assert values == {name: value for name, value in parsed[0].values.items() if name not in left_out}
    assert (over_v2.external, over_v2.notes, over_v2.extra) == (parsed[0].external, (), {})


def test_a_grid_meter_tells_when_its_telegram_came() -> None:
    assert ask(named("Grid"), "GET", "/api/measurement")[1]["timestamp"] == "2026-06-12T14:17:00"


def test_a_battery_tells_what_the_api_lists_and_no_more() -> None:
    status, battery = ask(named("Battery"), "GET", "/api/measurement")
    names = "energy_import_kwh energy_export_kwh power_w voltage_v current_a frequency_hz state_of_charge_pct cycles"
    assert (status, list(battery)) == (200, names.split())


@pytest.mark.parametrize(("household", "name", "version"), [("nl", "Grid", "2.2.0"), ("nl", "Battery", "2.0.1")])
def test_a_device_says_who_it_is(household: str, name: str, version: str) -> None:
    device = named(name, household)
    identity = parse_identity(ask(device, "GET", "/api")[1])
    assert identity is not None
    assert (identity.serial, identity.product_type) == (device.serial, device.product_type)
    assert identity.api_version == version


@pytest.mark.parametrize(
    ("household", "name", "settings"),
    [
        ("nl", "Grid", {"cloud_enabled", "status_led_brightness_pct", "api_v1_enabled"}),
        ("be", "Solar", {"cloud_enabled", "api_v1_enabled"}),
        ("nl", "Battery", {"cloud_enabled", "status_led_brightness_pct"}),
    ],
)
def test_each_product_tells_its_own_settings(household: str, name: str, settings: set[str]) -> None:
    device = named(name, household, button_s=0.001)
    token = paired(device)
    system = ask(device, "GET", "/api/system", token=token)[1]
    assert set(system) == {"wifi_ssid", "wifi_rssi_db", "uptime_s", *settings}
    assert -90 < system["wifi_rssi_db"] < -50
    assert system["uptime_s"] > 86400


def test_a_telegram_is_that_of_api_v1_and_only_a_grid_meter_has_one() -> None:
    grid = named("Grid")
    text = ask(grid, "GET", "/api/telegram")[1].replace("\r\n", "\n")
    assert text == grid.answer("GET", "/api/v1/telegram").body.decode().replace("\r\n", "\n")
    assert ask(named("Battery"), "GET", "/api/telegram")[0] == 404


# -- who may -----------------------------------------------------------------------------------------------------------


def paired(device: SimulatedDevice, name: str = "local/x", at_s: float = 0.0) -> str:
    ask(device, "POST", "/api/user", {"name": name}, at_s, token=None)
    status, made = ask(device, "POST", "/api/user", {"name": name}, at_s + 3, token=None)
    assert status == 200, made
    assert made["name"] == name
    return str(made["token"])


@pytest.mark.parametrize("token", [None, "0" * 32])
@pytest.mark.parametrize("path", ["/api", "/api/measurement", "/api/user", "/api/batteries"])
def test_without_its_token_a_device_says_nothing(token: str | None, path: str) -> None:
    assert ask(named("Grid"), "GET", path, token=token) == refused("user:unauthorized", 401)


def test_a_path_that_is_unknown_is_answered_by_the_web_server_itself() -> None:
    for path in ("/api/nothing", "/api/v1/data", "/api/device", "/"):
        assert ask(named("Grid"), "GET", path, token=None) == (404, "Nothing matches the given URI")
    assert ask(named("Battery"), "GET", "/api/batteries")[0] == 404
    assert ask(named("Grid"), "DELETE", "/api/measurement")[0] == 405


def test_another_api_version_is_refused_and_the_own_one_told() -> None:
    grid = named("Grid")
    assert ask(grid, "GET", "/api", headers={"x-api-version": "3"}) == refused("request:api-version-not-supported")
    assert ask(grid, "GET", "/api", headers={"x-api-version": "2"})[0] == 200
    assert grid.v2 is not None
    answer = grid.v2.answer("GET", "/api", {}, b"", DEFAULT_START)
    assert answer.headers == (("X-Api-Version", "2.2.0"),)


@pytest.mark.parametrize(
    ("button_s", "asked_at_s", "lets_in"),
    [
        (3, [0], []),
        (3, [0, 2.9], []),
        (3, [0, 1, 2, 3], [3]),
        (3, [0, 3], [3]),
        (3, [0, 32.9], [32.9]),
        (3, [0, 33.1], []),  # it was pressed, and nobody came; asking again sends for another press
        (3, [0, 33.1, 36.1], [36.1]),
        (3, [0, 3, 4], [3]),  # one press, one user
        (0, [0, 3, 30, 3000], []),
        (60, [0, 59, 60], [60]),
    ],
)
def test_a_button_presses_itself_some_seconds_after_someone_first_asked(
    button_s: float, asked_at_s: list[float], lets_in: list[float]
) -> None:
    grid = named("Grid", button_s=button_s)
    said = {at: ask(grid, "POST", "/api/user", {"name": "local/x"}, at, token=None) for at in asked_at_s}
    assert [at for at, (status, _) in said.items() if status == 200] == lets_in
    no = refused("user:creation-not-enabled", 403)
    assert all(answer == no for at, answer in said.items() if at not in lets_in)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "request:invalid-json"),
        ({}, "json:parameter-missing:name"),
        ({"name": 3}, "json:parameter-invalid-type:name"),
        ({"name": ""}, "user:name-empty"),
        ({"name": "hwtui"}, "user:invalid-prefix"),
        ({"name": "local/"}, "user:name-invalid"),
        ({"name": "local/é"}, "user:name-invalid"),
        ({"name": "local/" + 41 * "x"}, "user:name-too-long"),
    ],
)
def test_a_name_that_is_none_is_refused_before_the_button_counts(body: object, code: str) -> None:
    assert ask(named("Grid"), "POST", "/api/user", body, token=None) == refused(code)


def test_users_are_listed_replaced_and_deleted() -> None:
    grid = named("Grid")
    first, second = paired(grid), paired(grid, at_s=100)
    assert first != second
    assert ask(grid, "GET", "/api", token=first)[0] == 401  # a name is used again: the older token is worth nothing
    listed = ask(grid, "GET", "/api/user", token=second)[1]
    assert listed == [{"name": "local/hwtui#demo", "current": False}, {"name": "local/x", "current": True}]
    assert ask(grid, "DELETE", "/api/user", {"name": "local/y"}, token=second) == refused("user:not-found")
    assert ask(grid, "DELETE", "/api/user", {"name": "local/hwtui#demo"}, token=second) == (204, "")
    assert ask(grid, "GET", "/api")[0] == 401
    assert ask(grid, "DELETE", "/api/user", token=second) == (204, "")  # oneself
    assert ask(grid, "GET", "/api", token=second)[0] == 401


def test_there_is_room_for_so_many_users() -> None:
    grid = named("Grid")
    for number in range(MOST_USERS - 1):
        paired(grid, f"local/{number}", 100.0 * number)
    ask(grid, "POST", "/api/user", {"name": "local/more"}, 5000, token=None)
    more = ask(grid, "POST", "/api/user", {"name": "local/more"}, 5003, token=None)
    assert more == refused("user:no-storage")


def test_the_demo_has_the_tokens_of_its_house_and_one_of_them_was_taken_back() -> None:
    assert set(Household().tokens) == {named("Grid").serial, named("Battery").serial}
    assert ask(named("Grid"), "GET", "/api")[0] == 200
    assert not Household("be").tokens
    faulty = Household("faulty")
    answers = {one.name: ask(one, "GET", "/api")[0] for one in faulty.devices if one.serial in faulty.tokens}
    assert answers == {"Boiler": 200, "Car charger": 401, "Battery 2": 200}


# -- changing ----------------------------------------------------------------------------------------------------------


def changed(version: str, *bodies: object) -> tuple[int, Any]:
    """The answer to the last of some changes of the batteries, by a P1 with that version."""
    device = named("Grid")
    assert device.v2 is not None
    device.v2 = V2Side(device, version, device.v2.users)
    said: list[tuple[int, Any]] = [ask(device, "PUT", "/api/batteries", body) for body in bodies]
    status, after = said[-1]
    if status != 200:
        return status, after
    assert ask(device, "GET", "/api/batteries") == said[-1]
    return status, {name: after[name] for name in ("mode", "permissions", "charge_to_full") if name in after}


CHARGE, DISCHARGE = "charge_allowed", "discharge_allowed"
BOTH = [CHARGE, DISCHARGE]


@pytest.mark.parametrize(
    ("version", "bodies", "after"),
    [
        ("2.1.0", [{"mode": "standby"}], {"mode": "standby"}),
        ("2.1.0", [{"mode": "standby"}, {"mode": "zero"}], {"mode": "zero"}),
        ("2.2.0", [{"mode": "standby"}], {"mode": "standby", "permissions": []}),
        ("2.2.0", [{"permissions": []}], {"mode": "standby", "permissions": []}),
        ("2.2.0", [{"permissions": []}, {"permissions": [CHARGE]}], {"mode": "zero", "permissions": [CHARGE]}),
        ("2.2.0", [{"permissions": [CHARGE]}, {"mode": "zero"}], {"mode": "zero", "permissions": [CHARGE]}),
        ("2.2.0", [{"mode": "standby"}, {"mode": "zero"}], {"mode": "zero", "permissions": BOTH}),
        ("2.2.0", [{"mode": "zero", "permissions": [DISCHARGE]}], {"mode": "zero", "permissions": [DISCHARGE]}),
        ("2.2.0", [{"mode": "to_full"}], {"mode": "to_full", "permissions": []}),
        ("2.3.0", [{"mode": "predictive"}], {"mode": "predictive", "permissions": BOTH, "charge_to_full": False}),
        ("2.3.0", [{"charge_to_full": True}], {"mode": "zero", "permissions": BOTH, "charge_to_full": True}),
    ],
)
def test_batteries_take_what_the_api_version_knows(version: str, bodies: list[object], after: object) -> None:
    assert changed(version, *bodies) == (200, after)


@pytest.mark.parametrize(
    ("version", "body", "code"),
    [
        ("2.1.0", {"permissions": []}, "json:no-parameters-recognized"),
        ("2.2.0", {"charge_to_full": True}, "json:no-parameters-recognized"),
        ("2.2.0", {"mode": "predictive"}, "json:parameter-invalid-type:mode"),
        ("2.2.0", {"mode": 3}, "json:parameter-invalid-type:mode"),
        ("2.2.0", {"permissions": ["fly"]}, "json:parameter-invalid-type:permissions"),
        ("2.2.0", {"mode": "to_full", "permissions": BOTH}, "json:parameter-not-exclusive"),
        ("2.2.0", b"[", "request:invalid-json"),
    ],
)
def test_batteries_refuse_the_rest(version: str, body: object, code: str) -> None:
    assert changed(version, body) == refused(code)


def test_each_api_version_tells_of_the_batteries_what_it_has() -> None:
    device = named("Grid")
    assert device.v2 is not None
    powers = {"power_w", "target_power_w", "max_consumption_w", "max_production_w"}
    for version, more in (
        ("2.1.0", set()),
        ("2.2.0", {"permissions", "battery_count"}),
        ("2.3.0", {"permissions", "battery_count", "charge_to_full"}),
    ):
        device.v2 = V2Side(device, version, device.v2.users)
        group = ask(device, "GET", "/api/batteries")[1]
        assert set(group) == {"mode", *powers, *more}
        assert v2.parse_batteries(group) is not None
    device.v2 = V2Side(device, "2.0.1", device.v2.users)
    assert ask(device, "GET", "/api/batteries")[0] == 404
    solar = named("Solar", "be", button_s=0.001)
    assert ask(solar, "GET", "/api/batteries", token=paired(solar))[1]["max_consumption_w"] == 0


def test_settings_are_checked_and_read_back() -> None:
    grid = named("Grid")
    status, system = ask(grid, "PUT", "/api/system", {"status_led_brightness_pct": 20, "cloud_enabled": False})
    assert (status, system["status_led_brightness_pct"], system["cloud_enabled"]) == (200, 20, False)
    assert read(grid.answer("GET", "/api/v1/system")) == {"cloud_enabled": False}
    bad = refused("json:parameter-invalid-type:status_led_brightness_pct")
    assert ask(grid, "PUT", "/api/system", {"status_led_brightness_pct": 101}) == bad
    assert ask(grid, "PUT", "/api/system", {"status_led_brightness_pct": "x"}) == bad
    assert ask(named("Battery"), "PUT", "/api/system", {"cloud_enabled": False}) == refused(
        "json:no-parameters-recognized"
    )
    assert ask(grid, "PUT", "/api/system", {"api_v1_enabled": False})[1]["api_v1_enabled"] is False
    assert grid.answer("GET", "/api/v1/data").status == 403


@pytest.mark.parametrize(
    ("household", "name", "path", "status"),
    [
        ("nl", "Grid", "identify", 204),
        ("nl", "Battery", "identify", 204),
        ("be", "Solar", "identify", 404),
        ("nl", "Grid", "reboot", 204),
        ("nl", "Battery", "reboot", 404),
    ],
)
def test_each_product_does_what_it_can(household: str, name: str, path: str, status: int) -> None:
    assert ask(named(name, household), "PUT", f"/api/system/{path}")[0] == status


def test_a_restart_shows_in_the_uptime() -> None:
    grid = named("Grid")
    ask(grid, "PUT", "/api/system/reboot")
    assert ask(grid, "GET", "/api/system")[1]["uptime_s"] == 0
