"""Rules on how devices are reached: answers that are late or lost, and the Wi-Fi that may be the cause.

A device with weak Wi-Fi and lost answers has one fault, not two: `wifi` tells of it, and `link` only refers to it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from tui.core.checks.finding import Finding, Seconds, Term, Verdict, Word
from tui.core.checks.record import WIFI, Observed, Record
from tui.core.checks.series import MINUTE_S, Series
from tui.core.model import State
from tui.core.state import STALE_INTERVALS, state_of

EVIDENCE_S = 30.0
"""No verdict on answers that come or do not come before a device has been watched for this long (own choice)."""
WIFI_MINUTES = 60
"""The strength is the median of at most the last hour, so that a moved access point is seen (own choice)."""
_LINK, _WIFI, _RESTARTS = "link", "wifi", "link.restarts"


def link(record: Record) -> Iterator[Finding]:
    """`link`: whether each device answers, and how many polls are lost or late. A device without its API is `api`'s."""
    findings = [found for one in record.observed for found in _link_of(record, one)]
    yield from findings or [Finding(_LINK, Verdict.NA)]


def wifi(record: Record) -> Iterator[Finding]:
    """`wifi`: how strong each device receives its Wi-Fi. A silent device is `link`'s."""
    findings = [found for one in record.observed for found in _wifi_of(record, one)]
    yield from findings or [Finding(_WIFI, Verdict.NA)]


def restarts(record: Record) -> Iterator[Finding]:
    """`link.restarts`: how often each device that tells its uptime (API v2) started anew in the last day."""
    names = (f"{_RESTARTS}.info_count", f"{_RESTARTS}.warn_count")
    info, warn = (record.limits[name] for name in names)
    telling = [one for one in record.observed if one.device.started is not None]
    if not telling:
        yield Finding(_RESTARTS, Verdict.NA)
    for one in telling:
        count = len(one.restarts)
        yield Finding(
            _RESTARTS,
            Verdict.WARN if count >= warn else Verdict.INFO if count >= info else Verdict.PASS,
            one.key,
            figure=count,
            limit=info if count < info else warn,
            limits=names,
            window_s=min(record.remembered_s, record.now.age_of(one.since)),
            values={"watched": Seconds(min(record.remembered_s, record.now.age_of(one.since)))}
            | ({"last": one.restarts[-1]} if one.restarts else {}),
        )


# ------------------------------------------------------------------ answers


class _Losses(NamedTuple):
    """How the polls of a device went. `verdict` is what `link` says where the Wi-Fi is not the cause."""

    verdict: Verdict
    lost: int
    polls: int
    pct: float
    typical_s: float
    p95_s: float
    is_late: bool


def _link_of(record: Record, one: Observed) -> Iterator[Finding]:
    state = state_of(one.device, record.now)
    if state is State.NOT_PAIRED:
        return
    if state is State.API_DISABLED:
        yield Finding(_LINK, Verdict.UNTESTABLE, one.key, variant="api-off")
        return
    silence = silent_s(record, one)
    if silence is not None:
        yield _silence(record, one, silence)
        return
    if not one.polls.answered:
        yield Finding(_LINK, Verdict.UNTESTABLE, one.key, variant="waiting", values={"watched": _watched(record, one)})
        return
    if record.installation.recorded:
        yield Finding(_LINK, Verdict.UNTESTABLE, one.key, variant="recorded")
        return
    losses = _losses(record, one)
    verdict, variant = losses.verdict, ""
    if verdict in (Verdict.WARN, Verdict.FAIL):
        variant = "late" if losses.is_late else "lost"
        if _is_weak(record, one):
            verdict, variant = Verdict.INFO, "wifi"
    yield Finding(
        _LINK,
        verdict,
        one.key,
        figure=round(losses.p95_s, 3) if losses.is_late else losses.pct,
        unit="s" if losses.is_late else "%",
        limit=_late_s(record, one)
        if losses.is_late
        else _limit(record, "fail_pct" if verdict is Verdict.FAIL else "warn_pct"),
        limits=("link.late_s", "link.late_water_s", "link.late_count")
        if losses.is_late
        else ("link.info_pct", "link.least_count", "link.warn_pct", "link.fail_pct"),
        window_s=min(record.remembered_s, record.now.age_of(one.since)),
        variant=variant,
        values={
            "lost": losses.lost,
            "polls": losses.polls,
            "typical": round(1000 * losses.typical_s),
            "said": _said(one),
        },
    )


def silent_s(record: Record, one: Observed) -> float | None:
    """How long a device has not answered although it was asked; None while that is no longer than usual.

    One that never answered needs less time, but several tries. What was not asked is not silent: after a suspend of
    this computer the last answer is old, too.
    """
    device = one.device
    if device.problem is None or device.problem.kind is State.FROZEN:
        return None
    last = device.measurement.at if device.measurement else device.link.last_answer
    silence = record.now.age_of(last or one.since)
    never = last is None and one.polls.lost >= _limit(record, "least_count") and silence >= EVIDENCE_S
    longest = max(_limit(record, "silent_s"), STALE_INTERVALS * device.interval_s)
    return silence if never or silence > longest else None


