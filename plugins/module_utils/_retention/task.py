# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .._api.models import Instance, Snapshot, SnapshotList, iso
from .._providers.base import Provider
from .._snapshot.age import ADVICE, age_refusal, hours_since, with_age
from .._snapshot.marker import has_marker, with_marker
from .._snapshot.replacement import replace, replacement_refusals
from .._snapshot.snapshots import FAILED_WORDS, Snapshots, creation_refusals
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found, find_snapshot, require_instance
from .._task.session import Context, Progress, open_provider
from .._task.waiting import Patience
from .dated import LENGTH, dated_name, is_dated
from .ours import Ours

if TYPE_CHECKING:
    from .._record.sqlite_store import FileRecord


def snapshot_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``snapshot``: one snapshot present or absent, by name, or a new one by prefix."""
    result, params = outcome.result, context.params
    result.update(snapshot=None, created=False, replaced=None, instance=None)
    present = params.get("state") != "absent"
    max_age, problems = validation.seconds("max_age", params.get("max_age"))
    problems = _problems(params, present) + problems
    provider = open_provider(context, float(params.get("wait_timeout") or 900.0), problems)
    doing, shown = "creating" if present else "deleting", str(params.get("name") or params.get("prefix"))
    patience = Patience(
        provider.transport.deadline,
        context.runtime,
        watch=lambda operation: context.on_progress(Progress(doing, shown, operation.progress)),
    )
    context.on_progress(Progress(doing, shown))
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    result["instance"] = found.thing.to_result() if found.thing else None
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    snapshots = Snapshots(provider, found.id or "", patience)
    if not present:
        _absent(context, outcome, snapshots, str(params["name"]))
        return
    store = _record(context, provider, snapshots.instance_id)
    if store is not None:
        snapshots = snapshots._replace(made=partial(store.add_snapshot, provider.spec.name, snapshots.instance_id))
    if params.get("prefix") is None:
        _present(context, outcome, snapshots, found, str(params["name"]), max_age)
        return
    made = store.made_snapshots(provider.spec.name, snapshots.instance_id) if store else frozenset()
    _present_dated(context, outcome, snapshots, Ours(provider.capabilities, made), max_age)


def _problems(params: Mapping[str, Any], present: bool) -> list[str]:
    name, prefix = params.get("name"), params.get("prefix")
    problems = validation.line("instance", str(params["instance"]))
    if (name is None) == (prefix is None):
        problems.append("one of name and prefix is required, and not both")
    if name is not None:
        problems += validation.line("name", str(name))
    if prefix is not None:
        problems += validation.line("prefix", str(prefix), validation.LONGEST - LENGTH)
        if not present or params.get("replace"):
            problems.append("prefix cannot be used with state: absent or with replace")
    problems += validation.line("description", str(params["description"])) if params.get("description") else []
    if params.get("wait_timeout") is not None:
        problems += validation.positive("wait_timeout", float(params["wait_timeout"]))
    if not present and (params.get("max_age") is not None or params.get("replace")):
        problems.append("max_age and replace cannot be used with state: absent")
    return problems


def _record(context: Context, provider: Provider, instance_id: str) -> FileRecord | None:
    """Where new snapshots are remembered; None where their description says whose they are.

    Raises Refused or RecordUnavailable if it cannot be written, before anything is sent.
    """
    if provider.capabilities.keeps_descriptions:
        return None
    from .._record.stores import file_record  # Imports sqlite3.

    store = file_record(context, provider.account)
    refusals = store.refusals(instance_id, None, None, fresh=True)
    if refusals:
        raise Refused("creating a snapshot", refusals)
    store.made_snapshots(provider.spec.name, instance_id)
    return store


def _present_dated(context: Context, outcome: Outcome, snapshots: Snapshots, ours: Ours, max_age: float | None) -> None:
    """A new snapshot, unless one that this collection made with this prefix is young enough."""
    prefix, listed = str(context.params["prefix"]), snapshots.read()
    now = snapshots.provider.transport.provider_now()
    for item in _newest_first(listed) if max_age is not None else ():
        if not is_dated(item.name, prefix) or not ours.include(item) or _unusable(snapshots, item):
            continue
        if max_age is None or age_refusal(item, max_age, now):
            continue
        if item.restorable is False and not context.check_mode:
            # An earlier run requested it and it is not complete yet.
            item = snapshots.wait_for(item.name)
        outcome.result["snapshot"] = with_age(item, now)
        return
    name = dated_name(prefix, now, {item.name for item in listed.snapshots})
    _create(context, outcome, snapshots, listed, name)


def _newest_first(listed: SnapshotList) -> list[Snapshot]:
    dated = [item for item in listed.snapshots if item.created_at is not None]
    return sorted(dated, key=lambda item: iso(item.created_at) or "", reverse=True)


def _present(
    context: Context, outcome: Outcome, snapshots: Snapshots, found: Found[Instance], name: str, max_age: float | None
) -> None:
    listed = snapshots.read()
    existing = _only(listed, snapshots.instance_id, name)
    if existing is None:
        _create(context, outcome, snapshots, listed, name)
        return
    replaces = bool(context.params.get("replace"))
    unusable = _unusable(snapshots, existing)
    if existing.restorable is False and unusable is None and not context.check_mode:
        # An earlier run requested it and it is not complete yet.
        existing = snapshots.wait_for(name)
    now = snapshots.provider.transport.provider_now()
    too_old = age_refusal(existing, max_age, now) if max_age is not None else None
    refusal = unusable or too_old
    if replaces and (refusal or max_age is None):
        _replace(context, outcome, snapshots, existing, found.thing)
        return
    if refusal:
        raise Refused(f"creating snapshot {name}", [refusal])
    outcome.result["snapshot"] = with_age(existing, now)
    if max_age is None:
        hours = hours_since(existing, now)
        age = "is of unknown age" if hours is None else f"is {hours:.1f} hours old"
        outcome.warnings.append(
            f"Snapshot {name} exists and {age}; no new one was created. Set max_age to refuse an old one, or replace: "
            "true to replace it."
        )


def _create(context: Context, outcome: Outcome, snapshots: Snapshots, listed: SnapshotList, name: str) -> None:
    refusals = creation_refusals(snapshots.provider.capabilities, name, listed)
    if refusals:
        raise Refused(f"creating snapshot {name}", refusals)
    outcome.diff = {"before": {"snapshot": None}, "after": {"snapshot": name}}
    if context.check_mode:
        _predict(outcome, snapshots, name)
        return
    with reporting_changes(outcome, snapshots.provider):
        created = snapshots.create(name, _description(context, snapshots.provider))
    _report_created(outcome, snapshots, created)


def _replace(
    context: Context, outcome: Outcome, snapshots: Snapshots, old: Snapshot, instance: Instance | None
) -> None:
    # A snapshot that was not complete before is complete by now, and the gate may have opened.
    listed = snapshots.read()
    power = instance.power_state if instance else None
    refusals = replacement_refusals(snapshots, old, listed, power)
    if refusals:
        raise Refused(f"replacing snapshot {old.name}", refusals)
    was = with_age(old, snapshots.provider.transport.provider_now())
    before = {"snapshot": old.name, "created_at": was["created_at"]}
    outcome.diff = {"before": before, "after": {"snapshot": old.name, "created_at": "when the task runs"}}
    if context.check_mode:
        outcome.result["replaced"] = was
        _predict(outcome, snapshots, old.name)
        return

    def report(new: Snapshot | None, old_is_gone: bool) -> None:
        outcome.result["replaced"] = was if old_is_gone else None
        if new is not None:
            _report_created(outcome, snapshots, new)

    with reporting_changes(outcome, snapshots.provider):
        replace(snapshots, old, _description(context, snapshots.provider), report)


def _predict(outcome: Outcome, snapshots: Snapshots, name: str) -> None:
    planned = Snapshot(id="", name=name, instance_id=snapshots.instance_id).to_result()
    outcome.result.update(changed=True, created=True, snapshot={**planned, "age_hours": None})


def _report_created(outcome: Outcome, snapshots: Snapshots, created: Snapshot) -> None:
    provider = snapshots.provider
    outcome.result.update(created=True, snapshot=with_age(created, provider.transport.provider_now()))
    lifetime = provider.capabilities.snapshot_lifetime_hours
    text = f"The provider deletes the snapshot after about {lifetime:g} hours." if lifetime is not None else None
    if text and created.expires_at is None and text not in outcome.warnings:
        outcome.warnings.append(text)
    if provider.capabilities.keeps_descriptions and not has_marker(created):
        outcome.warnings.append(
            f"The provider did not keep the description of {created.name}, so snapshot_prune will not delete it."
        )


def _description(context: Context, provider: Provider) -> str | None:
    given = context.params.get("description")
    description = None if given is None else str(given)
    return with_marker(description) if provider.capabilities.keeps_descriptions else description


def _absent(context: Context, outcome: Outcome, snapshots: Snapshots, name: str) -> None:
    found = find_snapshot(snapshots.provider, name, _own(snapshots.read(), snapshots.instance_id))
    if found.missing:
        return
    if found.refusal or found.thing is None:
        raise Refused(f"deleting snapshot {name}", [found.refusal] if found.refusal else [])
    outcome.result["snapshot"] = with_age(found.thing, snapshots.provider.transport.provider_now())
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


def _only(listed: SnapshotList, instance_id: str, name: str) -> Snapshot | None:
    """The snapshot of this name, None if there is none; raises Refused if there are several."""
    named = [item for item in _own(listed, instance_id).snapshots if item.name == name]
    # A list that shifts between pages repeats items.
    unique = list({(item.id, item.created_at): item for item in named}.values())
    if len(unique) > 1:
        found = ", ".join(f"{item.id} (created at {iso(item.created_at) or 'an unknown time'})" for item in unique[:10])
        refusal = Refusal(
            "snapshot_ambiguous",
            f"{len(unique)} snapshots are named {name!r}: {found}",
            "Delete those that are not needed by their id, with state: absent. A replacement that was interrupted "
            "leaves the old one and the new one.",
        )
        raise Refused(f"creating snapshot {name}", [refusal])
    return unique[0] if unique else None


def _unusable(snapshots: Snapshots, existing: Snapshot) -> Refusal | None:
    expired = existing.expires_at is not None and existing.expires_at <= snapshots.provider.transport.provider_now()
    failed = (existing.status or "").lower() in FAILED_WORDS
    if not expired and not failed:
        return None
    why = f"expired at {iso(existing.expires_at)}" if expired else f"has the status {existing.status!r}"
    return Refusal("snapshot_unusable", f"snapshot {existing.name!r} exists and {why}", ADVICE)
