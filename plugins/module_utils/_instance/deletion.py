# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting an instance that one of our restores created, and proving that it is gone."""

from __future__ import annotations

from datetime import timedelta

from .._api.errors import Applied, CloudError, OutcomeUnknown, ProviderError, RestoreFailed, RouteUnconfirmed
from .._api.models import SETTLING, Instance, PowerState, iso
from .._providers.base import Provider
from .._record.record import SUPERSEDED, Phase, Record
from .._restore.guards import foreign_origin
from .._restore.result import RestoreStatus
from .._task.refusal import Refusal, Refused
from .._task.resolve import IncompleteList
from .._task.waiting import Patience

LATE = timedelta(minutes=15)
"""After a lost answer, how long the new instance may still take to appear in the list."""
LOOKS = 2
"""An instance is gone when this many lists in a row do not hold it."""
CONFLICTS = (400, 409)
"""Statuses with which a deletion may be refused while the instance is changing. No page publishes them."""


class StillBilled(OutcomeUnknown):
    """It is not proved that an instance is gone, so it may still be billed."""

    error_code = "still_billed"


class Deletion:
    """The deletion of the instance that the restore of ``record`` created. ``seen`` is its latest reading, also of one
    that is gone by now."""

    def __init__(self, provider: Provider, record: Record, patience: Patience) -> None:
        self.provider, self.record, self._patience = provider, record, patience
        self.seen: Instance | None = None
        self._account_is_known = False
        self._unconfirmed: RouteUnconfirmed | None = None

    @property
    def made_nothing(self) -> bool:
        """Whether the restore created no instance: it was not sent, or it was refused."""
        record = self.record
        failed = record.phase == Phase.FAILED and record.error_code not in (RestoreFailed.error_code, SUPERSEDED)
        return record.sent_at is None or failed

    def look(self) -> Instance | None:
        """The instance, None if a complete list does not hold it.

        Raises Refused if the instance of its name may be another one, and StillBilled if no complete list can be read.
        """
        try:
            return self._look()
        except Refused:
            raise
        except CloudError as exc:
            raise self._still_billed(exc) from exc

    def _look(self) -> Instance | None:
        record = self.record
        listed = self.provider.list_instances()
        present = [item for item in listed.instances if item.power_state != PowerState.DELETED]
        if record.instance_id is not None:
            found = [item for item in present if item.id == record.instance_id]
        else:
            found = [item for item in present if item.name == record.target]
        if not found and not (listed.complete and listed.names_are_complete):
            text = f"the list of instances is incomplete, so it is unknown whether {record.target!r} still exists"
            raise IncompleteList(text)
        if len(found) > 1:
            ids = ", ".join(item.id for item in found)
            raise self._refused(f"several instances are named {record.target!r}: {ids}")
        if not found:
            self._require_account()
            return None
        for doubt in self._doubts(found[0]):
            raise self._refused(doubt)
        self.seen = found[0]
        if record.repeated_at is None:
            # One request creates one instance, so no other one can appear.
            self.record = record._replace(instance_id=self.seen.id)
        return self.seen

    def _require_account(self) -> None:
        """Raises IncompleteList if a list without the instance may be that of another account.

        The record tells accounts apart by the address and the scope, and Barrack has no scope.
        """
        record = self.record
        if self._account_is_known or self.seen or self.made_nothing or record.deleted_at is not None:
            return
        listed = self.provider.list_snapshots(None).snapshots
        self._account_is_known = any(item.id == record.snapshot_id for item in listed)
        if not self._account_is_known:
            raise IncompleteList(
                f"neither it nor snapshot {record.snapshot_id}, from which it was made, is listed, so the token may "
                "belong to another account",
                next_steps=("Use the token of the account in which it was made.",),
            )

    def _doubts(self, found: Instance) -> list[str]:
        """Why the instance that was found may not be the one that the restore created."""
        record = self.record
        if self.made_nothing:
            return [f"restore {record.restore_id!r} did not create instance {found.id}: it sent no request that counts"]
        if found.name != record.target:
            return [f"instance {found.id} is named {found.name!r} now, and the restore named it {record.target!r}"]
        if not record.name_was_free:
            return [f"it is not on record that no instance was named {record.target!r} before the restore"]
        foreign = foreign_origin(found, record.snapshot_id, record.sent_time)
        return [f"instance {found.id} {foreign}"] if foreign else []

    def _refused(self, why: str) -> Refused:
        step = "Check it in the provider's console. If it is not needed, delete it there."
        return Refused(f"deleting instance {self.record.target}", [Refusal("not_made_by_restore", why, step)])

    def delete(self) -> None:
        """Delete the instance and wait until it is gone; raises Refused or StillBilled."""
        missed = 0
        accepted = False

        def is_gone() -> bool:
            nonlocal missed, accepted
            found = self._look()
            if found is None:
                missed += 1
                return missed >= LOOKS and not self.may_appear
            missed = 0
            if self._unconfirmed is not None:
                raise self._unconfirmed
            accepted = accepted or self._send(found)
            return False

        try:
            self._patience.poll(is_gone, bool, f"deleting instance {self.record.target}")
        except Refused:
            raise
        except CloudError as exc:
            raise self._still_billed(exc) from exc

    def _send(self, found: Instance) -> bool:
        """Send the request; returns whether it was accepted. A repeat does no harm: ids of instances are not reused."""
        try:
            self.provider.delete_instance(found.id)
        except RouteUnconfirmed as exc:
            # The instance may be gone, or the route may not exist: the next list decides.
            self._unconfirmed = exc
            return False
        except ProviderError as exc:
            if exc.applied == Applied.NO and not (exc.status in CONFLICTS and found.power_state in SETTLING):
                raise
            return False
        except CloudError as exc:
            if exc.applied == Applied.NO:
                raise
            return False
        return True

    @property
    def may_appear(self) -> bool:
        """Whether it may still be created, since nobody has seen it yet: an answer that names it does not show it."""
        record, latest = self.record, self.record.last_sent_time
        was_there = record.outcome == RestoreStatus.RESTORED or record.error_code == RestoreFailed.error_code
        seen = was_there or (self.seen is not None and record.repeated_at is None)
        if self.made_nothing or seen or record.deleted_at is not None or latest is None:
            return False
        return self.provider.transport.provider_now() - latest < LATE

    def _still_billed(self, exc: CloudError) -> StillBilled:
        """The error that says what may cost money, and how to end it by hand."""
        record = self.record
        shown = self.seen.id if self.seen else record.instance_id or "of unknown id"
        label = self.provider.spec.label
        if self.may_appear and self.seen is None:
            until = record.last_sent_time and record.last_sent_time + LATE
            text = f"instance {record.target} has not appeared since its restore was sent, and it may still be billed"
            steps = [f"Run again after {iso(until)}, which deletes it if it has appeared."]
        else:
            text = f"instance {record.target} ({shown}) may still exist and be billed"
            steps = ["Run again."]
        by_hand = f"To end the bill by hand, delete instance {record.target} ({shown}) in the console of {label}."
        return StillBilled(f"{text}: {exc.message}", next_steps=(by_hand, *exc.next_steps, *steps))
