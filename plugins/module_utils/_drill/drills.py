# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drills of an account: restores to new instances that are verified and deleted again."""

from __future__ import annotations

import re
from contextlib import suppress

from .._api.models import iso
from .._change.controller import Controller
from .._instance.deletion import LATE, Deletion
from .._providers.base import Provider
from .._record.record import Record, RecordUnavailable, new_claim
from .._record.sqlite_store import FileRecord
from .._task.waiting import Patience

DELETION_SECONDS = LATE.total_seconds() + 300.0
"""How long the deletion of an instance may take; after a lost answer it may appear late."""
INTERRUPTED = "interrupted"
"""The verdict of a drill whose controller died."""


def new_name(host: str, longest: int = 50) -> str:
    """A name for the instance of a drill. It ends in a random part, which makes it unique."""
    end = f"-drill-{new_claim()}"
    start = re.sub(r"[^A-Za-z0-9._-]+", "-", host).strip("-")[: longest - len(end)]
    return f"{start or 'host'}{end}"


class DrillUnrecorded(RecordUnavailable):
    """The instance of a drill is gone, and its record cannot be written."""


class Drills:
    """The drills that the record of an account holds. ``own`` is the controller that asks."""

    def __init__(self, provider: Provider, file: FileRecord, own: Controller) -> None:
        self.provider, self._file, self._own = provider, file, own

    def ended(self, drill: str, host: str) -> Record | None:
        """The drill of this id and host that came to a verdict, whose instance is gone."""
        for record in self._all():
            known = record.drill_verdict not in (None, INTERRUPTED)
            if (record.drill, record.drill_host) == (drill, host) and known and record.deleted_at is not None:
                return record
        return None

    def left_behind(self) -> list[Record]:
        """The drills of controllers that died, whose instances may still be billed."""
        return [item for item in self._all() if item.deleted_at is None and item.sent_at and not self._is_at_work(item)]

    def find(self, name: str) -> Record | None:
        """The drill whose instance has this name."""
        return next((item for item in self._all() if item.target == name), None)

    def end(self, record: Record, verdict: str, patience: Patience) -> Deletion:
        """Delete the instance of a drill and keep the verdict. Raises Refused or StillBilled, and stays open then.

        Raises DrillUnrecorded after the deletion if the record cannot be written: that must not keep a bill running.
        """
        name = self.provider.spec.name
        with self._file.holding(name, record.target, patience.deadline):
            latest = self._file.find(name, record.target, record.restore_id) or record
            latest = latest._replace(drill_verdict=latest.drill_verdict or verdict)
            with suppress(RecordUnavailable):
                self._file.save(latest)
            deletion = Deletion(self.provider, latest, patience)
            deletion.delete()
            now = iso(self.provider.transport.provider_now())
            try:
                self._file.save(deletion.record._replace(deleted_at=now))
            except RecordUnavailable as exc:
                text = f"instance {record.target} is gone, and that cannot be noted: {exc.message}"
                raise DrillUnrecorded(text, next_steps=exc.next_steps) from exc
        return deletion

    def _all(self) -> list[Record]:
        return [item for item in self._file.of_account(self.provider.spec.name) if item.drill is not None]

    def _is_at_work(self, record: Record) -> bool:
        controller = Controller.parse(record.change_by)
        if controller is None or controller == self._own:
            return False
        alive = controller.is_alive()
        if alive is None:
            # Whether a process of another machine still runs cannot be checked from here.
            return (iso(self.provider.transport.provider_now()) or "") < (record.change_until or "")
        return alive
