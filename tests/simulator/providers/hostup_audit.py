# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's audit log: https://developer.hostup.se/endpoints/account/get-v2-audit-log"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..model import Call
from .hostup_json import stamp

LATE_SECONDS = 45.0  # the delay is not published; with the switch hostup_audit_log=late it is this
DEFAULT_HOURS = 12.0


def shown_calls(calls: list[Call], query: dict[str, str], now: float, late: bool) -> list[Call]:
    """Those in the time asked for, the newest first. Raises ValueError for a time that is none."""
    begin = _seconds(query["startAt"]) if "startAt" in query else now - DEFAULT_HOURS * 3600
    end = _seconds(query["endAt"]) if "endAt" in query else now
    end = min(end, now - (LATE_SECONDS if late else 0.0))
    hidden = "GET" if query.get("hideGet") == "true" else None
    return [call for call in reversed(calls) if begin <= call.time <= end and call.method != hidden]


def event_json(call: Call) -> dict[str, Any]:
    good = call.status < 400
    return {
        "id": f"0c4f0c1a-e030-4d6b-b127-{call.number:012d}",
        "occurredAt": stamp(call.time),
        "method": call.method,
        "endpoint": call.path,
        "path": call.path,
        "ipAddress": "198.18.0.1",
        "userAgent": call.user_agent,
        "statusCode": call.status,
        "success": good,
        "durationMs": 12,
        "errorMessage": None if good else "The request was refused.",
        "authMethod": "api_key",
        "resourcesAccessed": [],
        "severity": "info" if good else "error",
        "tags": [],
        "eventSource": "request_audit",
        "actorType": "api",
        "actorId": "30000",
        "requestId": f"req_01hxa3b4c5d6e7f8{call.number:010d}",
        "category": "api",
        "action": "request",
        "summary": f"{call.method} {call.path}",
        "resourceLabel": None,
        "changes": [],
    }


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
