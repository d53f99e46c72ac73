"""One device's line: the one feed that it is read by, and beside it at most one trial of a better way.

`core.link.spoken` chooses the way; the line runs it, counts what fails, and changes over. Values never pause for a
better way: it runs beside the present one until its first value, and what fails of it is told only as the reason why
not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tui.core.events import Certified, Event, Failed, Identified, Measured, Noted, Spoke, Told, Unpaired
from tui.core.link.spoken import (
    FORCED,
    NOT_PAIRED,
    TRIES,
    Options,
    Way,
    again_s,
    choose,
    is_upgrade,
    why_not_better,
)
from tui.core.model import HEED, Device, Endpoint, Spoken, State, key_of
from tui.core.moment import Now
from tui.core.secret import Secret
from tui.engine.lines.feeds import Feeds
from tui.engine.lines.question import Question
from tui.engine.lines.running import Hooks, Running
from tui.engine.lines.sign import Unread
from tui.engine.source import Client, Feed

REFUSED = "it no longer knows this computer's token: press p to pair it again, or run hwtui pair"
V1_OFF = f"API v1 is off, and it is {NOT_PAIRED}"
IMPOSTOR = "it says it is another device, which has shown its certificate elsewhere: do not trust this address"
NO_V1 = f"not read: {FORCED}, and no API v1 is known of it"
_LEAST_WAIT_S = 1.0
"""Between two choices that nothing happened between: whatever is wrong, it is no busy loop."""
_BEFORE_ITS_VALUE = 8
"""Most events of a trial that wait for its first value."""


class Line:
    """Reads one device. Everything runs in the monitor's loop, and nothing here waits."""

    def __init__(self, device: Device, feeds: Feeds, hooks: Hooks, slot: int, origin: float) -> None:
        """`origin` is that of the planned moments of its polls, `slot` its place among those polled together."""
        self.slot = slot
        self._device = device
        self._feeds = feeds
        self._hooks = hooks
        self._origin = origin
        self._options = Options(can_push=feeds.can_push, tries=1 if feeds.depth.ends else TRIES)
        self._endpoints: tuple[Endpoint, ...] = ()
        self._token: Secret | None = None
        self._refused: Secret | None = None
        self._using: Running | None = None
        self._trial: Running | None = None
        self._socket: Running | None = None
        """The last one whose feed is a socket."""
        self._question = Question(feeds, hooks, self._hear_answer)
        self._v1_answered = False
        self._heed = HEED
        self._again: asyncio.Task[None] | None = None
        self._told: tuple[str, Spoken] | None = None
        self._spoke_for: tuple[Running, Options] | None = None

    # ------------------------------------------------------------------ what others see

    @property
    def key(self) -> str:
        """Of its device."""
        return self._device.key

    @property
    def endpoint(self) -> Endpoint | None:
        """That of the feed in use."""
        return self._using.endpoint if self._using else None

    @property
    def answers(self) -> bool:
        """Whether the last attempt of the feed in use gave values."""
        return self._using is not None and self._using.answers

    @property
    def client(self) -> Client | None:
        """The connection for commands, if there is one."""
        return self._using.feed.client if self._using else None

    @property
    def unasked(self) -> asyncio.Event | None:
        """What is set when the first attempt under way is over; None if there is none to wait for."""
        if self._question.running is not None:
            return self._question.over
        for one in (self._using, self._trial):
            if one is not None and not one.feed.asked.is_set():
                return one.feed.asked
        return None

    def serves(self, device: Device) -> bool:
        """Whether it reads an endpoint that is this device's, as far as that has said who it is."""
        return self.endpoint in device.endpoints and (not self._using or self._using.named in (None, device.key))

    def wake(self, *, announced: bool = False) -> None:
        """The device was given by hand again, or `announced`, which counts only so often."""
        heed = self._heed.take(self._feeds.clock.now()) if announced and not self.answers else self._heed
        if self._using is not None and heed is not None:
            self._heed = heed
            self._using.feed.wake()
            if not self.answers:
                self._question.forget()

    def end(self) -> None:
        """Stop everything."""
        for one in (self._using, self._trial, self._question.running):
            if one is not None:
                one.stop()
        self._using = self._trial = None
        self._wait_no_more()

    def follow(self, device: Device) -> None:
        """The device changed: its endpoints, its token, or what the user wants."""
        token = self._hooks.token_of(device.key)
        if token is not None and token == self._refused:
            token = None
        elif token is not None:
            self._refused = None
        forced = device.forced_api == "v1"
        known = self._device.key, self._endpoints, self._token, self._options.forced
        same = (device.key, device.endpoints, token, forced) == known
        before, self._device = self._endpoints, device
        if same and self._using is not None:
            return
        self._endpoints, self._token = device.endpoints, token
        speaks_v2 = self._feeds.speaks_v2
        apis = {one.api for one in device.endpoints if one.api == "v1" or speaks_v2}
        new = {one.api for one in device.endpoints if one not in before}
        # What failed at another address, or with another token, says nothing of this one.
        tried = {way: one for way, one in self._options.tried.items() if way.api not in new}
        if token is not None and not self._options.paired:
            tried = {way: one for way, one in tried.items() if way is Way.V1}
            self._question.forget()
        self._options = replace(self._options, apis=apis, paired=token is not None, forced=forced, tried=tried)
        self._choose()
        if (one := self._using) is not None and one.answers and one.named == device.key:
            self._speak(one, device.serial or device.key)  # what it has told may be all that it is asked

    # ------------------------------------------------------------------ choosing

    def _choose(self) -> None:
        """Run what is best now."""
        now = self._feeds.clock.now()
        if self._using is not None and not self._is_valid(self._using):
            self._using.stop()
            self._using = None
        if self._trial is not None and not self._is_valid(self._trial):
            self._trial.stop()
            self._trial = None
        used = self._using.way if self._using else None
        way = choose(self._options, used, now, self._device.answered_over)
        if self._using is None or (way is not used and not is_upgrade(way, used, self._options, now)):
            self._change_to(way)
        elif way is not used and self._trial is None:
            self._trial = self._begin(way, self._hear_trial)
        self._wait_for_better()

    def _is_valid(self, one: Running) -> bool:
        """Whether a feed still belongs to the device as it is now."""
        if one.endpoint not in self._endpoints:
            return False
        if one.way is None:
            return not self._options.ways and isinstance(one.feed, Unread) == self._options.forced
        return one.way in self._options.ways and (one.way is Way.V1 or one.token == self._token)

    def _change_to(self, way: Way | None) -> None:
        """Read the device that way, and no other."""
        for one in (self._using, self._trial):
            if one is not None:
                one.stop()
        self._trial = None
        self._using = self._begin(way, self._hear)

    def _begin(self, way: Way | None, hear: Callable[[Running, Event], None]) -> Running | None:
        device, feeds, token = self._device, self._feeds, self._token
        endpoint = device.endpoint_of(way.api if way else "v2")
        if endpoint is None or (way is None and "v2" not in self._options.apis):
            return None
        if way is None and self._options.forced:
            feed: Feed = Unread(endpoint, feeds.clock, NO_V1)
        else:
            text = REFUSED if self._refused else NOT_PAIRED
            feed = feeds.by(way, endpoint, token, device.serial, self._origin, text)
        one = Running(feed, endpoint, way, None if way is Way.V1 else token, hear)
        if way is Way.PUSH:
            before, self._socket = self._socket, one
            one.after = before.after or before.task if before is not None and before.endpoint == endpoint else None
        return one.begin("reading", self._hooks)

    def _wait_for_better(self) -> None:
        """Choose again when a better way may be tried again."""
        self._wait_no_more()
        if self._using is None or self._trial is not None or self._feeds.depth.ends:
            return
        wait_s = again_s(self._options, self._using.way, self._feeds.clock.now())
        if wait_s is not None:
            self._again = self._hooks.start(self._choose_again(max(wait_s, _LEAST_WAIT_S)))

    def _wait_no_more(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None

    async def _choose_again(self, wait_s: float) -> None:
        await self._feeds.clock.sleep(wait_s)
        self._again = None
        self._choose()

    # ------------------------------------------------------------------ what the feeds say

    def _hear(self, one: Running, event: Event) -> None:
        """Of the feed in use: everything is passed on."""
        if one is not self._using:  # it is ending, and may take back what it noted
            if isinstance(event, Noted) and not event.text:
                self._hooks.emit(event)
            return
        if isinstance(event, Told) and one.named not in (None, self.key):
            event = Failed(one.endpoint, State.BAD_ANSWER, IMPOSTOR, event.at)
        match event:
            case Failed():
                self._failed(one, event)
            case Identified():
                one.named = key_of(event.identity.serial)
                self._hooks.emit(event)
                if one is self._using:
                    self._speak(one, event.identity.serial)
                    if not self._feeds.depth.measures:
                        self._answered(one)
            case Measured():
                self._answered(one)
                self._speak(one, event.serial)
                self._hooks.emit(event)
            case _:
                self._hooks.emit(event)

    def _answered(self, one: Running) -> None:
        one.answers = True
        if one.way is None:
            return
        self._v1_answered |= one.way is Way.V1
        if one.way is not Way.PUSH or not one.feed.failures:  # a socket that closes after each value is not well yet
            self._options = self._options.answered(one.way)
        missed = self._options.paired and "v2" not in self._options.apis and not self._feeds.depth.ends
        if one.way is Way.V1 and missed:
            self._ask_for_v2()

    def _failed(self, one: Running, event: Failed) -> None:
        one.answers = False
        if one.way is None:
            self._hooks.emit(event)
            return
        self._options = self._options.failed(
            one.way, event.at, event.kind, event.text, in_a_row=one.feed.failures, untrusted=event.untrusted
        )
        if one.way is not Way.V1 and event.kind is State.NOT_PAIRED:
            self._refuse(one, event)
            return
        self._hooks.emit(self._told_of_v1(event) if one.way is Way.V1 else event)
        if one is not self._using:
            return
        if one.way is Way.V1:
            enough = 1 if event.kind is State.API_DISABLED or not self._v1_answered else TRIES
            if self._options.of(Way.V1).failures >= enough:
                self._ask_for_v2()
        self._choose()

    def _refuse(self, one: Running, event: Failed) -> None:
        """The token is worth nothing any more: it is not sent again."""
        self._refused = one.token
        if self._device.serial is not None:
            self._hooks.emit(Unpaired(self._device.serial, event.at))
        self.follow(self._device)

    def _told_of_v1(self, event: Failed) -> Failed:
        """What a device that answers over v2 is told to need, where v1 is off or has never been there."""
        off = event.kind is State.API_DISABLED
        if not self._question.is_v2 or self._options.paired or (self._v1_answered and not off):
            return event
        return event._replace(kind=State.NOT_PAIRED, text=V1_OFF if off else NOT_PAIRED)

    def _hear_trial(self, one: Running, event: Event) -> None:
        """Of a better way beside the one in use: nothing is passed on until it has given a value."""
        if one is not self._trial or one.way is None:
            return
        if isinstance(event, Failed):
            one.stop()
            self._trial = None
            self._options = self._options.failed(
                one.way, event.at, event.kind, event.text, untrusted=event.untrusted, beside=True
            )
            if event.kind is State.NOT_PAIRED:
                self._refuse(one, event)
            else:
                self._choose()
            return
        one.early = [*one.early, event][-_BEFORE_ITS_VALUE:]
        if not isinstance(event, Measured if self._feeds.depth.measures else Identified):
            return
        if self._using is not None:
            self._using.stop()
        self._using, self._trial = one, None
        one.hear = self._hear
        early, one.early = one.early, []
        for each in early:
            self._hear(one, each)
        self._wait_for_better()

    def _speak(self, one: Running, serial: str) -> None:
        """Tell over which API the device is read, where that is new."""
        reasons = one, self._options
        if one.way is None or (reasons == self._spoke_for and self._told is not None and self._told[0] == serial):
            return  # with each value: nothing can have changed
        self._spoke_for = reasons
        spoken = Spoken(one.way.api, one.way is Way.PUSH, why_not_better(self._options, one.way))
        if self._told != (serial, spoken):
            self._told = serial, spoken
            self._hooks.emit(Spoke(serial, spoken, self._feeds.clock.now()))

    # ------------------------------------------------------------------ the question over v2

    def _ask_for_v2(self) -> None:
        """Ask whether the device speaks API v2, too, where that may help."""
        if not self._options.forced:
            self._question.ask(self._device, paired=self._options.paired)

    def _hear_answer(self, event: Certified | None, at: Now) -> None:
        """The question has been answered, or not."""
        self._options = replace(self._options, looked=event is None)
        if event is not None:
            self._hooks.emit(event)
        using = self._using
        if using is not None and using.way is Way.V1 and not using.answers:
            tried = self._options.of(Way.V1)
            told = self._told_of_v1(Failed(using.endpoint, tried.kind, tried.text, at))
            if told.kind is State.NOT_PAIRED:
                self._hooks.emit(told)
