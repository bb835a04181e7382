# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the modules, run on a cloud in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info import task as info_task
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import task as metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power import task as power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import task as restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot import task as snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, Task, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, Progress
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew


class Tasks:
    """Runs tasks on a cloud, whatever the options say of how to reach it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.told: list[Progress] = []
        self.seconds: list[float] = []

    def run(
        self,
        task: Task,
        cloud: Scripted,
        *,
        check: bool = False,
        environ: Mapping[str, str] | None = None,
        **params: Any,
    ) -> Outcome:
        def opened(context: Context, seconds: float, problems: list[str]) -> Scripted:
            self.seconds.append(seconds)
            assert not problems, problems
            return cloud

        for module in (info_task, metadata_task, power_task, restore_task, snapshot_task):
            self._patch.setattr(module, "open_provider", opened)
        options = anew({"provider": cloud.spec.name, "instance": cloud.instance.id, **params})
        context = Context(options, check, environ or {}, cloud.time.runtime, on_progress=self.told.append)
        context.given = frozenset(params)
        return execute(task, context)

    def power(self, cloud: Scripted, state: str, **params: Any) -> Outcome:
        return self.run(power_task.power_task, cloud, state=state, **params)

    def metadata(self, cloud: Scripted, **params: Any) -> Outcome:
        return self.run(metadata_task.metadata_task, cloud, **params)

    def snapshot(self, cloud: Scripted, state: str = "present", **params: Any) -> Outcome:
        return self.run(snapshot_task.snapshot_task, cloud, **{"state": state, "name": "nightly", **params})

    def restore(self, cloud: Scripted, **params: Any) -> Outcome:
        return self.run(restore_task.restore_task, cloud, **{"snapshot": "snap-1", **params})
