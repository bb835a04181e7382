# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances of one account, from the provider or from the cache of an earlier run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._api.models import Instance, PowerState
from .._providers.base import Provider
from .._task.outcome import Outcome, Task
from .._task.resolve import complete_list
from .._task.session import READ_SECONDS, Context, open_provider

POWER_STATES = tuple(PowerState)
FIELDS = frozenset(Instance._fields)
CACHE_FORMAT = 1
"""A cache entry of another format is ignored."""
_TEXTS = ("hostname", "ipv4", "ipv6")

ReadCache = Callable[[str], Any]
"""Returns the cache entry of a key, None if there is none."""


class Account(NamedTuple):
    """The account that the instances belong to. The token is not part of it."""

    provider: str
    api_url: str
    is_default_url: bool
    scope: Mapping[str, str]
    list_path: str

    @classmethod
    def of(cls, provider: Provider) -> Account:
        url = provider.transport.connection.api_url.join("")
        path = provider.route_path("instance_list")
        return cls(provider.spec.name, url, url == provider.spec.default_url, dict(provider.scope), path)

    @property
    def identity(self) -> list[Any]:
        return [self.provider, self.api_url, sorted(self.scope.items()), self.list_path]

    @property
    def key(self) -> str:
        """Tells this account apart from others."""
        return _digest(self.identity)

    def cache_key(self, credentials: str) -> str:
        """The cache key of what ``credentials`` may list, usable as a file name.

        At HostUp and Barrack only the token distinguishes two accounts.
        """
        return f"indiecloud_compute_instances_{_digest([*self.identity, credentials])}"

    def variables(self) -> dict[str, str]:
        """The options that identify the account in a task, without those that have their default."""
        return {
            "provider": self.provider,
            **({} if self.is_default_url else {"api_url": self.api_url}),
            **self.scope,
        }


@dataclass
class Listing:
    """The result of ``listing_task``: instances as ``instance_info`` returns them, each id once."""

    account: Account | None = None
    instances: Sequence[dict[str, Any]] = ()
    from_cache: bool = False
    cache_key: str = ""
    variables: Mapping[str, str] | None = None

    def to_cache(self) -> dict[str, Any]:
        """The cache entry that ``listing_task`` reads, as JSON values."""
        identity = self.account.identity if self.account else None
        return {"format": CACHE_FORMAT, "account": identity, "instances": list(self.instances)}


def listing_task(listing: Listing, problems: list[str], read_cache: ReadCache) -> Task:
    """A task that fills in ``listing``; ``problems`` of the caller are reported with those of the options."""

    def task(context: Context, outcome: Outcome) -> None:
        provider = open_provider(context, READ_SECONDS, problems)
        account = Account.of(provider)
        listing.cache_key = account.cache_key(provider.transport.connection.auth_value)
        instances = _cached_instances(read_cache(listing.cache_key), account)
        listing.from_cache = instances is not None
        if instances is None:
            instances = [item.to_result() for item in complete_list(provider)]
        hide = context.redactor.value
        # A list that changes between pages may repeat an instance. Keys are ours, so only values are masked.
        unique = {item["id"]: {name: hide(value) for name, value in item.items()} for item in reversed(instances)}
        listing.account = account
        listing.instances = list(reversed(unique.values()))
        listing.variables = {name: hide(value) for name, value in account.variables().items()}

    return task


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:24]


def _cached_instances(entry: Any, account: Account) -> list[dict[str, Any]] | None:
    """The instances of a cache entry; None unless ``to_cache`` made it for this account."""
    if not isinstance(entry, dict) or entry.get("format") != CACHE_FORMAT:
        return None
    if json.dumps(entry.get("account")) != json.dumps(account.identity):
        return None
    instances = entry.get("instances")
    if not isinstance(instances, list) or not all(map(_is_instance, instances)):
        return None
    return instances


def _is_instance(item: Any) -> bool:
    if not isinstance(item, dict) or set(item) != FIELDS or not isinstance(item["addresses"], list):
        return False
    texts = [*(item[name] for name in ("id", "name", "power_state")), *item["addresses"]]
    texts += [item[name] for name in _TEXTS if item[name] is not None]
    return all(isinstance(text, str) for text in texts)
