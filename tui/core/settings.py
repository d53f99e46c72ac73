"""Settings: what the user asked for, after flag, environment, file and default have been merged.

`core.options` has the table of them; `resolve` reads flag, variable and config-file key in that order and takes the
first that is given. Every wrong value becomes a sentence that begins with where it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.fuse import Fuse
from tui.core.model import DeviceSetting, Endpoint
from tui.core.options import OPTIONS, TYPE_WORDS, Option
from tui.core.out.influxplace import Influx
from tui.core.out.listening import WEB_PLACE, Listening
from tui.core.out.mqttbroker import Broker
from tui.core.secret import Secret
from tui.core.text import quoted, without_user

if TYPE_CHECKING:  # only who has some loads them
    from tui.core.alarms.rules import Rule
    from tui.core.money.prices import Prices

USUAL_TIMEOUT_S = 3.0
LONGEST_NAME = 40
"""Characters in a device's name (own choice: the widest list still shows all of them)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the command line, the environment and the config file can set; the README describes each."""

    hosts: tuple[Endpoint, ...] = ()
    mdns: bool = True
    """Whether mDNS is used at all: to find devices, and the addresses of names under .local."""
    discover: bool = True
    """Whether to look for devices; not if hosts were given for one call, which then polls only them."""
    interfaces: tuple[str, ...] = ()
    """Addresses of the interfaces to use for mDNS; empty: all of them."""
    read_only: bool = False
    interval_s: float = 1.0
    timeout_s: float | None = None
    """How long `devices` and `read` take at most; None: `patience_s`, and a scan as long as it needs."""
    grid: str | None = None
    """Name of a grid profile, see `core.profiles`."""
    fuse: Fuse | None = None
    """The main fuse; without it nothing is judged against one."""
    language: str = "en"
    """Of the reports of the check; the screen stays English."""
    glyphs: str = "auto"
    theme: str = "auto"
    mouse: bool = True
    kiosk: bool = False
    """Starts on the wall and accepts only view keys: for a display that nobody operates."""
    config_file: Path | None = None
    state_dir: Path | None = None
    """Where the known devices and the history are kept; None: nothing is remembered."""
    log_file: Path | None = None
    ca: Path | None = None
    """The certificate of the authority that is trusted over TLS instead of HomeWizard's."""
    history: bool = True
    """Whether what is measured is kept on disk, in `state_dir`."""
    verbose: int = 0
    devices: Mapping[str, DeviceSetting] = field(default_factory=dict)
    """The user's settings for devices, by key (serial in lower case)."""
    prices: Prices | None = None
    influx: Influx | None = None
    """Where readings are posted as line protocol."""
    influx_token_file: Path | None = None
    influx_token: Secret | None = None
    metrics: Listening | None = None
    """Where metrics are answered, and all that `api` answers."""
    api: Listening | None = None
    """Where the devices are answered for other programs."""
    mqtt: Broker | None = None
    """The broker that the states of devices are handed to."""
    mqtt_password_file: Path | None = None
    mqtt_password: Secret | None = None
    mqtt_ca: Path | None = None
    """The certificate of the authority that is trusted for the broker instead of those of this computer."""
    mqtt_every_s: float = 5.0
    """How often the state of a device is handed to the broker at most; as often as Home Assistant reads these devices
    by itself (`UPDATE_INTERVAL` in `homeassistant/components/homewizard/const.py`)."""
    mqtt_topics: bool = False
    """Each value also by itself."""
    mqtt_control: bool = False
    """Whether a socket may be switched by a message."""
    alarms: tuple[Rule, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The option or variable that gave a setting, by field: what is saved does not change it for the next call."""
    web_listen: Listening = WEB_PLACE
    """Where `hwtui web` listens."""
    web_password_file: Path | None = None
    web_insecure: bool = False
    """Whether it may do so beyond this computer over plain HTTP."""
    web_control: bool = False
    """Whether a browser may switch, set, name and add."""
    web_names: tuple[str, ...] = ()
    """Names under which browsers may ask for it, besides addresses and those of this house."""

    @property
    def discovers(self) -> bool:
        """Whether mDNS looks for devices."""
        return self.mdns and self.discover

    @property
    def hands_on(self) -> bool:
        """Whether anything goes out to other programs."""
        return bool(self.metrics or self.api or self.mqtt or self.influx or self.alarms)

    @property
    def patience_s(self) -> float:
        """How long to wait for devices and names."""
        return USUAL_TIMEOUT_S if self.timeout_s is None else self.timeout_s


class SettingsError(ValueError):
    """A value that cannot be used; the message says where it was found and what to use instead.

    It goes to the log, too, so it holds no password, whoever wrote it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(without_user(text))


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config file as read: its values, and the line of each key (path of keys to line, from 1)."""

    path: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def where(self, *keys: str) -> str:
        """ "FILE:LINE: KEY", with the line of the nearest parent where `keys` itself has none."""
        nearest = (self.lines[keys[:length]] for length in range(len(keys), 0, -1) if keys[:length] in self.lines)
        return f"{self.path}:{next(nearest, 1)}: {'.'.join(quoted(key) for key in keys)}"


@contextmanager
def given_at(where: str) -> Iterator[None]:
    """Prefix what is wrong with a value with its place: a `ValueError` in here becomes a `SettingsError`."""
    try:
        yield
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None


def resolve(flags: Mapping[str, Any], env: Mapping[str, str], file: ConfigFile) -> Settings:
    """The settings: flag beats environment beats file beats default.

    `flags` holds only what was given, by field of `Settings`: text, a list of texts, or the value of a switch. `env`
    may hold other variables, too; an empty one counts as not given. The whole file is checked, including what a flag or
    a variable overrides. Raises `SettingsError`.
    """
    values: dict[str, Any] = dict(_from_file(file))
    typed: dict[str, str] = {}
    for option in OPTIONS:
        if option.field in flags:
            raw, where = flags[option.field], option.flag or ""
        elif option.variable and env.get(option.variable):
            raw, where = env[option.variable], option.variable
        else:
            continue
        with given_at(where):
            values[option.field] = option.check(_from_text(option, raw))
        typed[option.field] = where
    return Settings(**values, typed=typed)


def _from_text(option: Option, raw: Any) -> Any:
    """A flag or variable converted to its type; anything but text (a switch, a list of words) already is."""
    if not isinstance(raw, str):
        return raw
    if option.type is list:
        return raw.replace(",", " ").split()
    if option.type is bool:
        return _yes_or_no(raw) is not option.negated
    if option.type in (int, float):
        try:
            return option.type(raw)
        except ValueError:
            raise ValueError(f'"{quoted(raw)}" is not {TYPE_WORDS[option.type]}') from None
    return raw


def _yes_or_no(raw: str) -> bool:
    word = raw.strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError(f'"{quoted(raw)}" is neither yes nor no: use 1 or 0')


def _from_file(file: ConfigFile) -> Iterator[tuple[str, Any]]:
    by_key = {option.key: option for option in OPTIONS if option.key}
    for key, raw in file.values.items():
        if key == "devices":
            from tui.core.devicesettings import device_settings

            yield "devices", dict(device_settings(file))
            continue
        if key == "prices":
            from tui.core.money.prices import read_prices

            yield "prices", read_prices(file)
            continue
        if key == "alarms":
            from tui.core.alarms.rules import read_alarms

            yield "alarms", read_alarms(file)
            continue
        option = by_key.get(key)
        if option is None:
            raise SettingsError(f"{file.where(key)}: {unknown(key, [*by_key, 'devices', 'prices', 'alarms'])}")
        with given_at(file.where(key)):
            value = option.check(typed_as(str(raw) if option.bare and type(raw) is int else raw, option.type))
        yield option.field, value


def typed_as(raw: Any, wanted: type) -> Any:
    """A value of the file, if it is of that type. Raises `ValueError`."""
    fits = isinstance(raw, (int, float) if wanted is float else wanted)
    if wanted in (int, float) and isinstance(raw, bool):
        fits = False
    if wanted is list and fits:
        fits = all(isinstance(item, str) for item in raw)
    if not fits:
        raise ValueError(f"wrong type: it must be {TYPE_WORDS[wanted]}")
    return raw


def unknown(key: str, known: Sequence[str], what: str = "key") -> str:
    """That `key` is none of those `known`, with the one that was probably meant."""
    import difflib  # only needed for a mistake, and every command loads this file

    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown {what}" + (f': did you mean "{near[0]}"?' if near else f": known are {', '.join(known)}")
