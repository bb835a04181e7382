# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs a task, for the record and the report of restores."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .._api.text import one_line

JOB_VARIABLES = {
    "job_id": ("awx_job_id", "tower_job_id"),
    "job_user": ("awx_user_name", "tower_user_name"),
}
"""The variables in which AWX and Automation Platform name a job, and the user who launched it."""
LONGEST = 128


@dataclass(frozen=True)
class RunBy:
    """The user and the host of the controller's process, and the job of AWX with the user who launched it."""

    user: str
    host: str
    job_id: str | None = None
    job_user: str | None = None

    def __str__(self) -> str:
        launched = f" launched by {self.job_user}" if self.job_user else ""
        job = f", job {self.job_id}{launched}" if self.job_id else ""
        return f"{self.user}@{self.host}{job}"

    def to_result(self) -> dict[str, str | None]:
        return asdict(self)

    def to_text(self) -> str:
        """For a record; ``from_text()`` reads it."""
        return json.dumps(self.to_result())


def run_by(variables: Mapping[str, Any] | None = None) -> RunBy:
    """Who runs this process. ``variables`` are those of the play, evaluated."""
    known = variables or {}
    job = {
        part: next((_line(known[name]) for name in names if known.get(name) not in (None, "")), None)
        for part, names in JOB_VARIABLES.items()
    }
    return RunBy(_user(), _line(os.uname().nodename), **job)


def from_text(text: str | None) -> RunBy | None:
    """Who began a recorded restore; None if the record does not say it."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return from_mapping(found)


def from_mapping(found: Any) -> RunBy | None:
    """The same from a result of a module."""
    if not isinstance(found, Mapping):
        return None
    names = [part.name for part in fields(RunBy)]
    parts = {name: _line(found[name]) for name in names if found.get(name) not in (None, "")}
    return RunBy(**{"user": "unknown", "host": "unknown", **parts})


def _user() -> str:
    """The name of the process's user. The environment is not asked, since anyone can set it."""
    try:
        return _line(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        # A container may run under a number that has no name.
        return str(os.getuid())


def _line(value: object) -> str:
    return one_line(str(value), LONGEST)
