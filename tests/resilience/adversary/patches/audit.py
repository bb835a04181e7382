# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 4: what the provider's own log of requests proves."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers import hostup
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import request_log
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.request_log import Logged
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import (
    CALM,
    LOST_AFTER,
    LOST_BEFORE,
    USE,
    broken,
    put,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Fault, Pass, Run

LOGGED = replace(
    CALM,
    providers=("hostup",),
    settings={"hostup_audit": ("good",), "power": ("stopped",), "hostup_newer": ("kept",)},
    options={"record": ("file",), "restore_id": ("r1",), "stop": ("always",), "on_unknown": (None,), "force": (None,)},
)


@broken(4, replace(LOGGED, settings={**LOGGED.settings, "hostup_audit": ("delayed",)}, script=(LOST_AFTER, USE, Run())))
def absence_from_the_log_is_a_refusal(stack: ExitStack) -> None:
    original = request_log._answer
    put(stack, request_log, "_answer", lambda *args: original(*args) or Logged(False, 403))


@broken(
    4,
    replace(
        LOGGED,
        forms=("409 upstream_failed", "502 upstream_failed", "500 internal_error"),
        script=(Run(faults=(Fault("refuse_after"),)), USE, Run()),
    ),
)
def any_error_in_the_log_is_a_refusal(stack: ExitStack) -> None:
    put(stack, request_log, "refused_by_status", lambda status: status >= 400)


@broken(4, replace(LOGGED, script=(Run(options=(("restore_id", "r0"),)), Pass(60.0), LOST_BEFORE)))
def request_of_another_restore_counts(stack: ExitStack) -> None:
    original = hostup._logged

    def logged(item: dict[str, Any], instance_id: str) -> Any:
        found = original(item, instance_id)
        return None if found is None else found._replace(attempt=_Any(found.attempt))

    put(stack, hostup, "_logged", logged)


class _Any(str):
    def startswith(self, *dummy: Any) -> bool:
        return True
