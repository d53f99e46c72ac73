"""State shared by the views: the newest snapshot, the selection, the sort order, and access to the engine."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from tui.core.checks.worst import Worst, worst_of
from tui.core.counting.quarter import RunningQuarter
from tui.core.counting.today import Today
from tui.core.fuse import Fuse
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.profiles import Profile
from tui.core.settings import Settings
from tui.core.wording import clock
from tui.engine.clockjump import CLOCK_JUMP_S
from tui.engine.keeping.kept import Kept
from tui.engine.mailbox import Snapshot
from tui.engine.trends import Trends
from tui.net.interfaces import LocalNetwork
from tui.ui.draw.devices import SORTS, passes, sorted_devices
from tui.ui.draw.lines import Context
from tui.ui.glyphs import Glyphs

if TYPE_CHECKING:  # not needed for the first frame
    from tui.core.alarms.state import Alarm
    from tui.core.checks.record import Installation, Observed, Record
    from tui.core.guided.proof import Proof
    from tui.engine.monitor import Monitor
    from tui.engine.out.sink import SinkState


class Playback(Protocol):
    """What the screen knows of the recording that it shows."""

    @property
    def label(self) -> str:
        """What says so on the screen."""
        ...

    def hold(self, held: bool) -> None:
        """Let it wait while the screen is frozen, or go on."""
        ...


FREEZE_ENDS_S = 600.0
"""A frozen screen that was forgotten resumes by itself."""
CLOCK_WAS_SET = "No longer frozen: this computer's clock was set, and the graphs start again."

WORST_EVERY_S = 5.0
"""How often the record is asked again: it has no figure that says more each second."""

T = TypeVar("T")


class Engine(Protocol):
    """The part of `EngineThread` that the screen uses."""

    @property
    def trends(self) -> Trends:
        """The trends; safe to use from any thread."""
        ...

    def record(self, now: Now, installation: Installation) -> Record:
        """The record of the check up to `now`; safe to use from any thread."""
        ...

    def observed(self, key: str, now: Now) -> Observed | None:
        """One device of the record up to `now`, None if it has not answered; safe to use from any thread."""
        ...

    @property
    def kept(self) -> Kept:
        """What is kept of the past; safe to use from any thread."""
        ...

    @property
    def sinks(self) -> tuple[SinkState, ...]:
        """How what goes out to other programs is doing; safe to read from any thread."""
        ...

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a command of the monitor in the engine's thread."""
        ...


