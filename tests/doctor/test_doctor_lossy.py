"""A device that answers now and then, and one whose answer cannot be read."""

from __future__ import annotations

import pytest

from tests.doctor.test_doctor_on_loopback import examined, identity, layers
from tests.net.conftest import Servers, Visit
from tui.core.doctor.evidence import Layer


async def test_one_that_answers_one_request_in_three_is_lossy_and_not_dead(servers: Servers) -> None:
    async def every_third(visit: Visit) -> None:
        await visit.request()
        if visit.number % 3 == 1:  # the first connection asks nothing
            await visit.answer(identity("5c2faf000003"), "200 OK", "Connection: close")
        else:
            visit.reset()

    async def then_silent(visit: Visit) -> None:
        if visit.number > 2:  # the first is the connection alone
            await visit.until_left()
        await visit.request()
        await visit.answer(identity("5c2faf000004"), "200 OK", "Connection: close")

    thirds = [await servers.start(every_third), await servers.start(then_silent)]
    outcome = await examined([one.endpoint for one in thirds])
    assert layers(outcome) == [Layer.SLOW, Layer.SLOW]
    assert outcome.patients[0].losses[1] == 5


@pytest.mark.parametrize(
    ("head", "body", "fault"),
    [
        (b"Content-Length: 1000000\r\n", b'{"serial":"' + b"A" * 999_987 + b'"}', "it is longer than 256 KiB"),
        (b"Content-Length: 100\r\n", b"{", "no end of it within 0.6 s"),
        (b"Content-Encoding: gzip\r\nContent-Length: 2\r\n", b"{}", "it is compressed, which was not asked for"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_not_called_slow_and_its_fault_is_told(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, head: bytes, body: bytes, fault: str
) -> None:
    monkeypatch.setattr("tui.core.doctor.rules.SLOW_S", 0.5)

    async def hostile(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
        await visit.until_left()

    there = await servers.start(hostile)
    (patient,) = (await examined([there.endpoint])).patients
    assert patient.diagnosis.layer is Layer.BAD_ANSWER
    assert patient.diagnosis.text == f"its answer cannot be read: {fault}"
    assert patient.diagnosis.also == ()
