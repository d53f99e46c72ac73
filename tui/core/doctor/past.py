"""What this program saw of the link to a device before it was examined: its last hour, restarts, where it was before.

From the record of the check, which lives in memory: the history on disk keeps none of it but when a device answered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from tui.core.checks.record import WIFI, Observed, PollSpan
from tui.core.checks.series import Mean
from tui.core.doctor.cause import main_way, percentile
from tui.core.doctor.evidence import Computer, Evidence, Examined, Said
from tui.core.model import Device
from tui.core.moment import Moment, Now
from tui.core.wording import DAYS, MONTHS

HOUR_S, DAY_S = 3600.0, 86400.0
LEAST_WATCHED_S = 120.0
"""A shorter past adds nothing to the requests of the examination itself (own choice)."""


@dataclass(frozen=True, slots=True)
class LinkPast:
    """The past of one link."""

    last_answer: Moment | None = None
    wifi_pct: float | None = None
    """As it was told last."""
    asked: int = 0
    """In the hour up to the last answer, or to now where there is none; values that were pushed count as asked for."""
    lost: int = 0
    latencies_s: tuple[float, ...] = ()
    """Of its last answers, some hundreds at most; none where it pushes."""
    p50_s: float = 0.0
    p95_s: float = 0.0
    """Of these; 0 without any."""
    watched_s: float = 0.0
    """How long before that it was first heard of."""
    before: str | None = None
    """The address at which it was before."""
    moved: Moment | None = None
    """When it was first seen where it is."""
    restarts: tuple[Moment, ...] = ()
    """In the last day, of a device that tells its uptime (API v2)."""
    spans: tuple[PollSpan, ...] = ()
    """The polls minute by minute, oldest first."""
    wifi: tuple[Mean, ...] = ()
    """Its signal in percent, minute by minute."""


NOTHING = LinkPast()


def past_of(device: Device, observed: Observed | None) -> LinkPast:
    """What is known of the past of a device; `observed` is what the record has of it."""
    last = device.link.last_answer or (device.measurement.at if device.measurement else None)
    wifi = device.system.value.wifi_pct if device.system else None
    if observed is None:
        return LinkPast(last, wifi)
    since = last.monotonic - HOUR_S if last else -math.inf
    spans = observed.polls.spans
    hour = [span for span in spans if span.ends > since]
    answered = sum(span.answered for span in hour)
    lost = max(0.0, sum(span.lost for span in hour) - (device.link.lost_in_a_row if last else 0))
    known, latencies = observed.addresses, observed.polls.latencies_s
    moved = len(known) > 1
    series = observed.series.get(WIFI)
    return LinkPast(
        last,
        wifi,
        round(answered + lost),
        round(lost),
        latencies,
        percentile(latencies, 0.5),
        percentile(latencies, 0.95),
        last.age_of(observed.since) if last else 0.0,
        known[-2][0] if moved else None,
        _At(known[-1][1]) if moved else None,
        observed.restarts,
        tuple(spans),
        tuple(series.minutes) if series else (),
    )


@dataclass(frozen=True, slots=True)
class _At:
    """A `Moment` of which the record has the seconds alone."""

    monotonic: float

    def age_of(self, earlier: Moment, /) -> float:
        return max(0.0, self.monotonic - earlier.monotonic)


def with_past(device: Examined, past: LinkPast, now: Moment) -> Examined:
    """The device with what was known of it before. Where it answers, the requests of the last hour count with those of
    the examination: five say little of a link that loses one in twenty."""
    device = replace(
        device,
        wifi_pct=past.wifi_pct if device.wifi_pct is None else device.wifi_pct,
        last_answer=device.last_answer or past.last_answer,
        lost_before=past.lost if past.last_answer and past.watched_s >= LEAST_WATCHED_S else None,
        restarts=past.restarts,
    )
    if past.moved is not None and past.before not in (None, device.host, device.address):
        if device.before is None and now.age_of(past.moved) < DAY_S:
            device = replace(device, before=past.before)
        device = replace(device, moved=past.moved if device.before == past.before else device.moved)
    main = main_way(Evidence(device, Computer()))
    if main is None or main.said is not Said.WHO or past.watched_s < LEAST_WATCHED_S or not past.latencies_s:
        return device
    fuller = replace(
        main,
        asked=main.asked + past.asked,
        lost=main.lost + past.lost,
        latencies_s=(*past.latencies_s, *main.latencies_s),
    )
    return replace(device, ways=tuple(fuller if way is main else way for way in device.ways))


def before_words(device: Examined, now: Now, zone: tzinfo) -> list[str]:
    """What was before, in parts of a sentence: the last answer, restarts, where it was; none where nothing is known."""
    told: list[str] = []
    answers = any(way.said is Said.WHO for way in device.ways)
    hour = "no loss" if not device.lost_before else f"{device.lost_before} loss{'es' * (device.lost_before > 1)}"
    if device.last_answer is not None and not answers:
        told.append(f"last answer {_when(device.last_answer, now, zone)}")
        if device.wifi_pct is not None:
            told.append(f"Wi-Fi {device.wifi_pct:.0f} % then")
        if device.lost_before is not None:
            told.append(f"{hour} in the hour before")
    elif answers:
        if device.lost_before is not None:
            told.append(f"{hour} in the last hour")
        if device.wifi_pct is not None:
            told.append(f"Wi-Fi {device.wifi_pct:.0f} %")
    if device.restarts:
        count, last = len(device.restarts), _when(device.restarts[-1], now, zone)
        told.append(f"restarted {last}" if count == 1 else f"restarted {count} times in a day, last {last}")
    if device.before and device.moved is not None:
        told.append(f"at {device.before} until {_when(device.moved, now, zone)}")
    return told


def _when(moment: Moment, now: Now, zone: tzinfo) -> str:
    """ "13:20:03" today, "Fri 13:20:03" within a week, else "20 Nov 13:20"."""
    then, today = (datetime.fromtimestamp(utc, zone) for utc in (now.utc_of(moment), now.utc))
    days = (today.date() - then.date()).days
    if days == 0:
        return f"{then:%H:%M:%S}"
    if 0 < days < 7:
        return f"{DAYS[then.weekday()]} {then:%H:%M:%S}"
    return f"{then.day} {MONTHS[then.month - 1]} {then:%H:%M}"


# ------------------------------------------------------------------ trends

Column = float | None
"""What a column of a trend shows, None for a gap."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The last hour in columns, the oldest first."""

    p95_s: tuple[Column, ...]
    """The highest of the p95 of its minutes."""
    lost: tuple[Column, ...]
    """The share of requests that were lost, 0 to 1."""
    wifi_pct: tuple[Column, ...]
    """The mean of its minutes."""


