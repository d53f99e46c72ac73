"""The page for forty houses: what stands there is taken from it, and run, with other addresses and shorter times."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from tests.out.brokers import free_port, mosquitto, real_broker, subscribed
from tests.out.fortypage import LINES_NEAR, NEAR, QUESTION, SILENT, blocks
from tests.out.houses import StillClock, a_house, served
from tests.out.metricservers import Result, Server, needs, started
from tests.out.posting import House as Posting
from tests.out.posting import running
from tests.out.test_mqtt import handing_on
from tui.core.events import Measured
from tui.core.fuse import NOMINAL_V
from tui.core.model import Role
from tui.core.out.mqttbroker import Broker
from tui.core.reading import Measurement, System
from tui.core.settings import resolve
from tui.engine.configfile import read_config
from tui.engine.out.metrics import Exposition
from tui.engine.out.pages import Pages

PROMTOOL = shutil.which("promtool")
SCRAPE, HOUSE, WRITE = "The centre scrapes each house", "A Prometheus in each house", "The house writes to the centre"
LINES, BROKERS = "hwtui writes to the centre", "A broker in each house, and one at the centre"


def changed(text: str, places: dict[str, str]) -> str:
    """With other words in the place of some, each of which must be there."""
    for old, new in places.items():
        assert old in text, f"{old} is not in the page's {text}"
        text = text.replace(old, new)
    return text


def command(section: str, program: str, number: int = 0) -> list[str]:
    """The options of a command line of the page."""
    lines = [line for block in blocks(section, "sh") for line in block.splitlines() if line.startswith(f"{program} ")]
    return shlex.split(lines[number])[1:]


def houses(found: Result) -> list[str]:
    return sorted(one["metric"]["house"] for one in found)


class Served:
    """A house whose meter carries so much on phase 2."""

    def __init__(self, load_a: float) -> None:
        self.still, clock = a_house(devices=3)
        exposition = Exposition(clock, self.still.household.fuse)
        self.pages = Pages(StillClock(self.still), "nl", exposition)
        self.still.listeners.append(self.pages.heard)
        self.still.run(2)
        values = {f"{name}_l{n}_{unit}": 1.0 for n in (1, 2, 3) for name, unit in (("power", "w"), ("current", "a"))}
        values |= {"current_l2_a": abs(load_a), "power_l2_w": 230 * load_a}
        self.serial = next(one.serial for one in self.still.household.devices if one.is_grid_meter)
        self.still.apply(Measured(self.serial, Measurement(dict(values)), System(), self.still.now, 0.01, 1.0))

    def be_silent(self) -> None:
        self.still.silence(self.serial)
        self.still.run(30)


@asynccontextmanager
async def two_houses() -> AsyncIterator[tuple[Served, int, int]]:
    """House 12 exports 23 of 25 A, house 13 draws 19. The second of them, and the ports where they tell it."""
    near, other = Served(-23.0), Served(19.0)
    async with served(near.pages.answer) as one, served(other.pages.answer) as two:
        yield other, one, two


async def near_ones(centre: Server, number: int) -> dict[str, str]:
    """As soon as so many houses are near their fuse: these, and their shares."""
    found = await centre.until(NEAR, lambda found: len(found) == number)
    return {row["metric"]["house"]: row["value"][1] for row in found}


@needs("prometheus", "victoria-metrics", "vmagent")
async def test_every_way_to_a_centre_tells_which_house_is_near_its_fuse(tmp_path: Path) -> None:
    """All at once: each Prometheus looks at its targets after five seconds only."""
    (scrape,), (house, federate), (write,) = blocks(SCRAPE, "yaml"), blocks(HOUSE, "yaml"), blocks(WRITE, "yaml")
    here = "127.0.0.1:"
    async with AsyncExitStack() as stack:

        async def start(program: str, options: list[str], text: str) -> Server:
            folder = tmp_path / str(free_port())
            folder.mkdir()
            (folder / "prometheus.yml").write_text(text)
            return await stack.enter_async_context(started(program, folder, *options))

        other, one, two = await stack.enter_async_context(two_houses())
        text = changed(scrape, {"10.8.0.12:9925": f"{here}{one}", "10.8.0.13:9925": f"{here}{two}", "15s": "1s"})
        receiving, at_once = command(WRITE, "prometheus", 1), "-search.latencyOffset=0s"
        centre = await start("prometheus", receiving, text)
        victoria = await start("victoria-metrics", [*command(SCRAPE, "victoria-metrics"), at_once], text)

        house = changed(house, {"127.0.0.1:9925": f"{here}{one}", "5s": "200ms"})
        inside = await start("prometheus", receiving, house)
        text = changed(federate, {"10.8.0.12:9090": f"{here}{inside.port}", "10.8.0.13:9090": f"{here}1", "30s": "1s"})
        federating = await start("prometheus", receiving, text)

        text = changed(house, {'"12"': '"112"'}) + changed(write, {"10.8.0.1:9090": f"{here}{centre.port}"})
        await start("prometheus", command(WRITE, "prometheus"), text)
        (line,) = [line for line in blocks(WRITE, "sh") if line.startswith("vmagent")]
        options = shlex.split(changed(line, {"10.8.0.1:8428": f"{here}{victoria.port}"}))[1:]
        await start("vmagent", options, changed(house, {'"12"': '"113"'}))

        share = f"{23 / 25}"
        assert await near_ones(victoria, 2) == {"12": share, "113": share}
        assert await near_ones(centre, 2) == {"12": share, "112": share}
        assert await near_ones(federating, 1) == {"12": share}
        for server in (victoria, centre):
            await server.until("hwtui_fuse_load_amperes", lambda found: "13" in houses(found))
            assert await server.ask(SILENT) == []
        other.be_silent()
        for server in (victoria, centre):
            assert houses(await server.until(SILENT)) == ["13"]


@needs("victoria-metrics")
async def test_line_protocol_tells_it_in_other_words(tmp_path: Path) -> None:
    (url,) = [word for word in command(LINES, "hwtui") if word.startswith("http")]
    house = Posting()

    def now() -> float:
        return house.clock.now().utc  # ahead of time

    options = ["-search.latencyOffset=0s", "-retentionPeriod=100y"]
    async with (
        started("victoria-metrics", tmp_path, *options) as centre,
        running(house, centre.port, url.partition(":8428")[2]) as one,
    ):
        await centre.ready()
        for watts, known in ((4500.0, []), (-4700.0, ["12"])):
            house.tell(one.sink, {"power_l1_w": 100.0, "power_l2_w": watts})
            await centre.until(f"hwtui_power_l2_w == {watts}", at=now)
            assert houses(await centre.ask(LINES_NEAR, now())) == known


SECRETS = {"house12": "SECRET", "house13": "other", "office": "read"}


def let_in(path: Path) -> None:
    """Write the users of the centre, each with a password."""
    path.touch(0o600)
    for user, secret in SECRETS.items():
        subprocess.run(["mosquitto_passwd", "-b", str(path), user, secret], check=True)


@real_broker
async def test_a_bridge_hands_a_house_on_below_its_name_and_below_no_other(tmp_path: Path) -> None:
    (bridge, centre, acl) = blocks(BROKERS, "text")
    let_in(tmp_path / "passwords")
    (tmp_path / "houses.acl").write_text(acl)
    lines = changed(centre, {"listener 1883 10.8.0.1\n": "", "/etc/mosquitto": str(tmp_path)}).splitlines()
    with mosquitto(tmp_path, *lines) as middle:
        own = changed(bridge, {"10.8.0.1:1883": f"127.0.0.1:{middle.port}"}).splitlines()
        with mosquitto(tmp_path, "allow_anonymous true", *own) as broker:
            async with (
                handing_on(Broker("127.0.0.1", broker.port)) as house,
                subscribed(middle.port, "office", SECRETS["office"]) as (heard, _),
                aiomqtt.Client("127.0.0.1", middle.port, username="house13", password=SECRETS["house13"]) as other,
            ):
                await heard.told("house12/hwtui/status", "online")
                await heard.told("house12/line", "1")
                keys = house.still.fleet.devices.keys()
                await heard.until(lambda newest: all(f"house12/hwtui/{key}/state" in newest for key in keys))
                await other.publish("house12/hwtui/status", "forged", qos=1)
                await other.publish("house13/hwtui/status", "true", qos=1)
                await heard.told("house13/hwtui/status", "true")
                broker.kill()
                await heard.told("house12/line", "0")
    assert heard.newest["house12/hwtui/status"] == "online"  # as the page says
    assert {topic.partition("/")[0] for topic in heard.newest} == {"house12", "house13"}


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: NOT checked by it (Debian: apt-get install prometheus)")
def test_the_rule_waits_for_ten_minutes_and_says_which_house(tmp_path: Path) -> None:
    (rule,) = blocks(QUESTION, "yaml")
    (tmp_path / "rules.yml").write_text(rule)
    labels = 'house="12",device="Grid",phase="l2"'
    series = [
        {"series": f"hwtui_fuse_load_amperes{{{labels}}}", "values": "-23x20"},
        {"series": f"hwtui_fuse_amperes{{{labels}}}", "values": "25x20"},
    ]
    told = {
        "exp_labels": {"house": "12", "phase": "l2"},
        "exp_annotations": {"summary": "House 12: l2 at 92% of the fuse"},
    }
    asked = [
        {"eval_time": at, "alertname": "NearTheFuse", "exp_alerts": alerts}
        for at, alerts in (("9m", []), ("11m", [told]))
    ]
    test = {
        "rule_files": ["rules.yml"],
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": asked}],
    }
    (tmp_path / "test.yml").write_text(json.dumps(test))  # JSON is YAML
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alarm_of_a_house_is_raised_at_the_same_power(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("\n".join(blocks(QUESTION, "toml")))
    settings = resolve({}, {}, read_config(tmp_path / "config.toml", must_exist=True))
    (rule,) = settings.alarms
    assert (str(rule.when), rule.role) == ("power_l1_w > 4600 W for 10m", Role.GRID)
    assert "> 4600" in LINES_NEAR
    assert 0.8 * 25 * NOMINAL_V == 4600
