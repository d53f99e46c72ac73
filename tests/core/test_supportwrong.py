"""What a support file says is wrong, the worst first."""

from __future__ import annotations

from typing import Any

import pytest

from tui.core.support.wrong import MOST, wrong

Doc = dict[str, Any]


def fleet(state: str = "live", text: str | None = None) -> Doc:
    problem = None if text is None else {"kind": state, "text": text}
    return {"device": "device-1", "product_type": "HWE-P1", "state": state, "problem": problem}


def patient(layer: str, text: str, advice: str = "", device: str | None = "device-1", also: Any = ()) -> Doc:
    return {"device": device, "name": "name-1", "layer": layer, "text": text, "advice": advice, "also": also}


def link(**more: Any) -> Doc:
    usual = {"answered": 90, "lost": 0, "restarts": 0, "started": None, "another_program_reads_it": False}
    return {"device": "device-1", "addresses": [], "gaps": None} | usual | more


def gap(begins: int, ends: int) -> Doc:
    return {key: f"2026-11-29T{hour:02}:00:00.000+00:00" for key, hour in (("from", begins), ("to", ends))}


def finding(verdict: str, rule: str = "wifi", phase: int | None = None) -> Doc:
    return {"rule": rule, "device": "device-1", "phase": phase, "verdict": verdict, "line": "its line"}


def doc(*patients: Doc, notes: Any = (), **more: Any) -> Doc:
    doctor = {"computer": {"notes": list(notes)}, "devices": list(patients)} if patients or notes else None
    usual: Doc = {"fleet": [fleet()], "links": [], "check": [], "notes": [], "log": None}
    return usual | {"doctor": doctor, "settings": {"config_file_fault": None}} | more


LOG = [
    "2026-11-29 16:00:00,000 INFO a: fine",
    "2026-11-29 16:00:01,000 ERROR b: fell",
    "Traceback:",
    "2026-11-29 16:00:02,000 WARNING c: odd",
]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (doc(patient("well", "p50 3 ms"), check=[finding("pass"), finding("untestable")], links=[link()]), []),
        (doc(fleet=[]), ["No device was found, and none was named."]),
        (
            doc(patient("refused", "it refuses", "restart it")),
            ["device-1 (HWE-P1): refused: it refuses. To do: restart it"],
        ),
        (doc(patient("slow", "p95 2 s", device=None)), ["name-1: slow: p95 2 s"]),
        (
            doc(patient("well", "", also=[{"layer": "moved", "text": "was elsewhere", "advice": ""}])),
            ["device-1 (HWE-P1): also moved: was elsewhere"],
        ),
        (
            doc(notes=[{"text": "a VPN is up", "advice": "end it"}]),
            ["This computer: a VPN is up. To do: end it"],
        ),
        (
            doc(notes=[{"text": "this computer has no network address", "advice": ""}]),
            ["This computer has no network address"],
        ),
        (doc(fleet=[fleet("silent", "it is silent")]), ["device-1 (HWE-P1): silent: it is silent"]),
        (doc(patient("refused", "no"), fleet=[fleet("refused", "no")]), ["device-1 (HWE-P1): refused: no"]),
        (
            doc(check=[finding("warn"), finding("fail", "voltage.mean10", 2)]),
            [
                "device-1 (HWE-P1): the check fails (voltage.mean10 on L2): its line",
                "device-1 (HWE-P1): the check warns (wifi): its line",
            ],
        ),
        (doc(links=[link(lost=3)]), ["device-1 (HWE-P1): 3 of 93 requests were lost"]),
        (doc(links=[link(gaps=[])]), []),
        (
            doc(links=[link(gaps=[gap(9, 10), gap(12, 14)])]),
            ["device-1 (HWE-P1): no value of it from 2026-11-29 12:00 to 14:00 UTC (gaps in the last day: 2)"],
        ),
        (
            doc(links=[link(gaps=[gap(12, 14)])]),
            ["device-1 (HWE-P1): no value of it from 2026-11-29 12:00 to 14:00 UTC"],
        ),
        (
            doc(links=[link(gaps=[gap(0, 14) | {"from": "2026-11-28T14:05:00.000+00:00"}])]),
            ["device-1 (HWE-P1): no value of it in the last day"],
        ),
        (doc(links=[link(answered=0, lost=9)]), []),  # the doctor, or its state, says why
        (
            doc(links=[link(restarts=2, started="2026-11-29", another_program_reads_it=True, addresses=[1, 2])]),
            [
                "device-1 (HWE-P1): it was seen to start anew, the last time at 2026-11-29 (restarts: 2)",
                "device-1 (HWE-P1): another program reads it, too",
                "device-1 (HWE-P1): it has had 2 addresses since the program started",
            ],
        ),
        (doc(notes=[]) | {"notes": [{"device": None, "text": "the disk is full"}]}, ["Note: the disk is full"]),
        (
            doc() | {"notes": [{"device": "device-1", "text": "x was dropped"}]},
            ["device-1 (HWE-P1): x was dropped"],
        ),
        (
            doc(settings={"config_file_fault": "it can no longer be read"}),
            ["The config file: it can no longer be read"],
        ),
        (
            doc(log=LOG),
            ["The last hour of the log (errors: 1, warnings: 1); the last: 2026-11-29 16:00:01,000 ERROR b: fell"],
        ),
    ],
)
def test_each_kind_of_fault_is_a_sentence(made: Doc, said: list[str]) -> None:
    assert wrong(made) == said


def test_what_must_be_mended_comes_before_what_should_be_looked_at() -> None:
    said = wrong(doc(patient("slow", "b"), patient("no-arp", "a"), check=[finding("warn"), finding("fail")]))
    assert [one.partition(": ")[2].partition(":")[0] for one in said] == [
        "no ARP answer",
        "the check fails (wifi)",
        "slow",
        "the check warns (wifi)",
    ]


def test_there_are_at_most_so_many() -> None:
    said = wrong(doc(check=[finding("fail", f"rule{at}") for at in range(MOST + 7)]))
    assert len(said) == MOST + 1
    assert said[-1] == "And 7 more, which the parts below tell."
