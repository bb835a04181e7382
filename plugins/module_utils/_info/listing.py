# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances of one account, from the provider or from what an earlier run kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._api.models import Instance, PowerState
from .._providers.base import Provider
from .._task.outcome import Outcome, Task
from .._task.session import Context, open_provider
from .task import READ_SECONDS

POWER_STATES = (
    PowerState.RUNNING,
    PowerState.STOPPED,
    PowerState.STARTING,
    PowerState.STOPPING,
    PowerState.CHANGING,
    PowerState.ERROR,
    PowerState.DELETED,
    PowerState.UNKNOWN,
)
FIELDS = frozenset(Instance._fields)
FORM = 1
"""Of what is kept; another number is read as nothing."""
_TEXTS = ("hostname", "ipv4", "ipv6")

Kept = Callable[[str], Any]
"""Gives what was kept under a key, None when there is nothing."""


class Account(NamedTuple):
    """Whose instances these are. The token is no part of it."""

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
        """What the instances of this account are kept under; good for a file name."""
        digest = hashlib.sha256(json.dumps(self.identity).encode()).hexdigest()
        return f"indiecloud_compute_instances_{digest[:24]}"

    def variables(self) -> dict[str, str]:
        """What a task needs besides the id to mean the same instance."""
        return {
            "provider": self.provider,
            **({} if self.is_default_url else {"api_url": self.api_url}),
            **self.scope,
        }


@dataclass
class Listing:
    """What ``listing_task`` found: instances as ``instance_info`` returns them, each id once."""

    account: Account | None = None
    instances: Sequence[dict[str, Any]] = ()
    was_kept: bool = False
    variables: Mapping[str, str] | None = None

    def to_keep(self) -> dict[str, Any]:
        """The form that ``listing_task`` takes back, as JSON values."""
        identity = self.account.identity if self.account else None
        return {"form": FORM, "account": identity, "instances": list(self.instances)}


def listing_task(listing: Listing, problems: list[str], kept: Kept) -> Task:
    """A task that fills in ``listing``; ``problems`` that the caller found are reported with those found here."""

    def task(context: Context, outcome: Outcome) -> None:
        provider = open_provider(context, READ_SECONDS, problems)
        account = Account.of(provider)
        found = _read_kept(kept(account.key), account)
        listing.was_kept = found is not None
        if found is None:
            found = [item.to_result() for item in provider.list_instances().instances]
        hide = context.redactor.value
        # A list that shifts between pages repeats things. Only values are looked through: the keys are ours.
        unique = {item["id"]: {name: hide(value) for name, value in item.items()} for item in reversed(found)}
        listing.account = account
        listing.instances = list(reversed(unique.values()))
        listing.variables = {name: hide(value) for name, value in account.variables().items()}

    return task


def _read_kept(kept: Any, account: Account) -> list[dict[str, Any]] | None:
    """The instances in what was kept; None for anything but what ``to_keep`` makes of this account."""
    if not isinstance(kept, dict) or kept.get("form") != FORM:
        return None
    if json.dumps(kept.get("account")) != json.dumps(account.identity):
        return None
    instances = kept.get("instances")
    if not isinstance(instances, list) or not all(map(_is_instance, instances)):
        return None
    return instances


def _is_instance(item: Any) -> bool:
    if not isinstance(item, dict) or set(item) != FIELDS or not isinstance(item["addresses"], list):
        return False
    texts = [*(item[name] for name in ("id", "name", "power_state")), *item["addresses"]]
    texts += [item[name] for name in _TEXTS if item[name] is not None]
    return all(isinstance(text, str) for text in texts)
