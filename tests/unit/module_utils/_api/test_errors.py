# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    AnswerLost,
    ProviderError,
    RouteUnconfirmed,
)


def test_context_keeps_the_class_and_the_typed_fields() -> None:
    error = RouteUnconfirmed("it failed", status=404, request_id="r-1", next_steps=("Look.",), applied=MAYBE_APPLIED)

    wrapped = error.with_context("reading it back")

    assert wrapped.__class__ is RouteUnconfirmed
    assert (wrapped.status, wrapped.request_id, wrapped.next_steps) == (404, "r-1", ("Look.",))
    assert (wrapped.applied, wrapped.error_code) == (MAYBE_APPLIED, error.error_code)
    assert wrapped.message == str(wrapped) == "reading it back: it failed"


def test_context_leaves_the_error_as_it_was() -> None:
    error = AnswerLost("no answer", next_steps=("Wait.",))

    wrapped = error.with_context(detail="it was off before", next_steps=("Run again.",))

    assert (error.message, str(error), error.next_steps) == ("no answer", "no answer", ("Wait.",))
    assert (wrapped.message, wrapped.next_steps) == ("no answer; it was off before", ("Run again.",))


def test_a_wrapped_error_is_caught_as_what_it_was() -> None:
    cause = ProviderError("conflict", status=409)
    with pytest.raises(ProviderError, match="stopping: conflict") as caught:
        raise cause.with_context("stopping") from cause
    assert (caught.value.status, caught.value.__cause__) == (409, cause)
