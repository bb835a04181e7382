# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task of ``restore_info``: the record of restores as data. It writes nothing and creates no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Union

from .._api.errors import RestoreFailed
from .._api.models import Instance, SnapshotList, iso
from .._providers.base import Provider
from .._providers.registry import SPECS
from .._record.record import SUPERSEDED, Phase, Record
from .._record.sqlite_store import FileRecord
from .._record.stores import file_record, notes_of
from .._restore.history import sent_by
from .._restore.result import RestoreSent, RestoreStatus
from .._task import validation
from .._task.outcome import Outcome
from .._task.resolve import canonical_id, complete_list, is_id, require_instance
from .._task.run_by import from_text
from .._task.session import READ_SECONDS, Context, open_provider, read_account
from .._task.waiting import Patience

if TYPE_CHECKING:
    from .._fleet.crew import Crew

UNFINISHED, FAILED, GIVEN_UP = "unfinished", "failed", "given_up"
"""``status`` of a record besides that of a finished restore."""
COPIED = (
    *("restore_id", "target", "snapshot_id", "snapshot_name", "snapshot_created_at", "snapshot_as_of", "phase"),
    *("claimed_at", "sent_at", "repeated_at", "updated_at", "lease_until", "error_code"),
    *("operation_id", "safety_snapshot", "previous_power_state", "claim", "drill", "deleted_at"),
)
UNTIL = {
    Phase.CLAIMED: "Nothing was sent.",
    Phase.STOPPING: "Nothing was sent.",
    Phase.SENT: "Its answer may be lost: the run looks for evidence, and repeats the request only if that is harmless.",
    Phase.ACCEPTED: "The run waits for the end of the restore, and does not send it again.",
    Phase.SETTLED: "The restore has ended, and only the power state is left.",
}
"""What is known of an unfinished restore, and what a run will do."""
NOTHING_MADE = (RestoreSent.NO, RestoreSent.REFUSED)
Claims = Mapping[tuple[str, str], Union[str, None]]
"""The claims in the file, by target and restore_id."""


def restores_task(context: Context, outcome: Outcome, crew: Crew | None = None) -> None:
    """``crew`` runs the reads of an account."""
    outcome.result["restores"] = []
    params = context.params
    problems: list[str] = []
    if params.get("instance") is not None:
        problems += validation.line("instance", str(params["instance"]))
    if params.get("restore_id") is not None:
        problems += validation.line("restore_id", str(params["restore_id"]), 128)
    found = _found(context, outcome, problems, crew)
    wanted = params.get("restore_id")
    outcome.result["restores"] = [
        item
        for item in sorted(found, key=lambda item: str(item["updated_at"]), reverse=True)
        if wanted in (None, item["restore_id"]) and (item["unfinished"] or not params.get("unfinished"))
    ]


def _found(context: Context, outcome: Outcome, problems: list[str], crew: Crew | None) -> list[dict[str, Any]]:
    spec = SPECS.get(str(context.params.get("provider")))
    noted = spec is not None and spec.capabilities.record_place is not None
    given = context.params.get("instance")
    if not noted or context.params.get("record") != "provider":
        account = read_account(context, problems)
        file = file_record(context, account, read_only=True)
        # A file on its own is read without a request and without a token.
        records = _filed(context, file, given)
        return [_result(item, _claims(records), context.runtime.now()) for item in records]
    provider = open_provider(context, READ_SECONDS, problems)
    file = file_record(context, provider.account, read_only=True)
    patience = Patience(provider.transport.deadline, context.runtime)
    notes = notes_of(provider, patience, 0.0, stops_first=True)
    if notes is None:
        raise AssertionError(provider.capabilities.record_place)
    from .._record.provider_store import ProviderRecord  # A file on its own does not need it.

    store = ProviderRecord(file, notes, provider, outcome.warnings.append, patient=True)
    found: list[Record] = []
    read = set()
    for target, instance, listed in _readings(context, provider, given, crew):
        store.look(target, instance, listed)
        found += store.all_of(provider.spec.name, target)
        read.add(target)
    if given is None:
        # Instances that are gone have no notes any more.
        found += [item for item in file.of_account(provider.spec.name) if item.target not in read]
    claims = _claims(file.of_account(provider.spec.name))
    return [_result(item, claims, provider.transport.provider_now()) for item in found]


def _claims(records: Sequence[Record]) -> Claims:
    return {(item.target, item.restore_id): item.claim for item in records}


