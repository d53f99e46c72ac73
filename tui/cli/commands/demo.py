"""`hwtui demo`: a simulated house."""

from __future__ import annotations

import gc
from argparse import ArgumentParser
from dataclasses import replace

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.cli.terminal import need_terminal
from tui.core.options import number
from tui.core.settings import SettingsError, given_at

MOST_DEVICES = 250
FASTEST = 3600.0
MOST_DAYS = 400
SLOWEST_ANSWER_MS = 10_000.0
LONGEST_BUTTON_S = 3600.0


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--household", metavar="NAME", help="nl (default), be, old, be-3x230, faulty or onsite")
    add("--seed", metavar="N", help="another house of that kind (default: 1)")
    add("--devices", metavar="N", help="so many devices instead of its own")
    add("--speed", metavar="X", help="how much faster time passes (default: 1)")
    add("--history", metavar="DAYS", dest="days", help="begin with a past of so many days, at most 400")
    add("--latency", metavar="MS", help="how long a device takes to answer, in milliseconds (default: 0)")
    add(
        "--button",
        metavar="S",
        help="seconds until a device's button presses itself for pairing (default: 3; 0: never)",
    )
    add("--only-v1", action="store_true", help="devices that speak API v1 alone, and no battery")
    add("--serve", action="store_true", help="no screen: only the devices, their addresses and READY")


def run(given: Given) -> int:
    settings = given.settings()
    # A simulated house is not to appear among the data of a real one, unless that was typed.
    settings = replace(
        settings,
        influx=settings.influx if "influx" in given.flags else None,
        mqtt=settings.mqtt if "mqtt" in given.flags else None,
    )
    from tui.engine.demo.household import HOUSEHOLDS

    name = given.own.get("household", HOUSEHOLDS[0])
    if name not in HOUSEHOLDS:
        raise SettingsError(f'--household: there is no "{name}": use one of {", ".join(HOUSEHOLDS)}')
    with given_at("--seed"):
        seed = number(int)(given.own.get("seed", "1"))
    with given_at("--devices"):
        devices = number(int, 1, MOST_DEVICES)(given.own["devices"]) if "devices" in given.own else None
    with given_at("--speed"):
        speed = number(float, 0.1, FASTEST)(given.own.get("speed", "1"))
    with given_at("--latency"):
        latency_s = number(float, 0, SLOWEST_ANSWER_MS)(given.own.get("latency", "0")) / 1000
    with given_at("--history"):
        days = number(int, 1, MOST_DAYS)(given.own["days"]) if "days" in given.own else 0
    with given_at("--button"):
        button_s = number(float, 0, LONGEST_BUTTON_S)(given.own.get("button", "3"))
    v2 = "only_v1" not in given.own
    if days and given.own.get("serve"):
        raise SettingsError("--history: it is for the screen: devices keep no past, so leave it out with --serve")
    if not given.own.get("serve"):
        need_terminal("hwtui demo --serve")
        gc.disable()  # as for `screen`
        from tui.ui.launch import run_demo

        return run_demo(settings, name, seed, devices, speed, latency_s, days, button_s=button_s, v2=v2)

    from tui.engine.clock import FastClock
    from tui.engine.commands.demo_serve import demo_serve
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.demo.household import Household

    clock = FastClock(speed)
    household = Household(name, seed, devices, clock.now(), speed=speed, latency_s=latency_s, button_s=button_s, v2=v2)
    return run_to_its_end(lambda output: demo_serve(household, clock, output, announce=settings.mdns))


COMMAND = Command("a simulated house, through the same path as a real one", run, options)
