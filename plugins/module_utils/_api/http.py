# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from .._version import VERSION
from . import retry
from .answer import Answer, parse_body
from .clock import Deadline, Runtime
from .errors import AnswerLost, AnswerUnreadable, CloudError, MissingLibrary, NotSent, ProviderError
from .problem import read_problem
from .redact import Redactor
from .url import ApiUrl

USER_AGENT = f"indiecloud.compute/{VERSION} (Ansible collection)"
LARGEST_BODY = 32 * 1024 * 1024
_CHUNK = 16 * 1024
# Part of the text of an ssl error that is only raised while the handshake runs, before any byte of the request.
_HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "HANDSHAKE", "UNSUPPORTED_PROTOCOL", "ALERT")


def load_requests() -> ModuleType:
    """Import requests when the first request needs it; raises MissingLibrary."""
    try:
        import requests
    except ImportError as exc:
        raise MissingLibrary("requests", traceback.format_exc()) from exc
    return requests


@dataclass(frozen=True)
class Connection:
    """How to reach a provider: where, with which header, and how patiently.

    ``token_source`` says in words which option or variable the token came from; ``request_timeout`` is in seconds.
    """

    api_url: ApiUrl
    auth_header: str
    auth_value: str
    token_source: str
    request_timeout: float = 30.0
    verify: bool | str = True


