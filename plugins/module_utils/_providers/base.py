# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from .._api.answer import Answer
from .._api.errors import NOT_APPLIED, AnswerUnreadable, Applied, ProviderError, RouteUnconfirmed, Unsupported
from .._api.limiter import Window
from .._api.models import Accepted, Candidate, Gate, Instance, InstanceList, Operation, Snapshot, SnapshotList, iso
from .._api.transport import Transport
from .._api.url import fill_path, placeholders
from .answers import ErrorFormat


class Route(NamedTuple):
    """One call a provider takes. ``documented`` is the address of the page that publishes it, None when assumed.

    ``note`` says what an assumed route rests on. ``query``: a POST that changes nothing.
    """

    method: str
    path: str
    documented: str | None = None
    note: str | None = None
    query: bool = False

    def ids(self, scope: Collection[str]) -> list[str]:
        """Names of the ids in the path besides those of the scope; the last one may also be called ``{id}``."""
        return [name for name in placeholders(self.path) if name not in scope]


class NameRule(NamedTuple):
    """What a provider accepts as a name: a pattern, the most characters, and both in words."""

    pattern: str
    longest: int
    words: str

    def accepts(self, name: str) -> bool:
        return len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


class RateLimit(NamedTuple):
    """How many requests a provider answers in so many seconds; ``documented`` is the page that says so."""

    requests: int
    seconds: float
    documented: str

    @property
    def window(self) -> Window:
        return Window(self.requests, self.seconds)


class Capabilities(NamedTuple):
    """Facts about a provider that shared code asks for, instead of asking for its name."""

    creates_instance: bool
    """Restoring makes a new instance instead of replacing the disk of the old one."""
    must_be_stopped: bool
    """The provider demands a stopped instance before a restore in place."""
    bills_restore: bool
    stopped_is_billed: bool
    snapshot_ids_reused: bool
    """The id of a snapshot is its name, so that a later snapshot can have the same id."""
    reports_job: bool
    """A restore answers with a job that ends with a verdict."""
    lists_operations: bool
    """Operations of an instance can be listed, so that a lost answer can be found again."""
    has_restore_gate: bool
    """The provider says whether a restore would be let through now."""
    restore_answers_late: bool
    """The answer to a restore may take as long as the restore itself."""
    takes_provider_force: bool
    graceful_stop: bool
    id_pattern: str
    """What ids of instances look like; a value of this form is taken as an id and never as a name."""
    ids_ignore_case: bool = False
    record_place: str | None = None
    """Where the record of a restore can be kept: ``tags`` or a ``snapshot``; None where the instance itself tells."""
    new_instance_name: NameRule | None = None
    snapshot_name: NameRule | None = None
    snapshot_lifetime_hours: float | None = None
    metadata_fields: Mapping[str, str] = MappingProxyType({})
    """By option of ``instance_metadata``, the field of the provider's object that it changes."""
    live_fields: tuple[str, ...] = ()
    """Fields of that object (dotted paths) that change by themselves."""
    change_stamp: str | None = None
    """The one of them that changes whenever anyone changes the object."""
    caseless_fields: tuple[str, ...] = ()
    """Options of ``instance_metadata`` that the provider compares without regard to case."""
    metadata_names_instance: bool = False
    """Reading the metadata tells the instance's name as well."""
    hostname_rule: NameRule | None = None
    cannot_start: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """By the provider's own power state: the error code and the advice where a start does not apply."""
    other_work: tuple[str, ...] = ()
    """Beginnings of the kinds of operations that cannot be a restore."""
    rate_limits: tuple[RateLimit, ...] = ()
    """The published ones; empty where none is published."""
    hardware_words: str | None = None
    """What the provider says of changing hardware through its metadata."""


class ProviderSpec(NamedTuple):
    """What is known about a provider before anything is sent."""

    name: str
    label: str
    default_url: str
    env_prefix: str
    auth_header: str
    auth_scheme: str
    auth_documented: str | None
    routes: Mapping[str, Route]
    error_format: ErrorFormat
    capabilities: Capabilities
    scope: tuple[str, ...] = ()
    """Options that are part of every path, for example ``organization_id``."""
    unconfirmed: tuple[str, ...] = ()
    """What the provider's published pages leave open, in sentences for the user."""


