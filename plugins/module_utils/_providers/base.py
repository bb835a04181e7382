# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar

from .._api.errors import NOT_APPLIED, AnswerUnreadable, Applied, ProviderError, RouteUnconfirmed, Unsupported
from .._api.models import (
    Accepted,
    Candidate,
    Gate,
    Instance,
    InstanceList,
    Operation,
    ScheduleReading,
    Snapshot,
    SnapshotList,
    iso,
)
from .._api.url import ApiUrl, fill_path, placeholders
from .answers import ErrorFormat

# The documentation of the options is made from the specs, and must not cost what a request does.
if TYPE_CHECKING:
    from .._api.answer import Answer
    from .._api.transport import Transport


T = TypeVar("T", Instance, Operation)


class Route(NamedTuple):
    """A request of an API. ``documented`` is the address of the page that publishes it, None if the route is assumed.

    ``note`` says what an assumed route is derived from. ``query``: a POST that changes nothing.
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
    """What a provider accepts as a name or another text: a pattern, the maximum length, and a description of both."""

    pattern: str
    longest: int
    description: str

    def accepts(self, name: str) -> bool:
        return len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


class RateLimit(NamedTuple):
    """At most ``requests`` in ``seconds``; ``documented`` is the address of the page that publishes it."""

    requests: int
    seconds: float
    documented: str


class MetadataField(NamedTuple):
    """A field that ``instance_metadata`` can change, and what the provider accepts for it."""

    field: str
    """Its name in the provider's object."""
    rule: NameRule | None = None
    """For text; None for other values."""
    choices: tuple[str, ...] = ()
    can_be_cleared: bool = False
    """null is a value and not the same as leaving the option out."""
    ignores_case: bool = False


class Capabilities(NamedTuple):
    """Facts about a provider. Shared code asks for these and never for the provider's name.

    None is "unknown": no page states it. The module ``provider_info`` documents and returns each field.
    """

    creates_instance: bool
    """A restore creates a new instance instead of replacing the disk of the old one."""
    must_be_stopped: bool | None
    """A restore in place is refused while the instance is running."""
    bills_restore: bool | None
    """A restore starts a bill."""
    stopped_is_billed: bool | None
    """A stopped instance is billed like a running one."""
    snapshot_ids_reused: bool
    """The id of a snapshot is its name, so a later snapshot can have the same id."""
    reports_job: bool
    """The answer to a restore names a job, whose end proves the end of the restore."""
    lists_operations: bool
    """The operations of an instance can be listed, which helps to find a restore whose answer was lost."""
    logs_requests: bool
    """The provider's own log of requests shows whether a restore whose answer was lost was accepted or refused."""
    has_restore_gate: bool | None
    """The provider says whether it would accept a restore now."""
    restore_answers_late: bool
    """The answer to a restore may take as long as the restore."""
    takes_provider_force: bool
    """A restore request has a force flag."""
    graceful_stop: bool | None
    """The operating system can be asked to shut down."""
    id_pattern: str
    """A value of this form is an id and never a name."""
    ids_ignore_case: bool | None = None
    snapshot_names_unique: bool | None = None
    """Two snapshots cannot have the same name at the same time."""
    snapshot_needs_running: bool | None = None
    """A snapshot can be created only of a running instance."""
    lists_account_snapshots: bool = False
    """The snapshots of all instances can be listed at once."""
    record_place: Literal["tags", "snapshot"] | None = None
    """Where ``record: provider`` keeps the record; None where the name of the new instance identifies the restore."""
    new_instance_name: NameRule | None = None
    snapshot_name: NameRule | None = None
    keeps_descriptions: bool | None = None
    """A snapshot keeps the description with which it was created, and lists show it."""
    snapshot_lifetime_hours: float | None = None
    """The provider deletes snapshots after about this time."""
    schedule_hours: tuple[int, int] | None = None
    """The shortest and the longest interval of the provider's own snapshots; None where it publishes no schedule."""
    metadata_fields: Mapping[str, MetadataField] = MappingProxyType({})
    """By option of ``instance_metadata``."""
    live_fields: tuple[str, ...] = ()
    """Fields of the object that holds the metadata (dotted paths) that change by themselves."""
    change_stamp: str | None = None
    """The one of them that changes whenever anyone changes the object."""
    metadata_names_instance: bool = False
    """The object that holds the metadata also holds the name of the instance."""
    cannot_start: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Power states of the provider in which a start does not apply, each with our error code and the advice."""
    other_work: tuple[str, ...] = ()
    """Beginnings of the kinds of operations that cannot be a restore."""
    rate_limits: tuple[RateLimit, ...] = ()
    """The published limits."""


class ProviderSpec(NamedTuple):
    """Everything about a provider that is known without a request."""

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
    scope: Mapping[str, str] = MappingProxyType({})
    """Required options that are part of every path, each with what it identifies."""
    reset_header: str = ""
    """The header of a 429 that holds the time of the next try, besides ``Retry-After``."""
    token_scopes: Mapping[str, str] = MappingProxyType({})
    """The permissions that a token can have, each with what it is needed for."""
    unconfirmed: tuple[str, ...] = ()
    """What the published pages leave open, in sentences for the user."""

    def env_name(self, option: str) -> str:
        """The environment variable of an option, for example ``HOSTUP_API_TOKEN``."""
        return f"{self.env_prefix}_{option.upper()}"


class RestoreRequest(NamedTuple):
    """A restore. ``timeout`` is in seconds, for providers that answer late.

    ``attempt`` identifies this request where the provider keeps an audit log.
    """

    instance_id: str
    snapshot_id: str
    new_instance_name: str | None = None
    force: bool | None = None
    timeout: float | None = None
    attempt: str | None = None


class LoggedRequest(NamedTuple):
    """A restore request in the provider's own log: the ``attempt`` it was sent with, and the status of the answer."""

    attempt: str
    status: int
    request_id: str | None = None


