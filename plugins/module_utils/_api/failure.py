# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a failed request into one of our errors: what happened, whether it may have had an effect, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from . import retry
from .errors import AnswerLost, BodyKind, CloudError, NotSent, ProviderError, TlsFailed
from .in_flight import InFlight
from .problem import Problem, read_problem
from .redact import Redactor
from .text import cut, one_line

# Enough of a body that is not JSON to find its title and first words.
_TEXT_READ = 8000
_REQUEST_ID_HEADERS = ("X-Request-Id", "CF-Ray")


def body_kind(payload: Any, content: bytes) -> BodyKind:
    if isinstance(payload, dict):
        return BodyKind.OBJECT
    if isinstance(payload, list):
        return BodyKind.LIST
    return BodyKind.OTHER if content.strip() else BodyKind.EMPTY


class Failures(NamedTuple):
    """Makes errors that never carry the token.

    ``token_source`` says in words where the token came from, ``reset_header`` is that of ``ProviderSpec``.
    """

    redactor: Redactor
    origin: str
    token_source: str
    reset_header: str

    def network(
        self, exc: Exception, in_flight: InFlight, label: str, *, tls: bool, slow: bool, seconds: float
    ) -> CloudError:
        """No complete answer came. ``in_flight`` knows whether the request may have taken effect, ``exc`` does not."""
        reason = self._reason(exc)
        steps = ("Check api_url, the network and the provider's status page.",)
        if in_flight.is_unsent:
            # A connection that ends during the handshake is a server that restarts; other TLS errors stay.
            if tls and "EOF" not in reason.upper():
                advice = "Set ca_path to the CA that signed the certificate; do not turn validate_certs off."
                return TlsFailed(f"{label}: TLS failed: {reason}", next_steps=(advice,))
            return NotSent(f"{label}: no connection to {self.origin}: {reason}", next_steps=steps)
        if slow or in_flight.overdue:
            return AnswerLost(f"{label}: no whole answer within {seconds:g} s", next_steps=steps)
        what = "the connection broke" if in_flight.seen else "no answer"
        return AnswerLost(f"{label}: {what}: {reason}", next_steps=steps)

    def refusal(
        self, status: int, headers: Mapping[str, str], payload: Any, content: bytes, label: str, now: datetime
    ) -> ProviderError:
        """An answer with a status of 300 or more; ``headers`` ignore upper and lower case."""
        if status < 400:
            return ProviderError(
                f"{label} answered {status}: a redirect, which is not followed since it would get the token",
                status=status,
                next_steps=("Set api_url to the address the provider documents.",),
            )
        # Redacted before anything is cut: half a token is a leak too.
        text = cut(self.redactor.text(content.decode("utf-8", "replace")), _TEXT_READ) if payload is None else ""
        shown = self.redactor.value(payload)
        problem = read_problem(shown, text)
        request_id = problem.request_id or self._header(headers, *_REQUEST_ID_HEADERS)
        marks = [mark for mark in (problem.code, f"request {request_id}" if request_id else None) if mark]
        details = f": {problem.text}" if problem.text else ""
        return ProviderError(
            f"{label} answered {status}" + (f" [{', '.join(marks)}]" if marks else "") + details,
            status=status,
            provider_code=problem.code,
            request_id=request_id,
            next_steps=self._advice(status),
            body_kind=body_kind(payload, content),
            body_keys=frozenset(shown) if isinstance(shown, dict) else frozenset(),
            retry_after=self._retry_after(headers, now, problem) if status == 429 else None,
        )

    def _retry_after(self, headers: Mapping[str, str], now: datetime, problem: Problem) -> float | None:
        return retry.retry_after(headers, now, in_body=problem.retry_after or "", reset_header=self.reset_header)

    def _header(self, headers: Mapping[str, str], *names: str) -> str | None:
        texts = (one_line(self.redactor.text(headers.get(name, "")), 100) for name in names)
        return next((text for text in texts if text), None)

    def _advice(self, status: int) -> tuple[str, ...]:
        if status == 401:
            return (f"Check the token: it came from {self.token_source}.",)
        if status == 403:
            return (f"Check that the token from {self.token_source} is valid and has the permission.",)
        if status == 429:
            return ("The provider's rate limit lasts longer than this run: run again later, or with a longer timeout.",)
        if status >= 500:
            return ("Try again later, or quote the request id to the provider.",)
        if status in (404, 405, 410):
            return ("Check the ids, and api_url if it was changed.",)
        return ("Fix what the provider reports, then run again.",)

    def _reason(self, exc: Exception) -> str:
        """The message of the innermost exception: requests wraps urllib3, which wraps Python's."""
        cause: Any = exc.args[0] if exc.args else exc
        cause = getattr(cause, "reason", None) or cause
        return one_line(self.redactor.text(str(cause).rsplit(">: ", 1)[-1]), 200)
