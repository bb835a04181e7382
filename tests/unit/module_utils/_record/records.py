# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record to be saved, and processes that save it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase, Record

FORK = multiprocessing.get_context("fork")


ACCOUNT = "https://api.example"


def record(**changes: Any) -> Record:
    made = Record(
        provider="hostup",
        account=ACCOUNT,
        target="vps_1",
        restore_id="r-1",
        snapshot_id="before-upgrade",
        snapshot_name="before-upgrade",
        snapshot_created_at="2026-01-01T00:00:00Z",
        default_id=True,
        phase=Phase.CLAIMED,
        claimed_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
    )
    return made._replace(**changes)


def run_processes(*work: Callable[[], None]) -> list[int | None]:
    """Run each in a process of its own; their exit codes."""
    processes = [FORK.Process(target=each) for each in work]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]
