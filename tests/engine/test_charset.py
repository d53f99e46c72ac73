"""What the user's locale says of the terminal, whatever Python makes of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.ui.ptys import terminal
from tui.engine.charset import is_utf8

WITHOUT_LOCALE = {
    name: value for name, value in os.environ.items() if not name.startswith("LC_") and name not in ("LANG", "LANGUAGE")
}


@pytest.mark.parametrize(
    ("environment", "encoding", "utf8"),
    [
        ({"LC_ALL": "C"}, "utf-8", False),
        ({"LC_ALL": "POSIX"}, "utf-8", False),
        ({"LANG": "C"}, "utf-8", False),
        ({"LC_CTYPE": "C", "LANG": "nl_NL.UTF-8"}, "utf-8", False),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "POSIX"}, "utf-8", False),
        ({"LANG": "nl_NL.ISO-8859-1"}, "utf-8", False),  # that locale is not installed
        ({"LANG": "nl_NL.ISO-8859-15@euro"}, "iso8859-15", False),
        ({"LANG": "nl_NL"}, "iso8859-1", False),
        ({"LANG": "nl_NL"}, "utf-8", True),
        ({"LC_ALL": "C.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, "utf-8", True),
        ({"LC_CTYPE": "UTF-8"}, "utf-8", True),  # as macOS says it
        ({"LANG": "en_US.utf8"}, "utf-8", True),
        ({"LANG": "nl_NL.UTF-8@euro"}, "utf-8", True),
        ({}, "utf-8", True),
        ({}, "ascii", False),
        ({"LANG": "nl_NL.UTF-8"}, "ascii", False),  # PYTHONIOENCODING
    ],
)
def test_the_locale_decides_where_it_says_anything(environment: dict[str, str], encoding: str, utf8: bool) -> None:
    assert is_utf8(environment, encoding) is utf8


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="only Linux keeps the environment as it was given")
@pytest.mark.parametrize(
    ("given", "utf8"),
    [({"LC_ALL": "C"}, False), ({"LANG": "C"}, False), ({"LC_ALL": "POSIX"}, False), ({"LANG": "C.UTF-8"}, True)],
)
def test_what_python_coerces_is_seen_through(given: dict[str, str], utf8: bool) -> None:
    code = (
        "import sys; from tui.engine.charset import given_environment, is_utf8;"
        "print(sys.stdout.encoding, is_utf8(given_environment(), sys.stdout.encoding))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**WITHOUT_LOCALE, **given}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["utf-8", str(utf8)]  # Python itself takes it for UTF-8 each time


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": "POSIX"}])
def test_the_screen_under_a_c_locale_is_all_ascii(locale: dict[str, str]) -> None:
    with terminal(env={**WITHOUT_LOCALE, **locale, "TERM": "xterm"}) as it:
        it.until(b"live")
        it.process.terminate()
        it.ends()
    assert it.written.isascii()
