# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends requests over one session per run, and repeats them only where that is safe."""

from __future__ import annotations

import logging
import os
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from .._version import VERSION
from . import retry
from .answer import Answer, parse_body
from .body import ACCEPTED_ENCODING, read_body, read_error_body
from .clock import Deadline, Runtime
from .errors import (
    MAYBE_APPLIED,
    NOT_APPLIED,
    AnswerLost,
    Applied,
    CloudError,
    MissingLibrary,
    NotSent,
    ProviderError,
    TlsFailed,
)
from .in_flight import InFlight
from .redact import Redactor
from .sessions import OpenSession, Sessions
from .text import CUT
from .url import ApiUrl, is_loopback, names_host

if TYPE_CHECKING:
    from .failure import Failures

USER_AGENT = f"indiecloud.compute/{VERSION} (Ansible collection)"
LONGEST_REQUEST = 86400.0
SHORTEST_REQUEST = 1.0
# A clock that is further off is not a clock.
FURTHEST_CLOCK = timedelta(days=36525)
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables from which requests takes the certificates, in this order."""


def load_requests() -> ModuleType:
    """Import requests when the first request needs it; raises MissingLibrary."""
    try:
        import requests
    except ImportError as exc:
        raise MissingLibrary("requests", traceback.format_exc()) from exc
    return requests


@dataclass(frozen=True)
class Connection:
    """How to reach a provider: the address, the authentication, timeouts and TLS.

    ``token_source`` names the option or variable the token came from; ``request_timeout`` is in seconds;
    ``reset_header`` is that of ``ProviderSpec``.
    """

    api_url: ApiUrl
    auth_header: str
    auth_value: str = field(repr=False)
    token_source: str
    request_timeout: float = 30.0
    verify: bool | str = True
    reset_header: str = ""


LONGEST_PATH = 80


class RateLimiter(Protocol):
    """Decides when a request may leave."""

    def wait(self, deadline: Deadline) -> None:
        """Sleep until a request may be sent; raises OutOfTime if that is after the deadline."""

    def hold(self, seconds: float) -> None:
        """Let no request leave for some time, since the provider asked for a pause."""


@dataclass
class Transport:
    """Sends all requests of a run.

    A GET is repeated after network errors, 429 and 5xx; a write only if the provider certainly did not apply it. The
    token is sent only to the origin of ``api_url``. Redirects are refused.
    """

    connection: Connection
    deadline: Deadline
    runtime: Runtime
    redactor: Redactor
    on_request: Callable[[str], None] = lambda line: None
    calls: Counter[str] = field(default_factory=Counter)
    limiter: RateLimiter | None = None
    """The rate limiter that all processes of this machine share."""
    sessions: Sessions = field(default_factory=Sessions)
    sent_at: float = 0.0
    """When the last request left, in monotonic seconds."""
    writes: int = 0
    """How many requests other than GET took effect, or may have."""
    clock_ahead: timedelta = timedelta()
    """How far the provider's clock is ahead of ours, by the Date header of its last answer."""
    asked_pause: float | None = None
    """The Retry-After of the last answer, in seconds."""
    _reserved: bool = False

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
        safe: bool = False,
        once: bool = False,
        applied: Callable[[ProviderError], Applied] | None = None,
        attempt: str | None = None,
    ) -> Answer:
        """Send one request, repeating it while that is safe: a GET, or one that changes nothing (``safe``).
        ``once``: the caller repeats it, after another look at what it is about to change.
        ``applied`` decides whether an error answer to it may have been applied, where the status alone is not enough.

        ``path`` is appended to the path of ``api_url``; ``body`` is sent as JSON; ``timeout`` is in seconds, for the
        whole answer, and replaces ``request_timeout``; ``attempt`` is added to the User-Agent. Raises NotSent,
        AnswerLost, AnswerUnreadable, ProviderError, OutOfTime or MissingLibrary.
        """
        # Of a long path the end is shown, since all paths begin alike.
        shown = self.redactor.text(path)
        label = f"{method} {shown if len(shown) <= LONGEST_PATH else CUT + shown[-LONGEST_PATH:]}"
        safe = safe or method == "GET"
        tries = 0
        while True:
            self.deadline.check(label)
            self.reserve()
            self._reserved = False
            try:
                answer = self._send(method, path, label, params, body, timeout, attempt)
                self.writes += not safe
                return answer
            except CloudError as raised:
                exc = raised
                if applied is not None and isinstance(exc, ProviderError):
                    exc = exc.with_applied(applied(exc))
                self.writes += not safe and exc.applied == MAYBE_APPLIED
                tries += 1
                pause = self._pause_before_retry(exc, safe, tries)
                if once or pause is None or pause >= self.deadline.left():
                    raise exc from None
                self.deadline.pause(pause)

    def reserve(self) -> None:
        """Wait for the rate limit now, so the next request leaves at once."""
        if self.limiter and not self._reserved:
            self.limiter.wait(self.deadline)
            self._reserved = True

    def _pause_before_retry(self, exc: CloudError, safe: bool, tries: int) -> float | None:
        drawn = retry.backoff(tries, self.runtime.uniform)
        if isinstance(exc, ProviderError) and exc.status == 429 and (safe or exc.applied == NOT_APPLIED):
            if self.limiter and exc.retry_after:
                self.limiter.hold(exc.retry_after)
            return exc.retry_after or max(drawn, retry.SHORTEST_PAUSE)
        if tries >= retry.TRIES:
            return None
        if isinstance(exc, NotSent):
            return None if isinstance(exc, TlsFailed) else drawn
        lost = isinstance(exc, AnswerLost) or (isinstance(exc, ProviderError) and exc.status >= 500)
        return drawn if safe and lost else None

    def _send(
        self,
        method: str,
        path: str,
        label: str,
        params: Mapping[str, str] | None,
        body: Any,
        timeout: float | None,
        attempt: str | None,
    ) -> Answer:
        requests = load_requests()
        held = self.sessions.take(lambda: self._open(label))
        try:
            if method != "GET" and self.runtime.monotonic() - held.last_use > 1.0:
                # An answer is most often lost on a kept-alive connection that the server has just closed.
                held.session.close()
            return self._exchange(requests, held, method, path, label, params, body, timeout, attempt)
        finally:
            held.last_use = self.runtime.monotonic()
            self.sessions.give_back(held)

    def _exchange(
        self,
        requests: ModuleType,
        held: OpenSession,
        method: str,
        path: str,
        label: str,
        params: Mapping[str, str] | None,
        body: Any,
        timeout: float | None,
        attempt: str | None,
    ) -> Answer:
        errors = requests.exceptions
        broken = (errors.RequestException, requests.packages.urllib3.exceptions.HTTPError, OSError, UnicodeError)
        patience = timeout or self.connection.request_timeout
        seconds = min(max(SHORTEST_REQUEST, min(patience, self.deadline.left())), LONGEST_REQUEST)
        self.sent_at = started = self.runtime.monotonic()
        self.calls[method] += 1
        held.watcher.current = in_flight = InFlight()
        response = None
        try:
            with in_flight.limit(seconds, self.runtime.alarm):
                response = held.session.request(
                    method,
                    self.connection.api_url.join(path),
                    params=params,
                    json=body,
                    headers={"User-Agent": f"{USER_AGENT} attempt/{attempt}"} if attempt else None,
                    auth=self._authorize,
                    timeout=(min(seconds, self.connection.request_timeout), seconds),
                    verify=self.connection.verify,
                    proxies=self._proxies,
                    allow_redirects=False,
                    stream=True,
                )
                # The Date of a cached answer is not the time.
                self._compare_clocks("" if response.headers.get("Age") else response.headers.get("Date", ""))
                answer = self._answer(response, label, broken)
            if in_flight.overdue:
                # Without a length, a body that we cut off looks complete.
                raise AnswerLost("")
            return answer
        except (AnswerLost, *broken) as exc:
            if isinstance(exc, AnswerLost) and not in_flight.overdue:
                raise
            tls, slow = isinstance(exc, errors.SSLError), isinstance(exc, errors.Timeout)
            # A chained exception would carry the request with its headers into tracebacks.
            raise self._failures.network(exc, in_flight, label, tls=tls, slow=slow, seconds=seconds) from None
        finally:
            status = "no answer" if response is None else str(response.status_code)
            size = 0 if response is None else response.raw.tell()
            self.on_request(
                f"{label} -> {status} in {(self.runtime.monotonic() - started) * 1000:.0f} ms, {size} bytes"
            )
            if response is not None:
                _leave(response)

    def _open(self, label: str = "") -> OpenSession:
        requests = load_requests()
        self._require_environment(requests, label)
        held = OpenSession(requests.Session(), last_use=self.runtime.monotonic())
        session = held.session
        session.headers.update(
            {
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED_ENCODING,
                "Cache-Control": "no-cache",
            }
        )
        # Otherwise requests reads the body of a redirect that it does not follow, however large.
        session.get_redirect_target = lambda response: None
        held.watcher.watch(session.get_adapter(self.connection.api_url.origin))
        # urllib3 logs headers that it cannot parse, and a server may echo the token in them.
        for name in ("connection", "connectionpool"):
            logging.getLogger(f"{requests.packages.urllib3.__name__}.{name}").setLevel(logging.ERROR)
        if self.connection.verify is False:
            # The user asked for it, so one warning per request is noise.
            requests.packages.urllib3.disable_warnings()
        return held

    @cached_property
    def _proxies(self) -> dict[str, str]:
        """Proxies come from the environment, except for this machine: plain http is allowed for it."""
        host = self.connection.api_url.host
        return {"no_proxy": host} if is_loopback(host) else {}

    def _require_environment(self, requests: ModuleType, label: str) -> None:
        """Raise NotSent for a CA bundle or a proxy of the environment with which requests fails in ways of its own."""
        origin = self.connection.api_url.origin
        uses_bundle = self.connection.api_url.scheme == "https" and self.connection.verify is True
        bundle = next((name for name in CA_BUNDLES if uses_bundle and os.environ.get(name)), None)
        if bundle and not os.path.exists(os.environ[bundle]):
            raise NotSent(
                f"{label}: no connection to {origin}: the environment variable {bundle} names a file that is missing",
                next_steps=(f"Set {bundle} to a file of CA certificates, or unset it; or set ca_path.",),
            )
        if self._proxies:
            return
        proxy = requests.utils.select_proxy(origin, requests.utils.get_environ_proxies(origin))
        if proxy and not names_host(proxy):
            name = f"{self.connection.api_url.scheme}_proxy"
            raise NotSent(
                f"{label}: no connection to {origin}: the proxy in the environment names no host or port",
                next_steps=(
                    f"Set {name} (or all_proxy) to a URL such as http://proxy.example.com:3128, or unset it. In a "
                    "password, write / as %2F, ? as %3F, # as %23 and @ as %40.",
                ),
            )

    @cached_property
    def _failures(self) -> Failures:
        # Most runs have none.
        from .failure import Failures

        connection = self.connection
        return Failures(self.redactor, connection.api_url.origin, connection.token_source, connection.reset_header)

    def _authorize(self, prepared: Any) -> Any:
        if self.connection.api_url.owns(prepared.url):
            prepared.headers[self.connection.auth_header] = self.connection.auth_value
        return prepared

    def provider_now(self) -> datetime:
        """The provider's time, to the second, from its Date header."""
        return self.runtime.now() + self.clock_ahead

    def _compare_clocks(self, date: str) -> None:
        theirs = retry.http_date(date)
        if theirs is not None and abs(theirs - self.runtime.now()) < FURTHEST_CLOCK:
            self.clock_ahead = theirs - self.runtime.now()

    def _answer(self, response: Any, label: str, broken: tuple[type[Exception], ...]) -> Answer:
        status = int(response.status_code)
        self.asked_pause = retry.retry_after(
            {"Retry-After": response.headers.get("Retry-After", "")}, self.runtime.now()
        )
        if status < 200:
            raise AnswerLost(f"{label} was answered with {status} only, which is not a final answer")
        if status < 300:
            body = read_body(response, label)
            payload, unreadable = parse_body(body)
            return Answer(status, response.headers, payload, unreadable, label, body)
        content = read_error_body(response, label, broken)
        payload, dummy = parse_body(content)
        raise self._failures.refusal(status, response.headers, payload, content, label, self.runtime.now())


def _leave(response: Any) -> None:
    """Keep the connection for the next request if the whole answer was read."""
    if response.raw.closed:
        response.raw.release_conn()
    else:
        response.close()
