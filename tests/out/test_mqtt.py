"""The sink for MQTT against a real broker: what arrives, what hinders it, and what comes after."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.net.accepting import accepting
from tests.out.brokers import Mosquitto, free_port, mosquitto, real_broker, relayed, subscribed
from tests.out.houses import StillClock, a_house
from tests.v2.certificates import authority, leaf
from tui.core.events import SwitchRead
from tui.core.out.mqttbroker import Broker
from tui.core.reading import Switch
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.demo.still import Still
from tui.engine.out import mqttclient
from tui.engine.out.mqtt import MqttSink
from tui.engine.out.sink import SinkState

WRONG = "what a person would not guess"


class Monitor:
    """Switches the sockets of a house that stands still."""

    def __init__(self, still: Still, settings: Settings) -> None:
        self._still = still
        self.settings, self.clock = settings, StillClock(still)
        self.switch = Switch(power_on=True, switch_lock=False)

    @property
    def fleet(self) -> Any:
        return self._still.fleet

    async def read_switch(self, key: str) -> Switch:
        self._still.apply(SwitchRead(key, self.switch, self._still.now))
        return self.switch

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        self.switch = self.switch._replace(power_on=power_on)
        return await self.read_switch(key)


class House:
    """A house, and its sink."""

    def __init__(self, broker: Broker, **settings: Any) -> None:
        self.still, clock = a_house()
        self.settings = Settings(mqtt=broker, mdns=False, **settings)
        self.monitor = Monitor(self.still, self.settings)
        self.sink = MqttSink(broker, self.settings, clock, self.monitor)
        self.still.listeners.append(self.sink.heard)
        self.still.run(2)
        self.states: list[SinkState] = []
        self._told = asyncio.Event()

    def tell(self, state: SinkState) -> None:
        self.sink.state = state
        self.states.append(state)
        self._told.set()

    async def until(self, holds: Callable[[SinkState], bool]) -> SinkState:
        """Wait until the state that was told last is as wanted."""
        async with asyncio.timeout(10):
            while not (self.states and holds(self.states[-1])):
                self._told.clear()
                await self._told.wait()
        return self.states[-1]

    async def fault(self, text: str = "") -> str:
        """Wait for a fault that begins so, or for the end of all."""
        state = await self.until(lambda state: state.fault.startswith(text) and bool(state.fault) == bool(text))
        return state.fault

    @property
    def socket(self) -> str:
        """The key of its first socket."""
        return next(key for key, device in self.still.fleet.devices.items() if device.product.can_switch)


@asynccontextmanager
async def handing_on(broker: Broker, **settings: Any) -> AsyncIterator[House]:
    """A house whose sink runs."""
    house = House(broker, **settings)
    running = asyncio.create_task(house.sink.run(house.tell))
    try:
        yield house
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def at(port: int, **told: Any) -> Broker:
    return Broker("127.0.0.1", port, **told)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mosquitto")


@pytest.fixture(scope="module")
def passwords(folder: Path) -> Path:
    """Those of a broker: the user "house" with the password "right"."""
    path = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(path), "house", "right"], check=True)
    return path


@pytest.fixture
def broker(folder: Path) -> Any:
    with mosquitto(folder) as one:
        yield one


@real_broker
async def test_whoever_subscribes_later_has_the_newest_of_every_device_at_once(broker: Mosquitto) -> None:
    async with handing_on(at(broker.port)) as house:
        await house.fault()
        devices = house.still.fleet.devices
        async with subscribed(broker.port) as (heard, _):
            await heard.until(lambda newest: len(newest) == 1 + 3 * len(devices))
            assert heard.newest["hwtui/status"] == "online"
            assert {heard.newest[f"hwtui/{key}/status"] for key in devices} == {"online"}
            for key, device in devices.items():
                state = json.loads(heard.newest[f"hwtui/{key}/state"])
                assert device.measurement is not None
                numbers = {name: device.number(name) for name in device.measurement.value.values}
                assert {name: state.get(name) for name, value in numbers.items() if value is not None} == {
                    name: value for name, value in numbers.items() if value is not None
                }
                config = json.loads(heard.newest[f"homeassistant/device/hwtui_{key}/config"])
                assert config["state_topic"] == f"hwtui/{key}/state"
            count = len(heard.topics)
            house.still.run(1)  # too early for the next state
            house.still.run(4)
            await heard.until(lambda _: len(heard.topics) >= count + len(devices))
            assert sorted(heard.topics[count:]) == sorted(f"hwtui/{key}/state" for key in devices)
    async with subscribed(broker.port) as (heard, _):
        await heard.told("hwtui/status", "offline")


@real_broker
async def test_a_broker_that_was_killed_has_the_newest_within_two_seconds_of_its_return(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StillClock, "sleep", staticmethod(asyncio.sleep))  # its waits as they are
    async with handing_on(at(broker.port)) as house:
        await house.fault()
        broker.kill()
        assert "is the broker running there?" in await house.fault("nothing listens")
        house.still.run(30)
        await asyncio.sleep(1)
        broker.start()
        begun = asyncio.get_running_loop().time()
        async with subscribed(broker.port) as (heard, _):
            newest = house.still.now.utc
            await heard.until(lambda told: len([topic for topic in told if topic.endswith("/state")]) >= 7)
            assert asyncio.get_running_loop().time() - begun < 2
            grid = next(one for one in house.still.fleet.devices.values() if one.product.is_grid_meter)
            assert json.loads(heard.newest[f"hwtui/{grid.key}/state"])["power_w"] == grid.number("power_w")
        await house.fault()
        assert house.still.now.utc == newest
        # One for each state of these 30 seconds that took the place of another.
        await house.until(lambda state: state.dropped == 7 * 5)


@real_broker
async def test_one_that_hangs_holds_up_nothing_and_has_the_newest_when_it_goes_on(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqttclient, "ANSWER_S", 0.3)
    async with relayed(broker) as (relay, port), handing_on(at(port)) as house:
        await house.fault()
        relay.hold()
        house.still.run(20)
        assert "still well?" in await house.fault(f"127.0.0.1:{port} confirms nothing")
        await house.fault(f"127.0.0.1:{port} accepts a connection and says nothing")
        house.still.run(20)
        relay.release()
        await house.fault()
        async with subscribed(broker.port) as (heard, _):
            power = json.dumps({"power_w": house.still.fleet.devices[house.socket].number("power_w")})[1:-1]
            await heard.until(lambda newest: power in newest.get(f"hwtui/{house.socket}/state", ""))


@real_broker
async def test_who_leaves_without_a_word_is_offline_by_the_last_will(broker: Mosquitto) -> None:
    async with relayed(broker) as (relay, port), subscribed(broker.port) as (heard, _), handing_on(at(port)) as house:
        await heard.told("hwtui/status", "online")
        relay.hold()
        relay.cut()
        await heard.told("hwtui/status", "offline")
        relay.release()
        await heard.told("hwtui/status", "online")
        await house.fault()


@real_broker
async def test_a_last_will_that_comes_late_does_not_leave_the_house_offline(broker: Mosquitto) -> None:
    async with handing_on(at(broker.port)) as house, subscribed(broker.port) as (heard, client):
        await house.fault()
        await heard.told("hwtui/status", "online")
        await client.publish("hwtui/status", "offline", qos=1, retain=True)
        await heard.until(lambda _: heard.topics.count("hwtui/status") >= 3)
        await heard.told("hwtui/status", "online")


async def test_a_socket_that_accepts_and_says_nothing_is_left_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqttclient, "ANSWER_S", 0.2)
    ended = asyncio.Semaphore(0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.release()
        writer.close()

    async with accepting(silent) as port, handing_on(at(port)) as house:
        assert "is it MQTT? (for its port with TLS use mqtts://)" in await house.fault("127.0.0.1:")
        for _ in range(2):  # that it was looked for, and the attempt itself
            await asyncio.wait_for(ended.acquire(), 5)
        house.still.run(20)
        await house.until(lambda state: state.dropped == 7 * 4)


@pytest.mark.parametrize(
    ("first", "fault"),
    [(b"", "closed the connection: is the broker still well?"), (b"220 a mail server", "does not speak MQTT")],
)
async def test_one_that_ends_or_speaks_first_is_not_waited_for(first: bytes, fault: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        writer.close()

    async with accepting(answer) as port, handing_on(at(port)) as house:
        assert fault in await house.fault("127.0.0.1:")


@real_broker
@pytest.mark.parametrize(
    ("user", "password", "fault"),
    [
        ("house", "right", ""),
        ("house", WRONG, "refuses user or password: look at both"),
        (None, None, "wants a user and a password: use mqtt://USER@HOST and --mqtt-password-file"),
    ],
)
async def test_a_password_is_right_or_a_sentence(
    folder: Path, passwords: Path, user: str | None, password: str | None, fault: str
) -> None:
    with mosquitto(folder, "allow_anonymous false", f"password_file {passwords}") as broker:
        secret = Secret(password) if password else None
        async with handing_on(at(broker.port, user=user), mqtt_password=secret) as house:
            told = await house.fault(fault and "127.0.0.1:")
            assert told == (fault and f"127.0.0.1:{broker.port} {fault}")
            assert WRONG not in repr(house.settings)


@real_broker
@pytest.mark.parametrize(
    ("host", "trusts", "tls", "fault"),
    [
        ("localhost", True, True, ""),
        ("localhost", False, True, "is of an authority that this computer does not know"),
        ("127.0.0.1", True, True, 'is not for "127.0.0.1"'),
        ("localhost", True, False, "is it MQTT?"),
    ],
)
async def test_tls_is_trusted_by_name_and_authority(
    folder: Path, monkeypatch: pytest.MonkeyPatch, host: str, trusts: bool, tls: bool, fault: str
) -> None:
    monkeypatch.setattr(mqttclient, "ANSWER_S", 0.3)
    (folder / "leaf.pem").write_bytes(leaf(cn="localhost", san=("localhost",)).pem)
    own = authority().file(folder)
    lines = ("allow_anonymous true", f"certfile {folder}/leaf.pem", f"keyfile {folder}/leaf.pem")
    with mosquitto(folder, *lines) as broker:
        async with handing_on(Broker(host, broker.port, tls), mqtt_ca=own if trusts else None) as house:
            assert fault in await house.fault(fault and ("the certificate" if tls else host))


@pytest.mark.parametrize(
    ("broker", "fault"),
    [
        (Broker("127.0.0.1", free_port()), "nothing listens at 127.0.0.1:"),
        (Broker("no.such.name.invalid", 1883), 'there is no address for "no.such.name.invalid": check the name'),
    ],
)
async def test_what_cannot_be_reached_is_a_sentence(broker: Broker, fault: str) -> None:
    async with handing_on(broker) as house:
        await house.fault(fault)


async def test_a_broker_without_tls_is_told_from_one_with_it() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 this is something else\r\n")
        await reader.read()
        writer.close()

    async with accepting(plain) as port, handing_on(at(port, tls=True)) as house:
        assert (await house.fault("127.0.0.1:")).endswith("does not speak TLS: use its port for TLS, or mqtt://")


@real_broker
async def test_a_socket_is_switched_by_a_message_and_answers_as_its_state(broker: Mosquitto) -> None:
    async with handing_on(at(broker.port), mqtt_control=True) as house, subscribed(broker.port) as (heard, client):
        topic = f"hwtui/{house.socket}/switch"
        config = f"homeassistant/device/hwtui_{house.socket}/config"
        house.still.apply(SwitchRead(house.socket, house.monitor.switch, house.still.now))
        await heard.until(lambda newest: '"command_topic"' in newest.get(config, ""))
        assert json.loads(heard.newest[config])["components"]["switch"]["command_topic"] == f"{topic}/set"
        await client.publish(f"{topic}/set", "OFF", qos=1)
        label = house.still.fleet.devices[house.socket].label
        await heard.told(f"{topic}/answer", f"{label} is off")
        await heard.until(lambda newest: json.loads(newest[f"hwtui/{house.socket}/state"])["power_on"] is False)
        house.monitor.switch = Switch(power_on=False, switch_lock=True)
        await client.publish(f"{topic}/set", "ON", qos=1)
        await heard.told(f"{topic}/answer", f"{label} is not switched: locked in the app")
        assert house.monitor.switch.power_on is False


@real_broker
@pytest.mark.parametrize("settings", [{}, {"mqtt_control": True, "read_only": True}])
async def test_without_leave_a_message_switches_nothing(broker: Mosquitto, settings: dict[str, bool]) -> None:
    async with handing_on(at(broker.port), **settings) as house, subscribed(broker.port) as (heard, client):
        await house.fault()
        await client.publish(f"hwtui/{house.socket}/switch/set", "OFF", qos=1)
        await heard.told(f"hwtui/{house.socket}/switch/set")
        house.still.run(6)
        house.still.apply(SwitchRead(house.socket, Switch(brightness=1, switch_lock=True), house.still.now))
        await heard.until(lambda newest: '"switch_lock": true' in newest.get(f"hwtui/{house.socket}/state", ""))
        assert house.monitor.switch.power_on is True
        assert f"hwtui/{house.socket}/switch/answer" not in heard.newest


@real_broker
async def test_each_value_by_itself_and_what_others_have_to_say(broker: Mosquitto) -> None:
    async with handing_on(at(broker.port), mqtt_topics=True) as house, subscribed(broker.port) as (heard, _):
        house.sink.post("house/alarms", "Grid: above 5000 W")
        await heard.told("house/alarms", "Grid: above 5000 W")
        grid = next(one for one in house.still.fleet.devices.values() if one.product.is_grid_meter)
        await heard.told(f"hwtui/{grid.key}/state")
        told = {topic.rpartition("/")[2]: text for topic, text in heard.newest.items() if f"/{grid.key}/" in topic}
        state = json.loads(told.pop("state"))
        assert (told["power_w"], told["role"]) == (str(state["power_w"]), "grid")
        assert {name for name, value in state.items() if value is not None} - {"state"} <= told.keys()
        count = len(heard.topics)
        house.still.run(6)
        await heard.until(lambda newest: json.loads(newest[f"hwtui/{grid.key}/state"])["time"] != state["time"])
        assert f"hwtui/{grid.key}/time" in heard.topics[count:]
        assert f"hwtui/{grid.key}/serial" not in heard.topics[count:], "what has not changed is not told again"
