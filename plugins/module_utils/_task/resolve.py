# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves an id or an exact name to one instance or snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from .._api.errors import CloudError, ProviderError, RouteUnconfirmed
from .._api.models import Instance, InstanceList, Snapshot, SnapshotList
from .._api.text import cut
from .._providers.base import Provider, ProviderSpec
from .refusal import Refusal, Refused


class IncompleteList(CloudError):
    """A list that is needed whole is not."""

    error_code = "list_incomplete"


class _Named(Protocol):
    @property
    def id(self) -> str:
        """The provider's id."""

    @property
    def name(self) -> str:
        """The name shown to people."""

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True)
class Found(Generic[T]):
    """Result of a lookup: the object, or a refusal, or neither where the provider offers no way to look.

    ``id`` is what goes into paths. ``missing``: the provider answered, and nothing has this id or name.
    ``unverified`` says what could not be proved.
    """

    id: str | None
    thing: T | None = None
    refusal: Refusal | None = None
    unverified: tuple[str, ...] = ()
    missing: bool = False


def find_instance(provider: Provider, wanted: str) -> Found[Instance]:
    """Resolve the ``instance`` option. A value in the form of the provider's ids is an id and never a name.

    An id costs one GET; a name costs the list.
    """
    if not is_id(provider, wanted):
        return _find_named(provider, wanted)
    wanted = canonical_id(provider, wanted)
    try:
        return Found(wanted, provider.get_instance(wanted))
    except RouteUnconfirmed as exc:
        # The route may be missing instead of the instance: the list decides.
        return _find_listed(provider, wanted, exc)
    except ProviderError as exc:
        if exc.status != 404:
            raise
        return _not_found("instance", wanted, ())


def _find_listed(provider: Provider, wanted: str, unread: RouteUnconfirmed) -> Found[Instance]:
    """The instance with this id from the list, where the route of a single instance is not confirmed."""
    try:
        listed = provider.list_instances()
    except RouteUnconfirmed as exc:
        unread, listed = exc, InstanceList((), complete=False)
    instance = next((item for item in listed.instances if item.id == wanted), None)
    if instance is not None:
        return Found(wanted, instance)
    if listed.complete:
        return _not_found("instance", wanted, [item.name for item in listed.instances])
    return Found(wanted, unverified=(f"that instance {wanted} exists, its name and power state ({unread.message})",))


def require_instance(provider: Provider, wanted: str, expected_name: object = None) -> Found[Instance]:
    """Resolve ``wanted`` to one instance; raises Refused when there is none or it has another name than expected."""
    found = find_instance(provider, wanted)
    refusals = [found.refusal] if found.refusal else []
    if found.thing is not None:
        refusals += name_refusals(found.thing, expected_name)
    if refusals:
        raise Refused(f"using instance {wanted}", refusals)
    return found


def name_refusals(instance: Instance, expected_name: object) -> list[Refusal]:
    """The refusal of an instance that has another name than expected; None expects nothing."""
    if expected_name is None or instance.name == expected_name:
        return []
    text = f"the instance is named {instance.name!r}, not {expected_name!r} as expected_instance_name demands"
    return [Refusal("instance_name_differs", text, "Check the option instance.")]


def _find_named(provider: Provider, wanted: str) -> Found[Instance]:
    try:
        listed = provider.list_instances(wanted)
    except RouteUnconfirmed as exc:
        return Found(None, refusal=_no_list("instance", wanted, exc))
    found = _pick("instance", wanted, listed.instances)
    if not listed.names_are_complete and (found.thing is not None or found.missing):
        return Found(None, refusal=_incomplete("instance", wanted))
    if found.thing is not None and found.thing.power_state_raw is None:
        # Lists may carry fewer fields than the object itself.
        try:
            return Found(found.id, provider.get_instance(found.thing.id))
        except RouteUnconfirmed:
            return found
    return found


def find_snapshot(provider: Provider, wanted: str, listed: SnapshotList) -> Found[Snapshot]:
    """Resolve the ``snapshot`` option among the snapshots of the instance."""
    by_id = is_id(provider, wanted)
    found = _pick("snapshot", canonical_id(provider, wanted), listed.snapshots, by_id=by_id)
    whole = listed.complete if by_id else listed.names_are_complete
    if not whole and (found.missing or (found.thing is not None and found.id != canonical_id(provider, wanted))):
        # The snapshot that is meant may be one that the list leaves out.
        return Found(None, refusal=_incomplete("snapshot", wanted))
    return found


