"""Where points are posted, and what the answers mean."""

from __future__ import annotations

import json

import pytest

from tui.core.out.influxanswer import LONGEST_WAIT_S, Meaning, outcome
from tui.core.out.influxplace import parse_influx
from tui.core.secret import Secret

PLACE = "http://h:8086/write"


@pytest.mark.parametrize(
    ("text", "url", "place"),
    [
        ("http://h/write", "http://h/write?precision=ms", "http://h/write"),
        (" HTTP://H:8086/write?db=a ", "http://h:8086/write?db=a&precision=ms", "http://h:8086/write"),
        (
            "https://[fd00::5]:1/api/v2/write?org=o&bucket=b%20c",
            "https://[fd00::5]:1/api/v2/write?org=o&bucket=b%20c&precision=ms",
            "https://[fd00::5]:1/api/v2/write",
        ),
        (
            "http://h/insert/0/influx/write?",
            "http://h/insert/0/influx/write?precision=ms",
            "http://h/insert/0/influx/write",
        ),
    ],
)
def test_where_points_go(text: str, url: str, place: str) -> None:
    found = parse_influx(text)
    assert (found.url, found.place, found.is_tls) == (url, place, url.startswith("https"))
    assert found.host == ("fd00::5" if "[" in url else "h")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "use http://HOST:8086/write"),
        ("h:8086", "use http://HOST:8086/write"),
        ("ftp://h/write", "use http://HOST:8086/write"),
        ("http:///write", "use http://HOST:8086/write"),
        ("http://h/write#x", "use http://HOST:8086/write"),
        ("http://h/wr ite", "use http://HOST:8086/write"),
        ("http://h/write?db=\u00e9", "use http://HOST:8086/write"),
        ("http://h/" + "a" * 2000 + "/write", "use http://HOST:8086/write"),
        ("http://h:0/write", "is not a port"),
        ("http://h:65536/write", "is not a port"),
        ("http://-h-/write", "is not a host name"),
        ("http://h", "must end with /write"),
        ("http://h/api/v2", "must end with /write"),
        ("http://me:s3cr3t@h/write", "does not belong here"),
        ("http://me:1/s3cr3t@h/write", "does not belong here"),
        ("http://h/write?db=a&p=s3cr3t", "does not belong here"),
        ("http://h/write?U=me", "does not belong here"),
        ("http://h/write?token=s3cr3t", "does not belong here"),
        ("http://h/write?precision=s", "leave out precision"),
    ],
)
def test_where_they_cannot_go(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_influx(text)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "meaning", "words"),
    [
        (204, Meaning.TAKEN, ""),
        (200, Meaning.TAKEN, ""),
        (400, Meaning.LOST, "refused a batch (400"),
        (413, Meaning.LOST, "refused a batch (413"),
        (422, Meaning.LOST, "refused a batch (422"),
        (401, Meaning.MEND, "--influx-token-file"),
        (403, Meaning.MEND, "--influx-token-file"),
        (404, Meaning.MEND, "path, database and bucket"),
        (405, Meaning.MEND, "path, database and bucket"),
        (301, Meaning.MEND, "elsewhere (301"),
        (408, Meaning.AGAIN, "cannot take it now (408"),
        (429, Meaning.AGAIN, "cannot take it now (429"),
        (500, Meaning.AGAIN, "cannot take it now (500"),
        (503, Meaning.AGAIN, "cannot take it now (503"),
    ],
)
def test_what_a_status_means(status: int, meaning: Meaning, words: str) -> None:
    found = outcome(PLACE, status, b"")
    assert found.meaning is meaning
    assert words in found.fault
    assert bool(found.fault) is (meaning is not Meaning.TAKEN)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "(400)"),
        (b'{"error":"database not found"}', "(400: database not found)"),
        (b'{"code":"invalid","message":"field type conflict"}', "(400: field type conflict)"),
        (b"no such thing\nthere", "(400: no such thing there)"),
        (b"<html>", "(400)"),
        (b"[" * 4096, "(400: [[["),
        (b'{"error": 5}', "(400)"),
        (b"\x1b[31m\xff red", "(400: [31m\xef\xbf\xbd red)"),
    ],
)
def test_what_the_server_says_is_repeated_in_one_line(body: bytes, told: str) -> None:
    fault = outcome(PLACE, 400, body).fault
    assert told.encode("latin-1").decode() in fault
    assert len(fault) < 250


def test_a_token_that_the_server_repeats_is_hidden() -> None:
    token = Secret("t0k3n")
    body = json.dumps({"message": "bad token t0k3n"}).encode()
    assert outcome(PLACE, 401, body, token=token).fault.count("***") == 1
    assert "check the token in use" in outcome(PLACE, 401, b"", token=token).fault


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("", None),
        ("7", 7.0),
        (" 30 ", 30.0),
        ("999999", LONGEST_WAIT_S),
        ("-1", None),
        ("Sun, 06 Nov", None),
        ("\u0663", None),
    ],
)
def test_a_server_may_ask_for_patience(header: str, wait_s: float | None) -> None:
    assert outcome(PLACE, 503, b"", header).wait_s == wait_s
