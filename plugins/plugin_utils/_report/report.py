# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create a report of the role's results in one of the formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from .page import Heading, page
from .rows import Row, rows
from .text import as_json, lines, markdown
from .wording import clean

FORMATS: dict[str, Callable[[Sequence[Row], Heading], Any]] = {
    "html": page,
    "json": as_json,
    "lines": lines,
    "markdown": markdown,
}


def restore_report(
    results: Sequence[Any],
    form: str,
    hosts: Sequence[str],
    active: Sequence[str] | None = None,
    title: str = "Restore report",
    created_at: str = "",
    check_mode: bool = False,
) -> Any:
    """The filter ``restore_report``; its documentation describes the arguments.

    Raises AnsibleFilterError for an unknown form, or if the numbers of results and hosts differ.
    """
    if form not in FORMATS:
        raise AnsibleFilterError(f"restore_report: form must be one of {', '.join(FORMATS)}, not {clean(form)}")
    if len(results) != len(hosts):
        raise AnsibleFilterError(f"restore_report: {len(results)} results for {len(hosts)} hosts")
    table = rows(list(results), list(hosts), list(hosts if active is None else active))
    return FORMATS[form](table, Heading(clean(title), clean(created_at), bool(check_mode)))
