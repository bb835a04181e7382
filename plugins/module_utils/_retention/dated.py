# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of a prefix and a time in UTC, such as ``nightly-20261129T160000Z``."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta, timezone

_TIME = "%Y%m%dT%H%M%SZ"
_ENDING = re.compile(r"-\d{8}T\d{6}Z")
LENGTH = 17
"""How much longer than its prefix a name is."""


def dated_name(prefix: str, now: datetime, taken: Collection[str]) -> str:
    """The name for this second, or for the next one whose name is not taken."""
    when = now.astimezone(timezone.utc)
    while (name := f"{prefix}-{when.strftime(_TIME)}") in taken:
        when += timedelta(seconds=1)
    return name


def is_dated(name: str, prefix: str) -> bool:
    """Whether ``dated_name`` makes names like this from the prefix: ``nightly`` does not cover ``nightly-db-...``."""
    return name.startswith(prefix) and _ENDING.fullmatch(name, len(prefix)) is not None
