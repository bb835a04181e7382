# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball as it is released, built from this checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The tools are scripts beside each other.
sys.path.insert(0, str(ROOT / "tools"))
EPOCH = 1_764_000_000


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ansible-galaxy builds."""
    folder = tmp_path_factory.mktemp("built")
    words = ["ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    (found,) = folder.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def tarball(built: Path) -> Path:
    """What is released."""
    import reproducible

    found = built.parent / "released" / built.name
    found.parent.mkdir()
    found.write_bytes(built.read_bytes())
    reproducible.normalise(found, EPOCH)
    return found