class RestoreRequest(NamedTuple):
    """What to ask of a provider. ``timeout`` is in seconds, for providers that answer late.

    ``attempt`` identifies this request where the provider keeps an audit log.
    """

    instance_id: str
    snapshot_id: str
    new_instance_name: str | None = None
    force: bool | None = None
    timeout: float | None = None
    attempt: str | None = None


class Metadata(NamedTuple):
    """What can be changed of an instance: ``values`` by option name, ``raw`` all that the provider says, to compare.

    ``longest`` and ``rule`` are what the provider demands of a hostname, where it says so.
    """

    instance: Instance
    values: Mapping[str, Any]
    raw: Mapping[str, Any]
    can_change: Gate = Gate()
    longest: int | None = None
    rule: str | None = None

    def changed(self, changes: Mapping[str, Any]) -> Metadata:
        """How this will read after the changes."""
        shown = {name: changes[name] for name in ("name", "hostname", "tags") if name in changes}
        return self._replace(instance=self.instance._replace(**shown), values={**self.values, **changes})


class Provider:
    """One provider's API. Methods raise the errors of ``_api.errors``; a route it lacks raises Unsupported."""

    spec: ClassVar[ProviderSpec]

    def __init__(self, transport: Transport, scope: Mapping[str, str], overrides: Mapping[str, str]) -> None:
        self.transport = transport
        self._scope = dict(scope)
        self._overrides = dict(overrides)

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    @property
    def scope(self) -> Mapping[str, str]:
        """The values of the options that are part of every path."""
        return self._scope

    @property
    def account(self) -> str:
        """What identifies the account beside its ids: the address and the scope, for example an organization."""
        url = self.transport.connection.api_url
        return " ".join([url.origin + url.path, *(f"{name}={value}" for name, value in sorted(self._scope.items()))])

    def get_instance(self, instance_id: str) -> Instance:
        raise self._lacks("reading an instance")

    def read_power(self, instance_id: str) -> Instance:
        """The instance with its freshest power state."""
        return self.get_instance(instance_id)

    def list_instances(self, name: str | None = None) -> InstanceList:
        """All instances; where the provider can filter, only those named ``name``."""
        raise self._lacks("listing instances")

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        raise self._lacks("listing snapshots")

    def restore(self, request: RestoreRequest) -> Accepted:
        """Send the restore once. ``RestoreRequest.force`` is passed on where the provider takes it."""
        raise self._lacks("restoring a snapshot")

    def get_operation(self, operation: Operation, instance_id: str) -> Operation:
        raise self._lacks("reading an operation")

    def restores_since(self, instance_id: str, snapshot_id: str, since: datetime) -> tuple[Candidate, ...]:
        """Operations created at or after ``since`` that may be the restore of this snapshot."""
        raise self._lacks("listing operations")

    def recent_operations(self, instance_id: str) -> tuple[str, ...]:
        """The ids of the operations that the list of an instance shows now."""
        raise self._lacks("listing operations")

    def other_work(self, operation: Operation, instance_id: str, snapshot_id: str, since: datetime) -> str | None:
        """Why an operation cannot be the restore of this snapshot sent at or after ``since``, in words; else None."""
        kind = (operation.kind or "").lower()
        if operation.instance_id not in (None, instance_id):
            return f"is about instance {operation.instance_id}"
        if operation.snapshot_id not in (None, snapshot_id):
            return f"is about snapshot {operation.snapshot_id}"
        if kind.startswith(self.capabilities.other_work):
            return f"is of the kind {operation.kind}"
        if operation.created_at is not None and operation.created_at < since:
            return f"was created at {iso(operation.created_at)}, before the request"
        return None

    def set_power(self, instance_id: str, action: str) -> Operation | None:
        """Ask for ``start``, ``stop`` (forced), ``shutdown`` (graceful) or ``restart``."""
        raise self._lacks(f"{action} of an instance")

    def power_gate(self, instance_id: str, action: str) -> Gate:
        """Whether a power action would be let through, by what the last reading of the instance said."""
        return Gate()

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        """Ask for a snapshot once; gives its operation where the provider names one."""
        raise self._lacks("taking a snapshot")

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        """Ask once for a snapshot to be deleted; gives its operation where the provider names one."""
        raise self._lacks("deleting a snapshot")

    def read_metadata(self, instance_id: str) -> Metadata:
        raise self._lacks("reading metadata")

    def require_writable_metadata(self, found: Metadata) -> None:
        """Raise CloudError ``metadata_unsafe`` if what was read cannot be written back unchanged."""

    def write_metadata(self, instance_id: str, found: Metadata, changes: Mapping[str, Any]) -> list[str]:
        """Write the changes once, everything else as ``found``; gives warnings for the user."""
        raise self._lacks("changing metadata")

    def hourly_price(self, snapshot: Snapshot) -> tuple[float, str] | None:
        """What an instance made from the snapshot costs per hour, and the currency; None when it cannot be known."""
        return None

    def restore_gate(self, instance_id: str) -> Gate:
        """Whether a restore would be let through now."""
        return Gate()

    def call(
        self,
        name: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
        applied: Callable[[ProviderError], Applied] | None = None,
        **ids: str,
    ) -> Answer:
        """Send the request of a route, with the user's path where ``api_routes`` gives one.

        ``ids`` fill the path. Raises the errors of ``Transport.request``, RouteUnconfirmed and Unsupported.
        """
        route = self.spec.routes.get(name)
        if route is None:
            raise self._lacks(name)
        values = {**self._scope, **ids}
        if own := route.ids(self._scope):
            values["id"] = values[own[-1]]
        try:
            path = fill_path(self.route_path(name), values)
        except ValueError as exc:
            # What users give is checked before; this came from the provider.
            text = f"{self.spec.label} gave an id for {name} that cannot be sent back: {exc}"
            raise AnswerUnreadable(text, applied=NOT_APPLIED) from None
        try:
            return self.transport.request(
                route.method, path, params=params, body=body, timeout=timeout, safe=route.query, applied=applied
            )
        except ProviderError as exc:
            if exc.status in (404, 405) and self.is_assumed(name):
                raise self._unconfirmed(name, route, exc) from None
            raise

    def route_path(self, name: str) -> str:
        """The path of a route, as ``api_routes`` gives it or else as it is built in."""
        return self._overrides.get(name, self.spec.routes[name].path)

    def is_assumed(self, name: str) -> bool:
        """Whether a route rests on an assumption: neither published nor given by the user."""
        route = self.spec.routes.get(name)
        return route is not None and route.documented is None and name not in self._overrides

    def _unconfirmed(self, name: str, route: Route, exc: ProviderError) -> RouteUnconfirmed:
        return RouteUnconfirmed(
            f"{exc.message} (a route that {self.spec.label} does not publish: it, or the object, may not exist)",
            status=exc.status,
            provider_code=exc.provider_code,
            request_id=exc.request_id,
            error_code="route_unconfirmed",
            next_steps=(
                f"Check the id; if {self.spec.label}'s API has another path, set api_routes: "
                f"{{{name}: {self.route_path(name)}}} to the right one.",
            ),
        )

    def _of(self, instance: Instance, instance_id: str) -> Instance:
        """The instance, if it is the one that was asked for; raises AnswerUnreadable otherwise."""
        answered, asked = instance.id, instance_id
        if self.capabilities.ids_ignore_case:
            answered, asked = answered.lower(), asked.lower()
        if answered != asked:
            text = f"{self.spec.label} answered with instance {instance.id} when asked for {instance_id}"
            raise AnswerUnreadable(text, applied=NOT_APPLIED, next_steps=("Check api_url and api_routes.",))
        return instance

    def _lacks(self, what: str) -> Unsupported:
        return Unsupported(f"{self.spec.label} offers no way of {what} that is known to this collection")
