# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role shows at its end, and the report files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.utils.display import Display

from ...module_utils._task.run_by import RunBy
from .._controller import progress
from .._report.evidence import Written, write_evidence
from .._report.page import Heading
from .._report.table import NONE, html_page, markdown_page
from .._report.wording import clean
from .._role.registered import registered
from .variables import RESULT

HISTORY = "guarded_changes.history.jsonl"
Result = Mapping[str, Any]
COLUMNS: dict[str, Callable[[Result], object]] = {
    "host": lambda found: found["name"],
    "status": lambda found: found["status"],
    "snapshot": lambda found: found["snapshot_name"] or NONE,
    "what happened": lambda found: found["msg"],
    "what to do": lambda found: " ".join(found["next_steps"]),
}

display = Display()


def show_report(hosts: Sequence[str], variables: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    """Show one line for each host, and write the files of ``guarded_change_report_path``."""
    results = [registered(variables, host, RESULT) for host in hosts]
    found = [one for one in results if isinstance(one, Mapping)]
    lines = [clean(f"{one['name']}: {one['status']}: {one['msg']}") for one in found]
    written = _write(found, variables, planned) if planned["change"].get("report_path") else Written([], [])
    lines += written.notes
    read_by_people = progress.is_read_by_people()
    for line in lines if read_by_people else ():
        display.display(line)
    return {**({} if read_by_people else {"msg": lines}), "warnings": written.problems}


def _write(found: Sequence[Result], variables: Mapping[str, Any], planned: Mapping[str, Any]) -> Written:
    check_only, run_by = planned["check_only"], RunBy(**planned["run_by"])
    heading = Heading(
        f"Guarded change {clean(planned['change']['id'])}",
        f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        check_only,
        run_by,
    )
    about = {"created_at": heading.created_at, "run_by": run_by.to_result()}
    acted = [one for one in found if one["changed"] and not check_only]
    content = {**about, "check_mode": check_only, "acted": bool(acted), "guarded_changes": found}
    table = [list(COLUMNS), *([clean(cell(one)) or NONE for cell in COLUMNS.values()] for one in found)]
    kinds = {"status": ["bad" if one["failed"] else "good" for one in found]}
    by = f"Run by {clean(run_by)}."
    texts = {
        "json": json.dumps(content, indent=2, sort_keys=True) + "\n",
        "md": markdown_page(heading, by, table),
        "html": html_page(heading, by, table, kinds),
    }
    # With serial the hosts of other batches have been reported.
    batch = set(map(str, variables["ansible_play_batch"]))
    entries = [{**about, **one} for one in acted if one["name"] in batch]
    place = f"{planned['change']['report_path']}{'-check' if check_only else ''}"
    return write_evidence(place, texts, entries, HISTORY, acted=bool(acted))