def _filed(context: Context, file: FileRecord, given: Any) -> list[Record]:
    """The records of the file, or those of one instance, by its id or by the name under which it was created."""
    spec = SPECS[str(context.params["provider"])]
    if given is None:
        return file.of_account(spec.name)
    if spec.capabilities.creates_instance:
        return [item for item in file.of_account(spec.name) if str(given) in (item.target, item.instance_id)]
    target = canonical_id(spec, str(given))
    if not is_id(spec, target):
        # The record does not hold names.
        found = require_instance(open_provider(context, READ_SECONDS, []), target)
        target = found.id or target
    return file.all_of(spec.name, target)


def _readings(
    context: Context, provider: Provider, given: Any, crew: Crew | None
) -> list[tuple[str, Instance | None, SnapshotList | None]]:
    """What holds the notes, by instance."""
    lists_needed = provider.capabilities.record_place == "snapshot"
    if given is not None:
        found = require_instance(provider, str(given))
        target = found.id or str(given)
        instance = found.thing if lists_needed or found.thing is None else provider.get_instance(target)
        return [(target, instance, provider.list_snapshots(target) if lists_needed else None)]
    instances = list({item.id: item for item in complete_list(provider)}.values())
    if lists_needed:
        from .snapshots import snapshots_of_each

        lists = snapshots_of_each(context, instances, crew)
        return [(item.id, item, listed) for item, listed in zip(instances, lists) if listed is not None]
    return [(item.id, item, None) for item in _with_tags(context, instances, crew)]


def _with_tags(context: Context, instances: Sequence[Instance], crew: Crew | None) -> list[Instance]:
    """The instances with their tags, which a list may leave out."""
    from .._fleet.sweep import read_each

    bare = [item for item in instances if item.tags is None]
    read = read_each(context, bare, lambda provider, item: provider.get_instance(item.id), crew)
    return [item for item in instances if item.tags is not None] + read


def _result(record: Record, filed: Claims, now: datetime) -> dict[str, Any]:
    """``claimed_here``: the file of this machine holds the claim, so a run on this machine made it."""
    claimed_here = filed.get((record.target, record.restore_id), "") == record.claim
    lease = record.lease_time
    held = record.unfinished and not claimed_here and lease is not None and lease > now
    values, run_by = record._asdict(), from_text(record.run_by)
    return {
        **{name: None if values[name] is None else str(values[name]) for name in COPIED},
        "instance_id": record.instance_id or (None if _creates(record) else record.target),
        "unfinished": record.unfinished,
        "status": _status(record),
        "restore_sent": _sent(record).value,
        "claimed_here": claimed_here,
        "run_by": run_by.to_result() if run_by else None,
        "next_steps": _next_steps(record, iso(lease) if held else None),
    }


def _creates(record: Record) -> bool:
    return SPECS[record.provider].capabilities.creates_instance


def _status(record: Record) -> str:
    if record.unfinished:
        return UNFINISHED
    if record.phase == Phase.DONE:
        return record.outcome or RestoreStatus.RESTORED.value
    return GIVEN_UP if record.error_code == SUPERSEDED else FAILED


def _sent(record: Record) -> RestoreSent:
    if record.phase != Phase.FAILED or record.sent_at is None:
        return sent_by(record)
    accepted = record.error_code == RestoreFailed.error_code
    known = RestoreSent.ACCEPTED if accepted else RestoreSent.REFUSED
    return RestoreSent.UNKNOWN if record.given_up_in_doubt else known


def _next_steps(record: Record, held_until: str | None) -> list[str]:
    if held_until is not None:
        return [f"Another controller may be at work until {held_until}; wait for it, then run the restore again."]
    if record.drill is not None and record.deleted_at is None and _sent(record) not in NOTHING_MADE:
        return [
            f"It belongs to drill {record.drill}, and its instance may still be billed. Run a drill with the same "
            f"record, or delete instance {record.target} with the module instance."
        ]
    if record.unfinished:
        name = f", new_vm_name: {record.target}" if _creates(record) else ""
        stopped = ["The instance was running and was stopped for it."] if record.stopped_by_us else []
        return [
            f"Run it again with restore_id: {record.restore_id}{name} and its snapshot. {UNTIL[record.phase]}",
            *stopped,
        ]
    if record.given_up_in_doubt:
        return ["It may have been applied. To restore again, set another restore_id or force: true."]
    if _status(record) == FAILED:
        return [f"Fix the reason ({record.error_code}), then run it again; the same restore_id can be used."]
    if record.outcome == RestoreStatus.ACCEPTED_UNVERIFIED:
        return ["Check the instance: the provider gave no evidence of the end of the restore."]
    return []
