# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._api.clock import Deadline, Runtime
from .._api.models import Operation
from .._providers.base import Provider
from .._record.record import Phase, Record, RecordStore
from .._task.session import Progress
from .._task.waiting import Patience
from .options import RestoreOptions
from .result import Report

WAITS = {Phase.STOPPING: "stopping", Phase.ACCEPTED: "restoring", Phase.SETTLED: "starting"}


class Run(NamedTuple):
    """Everything one restore needs; ``report`` is the only part that changes."""

    provider: Provider
    options: RestoreOptions
    store: RecordStore
    runtime: Runtime
    deadline: Deadline
    report: Report
    on_progress: Callable[[Progress], None] = lambda progress: None

    @property
    def patience(self) -> Patience:
        return Patience(self.deadline, self.runtime, watch=self._watch)

    def _watch(self, operation: Operation) -> None:
        if self.report.phase == Phase.ACCEPTED:
            self.report.operation = operation
        self.waits(WAITS.get(self.report.phase or Phase.CLAIMED, "working"), operation.progress)

    def waits(self, doing: str, percent: float | None = None) -> None:
        """Tell what is waited for from now on."""
        snapshot = self.report.snapshot
        self.on_progress(Progress(doing, snapshot.name if snapshot else self.options.snapshot, percent))

    def save(self, record: Record, phase: Phase, **changes: Any) -> Record:
        """Write the record at a phase before anything that belongs to the phase is done."""
        clean = self.provider.transport.redactor.value(changes)
        moved = record.at(phase, self.runtime.now(), **clean)
        moved = self.store.save(moved)
        if phase != Phase.FAILED:
            # Where it failed says more than that it failed.
            self.report.phase = phase
        return moved
