# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as evidence: a run that did nothing replaces no report of one that did, and a history only grows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .files import write_report
from .history import append_lines


class Written(NamedTuple):
    """What became of the files: ``notes`` about what was not done on purpose, and ``problems``, one sentence each."""

    notes: list[str]
    problems: list[str]


def write_evidence(
    path: str, texts: Mapping[str, str], entries: Sequence[Mapping[str, Any]], history: str, *, acted: bool
) -> Written:
    """Write a report, and append ``entries`` to ``history``, a file in its folder.

    ``texts`` are the contents by the endings of ``path``. Its JSON holds ``acted``: whether the run that wrote it
    changed something, or tried to. The restore has ended when this is called, so no failure to write is raised.
    """
    place = Path(os.path.realpath(os.path.expanduser(path)))
    notes, problems = [], []
    try:
        if not acted and _has_acted(Path(f"{place}.json")):
            notes.append(f"The report {place}.json is kept, since this run did nothing.")
        else:
            write_report(str(place), texts)
    except OSError as exc:
        problems.append(f"The report could not be written: {exc}")
    try:
        if entries:
            append_lines(place.parent / history, entries)
    except OSError as exc:
        problems.append(f"The history could not be written: {exc}. It lacks this run; the report holds it.")
    return Written(notes, problems)


def _has_acted(place: Path) -> bool:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(found, dict) and found.get("acted") is True
