# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .._api.errors import CloudError, MissingLibrary, ProviderError
from .._providers.base import Provider
from .refusal import Refused
from .session import Context


@dataclass
class Outcome:
    """The output of a task: the result, warnings, the diff, and whether it failed."""

    result: dict[str, Any] = field(default_factory=lambda: {"changed": False})
    warnings: list[str] = field(default_factory=list)
    diff: dict[str, Any] | None = None
    failed: bool = False
    missing_library: MissingLibrary | None = None


Task = Callable[[Context, Outcome], None]


def execute(task: Task, context: Context) -> Outcome:
    """Run a task and turn any error into a result with advice. Raises nothing.

    The token is removed from every string of the outcome, also if a provider echoed it.
    """
    outcome = Outcome()
    try:
        task(context, outcome)
    except MissingLibrary as exc:
        outcome.missing_library = exc
        _fail(outcome, exc)
    except CloudError as exc:
        _fail(outcome, exc)
    except Exception as exc:
        _fail(
            outcome,
            CloudError(
                f"unexpected {type(exc).__name__}: {exc}",
                error_code="internal_error",
                next_steps=("This is a defect of the collection. Please report it with the output of -vvv.",),
            ),
        )
        outcome.result["exception"] = traceback.format_exc()
    outcome.result["api_calls"] = {"total": sum(context.calls.values()), **context.calls}
    # Keys are not redacted: a very short token could be part of them.
    outcome.result = {key: context.redactor.value(value) for key, value in outcome.result.items()}
    outcome.warnings = context.redactor.value(outcome.warnings)
    outcome.diff = context.redactor.value(outcome.diff)
    return outcome


@contextmanager
def reporting_changes(outcome: Outcome, provider: Provider) -> Iterator[None]:
    """Wraps code that writes. On failure, ``changed`` is whether any write took effect, or may have."""
    try:
        yield
    except CloudError:
        outcome.result["changed"] = provider.transport.writes > 0
        raise
    outcome.result["changed"] = True


def _fail(outcome: Outcome, exc: CloudError) -> None:
    outcome.failed = True
    steps = list(exc.next_steps) or [
        "Run again with -vvv to see each request. The guide on error codes explains the code."
    ]
    outcome.result.update(
        msg=f"{exc.message}\nWhat to do: {' '.join(steps)}",
        reason=exc.message,
        error_code=exc.error_code,
        refusals=[item.to_result() for item in exc.refusals] if isinstance(exc, Refused) else [],
        next_steps=steps,
    )
    if isinstance(exc, ProviderError):
        outcome.result.update(http_status=exc.status, provider_code=exc.provider_code, request_id=exc.request_id)
