# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task gives back, whether it succeeded, was refused, or failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    CloudError,
    MissingLibrary,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import (
    Outcome,
    execute,
    reporting_changes,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refusal, Refused
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context


def ended(error: Exception | None) -> Outcome:
    def task(context: Context, outcome: Outcome) -> None:
        context.calls["GET"] += 2
        context.calls["POST"] += 1
        if error is not None:
            raise error

    return execute(task, Context({}))


def test_success() -> None:
    outcome = ended(None)
    assert (outcome.failed, outcome.result["changed"]) == (False, False)
    assert outcome.result["api_calls"] == {"total": 3, "GET": 2, "POST": 1}


def test_error_says_what_to_do() -> None:
    outcome = ended(CloudError("It broke.", error_code="broken", next_steps=("Mend it.", "Run again.")))
    assert outcome.failed
    assert outcome.result["msg"] == "It broke.\nWhat to do: Mend it. Run again."
    assert (outcome.result["error_code"], outcome.result["refusals"]) == ("broken", [])
    assert "http_status" not in outcome.result


def test_error_of_the_provider_has_its_status() -> None:
    result = ended(ProviderError("No.", status=409, provider_code="busy", request_id="r")).result
    assert (result["http_status"], result["provider_code"], result["request_id"]) == (409, "busy", "r")


def test_refusals_are_listed() -> None:
    first, second = Refusal("a", "It is so.", "Do this."), Refusal("b", "It is also so.", "Do that.")
    one, both = ended(Refused("it", [first])).result, ended(Refused("it", [first, second])).result
    assert (one["error_code"], both["error_code"]) == ("a", "refused")
    assert [item["code"] for item in both["refusals"]] == ["a", "b"]
    assert both["next_steps"] == ["Do this.", "Do that."]


def test_missing_library_is_kept_for_ansible() -> None:
    missing = MissingLibrary("requests", "trace")
    assert ended(missing).missing_library is missing


def test_defect_has_a_traceback() -> None:
    result = ended(ZeroDivisionError("oh")).result
    assert (result["error_code"], "Traceback" in result["exception"]) == ("internal_error", True)


@pytest.mark.parametrize(("writes", "changed"), [(0, False), (1, True), (2, True)])
def test_failure_after_a_write_is_a_change(writes: int, changed: bool) -> None:
    outcome = Outcome()
    provider = cast(Any, SimpleNamespace(transport=SimpleNamespace(writes=writes)))
    with pytest.raises(CloudError), reporting_changes(outcome, provider):
        raise CloudError("x")
    assert outcome.result["changed"] == changed
    with reporting_changes(outcome, provider):
        pass
    assert outcome.result["changed"] is True