class Metadata(NamedTuple):
    """What can be changed of an instance: ``values`` by option name, ``raw`` the whole object, to compare.

    ``rules`` are what the provider itself says it accepts, by option name.
    """

    instance: Instance
    values: Mapping[str, Any]
    raw: Mapping[str, Any]
    can_change: Gate = Gate()
    rules: Mapping[str, NameRule] = MappingProxyType({})

    def changed(self, changes: Mapping[str, Any]) -> Metadata:
        """The metadata as it will read after the changes."""
        shown = {name: changes[name] for name in ("name", "hostname", "tags") if name in changes}
        return self._replace(instance=self.instance._replace(**shown), values={**self.values, **changes})


def account_name(api_url: ApiUrl, scope: Mapping[str, str]) -> str:
    """``Provider.account``, also without a token."""
    return " ".join([api_url.origin + api_url.path, *(f"{name}={value}" for name, value in sorted(scope.items()))])


class Provider:
    """The API of one provider. Methods raise the errors of ``_api.errors``, and Unsupported for what it lacks."""

    spec: ClassVar[ProviderSpec]
    shares_readings = False
    """Whether power states come from lists that many targets share, so reading them costs less than an operation."""

    def __init__(self, transport: Transport, scope: Mapping[str, str], overrides: Mapping[str, str]) -> None:
        self.transport = transport
        self._scope = dict(scope)
        self._overrides = dict(overrides)

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    @property
    def scope(self) -> Mapping[str, str]:
        """The values of the options that are part of every path, by name."""
        return self._scope

    @property
    def overrides(self) -> Mapping[str, str]:
        """The paths of ``api_routes``, by route."""
        return self._overrides

    @property
    def account(self) -> str:
        """What identifies the account beside its ids: the address and the scope, for example an organization."""
        return account_name(self.transport.connection.api_url, self._scope)

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

    def recent_operations(self, instance_id: str, since: datetime) -> tuple[str, ...]:
        """The ids of the operations of an instance that were created at or after ``since``, or at an unknown time."""
        raise self._lacks("listing operations")

    def logged_restores(
        self, instance_id: str, attempts: tuple[str, ...], since: datetime, until: datetime
    ) -> tuple[LoggedRequest, ...]:
        """The restore requests in the provider's own log whose attempt begins like one of these.

        A request that it does not show may have arrived.
        """
        raise self._lacks("reading the log of requests")

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
        """Send ``start``, ``stop`` (forced), ``shutdown`` (graceful) or ``restart``; returns its operation, if any."""
        raise self._lacks(f"{action} of an instance")

    def power_gate(self, instance_id: str, action: str) -> Gate:
        """Whether a power action would be accepted, as last read; reads it only where the instance did not show it."""
        return Gate()

    def delete_instance(self, instance_id: str) -> None:
        """Send the request to delete an instance once. Its end is not awaited."""
        raise self._lacks("deleting an instance")

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        """Send the request to create a snapshot once; returns its operation if the provider names one."""
        raise self._lacks("taking a snapshot")

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        """Send the request to delete a snapshot once; returns its operation if the provider names one."""
        raise self._lacks("deleting a snapshot")

    def read_schedule(self, instance_id: str) -> ScheduleReading:
        raise self._lacks("reading a snapshot schedule")

    def write_schedule(self, instance_id: str, interval_hours: int) -> None:
        """Create the schedule of an instance, or replace it; sent once."""
        raise self._lacks("setting a snapshot schedule")

    def delete_schedule(self, instance_id: str) -> None:
        """Send the request to delete the schedule of an instance once."""
        raise self._lacks("deleting a snapshot schedule")

    def read_metadata(self, instance_id: str) -> Metadata:
        raise self._lacks("reading metadata")

    def require_writable_metadata(self, current: Metadata) -> None:
        """Raise CloudError ``metadata_unsafe`` if what was read cannot be written back unchanged."""

    def write_metadata(self, instance_id: str, current: Metadata, changes: Mapping[str, Any]) -> list[str]:
        """Write the changes once, and everything else as in ``current``; returns warnings for the user.

        A write of a whole object is not repeated after a 429: the object must be read again before.
        """
        raise self._lacks("changing metadata")

    def hourly_price(self, snapshot: Snapshot) -> tuple[float, str] | None:
        """Price per hour of an instance created from the snapshot, and its currency; None if unknown."""
        return None

    def restore_gate(self, instance_id: str) -> Gate:
        """Whether a restore would be accepted now."""
        return Gate()

    def call(
        self,
        name: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
        once: bool = False,
        applied: Callable[[ProviderError], Applied] | None = None,
        attempt: str | None = None,
        link: str | None = None,
        **ids: str,
    ) -> Answer:
        """Send the request of a route, with the user's path where ``api_routes`` gives one.

        ``ids`` fill the path; ``link`` is the provider's own path in its place. ``attempt`` is added to the User-Agent.
        Raises the errors of ``Transport.request``, RouteUnconfirmed and Unsupported.
        """
        route = self.spec.routes.get(name)
        if route is None:
            raise self._lacks(name)
        values = {**self._scope, **ids}
        if own := route.ids(self._scope):
            values["id"] = values[own[-1]]
        try:
            path = fill_path(self.route_path(name), values)
            if link and name not in self._overrides:
                path = link
        except ValueError as exc:
            # Options are checked earlier, so this id came from the provider.
            text = f"{self.spec.label} returned an id that {name} cannot use: {exc}"
            raise AnswerUnreadable(text, applied=NOT_APPLIED) from None
        try:
            return self.transport.request(
                route.method,
                path,
                params=params,
                body=body,
                timeout=timeout,
                safe=route.query,
                once=once,
                applied=applied or self._applied,
                attempt=attempt,
            )
        except ProviderError as exc:
            if exc.status in (404, 405) and self.is_assumed(name):
                raise self._unconfirmed(name, route, exc) from None
            raise

    def _applied(self, error: ProviderError) -> Applied:
        """Of a refusal for now, only the provider's own answer says that nothing was done."""
        return self.spec.error_format.applied(error) if error.status == 429 else error.applied

    def route_path(self, name: str) -> str:
        """The path of a route from ``api_routes``, or else the built-in one."""
        return self._overrides.get(name, self.spec.routes[name].path)

    def is_assumed(self, name: str) -> bool:
        """Whether a route is neither published nor set by the user."""
        route = self.spec.routes.get(name)
        return route is not None and route.documented is None and name not in self._overrides

    def _unconfirmed(self, name: str, route: Route, exc: ProviderError) -> RouteUnconfirmed:
        ids = ", ".join(placeholders(self.route_path(name))) or "api_url"
        return RouteUnconfirmed(
            f"{exc.message} ({self.spec.label} does not publish this route: the route or the object may not exist)",
            status=exc.status,
            provider_code=exc.provider_code,
            request_id=exc.request_id,
            error_code="route_unconfirmed",
            next_steps=(
                f"Check {ids}. If {self.spec.label}'s API uses another path, replace it with api_routes: "
                f"{{{name}: {self.route_path(name)}}}.",
            ),
        )

    def _of(self, answer: T, requested_id: str) -> T:
        """The object of an answer, if it is the requested one; raises AnswerUnreadable otherwise."""
        answered, requested = answer.id, requested_id
        if self.capabilities.ids_ignore_case:
            answered, requested = answered.lower(), requested.lower()
        if answered != requested:
            text = f"{self.spec.label} answered a request for {requested_id} with {answer.id}"
            raise AnswerUnreadable(text, applied=NOT_APPLIED, next_steps=("Check api_url and api_routes.",))
        return answer

    def _lacks(self, what: str) -> Unsupported:
        return Unsupported(f"this collection knows no way of {what} with {self.spec.label}")