def unlisted_snapshot(provider: Provider, wanted: str, exc: RouteUnconfirmed) -> Found[Snapshot]:
    """Resolve the ``snapshot`` option where snapshots cannot be listed: an id passes unverified, a name does not."""
    if is_id(provider, wanted):
        wanted = canonical_id(provider, wanted)
        return Found(wanted, unverified=(f"that snapshot {wanted} exists, and its age ({exc.message})",))
    return Found(None, refusal=_no_list("snapshot", wanted, exc))


def is_id(provider: Provider | ProviderSpec, value: str) -> bool:
    return re.fullmatch(provider.capabilities.id_pattern, value) is not None


def canonical_id(provider: Provider | ProviderSpec, value: str) -> str:
    """An id as the provider writes it, since the record and the digest must not depend on how it was typed."""
    return value.lower() if provider.capabilities.ids_ignore_case and is_id(provider, value) else value


def _pick(kind: str, wanted: str, things: Iterable[T], *, by_id: bool = False) -> Found[T]:
    # A list that shifts between pages repeats items; two snapshots of one name were made at different times.
    unique = {(thing.id, thing.created_at): thing for thing in things}
    matches = [thing for thing in unique.values() if wanted == thing.id or (wanted == thing.name and not by_id)]
    if len(matches) == 1:
        (match,) = matches
        return Found(match.id, match)
    if not matches:
        return _not_found(kind, wanted, [thing.name for thing in unique.values()])
    listed = ", ".join(f"{thing.id} (named {thing.name!r})" for thing in matches[:10])
    return Found(
        None,
        refusal=Refusal(
            f"{kind}_ambiguous",
            f"{kind} {wanted!r} matches {len(matches)} {kind}s: {listed}",
            f"Set the option {kind} to one of these ids, or give the {kind}s different names.",
        ),
    )


def _not_found(kind: str, wanted: str, names: Sequence[str]) -> Found[T]:
    import difflib  # Only a name that is not found needs it.

    # Comparing is slow for long names and many of them.
    similar = [name for name in names[:2000] if abs(len(name) - len(wanted)) <= 8]
    near = difflib.get_close_matches(wanted, similar, n=3) if len(wanted) <= 80 else []
    near = near or [cut(name, 80) for name in names[:5]]
    tail = f"; there is {', '.join(repr(name) for name in near)}" if near else ""
    refusal = Refusal(
        f"{kind}_not_found",
        f"there is no {kind} with the id or exact name {wanted!r}{tail}",
        f"Correct the option {kind}; the module {kind}_info lists all {kind}s.",
    )
    return Found(None, refusal=refusal, missing=True)


def complete_list(provider: Provider) -> Sequence[Instance]:
    """All instances; raises IncompleteList rather than miss one."""
    listed = provider.list_instances()
    if not listed.complete:
        raise IncompleteList(
            f"{provider.spec.label}'s list of instances is incomplete: it counts more than it has, or has odd items",
            next_steps=("Run again; if it stays so, report what the API returns to the provider.",),
        )
    return listed.instances


def complete_snapshots(provider: Provider, listed: SnapshotList, whose: str) -> SnapshotList:
    """A list of snapshots; raises IncompleteList if it may miss one."""
    if not listed.complete:
        raise IncompleteList(
            f"{provider.spec.label}'s list of the snapshots of {whose} is incomplete: it counts more than it has, or "
            "has odd items",
            next_steps=("Run again; if it stays so, report what the API returns to the provider.",),
        )
    return listed


def _incomplete(kind: str, wanted: str) -> Refusal:
    return Refusal(
        f"{kind}_name_unresolvable",
        f"{kind} {wanted!r} cannot be looked up for certain: the list of {kind}s is incomplete",
        f"Run again, or set the option {kind} to an id.",
    )


def _no_list(kind: str, wanted: str, exc: RouteUnconfirmed) -> Refusal:
    return Refusal(
        f"{kind}_name_unresolvable",
        f"{kind} {wanted!r} is a name, and {kind}s cannot be listed to look it up: {exc.message}",
        f"Set the option {kind} to an id. {' '.join(exc.next_steps)}",
    )
