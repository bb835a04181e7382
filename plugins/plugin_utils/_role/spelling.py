# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like those of a role: a misspelled guard protects nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

from .spec import role_options

SIMILAR = 0.75
"""From this ratio of difflib on, a name looks like another one."""
OF_PLAYBOOKS = ("hosts", "hosts_may_be_missing")
HARMLESS = (
    "add_to_groups", "add_to_inventory", "id", "instance", "notify_tasks", "provider", "report_path", "report_title",
    "snapshot", "targets", "wait_timeout",
)  # fmt: skip
"""Variables of the role restore that protect from nothing."""


def misspelled(
    variables: Iterable[Any], role: str = "restore", harmless: Collection[str] = HARMLESS
) -> tuple[list[str], list[str]]:
    """Refusals and warnings, one sentence each. A misspelling of a ``harmless`` variable is a warning."""
    prefix = f"{role}_"
    known = [name[len(prefix) :] for name in role_options(role)]
    problems: list[str] = []
    warnings: list[str] = []
    for full in sorted(str(one) for one in variables):
        name = full[len(prefix) :]
        # A second underscore marks what the role itself uses; the result is a fact that it sets.
        if not full.startswith(prefix) or name.startswith("_") or name in (*known, *OF_PLAYBOOKS, "result"):
            continue
        for near in get_close_matches(name, known, 1, SIMILAR):
            text = f"{full} is no variable of the role: {prefix}{near} is meant."
            (warnings if near in harmless else problems).append(text)
    return problems, warnings
