# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: which request or job is hit, and by what. What a fault does to an answer is in tamper.py."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NEEDED: Any = object()  # a parameter without default
UNSET: Any = object()  # a parameter that may be left out


@dataclass(frozen=True)
class Kind:
    about: str
    params: dict[str, Any] = field(default_factory=dict)  # with their defaults


KINDS: dict[str, Kind] = {
    # the provider never sees the request, unless after_effect is true
    "cut_before": Kind("the connection closes"),
    "html": Kind("an HTML page of a proxy", {"status": 502, "after_effect": False}),
    "status": Kind(
        "an error in the provider's style, with its code or another; from 500 on, after_effect has to be given",
        {"status": NEEDED, "message": "simulated error", "code": UNSET, "after_effect": UNSET},
    ),
    "rate_limited": Kind(
        "429; retry_after: a number, null for no header, 'date' for one in so many seconds, or any text",
        {"retry_after": 1, "seconds": 5, "after_effect": False},
    ),
    "redirect": Kind("a redirect", {"location": NEEDED, "status": 302, "after_effect": False}),
    "echo_token": Kind("an error that repeats the credential", {"status": 403, "after_effect": False}),
    # the provider answers, and this is what becomes of it
    "cut_after": Kind("the connection closes without an answer"),
    "cut_mid_body": Kind("the connection is reset in the middle of the body"),
    "truncated": Kind("Content-Length promises more bytes than are sent", {"missing": 100}),
    "slow": Kind("the answer waits (real seconds)", {"seconds": 1.0}),
    "slow_loris": Kind("the body drips, chunk bytes each pause (real seconds)", {"chunk": 1, "pause": 0.05}),
    "big_body": Kind("the body is huge", {"bytes": 50_000_000}),
    "deep_json": Kind("the body is nested", {"depth": 100_000}),
    "not_json": Kind("the body is something else", {"body": "OK"}),
    "wrong_type": Kind(
        "keys (dotted paths; unless given all of the top level) get the value, or one of a wrong type",
        {"keys": UNSET, "value": UNSET},
    ),
    "field": Kind("one field, found by its way (keys and indices), gets the value", {"way": NEEDED, "value": NEEDED}),
    "unknown_state": Kind("the power word is replaced", {"word": "hovering"}),
    "poll_url": Kind("operation.pollUrl is replaced", {"url": NEEDED}),
    "next_link": Kind("a list's next (nextCursor on HostUp) is replaced", {"url": NEEDED}),
}
JOB_KINDS: dict[str, Kind] = {
    "fail": Kind("ends in failure, without effect", {"message": "simulated failure"}),
    "false_result": Kind("ends as completed with success: false in its result, without effect"),
    "vanish": Kind("cannot be read back (Barrack: the new VM is not found until built), but has its effect"),
    "stuck": Kind("never ends"),
    "slow": Kind("takes longer", {"factor": 10}),
    "unknown_word": Kind("shows a status word nobody knows, then completes", {"word": "reticulating"}),
}
REPLACE_THE_ANSWER = ("html", "status", "rate_limited", "redirect", "echo_token")


def _checked(kinds: dict[str, Kind], kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters, completed by defaults."""
    if kind not in kinds:
        raise ValueError(f"unknown fault {kind!r}; there are {', '.join(kinds)}")
    known = kinds[kind].params
    unknown = sorted(given.keys() - known.keys())
    params = {name: value for name, value in (known | given).items() if value is not UNSET}
    missing = sorted(name for name, value in params.items() if value is NEEDED)
    if unknown or missing:
        raise ValueError(f"fault {kind}: unknown {unknown}, missing {missing}")
    return params


def describe(kinds: dict[str, Kind]) -> list[str]:
    """A line or two per kind, for --help."""
    lines = []
    for name, kind in kinds.items():
        params = [f"{param}{_default(value)}" for param, value in kind.params.items()]
        lines.append(f"{name:14} {kind.about}" + (f"\n{'':17}{', '.join(params)}" if params else ""))
    return lines


def _default(value: Any) -> str:
    return " (needed)" if value is NEEDED else " (optional)" if value is UNSET else f"={value!r}"


@dataclass
class Fault:
    """Hits matching requests number `nth` up to `nth + times - 1` (`times` None: all from `nth` on)."""

    kind: str
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    times: int | None = 1
    params: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        self.params = _checked(KINDS, self.kind, self.params)
        if self.kind == "status" and self.params["status"] >= 500 and "after_effect" not in self.params:
            raise ValueError("fault status: a 5xx needs after_effect, true or false")
        re.compile(self.path or "")

    @property
    def prevents_effect(self) -> bool:
        if self.kind in REPLACE_THE_ANSWER:
            return not self.params.get("after_effect", False)
        return self.kind == "cut_before"

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and re.search(self.path or "", path) is not None

    def hit(self) -> bool:
        """Count a matching request; is it one to be hit?"""
        self.seen += 1
        first = self.nth or 1
        return self.seen >= first and (self.times is None or self.seen < first + self.times)


@dataclass
class JobFault:
    """Hits the next `times` jobs. `work` is restore unless told; None means any."""

    kind: str
    instance_id: str | None = None
    work: str | None = "restore"
    times: int | None = 1
    params: dict[str, Any] = field(default_factory=dict)
    fired: int = 0

    def __post_init__(self) -> None:
        self.params = _checked(JOB_KINDS, self.kind, self.params)


class Faults:
    """If several faults would hit one request, the one that was added first does, though all count it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wire: list[Fault] = []
        self._jobs: list[JobFault] = []

    def add(
        self,
        kind: str,
        method: str | None = None,
        path: str | None = None,
        nth: int | None = None,
        times: int | None = 1,
        **params: Any,
    ) -> Fault:
        fault = Fault(kind, method, path, nth, times, params)
        with self._lock:
            self._wire.append(fault)
        return fault

    def add_job(
        self,
        kind: str,
        instance_id: str | None = None,
        work: str | None = "restore",
        times: int | None = 1,
        **params: Any,
    ) -> JobFault:
        fault = JobFault(kind, instance_id, work, times, params)
        with self._lock:
            self._jobs.append(fault)
        return fault

    def add_from(self, description: Mapping[str, Any]) -> None:
        """From JSON: {"kind": …} for a request, {"job": …} for a job, and the arguments of the methods above."""
        arguments = dict(description)
        if "job" in arguments:
            self.add_job(arguments.pop("job"), **arguments)
        else:
            self.add(arguments.pop("kind"), **arguments)

    def clear(self) -> None:
        with self._lock:
            self._wire.clear()
            self._jobs.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        with self._lock:
            hits = [fault for fault in self._wire if fault.matches(method, path) and fault.hit()]
            if not hits:
                return None
            hits[0].fired += 1
            return hits[0]

    def for_job(self, work: str, instance_ids: tuple[str, ...]) -> JobFault | None:
        with self._lock:
            for fault in self._jobs:
                spent = fault.times is not None and fault.fired >= fault.times
                if not spent and fault.work in (None, work) and (fault.instance_id or instance_ids[0]) in instance_ids:
                    fault.fired += 1
                    return fault
            return None
