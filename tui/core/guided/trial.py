"""A guided test: what to ask of the person next, and what is known so far.

Pure: samples and moments come in, cues and answers come out. Nothing is asked for that is not needed any more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.channel import Channel
from tui.core.guided.cued import LATEST_S, LEAST_LOAD_W, Cue
from tui.core.guided.cuejudging import LoadJudge, NameJudge, TurnJudge
from tui.core.guided.judging import Judge, Wiring

LEAST_STEP_W = 200.0
"""A step of the meter under test that counts (own choice)."""
MOST_CUES, MOST_SLOW_CUES = 10, 14
"""More are not asked of anybody; with a meter that has news every 10 s, and for a load without a meter of its own, it
may take more (own choice)."""
MOST_SOURCE_CUES = 6
"""So often an inverter is switched off at most: it takes minutes to start again (own choice)."""
RISE_CUES = 4
"""So many cues may be for the rise alone."""
MOST_UNSEEN = 4
"""So many cues in a row without a step end the test."""
HOLD_S, APART_S, LONGER_S = 8.0, 12.0, 9.0
"""A load stays on, or off, for 8 to 17 s, or 12 to 21 s where two meters are compared: no step must be taken for the
next one. Each time otherwise, so that no load that comes and goes by itself keeps time with the cues."""
OTHER_S = 12.0
"""The meter under test has this long to show a step before that of another one counts."""
BACK, BACK_S, RESTARTS_S = 0.6, 20.0, 900.0
"""An inverter is back when it has made this part of what it made before for 20 s, in a quarter of an hour at the
latest: it watches the grid for a minute or more before it starts (own choice)."""
SILENT_S = 12.0
"""A meter that was silent for so long, or had no power to tell, may have missed the step (own choice)."""
_GOLDEN = 0.618034


class Asks(StrEnum):
    """What the person is to do: with a load; with an inverter, ON is to switch it off, and OFF to switch it on."""

    ON = "on"
    OFF = "off"
    WAIT = "wait"
    OVER = "over"


class Meter:
    """A meter of the house: its channels by phase, 0 for all together."""

    def __init__(
        self, key: str, phases: Sequence[int], interval_s: float = 1.0, refresh_s: float = 1.0, *, can_turn: bool = True
    ) -> None:
        self.key = key
        self.can_turn = can_turn
        """Whether it may be mounted the wrong way round: a plug cannot."""
        self.channels: Mapping[int, Channel] = {phase: Channel(interval_s, refresh_s) for phase in phases}

    def of_source(self) -> Meter:
        """The same of an inverter: nothing else switches there, and half a second may be read twice."""
        for channel in self.channels.values():
            channel.left_out = 2
        return self

    def take(self, at: float, watts: Mapping[int, float | None]) -> None:
        """Take in an answer."""
        for phase, channel in self.channels.items():
            channel.take(at, watts.get(phase))


class Trial:
    """One test: of a meter, or of the phase of a load that no meter measures (`subject` None).

    That of a source, an inverter, is made by what it delivers: it is switched off, which draws as much more as a load
    that goes on. It starts again by itself, slowly, and so tells nothing then.
    """

    def __init__(
        self,
        subject: Meter | None,
        connection: Meter | None,
        wiring: Wiring,
        others: Sequence[Meter] = (),
        *,
        is_source: bool = False,
        since: float = -math.inf,
    ) -> None:
        """`since`: when the test before this one was over (monotonic): its steps were asked for, too."""
        self.is_source = is_source
        self.subject, self.connection, self.wiring = subject, connection, wiring
        self.others = tuple(others)
        self.cues: list[Cue] = []
        self.asks = Asks.WAIT
        self.answers: tuple[Answer, ...] = ()
        self._unseen = 0
        self._made_w = self._asked = 0.0
        self._back: float | None = None
        """Since when the inverter makes about as much as before; None: it does not."""
        self._load = LoadJudge(connection, wiring, since) if connection and subject is None else None
        self._name = NameJudge(subject, self.others, since) if subject else None
        self._turn = TurnJudge(subject, since, is_source=is_source) if subject else None
        self._judge = (
            Judge(subject, connection, wiring, LEAST_STEP_W, since=since, is_source=is_source)
            if subject and connection
            else None
        )
        shown = subject or connection
        self._shown = tuple(shown.channels.values()) if shown else ()
        asked = [meter for meter in (subject, connection) if meter]
        self._refresh_s = max(channel.refresh_s for meter in asked for channel in meter.channels.values())

    def start(self, now: float) -> None:
        """Begin to ask."""
        self._ask(now, on=True)

    def tick(self, now: float) -> None:
        """Another second has passed (`now`: monotonic)."""
        if self.asks is Asks.OVER or not self.cues:
            return
        self.answers = self.judge()
        if self._is_decided():
            self.asks = Asks.OVER
        else:
            self._go_on(now)
        if self.asks is Asks.OVER:
            self.answers = self._explained(self.answers, now)

    def _go_on(self, now: float) -> None:
        """Wait, or ask for more, or for no more."""
        cue = self.cues[-1]
        if self.is_source and self.asks is Asks.OFF:
            self._await_source(now)
            return
        acted = self._acted(cue)
        if acted is not None:
            self._unseen = 0
            self.asks = Asks.WAIT
            if now >= acted + self._hold_s():
                self._next(now, cue)
        elif now >= cue.at + LATEST_S + self._refresh_s:
            self._unseen += 1
            if self._unseen >= MOST_UNSEEN:
                self.asks = Asks.OVER
            else:
                self._next(now, cue)

    def _is_decided(self) -> bool:
        """Whether to ask no more. What the rise lacks is not worth many steps."""
        most = 0 if self.is_source else RISE_CUES
        wanted = [one for one in self.answers if one.question is not Question.RISE or len(self.cues) <= most]
        return bool(wanted) and all(one.is_final for one in wanted)

    def judge(self) -> tuple[Answer, ...]:
        """The answers so far."""
        if self._load is not None:
            return (self._load.answer(self.cues),)
        if self.subject is None or self._name is None or self._turn is None:
            return ()
        if self.is_source:  # there is one inverter, and it has its meter
            turned = self._turn.answers(self.cues)
            if self._judge is None:
                return tuple(turned)
            # What it gave tells the direction, whatever the connection's meter saw of it.
            by_steps = self._judge.answers(self.cues)
            told = [one for one in turned if one.question is Question.DIRECTION]
            others = [one for one in by_steps if not told or one.question is not Question.DIRECTION]
            return (*map(self._of_source, others), *told)
        name = self._name.answer(self.cues)
        if name.value not in ("", self.subject.key):
            return (name,)  # of a meter that does not show the load there is nothing more to say
        if self._judge is None:
            return (name, *self._turn.answers(self.cues))
        found = self._judge.answers(self.cues)
        return (name, *found) if self.others else tuple(found)

    def _of_source(self, answer: Answer) -> Answer:
        """An answer about an inverter: where all phases move together, it is one of three."""
        if answer.why is not Why.TOGETHER or not answer.of:
            return answer
        return replace(answer, certainty=Certainty.UNTESTABLE, why=Why.THREE_PHASE)

    def _explained(self, answers: tuple[Answer, ...], now: float) -> tuple[Answer, ...]:
        """The answers; of a meter that was silent meanwhile, that is why: no larger load helps."""
        start = self.cues[0].at
        silent = {
            meter.key: max(channel.silent_s(start, now) - max(SILENT_S, channel.settles_s) for channel in channels)
            for meter in (self.subject, self.connection)
            if meter and (channels := meter.channels.values())
        }
        longest = max(silent, key=silent.__getitem__, default="")
        known = self.connection.key if self.connection else longest
        return tuple(
            replace(one, why=Why.GAPS, silent=longest)
            if one.certainty is Certainty.NOT_SURE and silent.get(longest, 0.0) > 0.0
            else replace(one, silent=one.silent or known)
            if one.why is Why.GAPS
            else one
            for one in answers
        )

    def _acted(self, cue: Cue) -> float | None:
        """When a load was seen to switch after the cue; None: not yet."""
        for channel in self._shown:
            for step in channel.between(cue.at, cue.at + LATEST_S + channel.refresh_s):
                is_load = abs(step.size) >= LEAST_STEP_W * (1 if self.subject else 3)
                if is_load and (self.subject is not None or (step.size > 0) is cue.on):
                    return step.at
        for meter in self.others:  # the names may be mixed up: then another meter shows it
            for channel in meter.channels.values():
                for step in channel.between(cue.at, cue.at + LATEST_S):
                    if abs(step.size) >= LEAST_LOAD_W and (step.size > 0) is cue.on:
                        return max(step.at, cue.at + OTHER_S)
        return None

    def _hold_s(self) -> float:
        least_s = APART_S if self.subject and self.connection else HOLD_S
        return least_s + LONGER_S * (len(self.cues) * _GOLDEN % 1.0) + self._refresh_s

    def _next(self, now: float, cue: Cue) -> None:
        """Ask for the contrary. A cue that no meter under test answered was not heard: it comes again, once."""
        again = self.subject is not None and self._unseen == 1
        is_slow = bool(self._refresh_s) or self.subject is None
        most = MOST_SOURCE_CUES if self.is_source else MOST_SLOW_CUES if is_slow else MOST_CUES
        if len(self.cues) >= most:
            self.asks = Asks.OVER
        elif self.is_source and not self._unseen:
            self.asks, self._asked, self._back = Asks.OFF, now, None
        elif self.is_source:
            self._ask(now, on=True)
        else:
            self._ask(now, on=cue.on if again else not cue.on)

    def _await_source(self, now: float) -> None:
        """Wait until the inverter makes about as much as before, and ask for it to be switched off again."""
        if self.power_w < BACK * self._made_w:
            self._back = None
        elif self._back is None:
            self._back = now
        if self._back is not None and now - self._back >= BACK_S:
            self._ask(now, on=True)
        elif now - self._asked > RESTARTS_S:
            self.asks = Asks.OVER

    @property
    def power_w(self) -> float:
        """What the meter under test shows, whichever way round."""
        return abs(sum(channel.power_w for channel in self._shown))

    def _ask(self, now: float, *, on: bool) -> None:
        if self.is_source:
            self._made_w = max(self._made_w, self.power_w)
        self.cues.append(Cue(now, on))
        self.asks = Asks.ON if on else Asks.OFF
