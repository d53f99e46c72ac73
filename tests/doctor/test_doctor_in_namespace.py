"""The layers that only a wire can break: no address, no route, no ARP, another MAC, isolation, mDNS blocked or held."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tui

NOT_POSSIBLE = 77
"""What `doctor_namespace.py` ends with where the kernel refuses what it needs."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces are a thing of Linux")
@pytest.mark.skipif(
    not (shutil.which("unshare") and shutil.which("ip")), reason="needs unshare and ip to make networks"
)
def test_in_a_network_of_its_own() -> None:
    namespace = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-n"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make network namespaces")
    result = subprocess.run(
        [*namespace, sys.executable, str(Path(__file__).with_name("doctor_namespace.py"))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(tui.__file__).parents[1])},
    )
    if result.returncode == NOT_POSSIBLE:
        pytest.skip("this kernel makes no wires between network namespaces, or no tunnel")
    assert (result.returncode, result.stderr) == (0, "")
