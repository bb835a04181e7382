# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots this collection made: those whose description says so, and those that the record holds."""

from __future__ import annotations

from .._api.models import Snapshot, exact
from .._providers.base import Capabilities
from .._record.record import MadeSnapshot
from .._snapshot.marker import has_marker


class Ours:
    """What is known of the snapshots of one instance. A name proves nothing: anyone can choose it."""

    def __init__(self, capabilities: Capabilities, made: frozenset[MadeSnapshot] = frozenset()) -> None:
        self._capabilities = capabilities
        self._made = made
        self._ids = {item.snapshot_id for item in made}

    def include(self, snapshot: Snapshot) -> bool:
        if self._capabilities.keeps_descriptions and has_marker(snapshot):
            return True
        if not self._capabilities.snapshot_ids_reused:
            return snapshot.id in self._ids
        # A later snapshot can have the same id.
        created = exact(snapshot.created_at)
        return created is not None and MadeSnapshot(snapshot.id, created) in self._made
