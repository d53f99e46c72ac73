"""Discovery on networks that come and go, which only a network namespace can offer without disturbing the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tui

NOT_POSSIBLE = 77
"""What `mdns_namespace.py` ends with where the kernel refuses what it needs."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces are a thing of Linux")
@pytest.mark.skipif(
    not (shutil.which("unshare") and shutil.which("ip")), reason="needs unshare and ip to make networks"
)
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param("later", id="an interface that comes up later is used"),
        pytest.param("second", id="a second network that comes up is used too"),
        pytest.param("name", id="a name under local is found on the wire it is on"),
        pytest.param("held", id="a port held by another program hides no device"),
    ],
)
def test_in_a_network_of_its_own(scenario: str) -> None:
    namespace = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-n"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make network namespaces")
    result = subprocess.run(
        [*namespace, sys.executable, str(Path(__file__).with_name("mdns_namespace.py")), scenario],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(tui.__file__).parents[1])},
    )
    if result.returncode == NOT_POSSIBLE:
        pytest.skip("this kernel makes no wires between network namespaces")
    assert (result.returncode, result.stderr) == (0, "")