@dataclass
class Transport:
    """One requests.Session for a whole run, one way to send: ``request()``.

    GET is repeated on network errors, 429 and 5xx; a write only when the provider provably did not apply it. The token
    is attached only to requests for the origin of ``api_url``, and redirects are refused.
    """

    connection: Connection
    deadline: Deadline
    runtime: Runtime
    redactor: Redactor
    on_request: Callable[[str], None] = lambda line: None
    calls: Counter[str] = field(default_factory=Counter)
    clock_ahead: timedelta = timedelta()
    """How far the provider's clock is ahead of ours, by the Date of its last answer."""
    _session: Any = None
    _last_use: float = 0.0

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send one request, repeating it while that is safe.

        ``path`` is joined below the path of ``api_url``; ``body`` is sent as JSON; ``timeout`` overrides
        ``request_timeout`` (seconds between two bytes). Raises NotSent, AnswerLost, AnswerUnreadable, ProviderError,
        OutOfTime or MissingLibrary.
        """
        label = self.redactor.text(f"{method} {path}")
        safe = method == "GET"
        attempt = 0
        while True:
            self.deadline.check(label)
            try:
                return self._send(method, path, label, params, body, timeout)
            except CloudError as exc:
                attempt += 1
                pause = self._pause_before_retry(exc, safe, attempt)
                if pause is None or pause >= self.deadline.left():
                    raise
                self.deadline.pause(pause)

    def _pause_before_retry(self, exc: CloudError, safe: bool, attempt: int) -> float | None:
        drawn = retry.backoff(attempt, self.runtime.uniform)
        if isinstance(exc, ProviderError) and exc.status == 429:
            return exc.retry_after or max(drawn, retry.SHORTEST_PAUSE)
        if attempt >= retry.TRIES:
            return None
        if isinstance(exc, NotSent):
            # A certificate that is wrong now is wrong in a second too.
            return None if exc.error_code == "tls_failed" else drawn
        lost = isinstance(exc, AnswerLost) or (isinstance(exc, ProviderError) and exc.status >= 500)
        return drawn if safe and lost else None

    def _send(
        self, method: str, path: str, label: str, params: Mapping[str, str] | None, body: Any, timeout: float | None
    ) -> Answer:
        requests = load_requests()
        session = self._open(requests, fresh=method != "GET")
        url = self.connection.api_url.join(path)
        read_timeout = max(1.0, min(timeout or self.connection.request_timeout, self.deadline.left()))
        started = self.runtime.monotonic()
        self.calls[method] += 1
        response = None
        try:
            response = session.request(
                method,
                url,
                params=params,
                json=body,
                auth=self._authorize,
                timeout=(min(read_timeout, self.connection.request_timeout), read_timeout),
                verify=self.connection.verify,
                allow_redirects=False,
                stream=True,
            )
            self._compare_clocks(response.headers.get("Date", ""))
            content = self._read(response, label, started + read_timeout)
            return self._answer(response, content, label)
        except (requests.exceptions.RequestException, OSError, UnicodeError) as exc:
            # The chain would carry the request with its headers into tracebacks.
            raise self._network_error(requests, exc, label) from None
        finally:
            self._last_use = self.runtime.monotonic()
            status = "no answer" if response is None else str(response.status_code)
            self.on_request(f"{label} -> {status} in {(self._last_use - started) * 1000:.0f} ms")
            if response is not None:
                response.close()

    def _open(self, requests: ModuleType, *, fresh: bool) -> Any:
        if self._session is None:
            self._session = requests.Session()
            self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        elif fresh and self.runtime.monotonic() - self._last_use > 1.0:
            # A kept-alive connection that the server has just given up is the commonest way to lose an answer.
            self._session.close()
        return self._session

    def _authorize(self, prepared: Any) -> Any:
        if self.connection.api_url.owns(prepared.url):
            prepared.headers[self.connection.auth_header] = self.connection.auth_value
        return prepared

    def provider_now(self) -> datetime:
        """The provider's time, as near as the whole seconds of its Date header tell."""
        return self.runtime.now() + self.clock_ahead

    def _compare_clocks(self, date: str) -> None:
        theirs = retry.http_date(date)
        if theirs is not None:
            self.clock_ahead = theirs - self.runtime.now()

    def _read(self, response: Any, label: str, end: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST_BODY:
                raise AnswerUnreadable(
                    f"{label} answered {response.status_code} with more than {LARGEST_BODY // 1048576} MiB",
                    error_code="answer_too_large",
                )
            if self.runtime.monotonic() > end:
                raise AnswerLost(f"{label}: the answer did not end in time")
        expected = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding")
        if expected.isdigit() and not encoded and size < int(expected[:18]):
            raise AnswerLost(f"{label} answered {response.status_code}, cut off after {size} of {expected} bytes")
        return b"".join(parts)

    def _answer(self, response: Any, content: bytes, label: str) -> Answer:
        status = int(response.status_code)
        payload, unreadable = parse_body(content)
        if status < 300:
            return Answer(status, dict(response.headers), payload, unreadable, label)
        raise self._refusal(status, response.headers, payload, content, label)

    def _refusal(self, status: int, headers: Any, payload: Any, content: bytes, label: str) -> ProviderError:
        if status < 400:
            return ProviderError(
                f"{label} answered {status}: a redirect, which is not followed so that the token stays at its origin",
                status=status,
                next_steps=("Set api_url to the address the provider documents.",),
            )
        problem = read_problem(payload, content[:20000].decode("utf-8", "replace"))
        said = self.redactor.text(problem.text)
        code = self.redactor.text(problem.code or "") or None
        request_id = self.redactor.text(problem.request_id or headers.get("X-Request-Id", "")[:100]) or None
        marks = [mark for mark in (code, f"request {request_id}" if request_id else None) if mark]
        hint = {"Retry-After": problem.retry_after} if problem.retry_after else {}
        return ProviderError(
            f"{label} answered {status}" + (f" [{', '.join(marks)}]" if marks else "") + (f": {said}" if said else ""),
            status=status,
            provider_code=code,
            request_id=request_id,
            next_steps=self._advice(status),
            retry_after=retry.retry_after({**hint, **headers}, self.runtime.now()) if status == 429 else None,
        )

    def _advice(self, status: int) -> tuple[str, ...]:
        source = self.connection.token_source
        if status == 401:
            return (f"Check the token: it came from {source}.",)
        if status == 403:
            return (f"Check that the token from {source} is valid and may do this.",)
        if status == 429:
            return ("The provider's rate limit outlasts this run: run again later, or with a longer time-out.",)
        return ("Try again later, or quote the request id to the provider.",) if status >= 500 else ()

    def _network_error(self, requests: ModuleType, exc: Exception, label: str) -> CloudError:
        errors = requests.exceptions
        reason = self.redactor.text(_reason(exc))
        steps = ("Check api_url, the network and the provider's status page.",)
        if isinstance(exc, errors.SSLError) and any(mark in str(exc).upper() for mark in _HANDSHAKE):
            return NotSent(
                f"{label}: TLS failed: {reason}",
                error_code="tls_failed",
                next_steps=("Set ca_path to the CA that signed the certificate; do not turn validate_certs off.",),
            )
        cause = getattr(exc.args[0] if exc.args else None, "reason", None)
        unsent = isinstance(exc, (errors.ConnectTimeout, errors.ProxyError, errors.InvalidURL, UnicodeError))
        if unsent or type(cause).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
            return NotSent(f"{label}: no connection to {self.connection.api_url.origin}: {reason}", next_steps=steps)
        if isinstance(exc, errors.Timeout):
            return AnswerLost(f"{label}: no answer within the time-out", next_steps=steps)
        return AnswerLost(f"{label}: the connection broke: {reason}", next_steps=steps)


def _reason(exc: Exception) -> str:
    cause: Any = exc.args[0] if exc.args else exc
    cause = getattr(cause, "reason", None) or cause
    text = str(cause).rsplit(">: ", 1)[-1]
    return " ".join(text.split())[:200]
