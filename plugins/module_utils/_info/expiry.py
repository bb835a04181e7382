# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events about the snapshots of an account: a snapshot has crossed a threshold, or the account cannot be read."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .._api.errors import CloudError, InvalidOption, MissingLibrary
from .._providers.registry import SCOPE_OPTIONS, SPECS
from .._task import validation
from .._task.outcome import execute
from .._task.session import Context
from .snapshots import snapshots_task

CONNECTION = (
    *("provider", "api_token", "api_url", "api_allow_http", *SCOPE_OPTIONS, "request_timeout", "requests_per_minute"),
    *("validate_certs", "ca_path", "api_routes", "api_auth_header", "api_auth_scheme"),
)
"""The common options of the modules."""
SETTINGS = ("interval", "expires_in", "older_than")
INTERVAL = 300.0
LONGEST_PAUSE = 3600.0
"""In seconds, before reading again after it failed several times."""
TYPES = (
    ("validate_certs", (bool,), "true or false"),
    ("api_allow_http", (bool,), "true or false"),
    ("request_timeout", (int, float), "a number"),
    ("api_routes", (dict,), "a dictionary"),
)
"""What the options of a module are converted to, and those of a rulebook are not."""
FATAL = (InvalidOption.error_code, MissingLibrary.error_code)
"""Errors that do not go away by themselves."""
OF_SNAPSHOT = (
    *("id", "name", "created_at", "expires_at", "age_hours", "expires_in_hours", "status", "can_restore", "reason"),
)


class Threshold(NamedTuple):
    """``kind`` is the type of its events, ``given`` the user's text for ``seconds``."""

    kind: str
    given: str
    seconds: float

    def is_crossed(self, snapshot: Mapping[str, Any]) -> bool:
        """A time that is not known crosses nothing."""
        if self.kind == "snapshot_expires":
            left = snapshot["expires_in_hours"]
            return left is not None and left * 3600 <= self.seconds
        age = snapshot["age_hours"]
        return age is not None and age * 3600 >= self.seconds


class Wanted(NamedTuple):
    """What to watch: the options of the connection, the thresholds, and the seconds from one reading to the next."""

    params: dict[str, Any]
    thresholds: list[Threshold]
    interval: float


def wanted(options: Mapping[str, Any]) -> Wanted:
    """The options of the event source; raises InvalidOption with all problems."""
    given = {name: value for name, value in options.items() if value is not None}
    problems = [f"there is no option {name}" for name in sorted(set(given) - {*CONNECTION, *SETTINGS})]
    for name, kinds, words in TYPES:
        if name in given and type(given[name]) not in kinds:
            problems.append(f"{name} must be {words}")
    thresholds = []
    for option, kind in (("expires_in", "snapshot_expires"), ("older_than", "snapshot_old")):
        values = given.get(option, [])
        for value in values if isinstance(values, list) else [values]:
            seconds, wrong = validation.seconds(option, value)
            problems += wrong
            thresholds += [] if seconds is None else [Threshold(kind, str(value), seconds)]
    if not thresholds and not problems:
        problems.append("one of expires_in and older_than is required")
    interval, wrong = validation.seconds("interval", given.get("interval"))
    problems += wrong
    if problems:
        raise InvalidOption(problems)
    params = {name: given[name] for name in CONNECTION if name in given}
    return Wanted(params, thresholds, interval or INTERVAL)


class Watch:
    """What was told already. ``read()`` makes a poll; ``pause`` is how long to wait before the next, in seconds."""

    def __init__(self, wanted: Wanted, context: Context) -> None:
        self._wanted = wanted
        self._context = context
        self._told: set[Hashable] = set()
        self._failed_with: str | None = None
        self.pause = wanted.interval

    def read(self) -> list[dict[str, Any]]:
        """The events since the last call; raises CloudError for an error that would not go away."""
        outcome = execute(snapshots_task, self._context)
        if outcome.failed:
            return self._failure(outcome.result)
        self._failed_with, self.pause = None, self._wanted.interval
        return list(self._crossed(outcome.result["snapshots"]))

    def _failure(self, result: Mapping[str, Any]) -> list[dict[str, Any]]:
        code, message = str(result["error_code"]), str(result["reason"])
        if code in FATAL:
            raise CloudError(str(result["msg"]), error_code=code)
        before, self._failed_with = self._failed_with, code
        if before is not None:
            self.pause = min(self.pause * 2, max(LONGEST_PAUSE, self._wanted.interval))
        if before == code:
            return []
        told = {"error_code": code, "message": message, "next_steps": result["next_steps"]}
        return [{"type": "snapshots_unreadable", **self._about(), **told, "retry_in": self.pause}]

    def _crossed(self, snapshots: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        newest = _newest(snapshots)
        told: set[Hashable] = set()
        for item in snapshots:
            identity = (item["instance_id"], item["id"], item["created_at"])
            for threshold in self._wanted.thresholds:
                if not threshold.is_crossed(item):
                    continue
                told.add((identity, threshold))
                if (identity, threshold) not in self._told:
                    yield {
                        "type": threshold.kind,
                        **self._about(),
                        "threshold": threshold.given,
                        "instance": {"id": item["instance_id"], "name": item["instance_name"]},
                        "snapshot": {**{name: item[name] for name in OF_SNAPSHOT}, "is_newest": item in newest},
                    }
        # Snapshots that are gone are forgotten.
        self._told = told

    def _about(self) -> dict[str, Any]:
        params = self._context.params
        spec = SPECS[str(params["provider"])]
        scope = {name: params.get(name) or self._context.environ.get(spec.env_name(name)) for name in spec.scope}
        return {"provider": spec.name, **scope}


def _newest(snapshots: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each instance the newest snapshot that is not known to be useless: what a restore would take."""
    newest: dict[Any, Mapping[str, Any]] = {}
    for item in snapshots:
        best = newest.get(item["instance_id"])
        if item["can_restore"] is not False and (best is None or _since(item) > _since(best)):
            newest[item["instance_id"]] = item
    return list(newest.values())


def _since(snapshot: Mapping[str, Any]) -> str:
    return str(snapshot["created_at"] or "")
