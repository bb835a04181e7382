# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from .._api.models import Snapshot, SnapshotList, iso
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import find_snapshot, require_instance
from .._task.session import Context, Progress, open_provider
from .._task.waiting import Patience
from .snapshots import FAILED_WORDS, Snapshots, creation_refusals


def snapshot_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``snapshot``: one snapshot present or absent, by name."""
    result, params = outcome.result, context.params
    result.update(snapshot=None, instance=None)
    name, present = str(params["name"]), params.get("state") != "absent"
    problems = validation.reference("instance", str(params["instance"])) + validation.reference("name", name)
    problems += validation.line("description", str(params["description"])) if params.get("description") else []
    if params.get("wait_timeout") is not None:
        problems += validation.positive("wait_timeout", float(params["wait_timeout"]))
    provider = open_provider(context, float(params.get("wait_timeout") or 900.0), problems)
    doing = "creating" if present else "deleting"
    patience = Patience(
        provider.transport.deadline,
        context.runtime,
        watch=lambda operation: context.on_progress(Progress(doing, name, operation.progress)),
    )
    context.on_progress(Progress(doing, name))
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    result["instance"] = found.thing.to_result() if found.thing else None
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    work = _present if present else _absent
    work(context, outcome, Snapshots(provider, found.id or "", patience), name)


def _present(context: Context, outcome: Outcome, snapshots: Snapshots, name: str) -> None:
    listed = snapshots.read()
    existing = next((item for item in _own(listed, snapshots.instance_id).snapshots if item.name == name), None)
    if existing is not None:
        _refuse_unusable(snapshots, existing)
        if existing.restorable is False and not context.check_mode:
            # An earlier run requested it and it is not complete yet.
            existing = snapshots.wait_for(name)
        outcome.result["snapshot"] = existing.to_result()
        return
    refusals = creation_refusals(snapshots.provider.capabilities, name, listed)
    if refusals:
        raise Refused(f"creating snapshot {name}", refusals)
    outcome.diff = {"before": {"snapshot": None}, "after": {"snapshot": name}}
    if context.check_mode:
        planned = Snapshot(id="", name=name, instance_id=snapshots.instance_id)
        outcome.result.update(changed=True, snapshot=planned.to_result())
        return
    description = context.params.get("description")
    with reporting_changes(outcome, snapshots.provider):
        created = snapshots.create(name, None if description is None else str(description))
    outcome.result["snapshot"] = created.to_result()
    lifetime = snapshots.provider.capabilities.snapshot_lifetime_hours
    if lifetime is not None and created.expires_at is None:
        outcome.warnings.append(f"The provider deletes the snapshot after about {lifetime:g} hours.")


def _absent(context: Context, outcome: Outcome, snapshots: Snapshots, name: str) -> None:
    found = find_snapshot(snapshots.provider, name, _own(snapshots.read(), snapshots.instance_id))
    if found.missing:
        return
    if found.refusal or found.thing is None:
        raise Refused(f"deleting snapshot {name}", [found.refusal] if found.refusal else [])
    outcome.result["snapshot"] = found.thing.to_result()
    outcome.diff = {"before": {"snapshot": found.thing.name}, "after": {"snapshot": None}}
    if context.check_mode:
        outcome.result["changed"] = True
        return
    with reporting_changes(outcome, snapshots.provider):
        snapshots.delete(found.thing)


def _own(listed: SnapshotList, instance_id: str) -> SnapshotList:
    """The snapshots of this instance. A list may hold those of others, and may not say whose they are."""
    return listed._replace(
        snapshots=tuple(item for item in listed.snapshots if item.instance_id in (None, instance_id))
    )


def _refuse_unusable(snapshots: Snapshots, existing: Snapshot) -> None:
    expired = existing.expires_at is not None and existing.expires_at <= snapshots.provider.transport.provider_now()
    failed = (existing.status or "").lower() in FAILED_WORDS
    if expired or failed:
        why = f"expired at {iso(existing.expires_at)}" if expired else f"has the status {existing.status!r}"
        refusal = Refusal(
            "snapshot_unusable",
            f"snapshot {existing.name!r} exists and {why}",
            "Delete it with state: absent and create it again, or choose another name.",
        )
        raise Refused(f"creating snapshot {existing.name}", [refusal])
