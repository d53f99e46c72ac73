"""What guided tests find in simulated houses: a thousand for each kind of meter, with the seeds 0 to 999.

`tests/guided/houses.py` and `loads.py` say what is in a house, `solar.py` what an inverter does there. Nothing here
takes real time, and the figures are the same each time. `--quick` takes a tenth of the houses; `--from 1000` takes
other ones, which nobody has looked at; `--loads 2` switches twice as many loads on beside the test. `--nobody`: nobody
does anything, and nothing may be proven. `--natural`: an hour of each house in which nobody is asked, and what its
steps make likely.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.bench.report import Report, arguments, percentile
from tests.guided.houses import KINDS
from tests.guided.natural import KEPT_S, said_of
from tests.guided.solar import SOLAR, house

HOUSES = 1000
MOST_NOT_SURE_PCT = 5.0
MOST_VERDICT_S = 15.0


def examine(report: Report, kind: str, seeds: range, loads: float) -> None:
    """All houses of a kind."""
    wrong: dict[str, list[int]] = {"proven": [], "rise": [], "likely": []}
    not_sure: list[int] = []
    no_rise = 0
    why: Counter[str] = Counter()
    verdicts_s: list[float] = []
    cues: list[float] = []
    after_s: list[float] = []
    for seed in seeds:
        one = house(kind, seed, loads).run()
        for said in one.said_wrong | set(one.wrong()):
            sure, _, question = said.partition(": ")
            at = "likely" if sure == "likely" else "rise" if question.startswith("rise") else "proven"
            wrong[at].append(seed)
        open_ones = [answer for answer in one.trial.answers if not answer.is_final]
        if not one.is_sure:
            not_sure.append(seed)
            why.update({f"{answer.question} {answer.why or answer.certainty}" for answer in open_ones})
        no_rise += any(answer.question == "rise" for answer in open_ones)
        cues.append(len(one.trial.cues))
        if not one.connection.slow:
            verdicts_s += one.proven_s()
            after_s += [proven_s - one.latest_s for proven_s in one.proven_s()]
    houses = len(seeds)
    report.value(f"{kind}: houses", houses)
    report.value("  wrong phase, direction or name, ever proven", len(set(wrong["proven"])), limit=0)
    report.value("  wrong rise, ever proven", len(set(wrong["rise"])), limit=0)
    report.value("  wrong while it was but likely", len(set(wrong["likely"])))
    report.value("  not sure", 100 * len(not_sure) / houses, "%", limit=MOST_NOT_SURE_PCT)
    report.value("  sure, but not of the rise", 100 * no_rise / houses, "%")
    report.row("  cues", cues)
    if verdicts_s:
        report.row("  from the last step to the verdict, 1 Hz", verdicts_s, "s", limit=MOST_VERDICT_S)
        report.value("  the same, 95th of 100", percentile(verdicts_s, 0.95), "s")
        report.value("  later than 15 s", 100 * sum(s > MOST_VERDICT_S for s in verdicts_s) / len(verdicts_s), "%")
        report.row("  the same, after the slower meter shows it", after_s, "s")
    for reason, count in why.most_common(4):
        print(f"    not sure of {reason}: {count}")
    for name, seeds_of in (("wrong", wrong["proven"] + wrong["rise"]), ("not sure", not_sure)):
        if seeds_of:
            print(f"    {name}: seeds {', '.join(map(str, sorted(set(seeds_of))[:20]))}", flush=True)


def nobody(report: Report, kind: str, seeds: range, loads: float) -> None:
    """The same houses where nobody does anything. In a house of one phase a load is on it, whoever switches it."""
    proven = []
    for seed in seeds:
        one = house(kind, seed, loads)
        one.is_deaf = True
        one.run()
        if one.ever_proven - ({"L1"} if one.subject is None and one.declared == "one" else set()):
            proven.append(seed)
    report.value(f"{kind}: houses where nobody acts, and something is proven", len(proven))
    if proven:
        print(f"    seeds {', '.join(map(str, proven[:20]))}", flush=True)


def natural(report: Report, kind: str, seeds: range, loads: float) -> None:
    """What an hour makes likely of the meters of each house, and what of it is wrong."""
    said = [one for seed in seeds for one in said_of(kind, seed, loads)]
    for question in ("phase", "direction"):
        of = [one for one in said if one.question == question]
        report.value(f"{kind}: {question}s called likely after {KEPT_S} s", len(of))
        report.value("  wrong", sum(not one.is_so for one in of))


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="SEED")
    parser.add_argument("--loads", type=float, default=1.0, metavar="TIMES")
    parser.add_argument("--nobody", action="store_true", help="nobody does anything")
    parser.add_argument("--natural", action="store_true", help="nobody is asked")
    parser.add_argument("--kind", default="", help="only the kinds that begin so")
    given = parser.parse_args()
    houses = HOUSES // 10 if given.quick else HOUSES
    report = Report("guided: a person with a kettle in simulated houses")
    measure = nobody if given.nobody else natural if given.natural else examine
    kinds = [one for one in (*KINDS, SOLAR) if one.startswith(given.kind)]
    for kind in kinds[:4] if given.natural else kinds:
        measure(report, kind, range(given.first, given.first + houses), given.loads)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
