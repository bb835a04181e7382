# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's errors: problem documents, as https://developer.hostup.se/errors describes them."""

from __future__ import annotations

from typing import Any

from .hostup_json import stamp

ERRORS = "https://developer.hostup.se/errors/"
USUAL = {  # code and title by status
    400: ("invalid_request", "Validation failed"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not found"),
    409: ("vps_not_ready", "VPS not ready"),
    429: ("rate_limit_exceeded", "Too many requests"),
    500: ("internal_error", "Internal error"),
    502: ("upstream_failed", "Upstream failed"),
    503: ("upstream_unavailable", "Upstream unavailable"),
}


def problem_json(
    status: int, detail: str, path: str, now: float, code: str | None = None, errors: list[Any] | None = None
) -> dict[str, Any]:
    """`code` defaults to the usual one of the status."""
    usual, title = USUAL.get(status, ("invalid_request" if status < 500 else "internal_error", "Error"))
    problem = {
        "type": ERRORS + (code or usual),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code or usual,
        "instance": path,
        "requestId": "req_01hxa3b4c5d6e7f80000000000",
        "timestamp": stamp(now),
    }
    return problem if errors is None else problem | {"errors": errors}
