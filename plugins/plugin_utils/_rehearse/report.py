# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role shows at its end, and the dated report files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.utils.display import Display

from ...module_utils._task.run_by import RunBy
from .._controller import progress
from .._report.evidence import Written, write_evidence
from .._report.page import Heading
from .._report.table import NONE, Table, html_page, lines, markdown_page
from .._report.wording import clean, duration, steps

display = Display()
TITLE = "Rehearsal of restores"
HISTORY = "rehearsals.history.jsonl"
LABELS = {
    "could_restore": "could be restored",
    "could_not_restore": "COULD NOT BE RESTORED",
    "would_drill": "would be drilled",
    "passed": "drill passed",
    "failed": "DRILL FAILED",
    "still_billed": "STILL BILLED",
}
KINDS = {"could_restore": "good", "passed": "good", "would_drill": "odd"}
Result = Mapping[str, Any]


def _hours(hours: float | None) -> str:
    return duration(None if hours is None else hours * 3600.0)


def _expires(found: Result) -> str:
    return str(found["expires_at"] or NONE)


def _cost(found: Result) -> str:
    cost = found["cost"]
    return NONE if cost is None else f"about {cost['amount']:g} {cost['currency'] or ''}".rstrip()


COLUMNS: dict[str, Callable[[Result], str]] = {
    "host": lambda found: clean(found["name"]),
    "provider": lambda found: clean(found["provider"] or NONE),
    "result": lambda found: LABELS.get(found["status"], str(found["status"])),
    "snapshot": lambda found: clean((found["snapshot"] or {}).get("name") or NONE),
    "taken": lambda found: clean(found["lost_since"] or NONE),
    "age (lost writes)": lambda found: _hours(found["age_hours"]),
    "expires": _expires,
    "plan": lambda found: steps(found["plan"], in_place=found["provider"] != "barrack") or NONE,
    "usual duration": lambda found: duration(found["usual_seconds"]),
    "restored in": lambda found: duration(found["restore_seconds"]),
    "whole drill": lambda found: duration(found["seconds"]),
    "cost": _cost,
    "error code": lambda found: str(found["error_code"] or NONE),
}


def show_report(found: Sequence[Result], planned: Mapping[str, Any]) -> dict[str, Any]:
    """Show a table, and write the files of ``rehearse_report_path`` with the time of this run in their names."""
    table = [list(COLUMNS), *([column(one) for column in COLUMNS.values()] for one in found)]
    shown = [*lines(table), _totals(found), *(_note(one) for one in found if one["failed"])]
    written = _write(found, table, planned) if planned["rehearsal"].get("report_path") else Written([], [])
    read_by_people = progress.is_read_by_people()
    for line in shown if read_by_people else ():
        display.display(line)
    return {**({} if read_by_people else {"msg": shown}), "warnings": written.problems}


def _write(found: Sequence[Result], table: Table, planned: Mapping[str, Any]) -> Written:
    now, run_by = datetime.now(timezone.utc), RunBy(**planned["run_by"])
    heading = Heading(TITLE, f"{now:%Y-%m-%dT%H:%M:%SZ}", planned["check_only"])
    about = {"created_at": heading.created_at, "run_by": run_by.to_result()}
    totals = f"{_totals(found)} Run by {clean(run_by)}."
    kinds = [KINDS.get(one["status"], "bad") for one in found]
    notes = [_note(one) for one in found]
    texts = {
        "json": json.dumps({"title": TITLE, **about, "rehearsals": found}, indent=2, sort_keys=True) + "\n",
        "md": markdown_page(heading, totals, table, notes),
        "html": html_page(heading, totals, table, {"result": kinds}, notes),
    }
    place = f"{planned['rehearsal']['report_path']}-{now:%Y%m%dT%H%M%SZ}"
    if os.path.exists(f"{os.path.realpath(os.path.expanduser(place))}.json"):
        # Another run of this second.
        place = f"{place}-{os.getpid()}"
    return write_evidence(place, texts, [{**about, **one} for one in found], HISTORY, acted=True)


def _note(found: Result) -> str:
    advice = f" What to do: {' '.join(found['next_steps'])}" if found["next_steps"] else ""
    return clean(f"{found['name']}: {str(found['msg']).rstrip('.')}.{advice}")


def _totals(found: Sequence[Result]) -> str:
    failed = sum(one["failed"] for one in found)
    text = f"{len(found)} hosts rehearsed, {failed} failed"
    billed = [str((one["instance"] or {}).get("name")) for one in found if one["status"] == "still_billed"]
    return f"{text}. STILL BILLED: {', '.join(map(clean, billed))}." if billed else f"{text}."
