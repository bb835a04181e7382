# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role shows at its end, and the report files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.utils.display import Display

from .._controller import progress
from .._report.files import write_report
from .._report.wording import clean
from .._role.steps import registered
from .variables import RESULT

display = Display()


def show_report(hosts: Sequence[str], variables: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    """Show one line for each host, and write the files of ``guarded_change_report_path``."""
    results = [registered(variables, host, RESULT) for host in hosts]
    found = [one for one in results if isinstance(one, Mapping)]
    lines = [clean(f"{one['name']}: {one['status']}: {one['msg']}") for one in found]
    read_by_people = progress.is_read_by_people()
    for line in lines if read_by_people else ():
        display.display(line)
    path = planned["change"].get("report_path")
    if path:
        place = os.path.realpath(os.path.expanduser(f"{path}{'-check' if planned['check_only'] else ''}"))
        now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        content = {"created_at": now, "check_mode": planned["check_only"], "guarded_changes": found}
        text = json.dumps(content, indent=2, sort_keys=True) + "\n"
        write_report(place, {"json": text, "md": _markdown(planned, found, now)})
    return {} if read_by_people else {"msg": lines}


def _markdown(planned: Mapping[str, Any], found: Sequence[Mapping[str, Any]], now: str) -> str:
    head = f"# Guarded change {_cell(planned['change']['id'])}\n\n{now}\n\n"
    table = "| host | status | snapshot | what happened | what to do |\n| --- | --- | --- | --- | --- |\n"
    rows = [
        (one["name"], one["status"], one["snapshot_name"], one["msg"], " ".join(one["next_steps"])) for one in found
    ]
    return head + table + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: object) -> str:
    text = clean(value)
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, "\\" + sign)
    return text
