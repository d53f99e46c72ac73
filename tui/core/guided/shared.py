"""Whether other phases move together with the one that seems to have the load.

A load between two lines of a 3x230 V house shows on two phases, half on each; one of three phases shows on all. That is
one more hypothesis beside "on this phase alone", and it must be refuted as any other: by phases that were quiet when
the steps came. A phase that is never at rest may hide its share, and then refutes nothing; only where a share plainly
does not fit into what it does by itself (`movement`), it refutes as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tui.core.guided.channel import FLOOR_W, Channel, Step
from tui.core.guided.evidence import Foreign, log_sum, merged, normal, sigma_of
from tui.core.guided.movement import Movements

SHARED = 0.05
"""How often a load is on more than one phase, before anything was seen (own choice): 3x230 V that nobody declared, or a
hob on two phases."""
PARTS = {1.0: 0.9} | dict.fromkeys((0.35, 0.5, 0.7, 1.4, 2.0, 2.8), 0.1 / 6)
"""What another phase has of it, as a part of the step of the first one, and how usual that is (own choice): as much."""
ABOUT = 0.15
"""A part that is not 1 is known no better than this."""
HIDES = 0.7
"""A phase that moves by less than this of its share shows none."""
HIDDEN, MISSED = 0.8, 0.003
"""How often a share is not seen while the phase moves anyway or is not measured; and while it is quiet (own choice)."""
PLAINLY = 0.1
"""A movement into which a share fits better than this acquits no phase: it may be chance (own choice)."""
AROUND_S = 1.5
"""All phases are in one answer; a step of one may be recognised a sample earlier than that of another."""
_LOG = {part: math.log(SHARED * often) for part, often in PARTS.items()}


def apart(steps: Sequence[Step], others: Iterable[tuple[Channel, Foreign]], *, alike: bool = False) -> float:
    """The log-odds that no other phase had a share of the steps of one phase. `others`: with what else they do.

    `alike`: only as large a share is thought of.
    """
    if not steps:
        return -math.inf
    shares: list[float] = []
    channels = 0
    for channel, foreign in others:
        channels += 1
        late = AROUND_S + channel.refresh_s
        own = merged([(step.at - AROUND_S - 1.0, step.at + late) for step in steps])
        movements = Movements(channel, own)
        near = [(step, channel.moved(step.at), channel.seen(step.at - AROUND_S, step.at + AROUND_S)) for step in steps]
        for part, log in [(1.0, _LOG[1.0])] if alike else _LOG.items():
            shares.append(
                log + sum(_share(part, step, moved, seen, channel, foreign, movements) for step, moved, seen in near)
            )
    return math.log(channels) - log_sum(shares) if shares else math.inf


def _share(
    part: float,
    step: Step,
    moved: float,
    seen: Iterable[Step],
    channel: Channel,
    foreign: Foreign,
    movements: Movements,
) -> float:
    """How much likelier what a phase did is if it had a part of a step of another one: the logarithm."""
    size, hit = part * step.size, 0.0
    # In the 10 s of a slow meter anything may come at once.
    at_once = 0.0 if channel.refresh_s else foreign.at_once
    for one in seen:
        sigma = math.hypot(sigma_of(one, step), ABOUT * size if part != 1.0 else 0.0)
        rest = one.size - size
        fits = (1.0 - at_once) * normal(rest, sigma)
        if at_once and abs(rest) > FLOOR_W:
            fits += at_once * foreign.density(rest, sigma)
        if fits:
            hit += fits / (max(2 * AROUND_S, channel.refresh_s) * foreign.intensity(one.size, one.sigma))
    if not moved < HIDES * abs(size):
        hidden = movements.fit(step.at, size, ABOUT * abs(size) if part != 1.0 else 0.0)
        hidden = hidden if hidden < PLAINLY else max(HIDDEN, hidden)
        return math.log(max(MISSED, min(HIDDEN, hidden) + hit, hidden))
    # The contrary step of another load, at once, hides it as well, if it is as large but for what is left of both.
    left_w = max(moved, ABOUT * abs(size))
    against = foreign.within(-size - left_w, -size + left_w)
    return math.log(MISSED + min(0.5, against * max(1.0, channel.refresh_s)) + hit)
