# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator that holds both sides to what is published: our requests as sent, its answers before any fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from ansible_collections.indiecloud.compute.tests.simulator.ledger import RequestRecord
from ansible_collections.indiecloud.compute.tests.simulator.messages import NOTHING, Later, Request, Response
from ansible_collections.indiecloud.compute.tests.simulator.providers.base import Provider
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .published import COMMON, INSTANCE, REPLACE_INSTANCE, RESTORE_SNAPSHOT, Schema

FORMATS = FormatChecker(["uuid"])
PATH = r"/v1/organizations/[^/]+/projects/[^/]+/compute/instances/"
HEX = r"[0-9a-fA-F]"
ID = rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"


def _date_time(value: object) -> bool:
    """RFC 3339: a time without its zone is none."""
    if not isinstance(value, str):
        return True
    return datetime.fromisoformat(re.sub(r"\.\d+", "", value).replace("Z", "+00:00")).tzinfo is not None


FORMATS.checks("date-time", raises=ValueError)(_date_time)


@dataclass(frozen=True)
class Operation:
    """An operation by its published ``operationId``; ``answer`` is None where no schema is published."""

    name: str
    method: str
    path: str
    request: Schema
    answer: Schema | None
    statuses: frozenset[int]

    def matches(self, method: str, path: str) -> bool:
        return method == self.method and re.fullmatch(self.path, path) is not None


OPERATIONS = (
    Operation("replace_instance", "PUT", PATH + ID, REPLACE_INSTANCE, INSTANCE, frozenset(COMMON - {201})),
    Operation(
        "restore_snapshot",
        "POST",
        PATH + "[^/]+/snapshots/[^/]+/restore",
        RESTORE_SNAPSHOT,
        None,
        frozenset(COMMON - {200, 201} | {202, 409}),
    ),
)


def violations(schema: Schema, value: Any) -> list[str]:
    """What a value has that its schema forbids, in words."""
    found = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(value)
    return [f"{'.'.join(map(str, item.absolute_path)) or 'the whole'}: {item.message}" for item in found]


class CheckedSimulator(Simulator):
    """Collects what is not as published in ``wrong``, and counts in ``checked`` what was looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wrong: list[str] = []
        self.checked: Counter[str] = Counter()

    def _record(self, request: Request, provider: Provider | None) -> RequestRecord:
        record = super()._record(request, provider)
        if provider is not None and provider.name == "onetsolutions":
            self.wrong.extend(self._wrong_with_request(request, record.body))
        return record

    def _wrong_with_request(self, request: Request, body: Any) -> Iterator[str]:
        operation = _operation(request)
        if operation is not None:
            self.checked[f"request of {operation.name}"] += 1
            for text in violations(operation.request, body):
                yield f"request of {operation.name}: {text}"
        elif request.method == "PUT" or request.path.endswith("/restore"):
            yield f"{request.method} {request.path} is not published"

    def __enter__(self) -> CheckedSimulator:
        super().__enter__()
        return self

    def _handled(self, provider: Provider, request: Request) -> Response | Later:
        answer = super()._handled(provider, request)
        if provider.name != "onetsolutions" or isinstance(answer, Later):
            return answer
        operation = _operation(request)
        if operation is not None:
            self.checked[f"answer to {operation.name}"] += 1
            self.wrong.extend(_wrong_with_answer(operation, answer))
        elif request.method == "GET" and re.fullmatch(PATH + ID, request.path) and answer.status == 200:
            # Not published; assumed to be what the published PUT answers.
            self.checked["reading an instance"] += 1
            self.wrong.extend(f"reading an instance: {text}" for text in violations(INSTANCE, answer.payload))
        return answer


def _operation(request: Request) -> Operation | None:
    return next((item for item in OPERATIONS if item.matches(request.method, request.path)), None)


def _wrong_with_answer(operation: Operation, answer: Response) -> Iterator[str]:
    if answer.status not in operation.statuses:
        yield f"answer to {operation.name}: the status {answer.status} is not published"
    if answer.status == 200 and operation.answer is not None:
        payload = None if answer.payload is NOTHING else answer.payload
        for text in violations(operation.answer, payload):
            yield f"answer to {operation.name}: {text}"
