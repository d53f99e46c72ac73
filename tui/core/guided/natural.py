"""What the steps of an hour make likely: loads switch by themselves, and nobody has to be asked.

It looks at the record, a bite at a time, so that whoever draws meanwhile does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.checks.record import Observed, Record
from tui.core.fuse import Fuse
from tui.core.guided.answer import Answer, Certainty, Question
from tui.core.guided.guide import Guide, wiring_of
from tui.core.guided.judging import Judge, Wiring
from tui.core.guided.proof import Proof
from tui.core.guided.trial import Meter
from tui.core.model import Fleet
from tui.core.profiles import Profile

LEAST_W = 100.0
"""A smaller step is not counted: a phase of a house has many of them (own choice)."""
LEAST_STEPS, MOST_STEPS = 3, 40
"""So many steps must fit; the last so many of a meter are looked at (own choice)."""
BITE = 3000
"""So many answers of meters are looked at in one bite: some 10 ms on a desktop."""
AGAIN_S = 30.0
"""A meter that was judged is judged again after so long (own choice)."""
_SAID = (Question.PHASE, Question.DIRECTION)


class Natural:
    """What is likely of the meters of a house. Feed it the record now and then."""

    def __init__(self, profile: Profile, fuse: Fuse | None = None) -> None:
        self._profile, self._fuse = profile, fuse
        self.guide = Guide(profile, fuse)
        """The meters and their steps, for a guided test, too."""
        self._judges: dict[str, tuple[Meter, Meter, Judge]] = {}
        self._judged: dict[str, float] = {}
        self._likely: dict[str, tuple[Proof, ...]] = {}

    @property
    def likely(self) -> tuple[Proof, ...]:
        """What is likely so far."""
        return tuple(one for proofs in self._likely.values() for one in proofs)

    def look(self, record: Record, most: int | None = BITE) -> bool:
        """Take a bite; whether that was all there was. `most` None: all of it, at once."""
        left = most
        for observed in record.observed:
            taken = self.guide.look(observed, left)
            left = None if left is None else left - taken
            if left is not None and left <= 0:
                return False
        fleet = Fleet({one.key: one.device for one in record.observed})
        connection = self.guide.connection(fleet)
        if connection is None or connection.measurement is None:
            self._likely.clear()
            return True
        wiring = wiring_of(connection.measurement.value, self._profile, self._fuse)
        observed_by = {one.key: one for one in record.observed}
        self._likely = {key: proofs for key, proofs in self._likely.items() if key in observed_by}
        for subject in self.guide.subjects(fleet):
            last = self._judged.get(subject.key)
            if last is not None and record.now.monotonic - last < AGAIN_S:
                continue
            self._judged[subject.key] = record.now.monotonic
            self._likely[subject.key] = self._judge(observed_by[subject.key], connection.key, wiring, record)
            if most is not None:
                return False
        return True

    def _judge(self, observed: Observed, connection: str, wiring: Wiring, record: Record) -> tuple[Proof, ...]:
        meters: Mapping[str, Meter] = self.guide.meters
        meter, grid = meters[observed.key], meters[connection]
        if wiring is Wiring.THREE and 0 in grid.channels and len(grid.channels) == 1:
            wiring = Wiring.TOTAL_ONLY
        known = self._judges.get(observed.key)
        if known is None or known[0] is not meter or known[1] is not grid:
            known = self._judges[observed.key] = meter, grid, Judge(meter, grid, wiring, LEAST_W, MOST_STEPS)
        inverted = observed.device.is_inverted
        return tuple(
            Proof(observed.key, one, record.now, inverted)
            for one in known[2].answers(None)
            if is_said(one, meter, wiring)
        )


def is_said(answer: Answer, meter: Meter, wiring: Wiring) -> bool:
    """Whether an answer that rests on natural steps is worth saying."""
    if answer.certainty is not Certainty.LIKELY or answer.question not in _SAID or answer.steps < LEAST_STEPS:
        return False
    # A plug cannot be turned, and in a house of one phase there is no other one.
    return wiring is Wiring.THREE if answer.question is Question.PHASE else meter.can_turn


def likely_of(record: Record) -> tuple[Proof, ...]:
    """What all of a record makes likely, at once."""
    natural = Natural(record.installation.profile, record.installation.fuse)
    while not natural.look(record, None):
        pass
    return natural.likely
