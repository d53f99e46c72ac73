"""A device that answers, and not with what counts: no values, or TLS where HTTP was asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.doctor.test_doctor_on_loopback import examined, identity, layers, once, silent
from tests.net.conftest import Behaviour, Servers, Visit
from tests.v2.certificates import authority, leaf
from tests.v2.server import V2Server
from tui.core.doctor.evidence import Layer


async def test_one_that_says_who_it_is_and_never_its_values_is_not_well(servers: Servers) -> None:
    def without_values(serial: str, then: Behaviour) -> Behaviour:
        async def behave(visit: Visit) -> None:
            while (await visit.request()) == "GET /api":
                await visit.answer(identity(serial))
            await then(visit)

        return behave

    async def cut(visit: Visit) -> None:
        visit.reset()

    async def broken(visit: Visit) -> None:
        await visit.answer(b"", "500 Broken")

    ends = [without_values(f"5c2faf00000{at}", then) for at, then in enumerate((silent, cut, broken))]
    found = (await examined([(await servers.start(end)).endpoint for end in ends])).patients
    assert [one.losses for one in found] == [(0, 5)] * 3
    assert [(one.diagnosis.layer, one.diagnosis.text) for one in found] == [
        (Layer.TIMEOUT, "tells only who it is, and no values: no answer within 0.6 s"),
        (Layer.RESET, "tells only who it is, and resets the connection when it is asked for its values"),
        (Layer.BAD_ANSWER, "tells only who it is; its values cannot be read: HTTP 500"),
    ]
    assert [one.diagnosis.tried[-1].what for one in found] == ["values twice", "values twice", "values"]


async def test_one_that_measures_nothing_is_not_asked_for_values(servers: Servers) -> None:
    display = await servers.answering(identity("5c2faf000001", "HWE-DSP"))
    assert layers(await examined([display.endpoint])) == [Layer.WELL]
    assert set(display.requests) == {"GET /api"}


async def test_a_device_that_speaks_tls_at_a_port_of_its_own_is_not_called_reset(tmp_path: Path) -> None:
    """Named without https://, so it is asked over plain HTTP first, and hangs up."""
    ca = authority().file(tmp_path)
    async with V2Server() as battery, V2Server(leaf(to_day=-1)) as old:
        plain = [replace(one.endpoint, api="v1") for one in (battery, old)]
        found = (await examined(plain, ca=ca)).patients
        known = [once("5c2fafaabbcc", battery.endpoint)]
        assert layers(await examined(plain[:1], remembered=known, ca=ca)) == [Layer.NOT_PAIRED]
    assert [one.diagnosis.layer for one in found] == [Layer.NOT_PAIRED, Layer.CERTIFICATE]
    assert f"hwtui pair {battery.endpoint.address}" in found[0].diagnosis.advice
