# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each fault does to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .clock import http_date
from .faults import REPLACE_THE_ANSWER, Fault
from .messages import Request, Response, Wire
from .providers.base import Provider

POWER_KEYS = ("vm_status", "powerState")
BARRACK_STATES = ("ACTIVE", "SHUTOFF", "STARTING", "STOPPING", "REBOOTING", "CREATING", "BUILD")


def instead(fault: Fault, provider: Provider, request: Request) -> Response:
    """The answer of a fault that keeps the request from the provider."""
    if fault.kind == "cut_before":
        return Response(0, wire=Wire(cut=True))
    return _REPLACEMENTS[fault.kind](fault.params, provider, request)


def change(fault: Fault, answer: Response, provider: Provider, request: Request) -> Response:
    """The answer of the provider as the fault leaves it."""
    if fault.kind in REPLACE_THE_ANSWER:
        return _REPLACEMENTS[fault.kind](fault.params, provider, request)
    _CHANGES[fault.kind](fault.params, answer)
    return answer


# answers that replace the provider's own

Params = dict[str, Any]


def _html(params: Params, provider: Provider, request: Request) -> Response:
    status = params["status"]
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"
    return Response(status, raw=page.encode(), content_type="text/html")


def _status(params: Params, provider: Provider, request: Request) -> Response:
    answer = provider.error(params["status"], params["message"], request)
    if "code" in params:
        answer.payload["code"] = params["code"]
    return answer


def _rate_limited(params: Params, provider: Provider, request: Request) -> Response:
    wanted = params["retry_after"]
    if wanted == "date":
        wanted = http_date(provider.clock.now() + params["seconds"])
    return provider.throttled(None if wanted is None else str(wanted), request)


def _redirect(params: Params, provider: Provider, request: Request) -> Response:
    return Response(params["status"], headers={"Location": params["location"]})


def _echo_token(params: Params, provider: Provider, request: Request) -> Response:
    sent = " ".join(request.headers[name] for name in ("authorization", "x-api-key") if name in request.headers)
    answer = provider.error(params["status"], f"The credential '{sent}' is refused.", request)
    answer.headers["X-Debug-Credential"] = sent
    return answer


_REPLACEMENTS: dict[str, Callable[[Params, Provider, Request], Response]] = {
    "html": _html,
    "status": _status,
    "rate_limited": _rate_limited,
    "redirect": _redirect,
    "echo_token": _echo_token,
}

# changes to the provider's own answer


def _cut_after(params: Params, answer: Response) -> None:
    answer.wire.cut = True


def _cut_mid_body(params: Params, answer: Response) -> None:
    answer.wire.body_share = 0.5


def _slow(params: Params, answer: Response) -> None:
    answer.wire.delay = params["seconds"]


def _slow_loris(params: Params, answer: Response) -> None:
    answer.wire.chunk = params["chunk"]
    answer.wire.pause = params["pause"]


def _truncated(params: Params, answer: Response) -> None:
    answer.wire.missing = params["missing"]


def _big_body(params: Params, answer: Response) -> None:
    answer.raw = b'{"padding": "' + b"x" * params["bytes"] + b'"}'


def _deep_json(params: Params, answer: Response) -> None:
    depth = params["depth"]
    answer.raw = b'{"data":' * depth + b"null" + b"}" * depth


def _not_json(params: Params, answer: Response) -> None:
    answer.raw = params["body"].encode()


def _wrong_type(params: Params, answer: Response) -> None:
    payload = answer.payload
    if not isinstance(payload, dict):
        answer.payload = _wrong(payload)
        return
    payload = answer.payload = json.loads(json.dumps(payload))  # the nested parts may be shared
    for dotted in params.get("keys", list(payload)):
        *parents, last = dotted.split(".")
        holder: Any = payload
        for parent in parents:
            holder = holder.get(parent) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder[last] = params["value"] if "value" in params else _wrong(holder.get(last))


def _field(params: Params, answer: Response) -> None:
    """Left alone where the way leads nowhere."""
    payload = json.loads(json.dumps(answer.payload)) if isinstance(answer.payload, (dict, list)) else None
    *parents, last = params["way"]
    holder: Any = payload
    for parent in parents:
        inside = isinstance(holder, dict) and parent in holder
        inside = inside or (isinstance(holder, list) and isinstance(parent, int) and parent < len(holder))
        holder = holder[parent] if inside else None
    if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(last, int) and last < len(holder)):
        holder[last] = params["value"]
        answer.payload = payload


def _wrong(value: Any) -> Any:
    if isinstance(value, str):
        return 12345
    if isinstance(value, dict):
        return ["wrong"]
    if isinstance(value, (bool, int, float)):
        return "wrong"
    return {"wrong": True}


def _unknown_state(params: Params, answer: Response) -> None:
    answer.payload = _reword(answer.payload, params["word"])


def _reword(value: Any, word: str) -> Any:
    if isinstance(value, list):
        return [_reword(item, word) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: word
        if key in POWER_KEYS or (key == "status" and isinstance(item, str) and item in BARRACK_STATES)
        else _reword(item, word)
        for key, item in value.items()
    }


def _poll_url(params: Params, answer: Response) -> None:
    if isinstance(answer.payload, dict) and isinstance(answer.payload.get("operation"), dict):
        answer.payload["operation"]["pollUrl"] = params["url"]


def _next_link(params: Params, answer: Response) -> None:
    if isinstance(answer.payload, dict):
        for key in ("next", "nextCursor"):
            if key in answer.payload:
                answer.payload[key] = params["url"]
        if "hasMore" in answer.payload:
            answer.payload["hasMore"] = True


_CHANGES: dict[str, Callable[[Params, Response], None]] = {
    "cut_after": _cut_after,
    "cut_mid_body": _cut_mid_body,
    "slow": _slow,
    "slow_loris": _slow_loris,
    "truncated": _truncated,
    "big_body": _big_body,
    "deep_json": _deep_json,
    "not_json": _not_json,
    "wrong_type": _wrong_type,
    "field": _field,
    "unknown_state": _unknown_state,
    "poll_url": _poll_url,
    "next_link": _next_link,
}