def _silence(record: Record, one: Observed, silence: float) -> Finding:
    device, strength = one.device, strength_pct(one)
    last = device.measurement.at if device.measurement else device.link.last_answer
    values: dict[str, Word] = {
        "since": last or one.since,
        "silent": Seconds(silence),
        "lost": max(one.polls.lost, 1),
        "state": Term(f"state_{device.problem.kind}" if device.problem else "state_unknown"),
        "said": _said(one),
    }
    if strength is not None:
        values["wifi"] = f"{strength:.0f}"
    return Finding(
        _LINK,
        Verdict.FAIL,
        one.key,
        figure=round(silence),
        unit="s",
        limit=_limit(record, "silent_s"),
        limits=(f"{_LINK}.silent_s",),
        window_s=record.now.age_of(one.since),
        variant="never" if last is None else "silent" if strength is None else "silent-wifi",
        values=values,
    )


def _losses(record: Record, one: Observed) -> _Losses:
    lost, polls = one.polls.lost, one.polls.lost + one.polls.answered
    pct = round(100.0 * lost / polls, 2) if polls else 0.0
    latencies = sorted(one.polls.latencies_s)
    count = len(latencies)
    typical, p95 = (latencies[count // 2], latencies[math.ceil(0.95 * count) - 1]) if latencies else (0.0, 0.0)
    is_known = record.now.age_of(one.since) >= EVIDENCE_S
    is_counted = is_known and lost >= _limit(record, "least_count")
    late_s = _late_s(record, one)
    late = count - bisect_right(latencies, late_s)  # few of few answers may be late by chance
    is_late = False
    if is_counted and pct > _limit(record, "fail_pct"):
        verdict = Verdict.FAIL
    elif is_counted and pct > _limit(record, "warn_pct"):
        verdict = Verdict.WARN
    elif is_known and late >= _limit(record, "late_count") and p95 > late_s:
        verdict, is_late = Verdict.WARN, True
    else:
        verdict = Verdict.INFO if pct > _limit(record, "info_pct") else Verdict.PASS
    return _Losses(verdict, lost, polls, pct, typical, p95, is_late)


def _limit(record: Record, name: str) -> float:
    return record.limits[f"{_LINK}.{name}"]


def _late_s(record: Record, one: Observed) -> float:
    """What is late for this device: water meters are known to take their time."""
    return _limit(record, "late_water_s" if one.device.product.measures_water else "late_s")


def _watched(record: Record, one: Observed) -> Seconds:
    return Seconds(record.now.age_of(one.since))


def _said(one: Observed) -> str:
    """What went wrong last, in the program's own words, which are English; "-" where nothing did."""
    problem = one.device.problem or one.device.last_problem
    return problem.text if problem is not None and problem.text else "-"


# ------------------------------------------------------------------ Wi-Fi


def strength_pct(one: Observed) -> float | None:
    """The usual strength of a device's Wi-Fi in percent, 0 to 100: the median of what it said."""
    series = one.series.get(WIFI)
    return _median(series) if series is not None else None


def _median(series: Series) -> float | None:
    """Of the 1-minute means, or of the samples before there is one."""
    values = series.minutes.values[-WIFI_MINUTES:] or [value for value in series.recent if not math.isnan(value)]
    return median(values) if values else None


def _watched_wifi_s(one: Observed) -> float:
    """For how long its strength has been known, in seconds."""
    series = one.series.get(WIFI)
    minutes = len(series.minutes) if series is not None else 0
    return max(minutes * MINUTE_S, one.times[-1] - one.times[0] if one.times else 0.0)


def _is_weak(record: Record, one: Observed) -> bool:
    strength = strength_pct(one)
    is_known = strength is not None and _watched_wifi_s(one) >= EVIDENCE_S
    return is_known and strength is not None and round(strength, 1) < record.limits["wifi.weak_pct"]


def _wifi_of(record: Record, one: Observed) -> Iterator[Finding]:
    if state_of(one.device, record.now) in (State.NOT_PAIRED, State.API_DISABLED) or not one.polls.answered:
        return
    strength, watched = strength_pct(one), _watched_wifi_s(one)
    if strength is None:
        yield Finding(_WIFI, Verdict.UNTESTABLE, one.key, variant="not-sent")
        return
    strength, late_s = round(strength, 1), 0.0
    good, fair, weak = (record.limits[f"{_WIFI}.{name}"] for name in ("good_pct", "fair_pct", "weak_pct"))
    variant = ""
    if silent_s(record, one) is not None:
        verdict, variant = Verdict.UNTESTABLE, "silent"
    elif strength >= good:
        verdict = Verdict.PASS
    elif strength >= fair:
        verdict, variant = Verdict.PASS, "fair"
    elif strength >= weak:
        verdict = Verdict.INFO
    elif watched < EVIDENCE_S:
        verdict, variant = Verdict.UNTESTABLE, "early"
    else:
        losses = _losses(record, one)
        verdict, late_s = Verdict.WARN, losses.p95_s
        if losses.verdict in (Verdict.WARN, Verdict.FAIL):
            verdict, variant = losses.verdict, "late" if losses.is_late else "lost"
    yield Finding(
        _WIFI,
        verdict,
        one.key,
        figure=strength,
        unit="%",
        limit=weak if strength < weak else fair if strength < fair else good,
        limits=tuple(f"{_WIFI}.{name}" for name in ("good_pct", "fair_pct", "weak_pct")),
        window_s=watched,
        quantity=WIFI,
        variant=variant,
        values={
            "dbm": strength / 2 - 100,
            "lost": one.polls.lost,
            "polls": one.polls.lost + one.polls.answered,
            "late": f"{late_s:.1f}",
            "watched": Seconds(watched),
        },
    )
