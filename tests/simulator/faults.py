# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: which request or job is hit, and by what. What a fault does to an answer is in tamper.py."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS: dict[str, str] = {
    "cut_before": "the connection closes, nothing was done",
    "cut_after": "it was done, the connection closes without an answer",
    "cut_mid_body": "it was done, the connection is reset in the middle of the body",
    "slow": "it was done, the answer waits; seconds=1.0 (real)",
    "slow_loris": "it was done, the body drips; pause=0.05 (real seconds), chunk=1 (bytes)",
    "truncated": "it was done, Content-Length promises more than is sent; missing=100 (bytes)",
    "html": "an HTML page of a proxy; status=502, after_effect=False",
    "status": "an error in the provider's style; status (needed), message, after_effect=False (needed from 500 on)",
    "rate_limited": "429, nothing was done; retry_after=number | 'date' | None | any text, seconds=5 (for 'date')",
    "redirect": "a redirect; location (needed), status=302, after_effect=False",
    "big_body": "it was done, the body is huge; bytes=50000000",
    "deep_json": "it was done, the body is nested; depth=100000",
    "wrong_type": "it was done, keys have wrong types; keys=[dotted paths] (default: all of the top level), value",
    "not_json": "it was done, the body is no JSON; body='OK'",
    "echo_token": "an error that repeats the credential; status=403, after_effect=False",
    "unknown_state": "it was done, the power word is replaced; word='hovering'",
    "poll_url": "it was done, operation.pollUrl is replaced; url (needed)",
    "next_link": "it was done, the list's next (nextCursor on HostUp) is replaced; url (needed)",
}
JOB_KINDS: dict[str, str] = {
    "fail": "ends in failure, without effect; message='simulated failure'",
    "vanish": "cannot be read back (Barrack: the new VM is not found until built), but has its effect",
    "stuck": "never ends",
    "false_result": "ends as completed with success: false in its result, without effect",
    "unknown_word": "shows a status word nobody knows, then completes; word='reticulating'",
    "slow": "takes longer; factor=10",
}
NEEDED = {"status": ("status",), "redirect": ("location",), "poll_url": ("url",), "next_link": ("url",)}
REPLACE_THE_ANSWER = ("html", "status", "rate_limited", "redirect", "echo_token")


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
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; there are {', '.join(KINDS)}")
        for name in NEEDED.get(self.kind, ()):
            if name not in self.params:
                raise ValueError(f"fault {self.kind} needs {name}")
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
        if self.kind not in JOB_KINDS:
            raise ValueError(f"unknown job fault {self.kind!r}; there are {', '.join(JOB_KINDS)}")


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