def trend_of(past: LinkPast, now: Moment, columns: int) -> Trend:
    """The hour up to now; what the past does not hold is a gap."""
    width = HOUR_S / columns
    start = now.monotonic - HOUR_S
    late: list[list[float]] = [[] for _ in range(columns)]
    asked, lost = [0.0] * columns, [0.0] * columns
    signal: list[list[float]] = [[] for _ in range(columns)]
    for span in past.spans:
        at = _column(span.ends - 1.0, start, width, columns)
        if not span.answered:  # a silence may be longer than a column
            for one in range(
                max(0, _column(span.starts, start, width, columns) or 0), (at if at is not None else -1) + 1
            ):
                asked[one] += 1.0
                lost[one] += 1.0
        elif at is not None:
            asked[at] += span.answered + span.lost
            lost[at] += span.lost
            if not math.isnan(span.p95_s):
                late[at].append(span.p95_s)
    for mean in past.wifi:
        if (at := _column(mean.ends - 1.0, start, width, columns)) is not None:
            signal[at].append(mean.value)
    return Trend(
        tuple(max(values) if values else None for values in late),
        tuple(gone / of if of else None for gone, of in zip(lost, asked, strict=True)),
        tuple(sum(values) / len(values) if values else None for values in signal),
    )


def _column(at: float, start: float, width: float, columns: int) -> int | None:
    """Which column a moment is in; the one that is still open may end later than now."""
    column = min(math.floor((at - start) / width), columns - 1)
    return column if column >= 0 else None
