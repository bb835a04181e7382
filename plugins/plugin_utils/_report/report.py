# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create a report of the role's results in one of the formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from ...module_utils._task.run_by import RunBy
from .page import Heading, page
from .rows import Row, rows
from .text import as_data, as_json, lines, markdown
from .wording import clean

Format = Literal["data", "html", "json", "lines", "markdown"]
FORMATS: dict[Format, Callable[[Sequence[Row], Heading], Any]] = {
    "data": as_data,
    "html": page,
    "json": as_json,
    "lines": lines,
    "markdown": markdown,
}


def report_as(
    form: Format,
    results: Sequence[Any],
    hosts: Sequence[str],
    active: Sequence[str] | None = None,
    title: str = "Restore report",
    created_at: str = "",
    check_mode: bool = False,
    run_by: RunBy | None = None,
) -> Any:
    """The facts ``restore_result`` of hosts as one of ``FORMATS``.

    ``lines`` is a list, ``data`` a dict, and the others are text.

    ``results`` has an item for each of ``hosts``, empty for a host without one. Such a host is reported as not started
    if it is one of ``active``, the hosts that have not failed (by default all), else as failed.
    """
    table = rows(list(results), list(hosts), list(hosts if active is None else active))
    return FORMATS[form](table, Heading(clean(title), clean(created_at), bool(check_mode), run_by))
