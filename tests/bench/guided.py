"""What guided tests find in simulated houses: a thousand for each kind of meter, with the seeds 0 to 999.

`tests/guided/houses.py` and `loads.py` say what is in a house. Nothing here takes real time, and the figures are the
same each time. `--quick` takes a tenth of the houses; `--from 1000` takes other ones, which nobody has looked at;
`--loads 2` switches twice as many loads on beside the test.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.bench.report import Report, arguments, percentile
from tests.guided.houses import KINDS, House

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
    for seed in seeds:
        house = House(kind, seed, loads).run()
        for said in house.said_wrong | set(house.wrong()):
            sure, _, question = said.partition(": ")
            at = "likely" if sure == "likely" else "rise" if question.startswith("rise") else "proven"
            wrong[at].append(seed)
        if not house.is_sure:
            not_sure.append(seed)
            why.update(
                {f"{one.question} {one.why or one.certainty}" for one in house.trial.answers if not one.is_final}
            )
        no_rise += any(one.question == "rise" and not one.is_final for one in house.trial.answers)
        cues.append(len(house.trial.cues))
        if not house.connection.slow:
            verdicts_s += house.proven_s()
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
    for reason, count in why.most_common(4):
        print(f"    not sure of {reason}: {count}")
    for name, seeds_of in (("wrong", wrong["proven"] + wrong["rise"]), ("not sure", not_sure)):
        if seeds_of:
            print(f"    {name}: seeds {', '.join(map(str, sorted(set(seeds_of))[:20]))}", flush=True)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="SEED")
    parser.add_argument("--loads", type=float, default=1.0, metavar="TIMES")
    parser.add_argument("--kind", default="", help="only the kinds that begin so")
    given = parser.parse_args()
    houses = HOUSES // 10 if given.quick else HOUSES
    report = Report("guided: a person with a kettle in simulated houses")
    for kind in (one for one in KINDS if one.startswith(given.kind)):
        examine(report, kind, range(given.first, given.first + houses), given.loads)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
