# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the one instance or snapshot that a user means by an id or an exact name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from .._api.errors import ProviderError, RouteUnconfirmed
from .._api.models import Instance, Snapshot
from .._api.text import cut
from .._providers.base import Provider
from .refusal import Refusal, Refused


class _Named(Protocol):
    @property
    def id(self) -> str:
        """What goes into paths."""

    @property
    def name(self) -> str:
        """Chosen by a person."""

    @property
    def created_at(self) -> datetime | None:
        """When it was made."""


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True)
class Found(Generic[T]):
    """What a look-up gave: the thing, or a refusal, or neither where the provider offers no way to look.

    ``id`` is what goes into paths; ``unverified`` says what could not be proved.
    """

    id: str | None
    thing: T | None = None
    refusal: Refusal | None = None
    unverified: tuple[str, ...] = ()


def find_instance(
    provider: Provider, wanted: str, expected_name: str | None = None, *, known: bool = False
) -> Found[Instance]:
    """Resolve the ``instance`` option. A value in the form of the provider's ids is read as an id.

    That another instance is *named* like this id is not looked for where the id is ``known`` to be meant as one, or the
    instance has the name that the user expects.
    """
    if not is_id(provider, wanted):
        return _find_named(provider, wanted)
    wanted = canonical_id(provider, wanted)
    missing: ProviderError | None = None
    instance: Instance | None = None
    try:
        instance = provider.instance(wanted)
    except ProviderError as exc:
        if exc.status not in (404, 405):
            raise
        missing = exc
    if instance is not None and (known or instance.name == expected_name):
        return Found(instance.id, instance)
    try:
        # One page: it finds a namesake, and tells an unknown instance from an unknown route.
        listed = provider.list_instances(wanted, first_page=instance is not None)
    except RouteUnconfirmed as exc:
        if instance is not None:
            return Found(instance.id, instance)
        if isinstance(missing, RouteUnconfirmed):
            return Found(
                wanted, unverified=(f"that instance {wanted} exists, its name and power state ({exc.message})",)
            )
        return Found(None, refusal=_not_found("instance", wanted, ()))
    if instance is None:
        instance = next((item for item in listed.instances if item.id == wanted), None)
    if instance is None:
        # In the form of an id it is never a name: an instance that is named like another's id is a trap.
        return Found(None, refusal=_not_found("instance", wanted, [item.name for item in listed.instances]))
    return _pick("instance", wanted, (*listed.instances, instance))


def require_instance(provider: Provider, wanted: str, expected_name: object = None) -> Found[Instance]:
    """The one instance that ``wanted`` means; raises Refused when there is none or its name is another."""
    found = find_instance(provider, wanted)
    refusals = [found.refusal] if found.refusal else []
    if found.thing is not None and expected_name is not None and found.thing.name != expected_name:
        refusals.append(
            Refusal(
                "instance_name_differs",
                f"the instance is named {found.thing.name!r}, not {expected_name!r} as expected_instance_name demands",
                "Check that the option instance means the right instance.",
            )
        )
    if refusals:
        raise Refused(f"using instance {wanted}", refusals)
    return found


def _find_named(provider: Provider, wanted: str) -> Found[Instance]:
    try:
        listed = provider.list_instances(wanted)
    except RouteUnconfirmed as exc:
        return Found(None, refusal=_no_list("instance", wanted, exc))
    found = _pick("instance", wanted, listed.instances)
    if found.thing is not None and found.thing.power_state_raw is None:
        # Lists may carry fewer fields than the object itself.
        try:
            return Found(found.id, provider.instance(found.thing.id))
        except RouteUnconfirmed:
            return found
    return found


def find_snapshot(provider: Provider, wanted: str, snapshots: Sequence[Snapshot]) -> Found[Snapshot]:
    """Resolve the ``snapshot`` option among the snapshots of the instance."""
    return _pick("snapshot", canonical_id(provider, wanted), snapshots)


def unlisted_snapshot(provider: Provider, wanted: str, exc: RouteUnconfirmed) -> Found[Snapshot]:
    """What to make of the ``snapshot`` option where snapshots cannot be listed: ids pass, names do not."""
    if is_id(provider, wanted):
        wanted = canonical_id(provider, wanted)
        return Found(wanted, unverified=(f"that snapshot {wanted} exists, and its age ({exc.message})",))
    return Found(None, refusal=_no_list("snapshot", wanted, exc))


def is_id(provider: Provider, value: str) -> bool:
    return re.fullmatch(provider.capabilities.id_pattern, value) is not None


def canonical_id(provider: Provider, value: str) -> str:
    """An id as the provider writes it: the record and the digest must not depend on how it was typed."""
    return value.lower() if provider.capabilities.ids_ignore_case and is_id(provider, value) else value


def _pick(kind: str, wanted: str, things: Iterable[T]) -> Found[T]:
    # A list that shifts between pages repeats things; two snapshots of one name were made at different times.
    unique = {(thing.id, thing.created_at): thing for thing in things}
    matches = [thing for thing in unique.values() if wanted in (thing.id, thing.name)]
    if len(matches) == 1:
        (match,) = matches
        return Found(match.id, match)
    if not matches:
        return Found(None, refusal=_not_found(kind, wanted, [thing.name for thing in unique.values()]))
    listed = ", ".join(f"{thing.id} (named {thing.name!r})" for thing in matches[:10])
    return Found(
        None,
        refusal=Refusal(
            f"{kind}_ambiguous",
            f"{kind} {wanted!r} matches {len(matches)} {kind}s: {listed}",
            f"Set the option {kind} to one of these ids, or give the {kind}s different names.",
        ),
    )


def _not_found(kind: str, wanted: str, names: Sequence[str]) -> Refusal:
    import difflib  # Only a name that is not found needs it.

    # Comparing is slow for long names and many of them.
    similar = [name for name in names[:2000] if abs(len(name) - len(wanted)) <= 8]
    near = difflib.get_close_matches(wanted, similar, n=3) if len(wanted) <= 80 else []
    near = near or [cut(name, 80) for name in names[:5]]
    tail = f"; there is {', '.join(repr(name) for name in near)}" if near else ""
    return Refusal(
        f"{kind}_not_found",
        f"there is no {kind} with the id or exact name {wanted!r}{tail}",
        f"Correct the option {kind}; the module {kind}_info lists what there is.",
    )


def _no_list(kind: str, wanted: str, exc: RouteUnconfirmed) -> Refusal:
    return Refusal(
        f"{kind}_name_unresolvable",
        f"{kind} {wanted!r} is a name, and names need a list, which this API does not give: {exc.message}",
        f"Set the option {kind} to an id. {' '.join(exc.next_steps)}",
    )
