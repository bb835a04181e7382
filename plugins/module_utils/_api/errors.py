# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from .models import Word

E = TypeVar("E", bound="CloudError")


class Applied(Word):
    """Whether a request that failed can have changed something."""

    NO = "no"
    UNKNOWN = "unknown"


NOT_APPLIED = Applied.NO
MAYBE_APPLIED = Applied.UNKNOWN


class CloudError(Exception):
    """Anything that stops an operation: what happened, what to do next, and a stable code.

    Code decides on the class and the typed fields; ``error_code`` is for users. A raised error is never edited:
    ``raise exc.with_context(...) from exc``.
    """

    error_code = "error"
    applied: Applied = NOT_APPLIED

    def __init__(
        self, message: str, *, next_steps: Sequence[str] = (), error_code: str = "", applied: Applied | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_steps = tuple(next_steps)
        self.error_code = error_code or type(self).error_code
        self.applied = applied or type(self).applied

    def with_applied(self: E, applied: Applied) -> E:
        """The same error with another answer to whether the request may have been applied."""
        copied = self.with_context()
        copied.applied = applied
        return copied

    def with_context(self: E, context: str = "", *, detail: str = "", next_steps: Sequence[str] | None = None) -> E:
        """The same error with more to read: ``context: message; detail``, and other ``next_steps`` if given.

        Class and typed fields stay.
        """
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied.message = (f"{context}: " if context else "") + self.message + (f"; {detail}" if detail else "")
        copied.args = (copied.message,)
        if next_steps is not None:
            copied.next_steps = tuple(next_steps)
        return copied


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
    """Name lookup, connection or TLS handshake failed, so the provider did not get the request."""

    error_code = "connection_failed"


class TlsFailed(NotSent):
    """The certificate or the TLS version is not accepted, which a repeat does not change."""

    error_code = "tls_failed"


class AnswerLost(CloudError):
    """The request was sent and no complete answer came back."""

    error_code = "answer_lost"
    applied = MAYBE_APPLIED


class AnswerUnreadable(CloudError):
    """The answer is not what the provider documents (HTML, wrong types, too large)."""

    error_code = "answer_unreadable"
    applied = MAYBE_APPLIED


class OutOfTime(CloudError):
    """The deadline of the run has passed."""

    error_code = "timeout"


class Unsupported(CloudError):
    """The provider does not support this; nothing was sent."""

    error_code = "unsupported"


class OutcomeUnknown(CloudError):
    """A write may have taken effect, and nothing shows whether it did."""

    error_code = "outcome_unknown"
    applied = MAYBE_APPLIED


class RestoreInDoubt(OutcomeUnknown):
    """A restore was sent, and nothing shows whether it was applied."""


class RestoreFailed(CloudError):
    """The provider accepted the restore and reports that it failed."""

    error_code = "restore_failed"


class SnapshotFailed(CloudError):
    """The provider accepted taking or deleting a snapshot and reports that it failed."""

    error_code = "snapshot_failed"


class BodyKind(Word):
    """What the body of an error answer is. ``OTHER``: HTML, plain text or a JSON scalar."""

    OBJECT = "object"
    LIST = "list"
    EMPTY = "empty"
    OTHER = "other"


class ProviderError(CloudError):
    """The provider answered with an HTTP status of 300 or more.

    ``status`` is the HTTP status, ``provider_code`` the provider's own stable code, ``request_id`` its request id,
    ``retry_after`` the seconds it asks to wait. ``body_kind`` and the top-level ``body_keys`` of an object tell the
    provider's own answers from those of a proxy.
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
        applied: Applied | None = None,
        retry_after: float | None = None,
        body_kind: BodyKind = BodyKind.OTHER,
        body_keys: frozenset[str] = frozenset(),
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
        self.body_kind = body_kind
        self.body_keys = body_keys


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


def applied_by_status(status: int) -> Applied:
    """Whether a writing request answered with this status can have taken effect.

    302 and 303 often follow a write that worked, 408 and 5xx come from proxies that gave up waiting.
    """
    return MAYBE_APPLIED if status in (302, 303, 408) or status >= 500 else NOT_APPLIED
