# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are. Everything that is made lies below .build, apart for each Python."""

from __future__ import annotations

import sys
from pathlib import Path

NAMESPACE = "indiecloud"
NAME = "compute"
COLLECTION = Path("ansible_collections") / NAMESPACE / NAME

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

BUILD = CHECKOUT / ".build"
DEV = BUILD / "dev"
VENVS = BUILD / PYTHON / "venvs"
INSTALLED = BUILD / PYTHON / "installed"
HOME = BUILD / PYTHON / "home"
SCRATCH = BUILD / PYTHON / "scratch"
