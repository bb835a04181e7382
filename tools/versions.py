# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of the collection, as galaxy.yml has it."""

from __future__ import annotations

import re
import sys

from paths import CHECKOUT


def version() -> str:
    found = re.search(r"^version: (\S+)$", (CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        sys.exit("FAILED: galaxy.yml names no version")
    return found[1]
