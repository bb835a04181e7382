# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

NOT_APPLIED = "no"
MAYBE_APPLIED = "unknown"


class CloudError(Exception):
    """Anything that stops an operation: what happened, what to do next, and a stable code.

    ``applied`` tells whether the request that failed can have changed something: ``no`` or ``unknown``.
    """

    error_code = "error"
    applied = NOT_APPLIED

    def __init__(
        self, message: str, *, next_steps: Sequence[str] = (), error_code: str = "", applied: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_steps = tuple(next_steps)
        self.error_code = error_code or type(self).error_code
        self.applied = applied or type(self).applied


class InvalidOption(CloudError):
    """An option is missing or wrong; nothing was sent. ``problems`` lists every reason."""

    error_code = "invalid_option"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems), next_steps=("Correct the option and run again; nothing was sent.",))
        self.problems = tuple(problems)


class MissingLibrary(CloudError):
    """A Python library is not installed where the operation runs."""

    error_code = "missing_library"

    def __init__(self, library: str, trace: str) -> None:
        step = f"Install {library} for the Python that runs the task, or choose another ansible_python_interpreter."
        super().__init__(f"the Python library {library} is missing", next_steps=(step,))
        self.package = library
        self.trace = trace


class NotSent(CloudError):
    """Name lookup, connect or TLS handshake failed: the provider never saw the request."""

    error_code = "connection_failed"


class AnswerLost(CloudError):
    """The request went out and no whole answer came back."""

    error_code = "answer_lost"
    applied = MAYBE_APPLIED


class AnswerUnreadable(CloudError):
    """An answer came that is not what the provider documents (HTML, wrong types, too large)."""

    error_code = "answer_unreadable"
    applied = MAYBE_APPLIED


class OutOfTime(CloudError):
    """The deadline of the run has passed."""

    error_code = "timeout"


class Unsupported(CloudError):
    """The provider has no such thing; nothing was sent."""

    error_code = "unsupported"


class ProviderError(CloudError):
    """The provider answered with an HTTP status of 300 or more.

    ``status`` is the HTTP status, ``provider_code`` the provider's own stable code, ``request_id`` its request id,
    ``retry_after`` the seconds it asks to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        provider_code: str | None = None,
        request_id: str | None = None,
        next_steps: Sequence[str] = (),
        error_code: str = "",
        applied: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            next_steps=next_steps,
            error_code=error_code or code_of_status(status),
            applied=applied or applied_by_status(status),
        )
        self.status = status
        self.provider_code = provider_code
        self.request_id = request_id
        self.retry_after = retry_after


class RouteUnconfirmed(ProviderError):
    """A route that the provider does not publish answered 404 or 405: the route or the object may not exist."""


def code_of_status(status: int) -> str:
    """The stable ``error_code`` of an HTTP status."""
    codes = {
        400: "invalid_request",
        401: "authentication_failed",
        403: "permission_denied",
        404: "not_found",
        405: "method_not_allowed",
        409: "conflict",
        422: "invalid_request",
        429: "rate_limited",
    }
    if status in codes:
        return codes[status]
    if status < 400:
        return "redirect_refused"
    return "provider_unavailable" if status >= 500 else "request_refused"


def applied_by_status(status: int) -> str:
    """Whether a writing request answered with this status can have taken effect.

    302 and 303 often follow a write that worked, 408 and 5xx come from proxies that gave up waiting.
    """
    return MAYBE_APPLIED if status in (302, 303, 408) or status >= 500 else NOT_APPLIED
