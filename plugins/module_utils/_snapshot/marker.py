# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark in the description of a snapshot that the module ``snapshot`` made.

Safety snapshots and those of guarded changes have none: only who has their record knows whether they are still needed.
"""

from __future__ import annotations

from .._api.models import Snapshot

MARKER = "[indiecloud.compute]"


def with_marker(description: str | None) -> str:
    return f"{description} {MARKER}" if description else MARKER


def has_marker(snapshot: Snapshot) -> bool:
    return (snapshot.description or "").endswith(MARKER)