@dataclass
class Session:
    """The state of one user's screen."""

    engine: Engine
    settings: Settings
    glyphs: Glyphs
    profile: Profile
    newest: Snapshot
    config_file: Path | None = None
    """Where names, roles and hosts are saved; None: they last until the program ends."""
    without_config: str | None = None
    """Why there is none, where there should be one: not in the demo."""
    selected: str | None = None
    sort: str = SORTS[0]
    wanted: str = ""
    """The words of the filter."""
    frozen: Snapshot | None = None
    networks: Callable[[], Sequence[LocalNetwork]] = tuple
    """Returns the networks now being searched, the likeliest first: Wi-Fi may come up long after the screen."""
    started: Now | None = None
    fuse: Fuse | None = None
    """The main fuse: as set, or as picked since."""
    replay: Playback | None = None
    """The recording that is shown; None: the house itself."""
    is_afar: bool = False
    """Shown in a browser: the engine is another process, and nothing is examined or written from here."""
    proofs: tuple[Proof, ...] = ()
    """What guided tests proved since the start."""

    _hidden_alarms: Now | None = None
    """When the newest of the alarms was raised that the user has hidden."""
    _worst: tuple[str, Now, Worst] | None = None
    """What the record last said: of which device, and when."""
    _asked_at: Snapshot | None = None
    """The snapshot of which is known:"""
    _todays: dict[str, Today | None] = field(default_factory=dict)
    """by place,"""
    _quarters: dict[str, RunningQuarter | None] = field(default_factory=dict)
    """and by device."""

    def __post_init__(self) -> None:
        self.fuse = self.fuse or self.settings.fuse

    def take(self, snapshot: Snapshot) -> str | None:
        """Accept a newer snapshot; end a freeze that has lasted too long, or whose graphs are gone.

        Returns what the user should be told of that.
        """
        selected_before = self.selected
        before = self.newest.fleet.devices.get(selected_before or "")
        top_before, keys_before = next(iter(self.devices()), None), self.newest.fleet.devices.keys()
        was_shown = self.device is not None
        self.newest = snapshot
        self.started = self.started or snapshot.now
        if self.frozen and snapshot.now.age_of(self.frozen.now) > FREEZE_ENDS_S:
            self.frozen = None
        was_set = self.frozen and abs(snapshot.now.utc_of(self.frozen.now) - self.frozen.now.utc) > CLOCK_JUMP_S
        if was_set:
            self.frozen = None
        devices = snapshot.fleet.devices
        if before is not None and before.key not in devices and before.endpoint is not None:
            now_there = snapshot.fleet.holder_of(before.endpoint)  # a host given by hand has identified itself
            self.selected = now_there.key if now_there else None
        if was_shown and self.hidden:  # its name or address has changed: keep it visible
            self.wanted = ""
        # The top of the list stays selected while devices are found and hosts given by hand identify themselves.
        was_top = top_before is not None and top_before.key == selected_before
        if self.selected not in devices or (was_top and devices.keys() != keys_before):
            rows = self.devices()
            self.selected = rows[0].key if rows else next(iter(devices), None)
        return CLOCK_WAS_SET if was_set else None

    @property
    def shown(self) -> Snapshot:
        """The snapshot on the screen: the newest, or the frozen one."""
        return self.frozen or self.newest

    @property
    def frozen_at(self) -> str | None:
        """The clock time of the frozen screen."""
        return clock(self.frozen.now.utc, ZoneInfo(self.profile.zone)) if self.frozen else None

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those that are raised, also while the screen is frozen; none while the user has hidden them all."""
        raised, hidden = self.newest.fleet.alarms, self._hidden_alarms
        if hidden is not None and not any(alarm.at.monotonic > hidden.monotonic for alarm in raised):
            return ()
        return raised

    def hide_alarms(self) -> bool:
        """Hide them until there is another one; whether there were any to hide."""
        raised = self.alarms
        if raised:
            self._hidden_alarms = max((alarm.at for alarm in raised), key=lambda at: at.monotonic)
        return bool(raised)

    @property
    def context(self) -> Context:
        """What drawing needs besides its subject."""
        shown = self.shown
        return Context(
            self.glyphs,
            self.profile,
            shown.now,
            shown.fleet,
            self.settings.kiosk,
            self.fuse,
            self.worst_of,
            self._today_of,
            self._quarter_of,
            lambda: self.engine.kept.costs(shown.now),
            self.replay.label if self.replay else "",
            self.settings.read_only,
        )

    def _today_of(self, place: str) -> Today | None:
        """What a place counted: asked once for each snapshot, of which several parts of a picture tell."""
        self._ask_anew()
        if place not in self._todays:
            self._todays[place] = self.engine.kept.today(place, self.shown.now)
        return self._todays[place]

    def _quarter_of(self, key: str) -> RunningQuarter | None:
        """The running quarter-hour of a grid meter; the same, and so on a frozen screen that of when it was frozen."""
        self._ask_anew()
        if key not in self._quarters:
            self._quarters[key] = self.engine.kept.quarter(key, self.shown.now)
        return self._quarters[key]

    def _ask_anew(self) -> None:
        if self._asked_at is not self.shown:
            self._asked_at, self._todays, self._quarters = self.shown, {}, {}

    def worst_of(self, key: str) -> Worst | None:
        """The worst that the record has of a grid meter; None before its first answer."""
        now = self.shown.now
        if self._worst is None or self._worst[0] != key or now.age_of(self._worst[1]) >= WORST_EVERY_S:
            observed = self.engine.observed(key, now)
            self._worst = (key, now, worst_of(observed, now)) if observed else None
        return self._worst[2] if self._worst else None

    def devices(self) -> list[Device]:
        """The devices that match the filter, in their order."""
        return sorted_devices(self.shown.fleet, self.shown.now, self.sort, self.wanted)

    @property
    def device(self) -> Device | None:
        """The selected device as shown; None while the filter hides it: actions apply only to what is visible."""
        device = self.shown.fleet.devices.get(self.selected or "")
        return device if device and passes(device, self.wanted) else None

    @property
    def live_device(self) -> Device | None:
        """The selected device as it is now, even on a frozen screen."""
        return None if self.hidden else self.newest.fleet.devices.get(self.selected or "")

    @property
    def hidden(self) -> bool:
        """Whether there is a selected device, and the filter hides it."""
        return self.device is None and (self.selected or "") in self.shown.fleet.devices

    @property
    def installation(self) -> Installation:
        """What the check knows of the house besides its measurements."""
        from tui.core.checks.record import Installation  # not needed for the first frame
        from tui.engine.checkdata import OWN_LIMITS, load_limits

        own = self.settings.config_file and self.settings.config_file.with_name(OWN_LIMITS)
        limits = load_limits(self.profile.name, own)
        return Installation(limits, self.profile, self.fuse, recorded=self.replay is not None)

    def titled(self, title: str) -> str:
        """The title of a list, with its filter and how many devices match it."""
        if not self.wanted:
            return title
        return f'{title} with "{self.wanted}"  {len(self.devices())} of {len(self.shown.fleet.devices)}'

    def move(self, by: int) -> None:
        """Select another device, `by` rows further."""
        rows = self.devices()
        keys = [device.key for device in rows]
        if keys:
            at = keys.index(self.selected) if self.selected in keys else 0
            self.selected = keys[min(len(keys) - 1, max(0, at + by))]

    def freeze(self) -> None:
        """Freeze the screen, or resume."""
        self.frozen = None if self.frozen else self.newest
        self._asked_at = None  # what was counted has gone on meanwhile
        if self.replay is not None:
            self.replay.hold(self.frozen is not None)

    def next_sort(self) -> str:
        """Switch to the next sort order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        return self.sort

    def searching_for_s(self) -> float:
        """Seconds since the first snapshot."""
        return self.newest.now.age_of(self.started) if self.started else 0.0
