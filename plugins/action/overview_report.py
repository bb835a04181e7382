# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.indiecloud.compute.plugins.module_utils._task import validation
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller import progress
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller.core_compat import plain
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.files import write_report
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.overview import (
    FORMS,
    overview_as,
    overview_lines,
)
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.overview_rows import Account, overview_rows
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.page import Heading
from ansible_collections.indiecloud.compute.plugins.plugin_utils._report.wording import clean

display = Display()


class ActionModule(ActionBase):
    """Show and write the overview. It needs no connection."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = plain(self._task.args)
        limit, problems = validation.seconds("overview_max_age", given.get("max_age") or None)
        if problems:
            raise AnsibleActionFail(f"{problems[0]}. Nothing was changed.")
        rows = overview_rows(_accounts(given), limit)
        lines = overview_lines(rows)
        read_by_people = progress.is_read_by_people()
        for line in lines if read_by_people else ():
            display.display(line)
        path = str(given.get("path") or "")
        if path:
            title = clean(given.get("title") or "Snapshots overview")
            heading = Heading(title, f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
            place = f"{path}overview" if path.endswith("/") else path
            write_report(place, {ending: overview_as(ending, rows, heading) for ending in FORMS})
        broken = [f"{row.instance} ({row.provider}): {row.problem}" for row in rows if row.problem]
        result.update(changed=False, **({} if read_by_people else {"lines": lines}))
        if broken:
            text = f"No snapshot that can be restored and is younger than {given['max_age']}:"
            result.update(failed=True, msg="\n".join([text, *broken]))
        return result


def _accounts(given: dict[str, Any]) -> list[Account]:
    """The results of the three modules, which were called in a loop over the same providers."""
    found = zip(given["instances"], given["snapshots"], given["restores"])
    return [
        Account(str(one["item"]), one["instances"], two["snapshots"], three["restores"]) for one, two, three in found
    ]
