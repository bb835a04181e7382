# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to begin with: those of the simulator under every switch, published errors, and what was found before."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import Bench
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import scenarios

FOUND: dict[str, bytes] = {
    "deep": b"[" * 3000 + b"]" * 3000,
    "duplicate key": b'{"id": 1, "id": "2"}',
    "empty": b"",
    "HTML": b"<html><title>502</title><script>x",
    "huge number": b'{"id": 1' + b"0" * 400 + b', "progress": 1e999}',
    "no numbers": b'{"id": NaN, "status": Infinity}',
    "null": b"null",
    "halves of surrogate pairs": b'{"id": "\\ud800", "name": "\\udfff"}',
    "error of Django REST framework": b'{"name": ["This field is required."], "non_field_errors": ["a", "b"]}',
    "error of HostUp's legacy routes": (
        b'{"success": false, "error": {"code": "NOT_FOUND", "message": "Job not found"},'
        b' "timestamp": "2026-01-01T00:00:00Z", "requestId": "x"}'
    ),
    "error by RFC 9457": (
        b'{"type": "https://developer.hostup.se/errors/validation", "title": "Validation failed", "status": 422,'
        b' "detail": "name is invalid", "errors": [{"pointer": "/name", "detail": "must match"}], "requestId": "req_1"}'
    ),
}
"""What broke a reader once, and published bodies of errors. What the fuzzer finds is added here."""


@cache
def answers(provider: str) -> tuple[bytes, ...]:
    """Each different answer to the requests of a restore, under every switch."""
    bench = Bench()
    try:
        found: dict[bytes, None] = {}
        for scenario in scenarios([provider], ["file"]):
            if scenario.power == "running":
                payloads = bench.undisturbed(scenario)[1]
                found.update((json.dumps(payload).encode(), None) for payload in payloads if payload is not None)
        return tuple(found)
    finally:
        bench.close()


@cache
def payloads() -> list[Any]:
    return [json.loads(content) for name in sorted(SPECS) for content in answers(name)]
