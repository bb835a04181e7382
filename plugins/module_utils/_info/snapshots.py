# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._api.errors import CloudError, ProviderError, RouteUnconfirmed
from .._api.models import Instance, Snapshot, SnapshotList
from .._providers.base import Provider
from .._snapshot.verdict import listed_snapshot
from .._task import validation
from .._task.outcome import Outcome
from .._task.resolve import complete_list, complete_snapshots, require_instance
from .._task.session import READ_SECONDS, Context, open_provider

if TYPE_CHECKING:
    from .._fleet.crew import Crew


def snapshots_task(context: Context, outcome: Outcome, crew: Crew | None = None) -> None:
    """The task of ``snapshot_info``: the snapshots of an instance, or of all, and what the provider would accept now.

    ``crew`` runs the reads of an account.
    """
    outcome.result.update(snapshots=[], instance=None, can_restore=None, can_create=None, snapshot_limit=None)
    wanted = context.params.get("instance")
    problems = validation.line("instance", str(wanted)) if wanted is not None else []
    provider = open_provider(context, READ_SECONDS, problems)
    if wanted is None:
        outcome.result["snapshots"] = _of_account(context, outcome, provider, crew)
        return
    found = require_instance(provider, str(wanted))
    outcome.result["instance"] = found.thing.to_result() if found.thing else None
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    listed = provider.list_snapshots(found.id)
    outcome.result.update(
        snapshots=_results(provider, listed, listed.snapshots, found.thing),
        can_restore=listed.can_restore.to_result(),
        can_create=listed.can_create.to_result(),
        snapshot_limit=listed.limit,
    )


def _of_account(context: Context, outcome: Outcome, provider: Provider, crew: Crew | None) -> list[dict[str, Any]]:
    """The snapshots of all instances; raises IncompleteList rather than miss one."""
    if provider.capabilities.lists_account_snapshots:
        return _listed_at_once(outcome, provider)
    instances = list({item.id: item for item in complete_list(provider)}.values())
    lists = snapshots_of_each(context, instances, crew)
    return [
        result
        for instance, listed in zip(instances, lists)
        if listed is not None
        for result in _results(provider, listed, listed.snapshots, instance)
    ]


def _listed_at_once(outcome: Outcome, provider: Provider) -> list[dict[str, Any]]:
    listed = complete_snapshots(provider, provider.list_snapshots(None), "the account")
    try:
        instances = {item.id: item for item in complete_list(provider)}
    except RouteUnconfirmed as exc:
        instances = {}
        outcome.warnings.append(f"Could not be verified: the names of the instances ({exc.message})")
    return [
        result
        for item in listed.snapshots
        for result in _results(provider, listed, [item], instances.get(item.instance_id or ""))
    ]


def snapshots_of_each(
    context: Context, instances: Sequence[Instance], crew: Crew | None = None
) -> list[SnapshotList | None]:
    """The complete list of each instance; None for one that has been deleted meanwhile."""
    from .._fleet.sweep import read_each  # Only a whole account needs it.

    def read(provider: Provider, instance: Instance) -> SnapshotList | None:
        try:
            return complete_snapshots(provider, provider.list_snapshots(instance.id), f"instance {instance.id}")
        except ProviderError as exc:
            if exc.status == 404 and _is_gone(provider, instance):
                return None
            raise exc.with_context(f"the snapshots of instance {instance.id} could not be read") from exc

    return read_each(context, instances, read, crew)


def _is_gone(provider: Provider, instance: Instance) -> bool:
    try:
        return all(item.id != instance.id for item in complete_list(provider))
    except CloudError:
        return False


def _results(
    provider: Provider, listed: SnapshotList, snapshots: Iterable[Snapshot], instance: Instance | None
) -> list[dict[str, Any]]:
    now = provider.transport.provider_now()
    return [listed_snapshot(item, instance, listed.can_restore, provider.capabilities, now) for item in snapshots]
