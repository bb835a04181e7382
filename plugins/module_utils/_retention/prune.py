# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from .._api.errors import CloudError
from .._api.models import Instance, Snapshot
from .._providers.base import Provider
from .._record.record import Record
from .._record.sqlite_store import FileRecord
from .._record.stores import file_record, notes_of
from .._restore.preflight import same_snapshot
from .._snapshot.snapshots import Snapshots
from .._snapshot.verdict import may_be_restored
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refused
from .._task.resolve import complete_snapshots, require_instance
from .._task.session import Context, Progress, open_provider
from .._task.waiting import Patience
from .needed import needed_by
from .ours import Ours
from .selection import LAST, Choice, Rule, Selection, select


def prune_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``snapshot_prune``: delete old snapshots of one instance that this collection made."""
    outcome.result.update(deleted=[], kept=[], instance=None)
    params = context.params
    rule, problems = _rule(context)
    provider = open_provider(context, float(params.get("wait_timeout") or 900.0), problems)
    context.on_progress(Progress("pruning snapshots", str(params["instance"])))
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    outcome.result["instance"] = found.thing.to_result() if found.thing else None
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    target = found.id or ""
    file = file_record(context, provider.account)
    refusals = file.refusals(target, None, None, fresh=True)
    if refusals:
        raise Refused(f"pruning snapshots of {target}", refusals)
    # No restore and no guarded change of this machine begins to need a snapshot that is about to be deleted.
    with file.holding(provider.spec.name, target, provider.transport.deadline):
        _Pruning(context, outcome, provider, file, target).run(found.thing, rule)


def _rule(context: Context) -> tuple[Rule, list[str]]:
    params = context.params
    keep, prefix = params.get("keep"), params.get("prefix")
    older_than, problems = validation.seconds("older_than", params.get("older_than"))
    problems += validation.line("instance", str(params["instance"]))
    if keep is None and params.get("older_than") is None:
        problems.append("one of keep and older_than is required")
    if keep is not None and int(keep) < 0:
        problems.append(f"keep must be 0 or more, not {keep}")
    if prefix is not None:
        problems += validation.line("prefix", str(prefix))
    if params.get("wait_timeout") is not None:
        problems += validation.positive("wait_timeout", float(params["wait_timeout"]))
    return Rule(None if keep is None else int(keep), older_than, None if prefix is None else str(prefix)), problems


class _Pruning:
    def __init__(self, context: Context, outcome: Outcome, provider: Provider, file: FileRecord, target: str) -> None:
        self.context, self.outcome, self.provider, self.file, self.target = context, outcome, provider, file, target
        self.patience = Patience(provider.transport.deadline, context.runtime)
        self.made = file.made_snapshots(provider.spec.name, target)
        self.listed: Sequence[Snapshot] = ()

    def run(self, instance: Instance | None, rule: Rule) -> None:
        self.listed = listed = self._read()
        now = self.provider.transport.provider_now()
        capabilities = self.provider.capabilities
        records = self._records(instance, listed)
        chosen = select(
            listed,
            Ours(capabilities, self.made),
            lambda item: needed_by(records, item, ids_reused=capabilities.snapshot_ids_reused),
            rule,
            now,
        )
        self._report(chosen.delete if self.context.check_mode else (), chosen.keep, now)
        if listed and not chosen.ours:
            self.outcome.warnings.append(
                f"None of the {len(listed)} snapshots of {self.target} is known to be made by this collection, so none "
                "is deleted. Those that other machines made are known only by their record."
            )
        if self.context.check_mode:
            self.outcome.result["changed"] = bool(chosen.delete)
        elif chosen.delete:
            with reporting_changes(self.outcome, self.provider):
                self._delete(chosen, now)

    def _read(self) -> Sequence[Snapshot]:
        listed = complete_snapshots(
            self.provider, self.provider.list_snapshots(self.target), f"instance {self.target}"
        ).snapshots
        return self._own(listed)

    def _own(self, listed: Iterable[Snapshot]) -> list[Snapshot]:
        """The snapshots of the instance. A list of the account may not say whose one is; the record does."""
        known = {item.snapshot_id for item in self.made}
        return [item for item in listed if item.instance_id == self.target or item.id in known]

    def _records(self, instance: Instance | None, listed: Sequence[Snapshot]) -> Sequence[Record]:
        """What was restored to or from this instance, also by other controllers that noted it at the provider."""
        provider = self.provider
        if provider.capabilities.creates_instance:
            # Their targets are the new instances.
            return self.file.of_account(provider.spec.name)
        notes = notes_of(provider, self.patience, 0.0, stops_first=True)
        if notes is None:
            return self.file.all_of(provider.spec.name, self.target)
        from .._api.models import SnapshotList
        from .._record.provider_store import ProviderRecord

        store = ProviderRecord(self.file, notes, provider, self.outcome.warnings.append, patient=True)
        if instance is not None and instance.tags is None:
            # A list may leave out the tags.
            instance = provider.get_instance(self.target)
        store.look(self.target, instance, SnapshotList(tuple(listed)))
        return store.all_of(provider.spec.name, self.target)

    def _delete(self, chosen: Selection, now: datetime) -> None:
        """Delete one after the other, and report as far as that comes."""
        snapshots = Snapshots(self.provider, self.target, self.patience)
        deleted: list[Choice] = []
        kept = list(chosen.keep)
        left = self.listed
        for number, choice in enumerate(chosen.delete):
            self.context.on_progress(Progress("deleting", choice.snapshot.name))
            try:
                why = self._kept_now(choice.snapshot, left)
                if why is None:
                    left = self._own(snapshots.delete(choice.snapshot).snapshots)
            except CloudError as exc:
                undone = [
                    item._replace(reason="the task failed before it was deleted") for item in chosen.delete[number:]
                ]
                self._report(deleted, [*kept, *undone], now)
                names = ", ".join(item.snapshot.name for item in deleted) or "none"
                raise exc.with_context(detail=f"deleted before: {names}") from exc
            if why is None:
                deleted.append(choice)
            else:
                kept.append(choice._replace(reason=why))
            self._report(deleted, kept, now)

    def _kept_now(self, snapshot: Snapshot, left: Sequence[Snapshot]) -> str | None:
        """Why a snapshot must stay that was selected a while ago: it is another one by now, needed, or the last one.

        ``left`` is the latest list.
        """
        capabilities, now = self.provider.capabilities, self.provider.transport.provider_now()
        others = [item for item in left if item.id != snapshot.id]
        if may_be_restored(snapshot, now) and not any(may_be_restored(item, now) for item in others):
            return LAST
        if capabilities.creates_instance:
            # A restore to a new instance holds the lock of the new one, so it may have begun meanwhile.
            records = self.file.of_account(self.provider.spec.name)
            return needed_by(records, snapshot, ids_reused=capabilities.snapshot_ids_reused)
        if not capabilities.snapshot_ids_reused:
            return None
        same = all(same_snapshot(snapshot, item) for item in self._read() if item.id == snapshot.id)
        return None if same else "another snapshot has its name now"

    def _report(self, deleted: Sequence[Choice], kept: Sequence[Choice], now: datetime) -> None:
        self.outcome.result["deleted"] = [choice.to_result(now) for choice in deleted]
        self.outcome.result["kept"] = [choice.to_result(now) for choice in kept]
        if deleted:
            gone = {choice.snapshot.id for choice in deleted}
            self.outcome.diff = {
                "before": {"snapshots": [item.name for item in self.listed]},
                "after": {"snapshots": [item.name for item in self.listed if item.id not in gone]},
            }
