"""Secrets that nobody told the program of: what has the form of one is hidden, and the program's sentences stay."""

from __future__ import annotations

from time import process_time
from urllib.parse import quote, unquote

import pytest

from tests.checks.house import House
from tui.engine.report.redact import Redactor
from tui.engine.support.forms import looks_secret
from tui.engine.support.hiding import hidden_in

SECRETS = ("5c:2f", "5c2f", "192.168", "88-9", "2001", "geheim", "piet", "541448", "54 14", "4a616e", "a/b", "u:p")


def shown(*texts: str) -> list[str]:
    """These texts as a support file shows them, of a house in which nothing is known."""
    redactor = Redactor(House().record, known=[*looks_secret(texts)])
    return [hidden_in(text, redactor) for text in texts]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("at 5C:2F:AF:11:22:33 x", "at mac-1 x"),
        ("5c2faf112233, 5c-2f-af-11-22-33, 5c2f.af11.2233", "mac-1, mac-1, mac-1"),
        ("p1meter-5c2faf_112233", "p1meter-mac-1"),
        ("5c%3A2f%3aaf%3A11%3A22%3A33", "mac-1"),
        ("192.168.88.9:8080 and 192.168.88.9.", "address-1:8080 and address-1."),
        ("192%2E168%2E88%2E9", "address-1"),
        ("127.0.0.1 and 224.0.0.251", "127.0.0.1 and 224.0.0.251"),
        ("http://[2001:db8:aa::77]:80/api", "http://[address-1]:80/api"),
        ("2001:0DB8:00AA::0077 or 2001:db8:aa::77", "address-1 or address-1"),
        ("http://%5B2001%3Adb8%3Aaa%3A%3A77%5D/", "http://%5Baddress-1%5D/"),
        ("fe80::1234:5678:9abc:def0%eth0 down", "address-1%eth0 down"),
        ("mqtt://piet:Geheim123@10.1.1.4/x, then Geheim123", "mqtt://user-1:secret-1@address-1/x, then secret-1"),
        ("mqtt://piet:a/b@10.1.1.4", "mqtt://user-1:secret-1@address-1"),
        ("mqtt://u:p@10.1.1.4", "mqtt://...@address-1"),
        ("mqtts://broker?password=Geheim&x=1", "mqtts://broker?password=secret-1&x=1"),
        ("password = 'Mijn geheim'", "password = 'secret-1'"),
        ('{"token": "Geheim1", "wifi_ssid":"Piet thuis"}', '{"token": "secret-1", "wifi_ssid":"secret-2"}'),
        ("Authorization: Bearer abc.def-g", "Authorization: Bearer secret-1"),
        ("user=ab pwd:cd", "user=... pwd:..."),
        ("/home/pietjan/x.py and /Users/pietjan/y", "/home/user-1/x.py and /Users/user-1/y"),
        (r"C:\Users\pietjan\x.py", r"C:\Users\user-1\x.py"),
        ("nas-piet.myds.me and router.piet.nl.", "host-1 and host-2."),
        ("piet.jan@example.org", "mail-1"),
        ("EAN 541448820000123456 or 54 1448 8200 0012 3456", "EAN id-1 or id-1"),
        ("0-0:96.13.1(4A616E)", "0-0:96.13.1(...)"),
        (r"said \u0022token\u0022: \u0022Geheim\u0022", 'said "token": "secret-1"'),
        ("ip-192-168-88-9 of a cloud", "ip-address-1 of a cloud"),
    ],
)  # fmt: skip
def test_it_is_hidden_in_whatever_way_it_is_written(text: str, told: str) -> None:
    assert shown(text) == [told]
    in_a_url = unquote(shown(quote(text, safe=""))[0]).casefold()
    assert [secret for secret in SECRETS if secret in in_a_url] == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29 16:00:00,000 INFO tui.net.discovery: it no longer knows this computer's token: press p",
        "2026-11-29 2026-11-30 12-14 1-2-3",
        "HTTP 401, it asks for a login: is this the right address?",
        "hwtui-support-2026-06-12-1417.json, ui/screens/view.py, Path.home() at 0x7f00",
        "p50 2.5 ms, p95 3.3 ms; 0 of 5 lost; 10.5 kWh; 1-0:1.8.1",
        "p=0.5%, 100 % of &c.",
    ],
)
def test_the_words_of_the_program_stay(text: str) -> None:
    assert shown(text) == [text]


def test_the_same_secret_has_one_placeholder_however_it_is_written() -> None:
    told = shown(
        "2001:db8::1 5C:2F:AF:11:22:33", "http://[2001:DB8:0::1]/5c2f.af11.2233", "5c%3A2f%3Aaf%3A11%3A22%3A33"
    )
    assert told == ["address-1 mac-1", "http://[address-1]/mac-1", "mac-1"]


@pytest.mark.parametrize("piece", ["a-", "1-", "a.", "//a", "a@", ":a", "token=", "ab:", "%25", "\\x"])
def test_a_line_made_to_be_slow_is_not(piece: str) -> None:
    line = (piece * 400)[:400]
    began = process_time()
    shown(*[line] * 40)
    assert process_time() - began < 1, "a log has 2000 lines"
