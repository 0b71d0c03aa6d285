"""The built wheel in empty environments: scripts/smoke_wheel.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.hooks.conftest import ROOT


@pytest.mark.network
def test_the_wheel_installs_and_works_with_lowest_and_newest_dependencies():
    command = [sys.executable, "scripts/smoke_wheel.py", "--python", sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 3
