# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are. Everything that is made lies below .build, apart for each Python."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

NAMESPACE = "indiecloud"
NAME = "compute"
COLLECTION = Path("ansible_collections") / NAMESPACE / NAME

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

BUILD = CHECKOUT / ".build"
DEV = BUILD / "dev"


def made() -> Path:
    """Where this Python's things are kept: below .build, but ansible-test cannot live below a path with a space."""
    if " " not in str(CHECKOUT):
        return BUILD / PYTHON
    digest = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    return Path.home() / ".cache" / f"{NAMESPACE}.{NAME}" / digest / PYTHON


VENVS = made() / "venvs"
INSTALLED = made() / "installed"
HOME = made() / "home"
SCRATCH = made() / "scratch"
